"""Cases of forecast protocols."""

import pytest
from evaluation.protocols.protocol_files import DATES, folds
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols import PROTOCOLS


def test_forecasts_hide_a_fold_and_need_the_variables_that_are_known(tmp_path):
    data = random_station_data(20, 24 * 20)
    dates = {"train": "2016-12-01/2016-12-02", "validation": "2016-12-03", "test": "2016-12-04/2016-12-31"}
    request = Request(tmp_path, lambda: data, dates=dates, known=("o3",))
    (case,) = PROTOCOLS["short-term"].cases(request)
    assert case.hidden == folds(tmp_path, data)[0].hidden
    assert case.known == ("o3",)
    with pytest.raises(InputError, match="known: 'wind'"):
        PROTOCOLS["short-term"].cases(Request(tmp_path, lambda: data, dates=dates, known=("wind",)))


@pytest.mark.parametrize(
    ("protocol", "window", "hours"), [("long-term", (336, 168), {0}), ("short-term", (336, 24), {0, 6, 12, 18})]
)
def test_windows_and_hours_of_issue(protocol, window, hours, tmp_path):
    data = random_station_data(10, 24 * 40)
    dates = DATES | {"test": "2016-12-04/2016-12-31"}
    (case,) = PROTOCOLS[protocol].cases(Request(tmp_path, lambda: data, dates=dates))
    assert (case.window.history, case.window.horizon) == window
    issued = data.indexes["time"][case.issues].tz_localize("UTC").tz_convert("Asia/Shanghai")
    assert set(issued.hour) == hours
