import math

from aqnet_pyg.baselines.grid_search import descend

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
