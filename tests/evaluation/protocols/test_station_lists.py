"""Lists of hidden stations."""

import numpy as np
import pytest
from evaluation.protocols.protocol_files import folds
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.protocols.station_lists import measured_stations
from aqnet_pyg.io.network_metadata import network_folder
from aqnet_pyg.splits import read_hidden


def test_stations_with_a_measurement_and_variables_of_floats_are_selected():
    data = random_station_data(5, 24)
    data["pm25"][:, 2] = np.nan
    flagged = data.assign(pm25_flag=(("time", "station"), np.zeros(data.pm25.shape, np.int8)))
    kept = measured_stations(flagged, "pm25")
    assert list(kept.data_vars) == list(data.data_vars)
    assert list(kept.station.values) == list(np.delete(data.station.values, 2))
    with pytest.raises(InputError, match="target: 'rain' is not in the data; available: pm25"):
        measured_stations(data, "rain")


@pytest.mark.parametrize(("network", "stations"), [("cnemc_north_2025_01", 544), ("beijing_2013_2016", 35)])
def test_lists_of_the_package_are_folds_and_are_used_for_data_of_their_name(network, stations, tmp_path):
    for regime in ("random", "blocked"):
        lists = [read_hidden(network_folder(network) / f"{regime}_{number}.txt") for number in range(1, 6)]
        codes = [code for one in lists for code in one]
        assert len(codes) == len(set(codes)) == stations
        data = random_station_data(20, 24 * 4)
        names = [*lists[0][:2], *lists[1][:2], *lists[2][:2], *lists[3][:2], *lists[4][:2]]
        data = data.isel(station=slice(len(names))).assign_coords(station=names)
        cases = folds(tmp_path / network, data, regime=regime)
        assert [case.hidden for case in cases] == [one[:2] for one in lists]
