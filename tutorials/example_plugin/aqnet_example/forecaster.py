"""A user-defined forecasting baseline: the value at the same hour of the last day."""

import numpy as np

from aqnet_pyg.baselines import Forecaster


class Yesterday(Forecaster):
    """Daily persistence.

    Interface: ``_fit`` is given values ``[time, station]``; ``_predict`` maps histories ``[window, history, station]`` and their
    last hours to ``[window, horizon, station]``, NaN where no forecast is possible. Values are departures from the
    climatology. Parameters are arguments of ``__init__``, as in scikit-learn. One model is used for all stations.
    """

    def _fit(self, departure, time):
        """Do nothing: there are no parameters to fit."""

    def _predict(self, departure, end):
        """Repeat the last day."""
        hours = (np.arange(self.horizon) % 24) - 24
        return departure[:, hours]
