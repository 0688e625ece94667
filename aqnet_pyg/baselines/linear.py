"""Linear regression on lagged values."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

from aqnet_pyg.baselines.forecaster import Forecaster, draw_windows, fill


def ridge_by_lead(inputs: np.ndarray, future: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Fit a ridge regression for each lead time, to the windows in which that hour was measured.

    Args:
        inputs: Shape ``[window, input]``.
        future: Targets, ``[window, horizon]``, NaN where missing.
        alpha: Regularization strength.

    Returns:
        Coefficients, ``[horizon, input]``, and intercepts, ``[horizon]``; zero for a lead time without measurements.
    """
    coefficients, intercepts = np.zeros((future.shape[1], inputs.shape[1])), np.zeros(future.shape[1])
    for lead, truth in enumerate(future.T):
        known = np.isfinite(truth)
        if known.any():
            ridge = Ridge(alpha).fit(inputs[known], truth[known])
            coefficients[lead], intercepts[lead] = ridge.coef_, ridge.intercept_
    return coefficients, intercepts


class LinearLags(Forecaster):
    """Ridge regression on the daily means of the history, its last hours, and the local time.

    Each hour of the horizon has its own coefficients, which are the same for all stations.

    Args:
        history: Hours of input; days are counted back from its end.
        horizon: Hours to forecast.
        utc_offset: Hours from UTC to local time.
        hours: Number of last hours that are separate inputs.
        alpha: Regularization strength, for standardized inputs.
        windows: Largest number of training windows, drawn at random.
        seed: Seed of the draw.

    Attributes:
        coefficients_: Shape ``[horizon, input]``.
        intercept_: Shape ``[horizon]``.
        center_: Mean of the inputs, ``[input]``.
        scale_: Their standard deviation, ``[input]``.
    """

    def __init__(
        self,
        history: int = 336,
        horizon: int = 168,
        utc_offset: float = 8.0,
        hours: int = 6,
        alpha: float = 1.0,
        windows: int = 100_000,
        seed: int = 0,
    ) -> None:
        super().__init__(history, horizon, utc_offset)
        self.hours = hours
        self.alpha = alpha
        self.windows = windows
        self.seed = seed

    def _fit(self, departure: np.ndarray, time: pd.DatetimeIndex) -> None:
        rng = np.random.default_rng(self.seed)
        windows = draw_windows(departure, time, self.history, self.horizon, self.windows, rng)
        inputs = self._inputs(windows.history, windows.end)
        self.center_, self.scale_ = inputs.mean(axis=0), inputs.std(axis=0)
        self.scale_[self.scale_ == 0] = 1.0
        inputs = (inputs - self.center_) / self.scale_
        self.coefficients_, self.intercept_ = ridge_by_lead(inputs, windows.future, self.alpha)

    def _predict(self, departure: np.ndarray, end: pd.DatetimeIndex) -> np.ndarray:
        by_station = departure.transpose(0, 2, 1)
        flat = by_station.reshape(-1, self.history)
        inputs = (self._inputs(flat, end.repeat(by_station.shape[1])) - self.center_) / self.scale_
        result = inputs @ self.coefficients_.T + self.intercept_
        result[np.isnan(flat).all(axis=1)] = np.nan
        return result.reshape(*by_station.shape[:2], self.horizon).transpose(0, 2, 1)

    def _inputs(self, history: np.ndarray, end: pd.DatetimeIndex) -> np.ndarray:
        """Return the inputs, ``[window, input]``, from the histories of single stations, ``[window, history]``."""
        filled = fill(history)
        count = self.history // 24
        days = filled[:, self.history - 24 * count :].reshape(len(filled), count, 24).mean(axis=2)
        return np.concatenate([days, filled[:, -self.hours :], self._cycles(end)], axis=1)
