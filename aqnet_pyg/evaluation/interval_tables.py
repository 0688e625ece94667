"""Tables of the scores of prediction intervals over cases, methods and seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from aqnet_pyg.conformal import ConformalIntervals, bin_of
from aqnet_pyg.evaluation.interval_scores import gaussian_scores, quantile_scores
from aqnet_pyg.evaluation.protocol import Bins, Scored
from aqnet_pyg.evaluation.tables import mean_and_sd

IntervalScores = dict[str, np.ndarray]
"""``covered``, ``width``, ``crps`` and the number of the ``bin`` of each value, of one method and seed."""


def score_intervals(scored: Scored, results: Sequence[Mapping[str, np.ndarray]]) -> dict[str, list[IntervalScores]]:
    """Score the intervals of a method for each seed, calibrated on the calibration samples of all seeds together.

    A network is calibrated on the few stations that were held out of its training, which differ between seeds.

    Args:
        scored: The truth, shape ``[n]``, with distances.
        results: By seed, the arrays ``value``, ``std`` and ``calibration_*``.

    Returns:
        By seed, the scores of the conformal quantiles (named ``""``) and of the ``gaussian`` distribution with the same
        standard deviation; empty if the method has no standard deviation.
    """
    if any("std" not in arrays for arrays in results):
        return {}
    names = ("value", "std", "distance_km", "truth")
    intervals = ConformalIntervals().fit(
        *(np.concatenate([arrays[f"calibration_{name}"] for arrays in results]) for name in names)
    )
    assert scored.distance_km is not None
    result: dict[str, list[IntervalScores]] = {"": [], "gaussian": []}
    for arrays in results:
        value, std = arrays["value"].ravel(), arrays["std"].ravel()
        known = np.isfinite(scored.truth) & np.isfinite(value) & np.isfinite(std)
        truth, distance, value, std = (array[known] for array in (scored.truth, scored.distance_km, value, std))
        number = {"bin": bin_of(distance)}
        result[""].append(quantile_scores(intervals, value, std, distance, truth) | number)
        result["gaussian"].append(gaussian_scores(value, std, truth) | number)
    return result


def interval_table(rows: Mapping[str, list[IntervalScores]], grouped: Bins) -> dict[str, Any]:
    """Coverage of the 90 % interval, its mean width and the CRPS, overall and by bin.

    Args:
        rows: Scores of each seed, by row.
        grouped: The bins.
    """
    table: dict[str, Any] = {}
    for row, seeds in rows.items():
        present = sorted(set(np.concatenate([seed["bin"] for seed in seeds]).tolist()))
        bins = {
            grouped.names[i]: {"n": int((seeds[0]["bin"] == i).sum())} | _means([_only(seed, i) for seed in seeds])
            for i in present
        }
        table[row] = {"n": int(seeds[0]["bin"].size)} | _means(seeds) | {grouped.dimension: bins}
    return table


def _only(scores: IntervalScores, number: int) -> IntervalScores:
    return {name: values[scores["bin"] == number] for name, values in scores.items()}


def _means(seeds: list[IntervalScores]) -> dict[str, dict[str, float]]:
    columns = {"coverage": "covered", "width": "width", "crps": "crps"}
    return {name: mean_and_sd(float(np.mean(seed[key])) for seed in seeds) for name, key in columns.items()}
