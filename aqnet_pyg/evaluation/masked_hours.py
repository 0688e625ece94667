"""Scores of filled gaps at measured hours that were masked as real gaps are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from aqnet_pyg.evaluation.metrics import scores
from aqnet_pyg.gap_masks import by_gap_bin, copied_gaps, gap_length

WEEK = 168
"""Hours of a week."""

EVERY = 5
"""One week in this number has masked hours; in a shorter record all weeks have."""

ENOUGH, DRAWS = 2000, 10
"""Gaps are copied repeatedly until this number of hours is masked, but not more often than ``DRAWS`` times."""


def mask_hours(values: np.ndarray, seed: int) -> np.ndarray:
    """Mask measured hours with the gaps of other weeks, in every fifth week.

    Args:
        values: Measurements in consecutive hours, NaN where missing, shape ``[time, station]``; or ``[time, station, variable]``
            of the pollutant to fill, which comes first, and of others, whose gaps are copied with its gaps.
        seed: Random seed.

    Returns:
        Whether a measurement is masked, bool, of the same shape; only measured hours are, and none if the record has no gaps.
    """
    rng = np.random.default_rng(seed)
    missing = ~np.isfinite(values)
    if len(values) < 2:
        return np.zeros_like(missing)
    weeks = np.arange(len(values)) // WEEK
    chosen = weeks % EVERY == rng.integers(EVERY) if len(values) >= EVERY * WEEK else np.ones(len(values), bool)
    masked = np.zeros_like(missing)
    target = masked.reshape(*masked.shape[:2], -1)[..., 0]
    chosen = chosen.reshape(-1, *[1] * (missing.ndim - 1))
    for _ in range(DRAWS):
        masked |= copied_gaps(missing, rng) & chosen
        if target.sum() >= ENOUGH:
            break
    return masked


def masked_scores(
    values: np.ndarray,
    masked: np.ndarray,
    estimates: Mapping[str, np.ndarray],
    interval: tuple[np.ndarray, np.ndarray] | None = None,
) -> dict[str, Any]:
    """Compare estimates with the measurements of masked hours, overall and by the length of the gap.

    Args:
        values: Measurements, shape ``[time, station]``, NaN where missing.
        masked: Whether an hour was masked, shape ``[time, station]``.
        estimates: By method, the estimates made without the masked hours, each of shape ``[time, station]``. Only hours with an
            estimate of every method are compared.
        interval: Ends of the 90 % interval of the first method, each of shape ``[time, station]``.

    Returns:
        ``overall`` and each bin of ``by_gap_length`` with, by method, the scores of :func:`aqnet_pyg.evaluation.scores`; and of
        the first method ``coverage`` and ``width`` of its intervals. Bins without values are left out.
    """
    missing = masked | ~np.isfinite(values)
    known = masked & np.isfinite(np.stack(list(estimates.values()))).all(axis=0)

    def rows(chosen: np.ndarray) -> dict[str, dict[str, float | int]]:
        found = {name: scores(values[chosen], estimate[chosen]) for name, estimate in estimates.items()}
        if interval is not None:
            lower, upper = (end[chosen] for end in interval)
            truth = values[chosen]
            inside = (lower <= truth) & (truth <= upper)
            found[next(iter(estimates))] |= {
                "coverage": float(np.mean(inside)) if truth.size else np.nan,
                "width": float(np.mean(upper - lower)) if truth.size else np.nan,
            }
        return found

    bins = {name: known & these for name, these in by_gap_bin(gap_length(missing)).items()}
    return {
        "overall": rows(known),
        "by_gap_length": {name: rows(chosen) for name, chosen in bins.items() if chosen.any()},
    }
