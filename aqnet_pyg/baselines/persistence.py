"""Reference forecasts: persistence, climatology, and damped persistence."""

from __future__ import annotations

import numpy as np
import pandas as pd

from aqnet_pyg.baselines.forecaster import Forecaster, last_day


class Persistence(Forecaster):
    """Persistence: the mean of the last 24 hours of the station, or its last value if these have none."""

    def _fit(self, departure: np.ndarray, time: pd.DatetimeIndex) -> None:
        pass

    def _predict(self, departure: np.ndarray, end: pd.DatetimeIndex) -> np.ndarray:
        past, future = (normal[:, :, None] for normal in self._around(end))
        return last_day(departure + past)[:, None] - future


class Climatology(Forecaster):
    """Climatology: the mean of the network in the training hours, by month and hour of the day."""

    def _fit(self, departure: np.ndarray, time: pd.DatetimeIndex) -> None:
        pass

    def _predict(self, departure: np.ndarray, end: pd.DatetimeIndex) -> np.ndarray:
        return np.full((len(end), self.horizon, departure.shape[2]), np.nan)


class DampedPersistence(Forecaster):
    r"""Climatology plus a fraction of the mean departure of the last day, :math:`a_h \bar x`, at lead time :math:`h`.

    The fraction is fitted by least squares for each lead time separately, over all training hours and stations.

    Attributes:
        damping_: :math:`a_h`, shape ``[horizon]``; 0 without data to fit.
    """

    def _fit(self, departure: np.ndarray, time: pd.DatetimeIndex) -> None:
        mean = pd.DataFrame(departure).rolling(24, min_periods=1).mean().to_numpy()
        self.damping_ = np.zeros(self.horizon)
        for lead in range(1, min(self.horizon, len(departure) - 1) + 1):
            before, after = mean[:-lead], departure[lead:]
            both = np.isfinite(before) & np.isfinite(after)
            square = np.sum(before**2, where=both)
            if square > 0:
                self.damping_[lead - 1] = np.sum(before * after, where=both) / square

    def _predict(self, departure: np.ndarray, end: pd.DatetimeIndex) -> np.ndarray:
        return self.damping_[:, None] * last_day(departure)[:, None]
