"""A baseline of one's own that forecasts: as it was at this hour of the last day."""

import numpy as np

from aqnet_pyg.baselines import Forecaster


class Yesterday(Forecaster):
    """Contract: ``_fit`` learns from ``[time, station]``; ``_predict`` takes histories ``[window, history, station]`` and their
    last hours to ``[window, horizon, station]``, NaN where it has nothing to say. Both are given departures from the
    climatology; parameters are named in ``__init__``, as scikit-learn wants it. One model serves all stations."""

    def _fit(self, departure, time):
        """Nothing to learn."""

    def _predict(self, departure, end):
        """The last day, over and over."""
        hours = (np.arange(self.horizon) % 24) - 24
        return departure[:, hours]
