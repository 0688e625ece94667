"""Gaps of stations by chained ridge regressions on the other stations and the neighboring hours."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer
from sklearn.linear_model import BayesianRidge

from aqnet_pyg.baselines.gap_filler import GapFiller, station_order

_LAGS = (-1, 0, 1)


class IterativeRidge(GapFiller):
    """Chained Bayesian ridge regressions: each station at an hour on all stations at the hour before, the same, and the next.

    Gaps begin at the mean, and each column is estimated from the others in turn, several times over, as in multiple imputation by
    chained equations (van Buuren and Groothuis-Oudshoorn 2011, doi 10.18637/jss.v045.i03), without the noise; by
    :class:`sklearn.impute.IterativeImputer`. Estimates are not below zero, or the lowest training value. A
    station without training values has none.

    Args:
        rounds: Number of rounds over all columns.
        predictors: Largest number of columns that a regression uses, drawn at random in proportion to their correlation.

    Attributes:
        imputer_: The fitted imputer; its columns are the stations with training values, lag by lag.
        stations_: Positions of these stations, in the order of the columns.
    """

    def __init__(self, rounds: int = 5, predictors: int = 60) -> None:
        self.rounds = rounds
        self.predictors = predictors

    def _fit(self, values: np.ndarray, time: np.ndarray) -> None:
        order = station_order(self.coordinates_)
        self.stations_ = order[np.isfinite(values[:, order]).any(axis=0)]
        columns = len(_LAGS) * len(self.stations_)
        self.imputer_ = IterativeImputer(
            BayesianRidge(),
            max_iter=self.rounds,
            n_nearest_features=self.predictors if self.predictors < columns - 1 else None,
            min_value=min(0.0, float(np.nanmin(values))),
            keep_empty_features=True,
            random_state=0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the number of rounds is a choice
            self.imputer_.fit(self._lagged(values))

    def _fill(self, values: np.ndarray, time: np.ndarray) -> np.ndarray:
        estimate = np.full(values.shape, np.nan)
        middle = len(self.stations_) * _LAGS.index(0)
        filled = self.imputer_.transform(self._lagged(values))
        estimate[:, self.stations_] = filled[:, middle : middle + len(self.stations_)]
        return estimate

    def _lagged(self, values: np.ndarray) -> np.ndarray:
        """Return the values around each hour, ``[time, lag * station]``."""
        padded = np.pad(values[:, self.stations_], ((1, 1), (0, 0)), constant_values=np.nan)
        return np.concatenate([padded[1 + lag : 1 + lag + len(values)] for lag in _LAGS], axis=1)
