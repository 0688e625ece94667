"""The cases of the GRIN paper, from small files in the published formats."""

import numpy as np
import pandas as pd
import pytest
from evaluation.protocols.protocol_files import request, write_grin

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.protocols import PROTOCOLS


def test_stations_and_months_of_the_published_files(tmp_path):
    write_grin(tmp_path)
    cases = PROTOCOLS["grin-virtual"].cases(request(tmp_path))
    assert [case.hidden for case in cases] == [("001014",), ("001031",)]
    case = cases[0]
    # Labels are Beijing time and an hour late.
    assert case.data.indexes["time"][0] == pd.Timestamp("2014-04-30 16:00")
    labels = case.data.indexes["time"] + pd.Timedelta("9h")
    assert set(labels[case.test].month) == {6}
    assert (labels[case.validation].month == 5).all()
    assert labels[case.validation].day.min() == 22
    assert set(labels[case.train].month) == {5, 7}
    assert np.isnan(case.data.pm25[50, 13])
    assert case.data.pm25[100].isnull().all()
    assert (case.train | case.validation | case.test).all()


def test_other_stations_are_refused(tmp_path):
    write_grin(tmp_path)
    path = tmp_path / "pm25_latlng.txt"
    path.write_text(path.read_text().replace("001014", "009999"))
    with pytest.raises(InputError, match=r"pm25_ground\.txt: its stations"):
        PROTOCOLS["grin-virtual"].cases(request(tmp_path))
