"""Bootstrap confidence intervals of the differences between two rows of a table."""

from __future__ import annotations

import numpy as np

DRAWS = 1000
"""Number of bootstrap samples."""


def paired_differences(
    truth: np.ndarray,
    prediction: np.ndarray,
    reference: np.ndarray,
    block: np.ndarray,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, dict[str, float]]:
    """Differences of MAE and RMSE to a reference, with 95 % intervals from a paired bootstrap of blocks.

    Errors are correlated in time and between stations; so whole blocks (days) are drawn with replacement, the same for
    both methods (percentile interval; Efron and Tibshirani 1993, chapter 13). The error of a method with
    several seeds is the mean of the seeds' errors.

    Args:
        truth: Measurements, shape ``[n]``.
        prediction: Predictions of the method, shape ``[seed, n]``.
        reference: Predictions of the reference, shape ``[seed, n]``; the number of seeds may differ.
        block: Block number of each value, shape ``[n]``.
        draws: Number of bootstrap samples.
        seed: Seed of the draws.

    Returns:
        For ``mae`` and ``rmse``: the ``difference`` (negative: better than the reference), ``low`` and ``high``, and the same
        in percent of the reference's error (``percent``, ``percent_low``, ``percent_high``).
    """
    _, day = np.unique(block, return_inverse=True)
    days = int(day.max()) + 1
    weights = np.random.default_rng(seed).multinomial(days, np.full(days, 1 / days), size=draws).astype(np.float64)
    weights = np.vstack([np.ones(days), weights])  # the sample itself first
    n = weights @ np.bincount(day, minlength=days)

    def errors(rows: np.ndarray, power: int) -> np.ndarray:
        sums = [np.bincount(day, np.abs(row - truth) ** power, minlength=days) for row in rows]
        return np.mean([(weights @ total / n) ** (1 / power) for total in sums], axis=0)

    result: dict[str, dict[str, float]] = {}
    for metric, power in (("mae", 1), ("rmse", 2)):
        ours, theirs = errors(prediction, power), errors(reference, power)
        entry: dict[str, float] = {}
        for prefix, values in (("", ours - theirs), ("percent", 100 * (ours / theirs - 1))):
            low, high = np.percentile(values[1:], [2.5, 97.5])
            name = f"{prefix}_" if prefix else ""
            entry |= {prefix or "difference": float(values[0]), f"{name}low": float(low), f"{name}high": float(high)}
        result[metric] = entry
    return result
