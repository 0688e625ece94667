"""Folds of stations, each hidden once."""

import numpy as np
import pytest
from evaluation.protocols.protocol_files import folds
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.splits import write_hidden


def test_station_folds_hide_each_measuring_station_once_in_each_regime(tmp_path):
    data = random_station_data(40, 24 * 4)
    data["pm25"][:, 7] = np.nan
    data = data.assign(pm25_flag=(("time", "station"), np.zeros(data.pm25.shape, np.int8)))
    cases = folds(tmp_path, data)
    assert [case.name for case in cases] == [f"{regime}-{n}" for regime in ("random", "blocked") for n in range(1, 6)]
    unmeasured = str(data.station.values[7])
    for regime in ("random", "blocked"):
        hidden = [code for case in cases if case.group == regime for code in case.hidden]
        assert sorted(hidden) == sorted(set(data.station.values) - {unmeasured})
    assert "pm25_flag" not in cases[0].data
    assert (cases[0].spacing, cases[-1].spacing) == (None, pytest.approx(1.33, abs=0.2))
    assert np.median(cases[5].distance_km) > 0
    assert [case.name for case in folds(tmp_path, data, regime="blocked")] == [case.name for case in cases[5:]]


def test_a_list_of_stations_is_hidden(tmp_path):
    data = random_station_data(20, 24 * 4)
    write_hidden(tmp_path / "list.txt", ["S003", "S011"], "two")
    (case,) = folds(tmp_path, data, hidden=str(tmp_path / "list.txt"), regime="blocked")
    assert case.hidden == ("S003", "S011")
    assert case.spacing is not None
    write_hidden(tmp_path / "list.txt", ["S003", "S999"], "two")
    with pytest.raises(InputError, match="S999"):
        folds(tmp_path, data, hidden=str(tmp_path / "list.txt"))
    with pytest.raises(InputError, match="target: 'rain'"):
        folds(tmp_path, data, target="rain")
