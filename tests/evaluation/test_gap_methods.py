"""Estimators of gaps as rows of the tables."""

import numpy as np
import pytest
from evaluation.sample_fillers import MeanFiller, NoisyFiller, SpreadFiller, small_gap_case

from aqnet_pyg.evaluation.gap_methods import FillerMethod


def filled(filler, seed=0):
    case = small_gap_case()
    method = FillerMethod(filler).fit(case.fitting_data(), "pm25", seed)
    return method, method.fill(case.measured()), case


def test_an_estimator_is_fitted_to_the_training_and_fills_the_rest():
    method, estimate, case = filled(MeanFiller())
    assert method.chosen == {"mean_": pytest.approx(float(np.nanmean(case.data.pm25.values[~case.test])))}
    given = case.measured().pm25.values
    np.testing.assert_array_equal(estimate.value[~case.missing], given[~case.missing])
    np.testing.assert_allclose(estimate.value[211], method.filler.mean_)  # nobody measured
    assert estimate.lower is estimate.upper is None
    assert not method.stochastic


def test_a_spread_becomes_a_normal_interval():
    _, (value, lower, upper), case = filled(SpreadFiller())
    np.testing.assert_allclose((upper - lower)[case.missing], 2 * 1.6449 * 30, rtol=1e-4)
    np.testing.assert_allclose((upper + lower) / 2, value)
    np.testing.assert_array_equal(lower[~case.missing], value[~case.missing])


def test_a_seed_is_passed_on():
    method, first, case = filled(NoisyFiller(), seed=1)
    _, second, _ = filled(NoisyFiller(), seed=2)
    assert method.stochastic
    assert (first.value != second.value)[case.missing].all()
