import numpy as np
import pytest

from aqnet_pyg.baselines.kriging_system import left_out_estimates, systems


@pytest.mark.parametrize("without_data", [0, 4])
def test_systems_of_hours_with_gaps_equal_solving_each_hour(without_data):
    rng = np.random.default_rng(0)
    root = rng.normal(size=(12, 12))
    covariance = root @ root.T + np.eye(12)
    inverse = np.linalg.inv(covariance)
    values = rng.normal(50, 10, (9, 12))
    values[rng.random(values.shape) < 0.3] = np.nan
    values[:, :without_data] = np.nan
    values[1] = np.nan
    values[2] = 2 * values[3]  # the same gaps, so that both are solved together
    solved = {}
    for system in systems(inverse, values):
        measured = np.ones(12, bool)
        measured[system.missing] = False
        precision = np.linalg.inv(covariance[np.ix_(measured, measured)])
        ones = precision.sum(axis=1)
        projected = precision - np.outer(ones, ones) / ones.sum()
        expected = np.full(12, np.nan)
        expected[measured] = np.diag(projected)
        np.testing.assert_allclose(system.precision, expected)
        for position, hour in enumerate(system.hours):
            row = values[hour, measured]
            solved[hour] = system.mean[position], system.sill[position]
            assert system.mean[position] == pytest.approx(ones @ row / ones.sum())
            assert system.sill[position] == pytest.approx(row @ projected @ row / (measured.sum() - 1))
            np.testing.assert_allclose(system.dual[position, measured], projected @ row, atol=1e-9)
        assert not system.dual[:, ~measured].any()
    assert sorted(solved) == [0, 2, 3, 4, 5, 6, 7, 8]
    mean, sill = solved[3]
    assert solved[2] == pytest.approx((2 * mean, 4 * sill))


def test_the_only_station_has_no_left_out_estimate():
    covariance = np.array([[1.0, 0.5], [0.5, 1.0]])
    inverse = np.linalg.inv(covariance)
    values = np.array([[7.0, np.nan]])
    (system,) = systems(inverse, values)
    estimate, variance = left_out_estimates(system, values)
    np.testing.assert_allclose(estimate, [[np.nan, 7.0]])
    # The variance of the difference of two values: 1 + 1 - 2 * 0.5.
    np.testing.assert_allclose(variance, [np.nan, 1.0])
