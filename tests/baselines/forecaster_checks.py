"""What every forecaster of ours must do: the public tests, and that bad input is refused."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from aqnet_pyg.errors import InputError
from aqnet_pyg.testing import ForecasterTests
from aqnet_pyg.testing.baselines import HISTORY, HORIZON
from aqnet_pyg.testing.baselines import synthetic_series as series
from aqnet_pyg.testing.baselines import synthetic_windows as windows

__all__ = ["HISTORY", "HORIZON", "HOURS", "ForecasterChecks", "series", "windows"]

HOURS = {"history": HISTORY, "horizon": HORIZON}


class ForecasterChecks(ForecasterTests):
    """Subclasses set :attr:`forecaster`, with the history and horizon of this module, and how exact it is."""

    forecaster = None

    def make(self, history, horizon, utc_offset=8.0):
        return clone(self.forecaster).set_params(history=history, horizon=horizon, utc_offset=utc_offset)

    def test_bad_input(self):
        values, time = series()
        fitted, history, _, end = self.example
        new = clone(self.forecaster)
        with pytest.raises(InputError, match=r"values: shape \(400, 3\).*\[399, station\]"):
            new.fit(values, time[:-1])
        with pytest.raises(InputError, match="time: hours are left out"):
            new.fit(np.delete(values, 7, axis=0), time.delete(7))
        with pytest.raises(InputError, match="values: infinite"):
            new.fit(np.where(np.isnan(values), np.inf, values), time)
        with pytest.raises(InputError, match="values: nothing was measured"):
            new.fit(np.full(values.shape, np.nan), time)
        with pytest.raises(InputError, match="time: this is no time"):
            new.fit(values, ["then"] * len(values))
        with pytest.raises(InputError, match="end: a time is missing"):
            fitted.predict(history[:1], pd.DatetimeIndex([pd.NaT]))
        with pytest.raises(InputError, match=r"history: shape .*use \[15, 48, station\]"):
            fitted.predict(history[:, 1:], end)
        with pytest.raises(InputError, match="history: infinite"):
            fitted.predict(np.where(np.isnan(history), np.inf, history), end)
        with pytest.raises(InputError, match="horizon: 0"):
            clone(self.forecaster).set_params(horizon=0).fit(values, time)
