"""Scores of prediction intervals."""

import numpy as np
import pytest

from aqnet_pyg.conformal import ConformalIntervals
from aqnet_pyg.evaluation import interval_scores
from aqnet_pyg.evaluation.interval_scores import gaussian_scores, limit_scores, quantile_scores


def test_scores_of_a_standard_normal_distribution():
    scores = gaussian_scores(np.zeros(3), np.ones(3), np.array([0.0, 1.6, 1.7]))
    np.testing.assert_array_equal(scores["covered"], [1, 1, 0])
    np.testing.assert_allclose(scores["width"], 2 * 1.6449, rtol=1e-4)
    assert scores["crps"][0] == pytest.approx((np.sqrt(2) - 1) / np.sqrt(np.pi))  # Gneiting and Raftery (2007)


def test_calibrated_quantiles_of_normal_errors_score_like_the_distribution(monkeypatch):
    rng = np.random.default_rng(0)
    value, std, distance = rng.uniform(20, 100, 4000), np.full(4000, 5.0), np.full(4000, 10.0)
    truth = value + 5 * rng.normal(size=4000)
    intervals = ConformalIntervals().fit(value, std, distance, truth, station=np.arange(4000))
    found, expected = quantile_scores(intervals, value, std, distance, truth), gaussian_scores(value, std, truth)
    for name in expected:
        assert found[name].mean() == pytest.approx(expected[name].mean(), rel=0.05)
    monkeypatch.setattr(interval_scores, "_CHUNK", 1500)
    for name, scores in quantile_scores(intervals, value, std, distance, truth).items():
        np.testing.assert_array_equal(scores, found[name])


def test_limits_of_a_normal_distribution_score_like_it():
    rng = np.random.default_rng(0)
    value, std = rng.normal(size=50), rng.uniform(1, 2, 50)
    truth = value + rng.normal(size=50)
    half = 1.6448536 * std
    found, expected = limit_scores(value, value - half, value + half, truth), gaussian_scores(value, std, truth)
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-6)
    lopsided = limit_scores(np.zeros(2), np.zeros(2), np.full(2, 3.0), np.array([-0.1, 2.9]))
    np.testing.assert_array_equal(lopsided["covered"], [0, 1])
