"""Tables of the scores of prediction intervals."""

import numpy as np
import pytest

from aqnet_pyg.conformal import ConformalIntervals, bin_names, bin_of
from aqnet_pyg.evaluation.interval_scores import gaussian_scores, quantile_scores
from aqnet_pyg.evaluation.interval_tables import interval_table, score_intervals
from aqnet_pyg.evaluation.protocol import Bins, Scored

N = 300


def scored(seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.gamma(4, 20, N)
    truth[:20] = np.nan
    return Scored(truth, np.arange(N) // 24, rng.choice([1.0, 7.0, 30.0], N))


def result(scored, seed, calibration=400):
    """Predictions of two dimensions, as methods return them; some are missing."""
    rng = np.random.default_rng(seed)
    value = (scored.truth + rng.normal(0, 8, N)).clip(1).reshape(-1, 3)
    value[-2:] = np.nan
    truth = rng.gamma(4, 20, calibration)
    return {
        "value": value,
        "std": np.full((N // 3, 3), 8.0),
        "calibration_value": (truth + rng.normal(0, 8, calibration)).clip(1),
        "calibration_std": np.full(calibration, 8.0),
        "calibration_distance_km": rng.uniform(0.5, 40, calibration),
        "calibration_truth": truth,
    }


def test_values_that_are_known_and_predicted_are_scored_by_both_distributions():
    truth, arrays = scored(), result(scored(), 1)
    found = score_intervals(truth, [arrays])
    assert set(found) == {"", "gaussian"}
    known = slice(20, -6)
    value, std = arrays["value"].ravel()[known], arrays["std"].ravel()[known]
    intervals = ConformalIntervals().fit(
        *(arrays[f"calibration_{name}"] for name in ("value", "std", "distance_km", "truth"))
    )
    expected = quantile_scores(intervals, value, std, truth.distance_km[known], truth.truth[known])
    for name, array in expected.items():
        np.testing.assert_array_equal(found[""][0][name], array)
    for name, array in gaussian_scores(value, std, truth.truth[known]).items():
        np.testing.assert_array_equal(found["gaussian"][0][name], array)
    for (scores,) in found.values():
        np.testing.assert_array_equal(scores["bin"], bin_of(truth.distance_km[known]))


def test_seeds_are_calibrated_together():
    truth = scored()
    first, second = result(truth, 1), result(truth, 2)
    second["calibration_truth"] = second["calibration_truth"] + 40
    alone, together = (score_intervals(truth, seeds)[""] for seeds in ([first], [first, second]))
    assert len(together) == 2
    assert together[0]["width"].mean() > 1.2 * alone[0]["width"].mean()


def test_a_method_without_standard_deviation_has_no_intervals():
    truth = scored()
    with_std, without = result(truth, 1), {"value": result(truth, 2)["value"]}
    assert score_intervals(truth, [with_std, without]) == {}


def test_the_table_has_means_over_seeds_and_the_bins_that_occur():
    one = {"covered": [1, 0, 1, 1], "width": [2, 4, 6, 8], "crps": [1, 1, 2, 2], "bin": [0, 0, 3, 3]}
    two = one | {"covered": [1, 1, 1, 1], "width": [4, 6, 8, 10]}
    seeds = [{name: np.array(values, float) for name, values in each.items()} for each in (one, two)]
    for each in seeds:
        each["bin"] = each["bin"].astype(int)
    row = interval_table({"kriging": seeds}, Bins("distance", tuple(bin_names())))["kriging"]
    assert row["n"] == 4
    assert row["coverage"] == {"mean": 0.875, "sd": pytest.approx(0.25 / np.sqrt(2))}
    assert row["width"]["mean"] == 6
    assert row["crps"] == {"mean": 1.5, "sd": 0.0}
    assert list(row["distance"]) == ["0-2 km", "10-20 km"]
    near, far = row["distance"].values()
    assert (near["n"], near["coverage"]["mean"], near["width"]["mean"]) == (2, 0.75, 4)
    assert (far["n"], far["coverage"]["mean"], far["crps"]["mean"]) == (2, 1.0, 2.0)
