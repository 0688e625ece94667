"""Scores of predictions: MAE, RMSE and R²."""

from __future__ import annotations

import numpy as np

from aqnet_pyg.errors import InputError


def scores(truth: np.ndarray, prediction: np.ndarray) -> dict[str, float | int]:
    r"""Return the errors of a prediction where both prediction and truth are finite.

    Args:
        truth: Measurements, any shape, NaN where missing.
        prediction: Predictions of the same shape and units, NaN where missing.

    Returns:
        ``mae`` and ``rmse`` in the units of the values, ``r2`` (:math:`1 - \sum e^2 / \sum (z - \bar z)^2`, NaN if the
        truth does not vary) and ``n``, the number of values compared; all NaN if ``n`` is 0.

    Raises:
        InputError: If the shapes differ.
    """
    truth, prediction = np.asarray(truth, np.float64), np.asarray(prediction, np.float64)
    if truth.shape != prediction.shape:
        raise InputError(
            f"prediction: its shape {prediction.shape} differs from that of the truth, {truth.shape}; give arrays of one shape."
        )
    both = np.isfinite(truth) & np.isfinite(prediction)
    truth, error = truth[both], prediction[both] - truth[both]
    if error.size == 0:
        return {"mae": np.nan, "rmse": np.nan, "r2": np.nan, "n": 0}
    spread = np.mean((truth - truth.mean()) ** 2)
    square = np.mean(error**2)
    return {
        "mae": float(np.mean(np.abs(error))),
        "rmse": float(np.sqrt(square)),
        "r2": float(1 - square / spread) if spread > 0 else np.nan,
        "n": int(error.size),
    }
