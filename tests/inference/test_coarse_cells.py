import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.grid import Grid
from aqnet_pyg.inference.coarse_cells import CoarseCells


@given(width=st.integers(1, 7), height=st.integers(1, 7))
def test_a_bilinear_field_is_interpolated_exactly(width, height):
    grid = Grid(
        np.array([100.0, 101, 103, 104, 107, 108, 112])[:width], np.array([30.0, 31, 33, 34, 35, 38, 39])[:height]
    )
    longitude, latitude = grid.pos.T
    field = 3 + 2 * longitude - latitude + 0.1 * longitude * latitude
    coarse = CoarseCells.of(grid.pos)
    assert sorted([*coarse.rows.tolist(), *coarse.others.tolist()]) == list(range(width * height))
    assert set(coarse.corners.flatten().tolist()) <= set(coarse.rows.tolist())
    between = (coarse.weights.numpy() * field[coarse.corners.numpy()]).sum(axis=1)
    np.testing.assert_allclose(between, field[coarse.others.numpy()], rtol=1e-5)


def test_a_quarter_of_the_cells_is_coarse():
    coarse = CoarseCells.of(Grid(np.arange(9.0), np.arange(11.0)).pos)
    assert len(coarse.rows) == 5 * 6
    assert coarse.corners[0].tolist() == [0, 2, 0, 2]  # a cell on a line between two of them
    assert coarse.weights[0].tolist() == [0.5, 0.5, 0.0, 0.0]


@pytest.mark.parametrize(
    "cells",
    [
        np.empty((0, 2)),
        np.array([[1.0, 1.0], [2.0, 1.0], [1.0, 2.0]]),
        np.array([[1.0, 1.0], [2.0, 1.0], [1.0, 2.0], [2.5, 2.0]]),
        np.array([[2.0, 1.0], [1.0, 1.0]]),
        np.array([[1.0, 2.0], [1.0, 1.0]]),
    ],
)
def test_other_places_are_no_grid(cells):
    assert CoarseCells.of(cells) is None
