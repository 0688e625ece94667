"""Windows of forecasts, and the measurements that they are scored against."""

from dataclasses import replace

import numpy as np
import pytest
from evaluation.evaluation_data import small_forecast_case
from numpy.testing import assert_array_equal

from aqnet_pyg.errors import InputError
from aqnet_pyg.windows import Window


def test_windows_end_at_the_issue_and_lie_in_the_test_hours():
    case = small_forecast_case(issue_hours=(0, 12))
    time = case.data.indexes["time"]
    windows = case.windows()
    assert len(windows) == len(case.issues) > 5
    for issue, window in zip(case.issues, windows, strict=True):
        assert window.sizes == {"time": 72, "station": 6}
        assert window.indexes["time"][47] == time[issue]
        assert time[issue].tz_localize("UTC").tz_convert("Asia/Shanghai").hour in (0, 12)
        assert case.test[issue - 47 : issue + 25].all()
        assert_array_equal(window.pm25[:48], case.measured().pm25[issue - 47 : issue + 1])
        assert all(window[name][48:].isnull().all() for name in window.data_vars)


def test_every_issue_that_fits_is_made():
    case = small_forecast_case()
    hours = np.flatnonzero(case.test)
    # One a day, from the first midnight with a whole history to the last with a whole horizon.
    assert (np.diff(case.issues) == 24).all()
    assert case.issues[0] - 47 - hours[0] < 24
    assert hours[-1] - (case.issues[-1] + 24) < 24
    gap = case.test.copy()
    gap[case.issues[2] + 3] = False
    assert set(replace(case, test=gap).issues) <= set(case.issues) - {case.issues[2]}


def test_windows_contain_covariates_of_the_horizon():
    case = small_forecast_case(known=("o3",))
    window, issue = case.windows()[0], case.issues[0]
    assert_array_equal(window.o3, case.measured().o3[issue - 47 : issue + 25])
    assert window.pm25[48:].isnull().all()


def test_the_future_is_what_follows_the_issue():
    case = small_forecast_case()
    future = case.future(case.hidden)
    assert future.shape == (len(case.issues), 24, 2)
    first = case.issues[1] + 1
    assert_array_equal(future[1], case.data.pm25.sel(station=list(case.hidden)).values[first : first + 24])


def test_test_hours_shorter_than_a_window_are_refused():
    with pytest.raises(InputError, match="no window of 300"):
        _ = small_forecast_case(window=Window(300, horizon=24)).issues
