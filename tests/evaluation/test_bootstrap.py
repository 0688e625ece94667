"""Paired bootstrap of differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.evaluation.bootstrap import paired_differences


def example(days=40, hours=24, seed=0):
    rng = np.random.default_rng(seed)
    block = np.repeat(np.arange(days) * 7, hours)
    truth = rng.gamma(2, 40, days * hours)
    bad_day = rng.gamma(2, 0.5, days)[block // 7]
    reference = truth + rng.normal(0, 10, truth.size) * bad_day
    return truth, reference, block, rng


def test_the_difference_is_that_of_the_sample():
    truth, reference, block, rng = example()
    seeds = truth + rng.normal(0, 6, (3, truth.size))
    result = paired_differences(truth, seeds, reference[None], block)
    mae = np.mean(np.abs(seeds - truth)) - np.mean(np.abs(reference - truth))
    rmse = np.mean(np.sqrt(np.mean((seeds - truth) ** 2, axis=1))) - np.sqrt(np.mean((reference - truth) ** 2))
    assert result["mae"]["difference"] == pytest.approx(mae)
    assert result["rmse"]["difference"] == pytest.approx(rmse)
    assert result["mae"]["percent"] == pytest.approx(100 * mae / np.mean(np.abs(reference - truth)))
    for one in result.values():
        assert one["low"] < one["difference"] < one["high"]
        assert one["percent_low"] < one["percent"] < one["percent_high"]


@given(st.integers(0, 100), st.floats(0.5, 2.0))
def test_a_method_that_is_a_constant_factor_off_has_no_spread_in_per_cent(seed, factor):
    truth, reference, block, _ = example(seed=seed)
    ours = truth + factor * (reference - truth)
    for one in paired_differences(truth, ours[None], reference[None], block, draws=50).values():
        assert one["percent_low"] == pytest.approx(100 * (factor - 1), abs=1e-6)
        assert one["percent_high"] == pytest.approx(100 * (factor - 1), abs=1e-6)


def test_days_are_drawn_whole():
    """Errors that are the same all day have a wider interval than the same errors dealt over days."""
    rng = np.random.default_rng(0)
    truth, reference = np.zeros(2400), np.ones(2400)
    daily = np.repeat(rng.uniform(0, 2, 100), 24)
    block = np.repeat(np.arange(100), 24)
    together = paired_differences(truth, daily[None], reference[None], block)["mae"]
    apart = paired_differences(truth, rng.permutation(daily)[None], reference[None], block)["mae"]
    assert together["high"] - together["low"] > 3 * (apart["high"] - apart["low"])
    expected = 2 * 1.96 * daily[::24].std() / 10
    assert together["high"] - together["low"] == pytest.approx(expected, rel=0.15)


def test_the_same_seed_draws_the_same():
    truth, reference, block, rng = example()
    ours = truth + rng.normal(0, 9, (1, truth.size))
    first = paired_differences(truth, ours, reference[None], block)
    assert paired_differences(truth, ours, reference[None], block) == first
    assert paired_differences(truth, ours, reference[None], block, seed=1) != first
