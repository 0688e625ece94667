"""Adaptive evaluation on regular grids."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.inference import evaluate_adaptively

SHAPES = st.tuples(st.integers(2, 40), st.integers(2, 40))


def evaluated(field, shape, **options):
    """Evaluate a field of all cells; return the result and the cells at which it was evaluated, in this order."""
    cells = []

    def evaluate(rows):
        cells.append(rows)
        return field[rows]

    return evaluate_adaptively(evaluate, shape, **options), torch.cat(cells)


def axes(shape):
    return torch.cartesian_prod(*(torch.arange(size, dtype=torch.float64) for size in shape)).unbind(1)


@given(SHAPES, st.sampled_from([2, 4, 8]), st.integers(0, 100))
def test_each_cell_once_at_most_and_exact_there(shape, block, seed):
    field = torch.randn(shape[0] * shape[1], 3, generator=torch.Generator().manual_seed(seed))
    result, cells = evaluated(field, shape, block=block, tolerance=0.5)
    assert len(cells.unique()) == len(cells)
    assert torch.equal(result[cells], field[cells])
    assert result.isfinite().all()
    assert result.min() >= field.min()
    assert result.max() <= field.max()


@given(SHAPES, st.sampled_from([2, 4, 8]))
def test_bilinear_functions_are_exact_from_few_cells(shape, block):
    row, column = axes(shape)
    field = torch.stack([1 + row - 2 * column, 0.1 * row], dim=1)
    result, cells = evaluated(field, shape, block=block, tolerance=1e-6)
    torch.testing.assert_close(result, field)
    corners = (shape[0] // block + 2) * (shape[1] // block + 2)
    assert len(cells) <= 2 * corners


@given(SHAPES, st.integers(0, 100))
def test_without_tolerance_every_cell_of_a_rough_field_is_evaluated(shape, seed):
    field = torch.randn(shape[0] * shape[1], 2, generator=torch.Generator().manual_seed(seed))
    for tolerance in (0.0, -1.0):
        result, cells = evaluated(field, shape, tolerance=tolerance)
        assert len(cells) == len(field)
        assert torch.equal(result, field)


def test_missing_values_are_refined():
    field = torch.zeros(17 * 17, 1)
    field[4 * 17 + 4] = torch.nan
    result, cells = evaluated(field, (17, 17), block=8)
    assert result.isnan().sum() == 1
    assert result[4 * 17 + 4].isnan()
    assert 40 < len(cells) < 120


def test_refined_where_it_varies():
    shape = (33, 33)
    row, column = axes(shape)
    hill = torch.exp(-((row - 6) ** 2 + (column - 6) ** 2) / 8)[:, None]
    result, cells = evaluated(hill, shape, block=8, tolerance=0.01)
    near = (row[cells] < 16) & (column[cells] < 16)
    assert near.sum() > 5 * (~near).sum() / 3  # a quarter of the area
    assert len(cells) < 400
    assert (result - hill).abs().max() < 0.05


@pytest.mark.parametrize("tolerance", [0.01, 0.1])
def test_tolerance_is_of_the_root_mean_square_over_the_steps(tolerance):
    # One block of 3 x 3 cells whose center is off at one of four steps.
    field = torch.zeros(9, 4)
    field[4, 0] = 2 * tolerance * (1 - 1e-5)
    assert len(evaluated(field, (3, 3), tolerance=tolerance)[1]) == 5
    field[4, 0] = 2 * tolerance * (1 + 1e-5)
    assert len(evaluated(field, (3, 3), tolerance=tolerance)[1]) == 9


def test_only_the_first_steps_are_tested():
    """A jump in a step that is not tested divides no block."""
    row, column = axes((30, 40))
    field = torch.stack([row - column, (column > 21).double()], dim=1)
    _, every = evaluated(field, (30, 40))
    found, cells = evaluated(field, (30, 40), tested=1)
    assert len(cells) < len(every)
    torch.testing.assert_close(found[:, 0], field[:, 0])
