import io
import math

import pytest
from tqdm import tqdm

from aqnet_pyg.baselines import grid_search
from aqnet_pyg.baselines.grid_search import descend, least_along_ridge

GRIDS = (1.0, 2.0, 4.0, 8.0, 16.0), (0.01, 0.1, 1.0)


def test_descends_along_a_ridge_and_computes_no_point_twice():
    seen = []

    def error(length, nugget):
        seen.append((length, nugget))
        across = math.log2(length) + math.log10(nugget) - 2
        return (math.log2(length) - 4) ** 2 + 20 * across**2

    assert descend(error, GRIDS, (4.0, 1.0)) == ((16.0, 0.01), 0.0)
    assert len(seen) == len(set(seen)) < 15


def test_starts_from_the_nearest_point_by_ratio_or_from_the_middle():
    starts = []
    descend(lambda *choice: starts.append(choice) or float(choice != (8.0, 0.1)), GRIDS, (7.0, None))
    assert set(starts) == {(length, nugget) for length in (4.0, 8.0, 16.0) for nugget in (0.01, 0.1, 1.0)}


def test_a_given_parameter_is_kept():
    assert descend(lambda length, nugget: length, (GRIDS[0], (-3.0,)), (4.0, -3.0)) == ((1.0, -3.0), 1.0)


def ridge(length, nugget):
    across = math.log2(length) + math.log10(nugget) - 2
    return 10 + (math.log2(length) - 4) ** 2 + across**2


def test_finds_the_least_error_of_all_ranges():
    found = least_along_ridge(ridge, GRIDS[0], GRIDS[1:], (1.0, 1.0))
    assert found == ((16.0, 0.01), 10.0)


def test_ranges_beyond_a_bad_one_are_not_tried():
    tried = set()
    least_along_ridge(lambda *choice: tried.add(choice[0]) or abs(choice[0] - 4.0) + 1, GRIDS[0], GRIDS[1:], (4.0, 0.1))
    assert tried == {2.0, 4.0, 8.0}


def test_a_better_estimate_decides_between_the_best_choices(monkeypatch):
    monkeypatch.setattr(grid_search, "MOST", 2)
    compared = []

    def thorough(length, nugget):
        compared.append(length)
        return -length

    def error(length, nugget):
        return 1 + abs(length - 4.0) * 1e-4

    assert least_along_ridge(error, GRIDS[0], ((0.1,),), (4.0, 0.1), thorough) == ((4.0, 0.1), -4.0)
    assert compared == [2.0, 4.0]


@pytest.mark.parametrize("start", GRIDS[0])
def test_progress_ends_at_the_number_of_ranges(start, monkeypatch):
    bars = []

    def bar(*arguments, **options):
        bars.append(tqdm(*arguments, **options | {"disable": False, "file": io.StringIO()}))
        return bars[-1]

    monkeypatch.setattr(grid_search, "tqdm", bar)
    least_along_ridge(lambda length, nugget: 1 + abs(math.log2(length / 2)), GRIDS[0], GRIDS[1:], (start, 0.1))
    assert [(each.n, each.total) for each in bars] == [(5, 5)]
