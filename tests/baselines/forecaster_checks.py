"""Tests that all forecasters of the package share: the public ones, and invalid input."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from aqnet_pyg.errors import InputError
from aqnet_pyg.testing import ForecasterTests
from aqnet_pyg.testing.baselines import HISTORY, HORIZON
from aqnet_pyg.testing.baselines import synthetic_series as series

HOURS = {"history": HISTORY, "horizon": HORIZON}


class ForecasterChecks(ForecasterTests):
    """Subclasses set :attr:`forecaster`, with the history and horizon of this module, and its tolerances."""

    forecaster = None

    def make(self, history, horizon, utc_offset=8.0):
        return clone(self.forecaster).set_params(history=history, horizon=horizon, utc_offset=utc_offset)

    def test_a_state_gives_the_same_forecasts(self):
        fitted, history, _, end = self.example
        again = type(fitted).from_state(fitted.state())
        assert again.get_params() == fitted.get_params()
        np.testing.assert_array_equal(again.predict(history, end), fitted.predict(history, end))

    def test_bad_input(self):
        values, time = series()
        fitted, history, _, end = self.example
        new = clone(self.forecaster)
        with pytest.raises(InputError, match=r"values: shape \(400, 3\).*\[399, station\]"):
            new.fit(values, time[:-1])
        with pytest.raises(InputError, match="time: hours are missing"):
            new.fit(np.delete(values, 7, axis=0), time.delete(7))
        with pytest.raises(InputError, match="values: infinite"):
            new.fit(np.where(np.isnan(values), np.inf, values), time)
        with pytest.raises(InputError, match="values: there is no measurement"):
            new.fit(np.full(values.shape, np.nan), time)
        with pytest.raises(InputError, match="time: the values are not times"):
            new.fit(values, ["then"] * len(values))
        with pytest.raises(InputError, match="end: some times are missing"):
            fitted.predict(history[:1], pd.DatetimeIndex([pd.NaT]))
        with pytest.raises(InputError, match=r"history: shape .*use \[15, 48, station\]"):
            fitted.predict(history[:, 1:], end)
        with pytest.raises(InputError, match="history: infinite"):
            fitted.predict(np.where(np.isnan(history), np.inf, history), end)
        with pytest.raises(InputError, match="horizon: 0"):
            clone(self.forecaster).set_params(horizon=0).fit(values, time)
