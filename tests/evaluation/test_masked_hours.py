"""Masked hours, and scores at them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.evaluation import mask_hours, masked_scores
from aqnet_pyg.evaluation.masked_hours import EVERY, WEEK


@given(weeks=st.integers(1, 12), seed=st.integers(0, 99))
def test_masked_hours_are_measured_ones(weeks, seed):
    values = np.random.default_rng(seed).uniform(0, 99, (weeks * WEEK, 3, 2))
    values[np.random.default_rng(seed).random(values.shape) < 0.2] = np.nan
    masked = mask_hours(values, seed)
    assert np.isfinite(values[masked]).all()
    assert masked.any()
    assert (masked[..., 0] != masked[..., 1]).any()
    np.testing.assert_array_equal(masked, mask_hours(values, seed))
    np.testing.assert_array_equal(mask_hours(values[..., :1], seed)[..., 0], mask_hours(values[..., 0], seed))
    if weeks >= EVERY:
        assert len(np.unique(np.flatnonzero(masked.any(axis=(1, 2))) // WEEK % EVERY)) == 1


def test_a_record_without_gaps_or_of_one_hour_has_no_masked_hours():
    assert not mask_hours(np.ones((500, 3, 1)), 0).any()
    assert not mask_hours(np.array([[[1.0], [np.nan]]]), 0).any()


def test_scores_by_the_length_of_the_gap():
    values = np.arange(40.0).reshape(20, 2)
    values[4, 0] = np.nan
    masked = np.zeros((20, 2), bool)
    masked[[3, 5], 0] = True  # with the missing hour, a gap of three
    masked[10, 1] = True
    model, other = values + 1.0, values + 3.0
    model[10, 1] -= 5.0
    other[3, 0] = np.nan  # left out for all methods
    found = masked_scores(values, masked, {"model": model, "other": other}, (model - 2, model + 2))
    assert found["overall"]["model"]["n"] == found["overall"]["other"]["n"] == 2
    assert found["overall"]["model"]["mae"] == pytest.approx(2.5)
    assert found["overall"]["model"]["coverage"] == 0.5
    assert found["overall"]["model"]["width"] == 4.0
    assert "coverage" not in found["overall"]["other"]
    assert list(found["by_gap_length"]) == ["1", "2-3"]
    assert found["by_gap_length"]["2-3"]["model"]["mae"] == 1.0
    assert found["by_gap_length"]["1"]["model"]["mae"] == 4.0
