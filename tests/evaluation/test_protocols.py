"""The published protocols, on small files in the same formats."""

import h5py
import numpy as np
import pandas as pd
import pytest
from station_samples import random_station_data

from aqnet_pyg.baselines import distance_matrix_km
from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols import PROTOCOLS
from aqnet_pyg.evaluation.protocols.increase_beijing import SHARES
from aqnet_pyg.network_metadata import network_folder
from aqnet_pyg.splits import read_hidden, write_hidden

CODES = [f"0010{number:02d}" for number in range(1, 37)]


def request(folder, **options):
    return Request(folder, lambda: pytest.fail("these protocols read their own files"), **options)


def write_positions(folder, seed=0):
    rng = np.random.default_rng(seed)
    longitude, latitude = rng.uniform(116, 117, 36), rng.uniform(39.5, 40.5, 36)
    table = pd.DataFrame({"sensor_id": CODES, "latitude": latitude, "longitude": longitude})
    folder.mkdir(exist_ok=True)
    table.to_csv(folder / "pm25_latlng.txt", index=False)
    return longitude, latitude


def write_increase(folder, hours=240, radius=6378.137):
    """As pandas wrote it in 2015: a pickled frequency among the attributes, which nobody may load."""
    folder.mkdir(exist_ok=True)
    coordinates = write_positions(folder.parent / "aqi36")
    values = np.random.default_rng(1).integers(1, 300, (hours, 36)).astype(float)
    values[5, 3] = 0
    with h5py.File(folder / "Beijing.h5", "w") as file:
        time = pd.date_range("2014-05-01", periods=hours, freq="h").to_numpy("datetime64[ns]").astype(np.int64)
        file["data/axis1"] = time
        file["data/axis1"].attrs["freq"] = np.bytes_(b"cos\nsystem\n(S'false'\ntR.")
        file["data/block0_values"] = values
    np.save(folder / "test_node.npy", np.array([7, 2, 30]))
    distance = distance_matrix_km(coordinates, coordinates) * radius / 6371.0088
    np.save(folder / "distance.npy", distance.astype(np.float32))
    return values


@pytest.mark.parametrize("given", ["increase_beijing", "."])
def test_increase(tmp_path, given):
    values = write_increase(tmp_path / "increase_beijing")
    (case,) = PROTOCOLS["increase-beijing"].cases(request(tmp_path / given))
    assert case.hidden == ("001003", "001008", "001031")
    assert case.data.indexes["time"][0] == pd.Timestamp("2014-04-30 16:00")
    assert np.isnan(case.data.pm25[5, 3])
    assert int(case.data.pm25.isnull().sum()) == 1
    np.testing.assert_array_equal(case.data.pm25[0], values[0].astype(np.float32))
    assert (case.train.sum(), case.validation.sum(), case.test.sum()) == (134, 34, 72)
    for earlier, later in ((case.train, case.validation), (case.validation, case.test)):
        assert np.flatnonzero(earlier).max() + 1 == np.flatnonzero(later).min()


def test_increase_has_the_published_numbers_of_hours(tmp_path):
    write_increase(tmp_path / "increase_beijing", hours=sum(SHARES))
    (case,) = PROTOCOLS["increase-beijing"].cases(request(tmp_path))
    assert (case.train.sum(), case.validation.sum(), case.test.sum()) == (4906, 1226, 2628)


def test_increase_refuses_coordinates_of_other_stations(tmp_path):
    write_increase(tmp_path / "increase_beijing")
    write_positions(tmp_path / "aqi36", seed=5)
    with pytest.raises(InputError, match=r"distance\.npy: its distances differ"):
        PROTOCOLS["increase-beijing"].cases(request(tmp_path))


def test_increase_says_what_is_missing(tmp_path):
    with pytest.raises(InputError, match=r"Beijing\.h5 is neither"):
        PROTOCOLS["increase-beijing"].cases(request(tmp_path))
    write_increase(tmp_path / "increase_beijing")
    (tmp_path / "aqi36" / "pm25_latlng.txt").unlink()
    with pytest.raises(InputError, match=r"pm25_latlng\.txt is neither"):
        PROTOCOLS["increase-beijing"].cases(request(tmp_path))
    (tmp_path / "increase_beijing" / "Beijing.h5").write_text("not HDF5")
    write_positions(tmp_path / "aqi36")
    with pytest.raises(InputError, match=r"Beijing\.h5: it has no pandas table"):
        PROTOCOLS["increase-beijing"].cases(request(tmp_path))


def write_grin(folder):
    write_positions(folder)
    labels = pd.date_range("2014-05-01 01:00", "2014-07-02 00:00", freq="h").delete(100)
    values = pd.DataFrame(np.random.default_rng(0).integers(1, 300, (len(labels), 36)), labels, CODES).astype("Int64")
    values.iloc[50, 13] = pd.NA
    values.index = labels.strftime("%Y/%m/%d %H:%M:%S")
    values.to_csv(folder / "pm25_ground.txt", index_label="datetime")
    return values


def test_grin(tmp_path):
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


def test_grin_refuses_other_stations(tmp_path):
    write_grin(tmp_path)
    path = tmp_path / "pm25_latlng.txt"
    path.write_text(path.read_text().replace("001014", "009999"))
    with pytest.raises(InputError, match=r"pm25_ground\.txt: its stations"):
        PROTOCOLS["grin-virtual"].cases(request(tmp_path))


@pytest.mark.parametrize("protocol", ["increase-beijing", "grin-virtual"])
@pytest.mark.parametrize("option", [{"target": "o3"}, {"hidden": "x"}, {"dates": {"test": "2016"}}, {"known": ("o3",)}])
def test_published_protocols_are_not_changed(protocol, option, tmp_path):
    with pytest.raises(InputError, match="omit this option"):
        PROTOCOLS[protocol].cases(request(tmp_path, **option))


DATES = {"train": "2016-12-01/2016-12-02", "validation": "2016-12-03", "test": "2016-12-04"}


def folds(tmp_path, data, **options):
    return PROTOCOLS["station-folds"].cases(Request(tmp_path, lambda: data, **{"dates": DATES} | options))


def test_station_folds_hide_each_measuring_station_once_in_each_regime(tmp_path):
    data = random_station_data(40, 24 * 4)
    data["pm25"][:, 7] = np.nan
    data = data.assign(pm25_flag=(("time", "station"), np.zeros(data.pm25.shape, np.int8)))
    cases = folds(tmp_path, data)
    assert [case.name for case in cases] == [f"{regime}-{n}" for regime in ("random", "blocked") for n in range(1, 6)]
    silent = str(data.station.values[7])
    for regime in ("random", "blocked"):
        hidden = [code for case in cases if case.group == regime for code in case.hidden]
        assert sorted(hidden) == sorted(set(data.station.values) - {silent})
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


@pytest.mark.parametrize(("network", "stations"), [("cnemc_north_2025_01", 544), ("beijing_2013_2016", 35)])
def test_shipped_lists_are_folds_and_are_taken_for_data_of_their_name(network, stations, tmp_path):
    for regime in ("random", "blocked"):
        lists = [read_hidden(network_folder(network) / f"{regime}_{number}.txt") for number in range(1, 6)]
        codes = [code for one in lists for code in one]
        assert len(codes) == len(set(codes)) == stations
        data = random_station_data(20, 24 * 4)
        names = [*lists[0][:2], *lists[1][:2], *lists[2][:2], *lists[3][:2], *lists[4][:2]]
        data = data.isel(station=slice(len(names))).assign_coords(station=names)
        cases = folds(tmp_path / network, data, regime=regime)
        assert [case.hidden for case in cases] == [one[:2] for one in lists]


def test_forecasts_hide_a_fold_and_need_the_variables_that_are_known(tmp_path):
    data = random_station_data(20, 24 * 20)
    dates = {"train": "2016-12-01/2016-12-02", "validation": "2016-12-03", "test": "2016-12-04/2016-12-31"}
    asked = Request(tmp_path, lambda: data, dates=dates, known=("o3",))
    (case,) = PROTOCOLS["short-term"].cases(asked)
    assert case.hidden == folds(tmp_path, data)[0].hidden
    assert case.known == ("o3",)
    with pytest.raises(InputError, match="known: 'wind'"):
        PROTOCOLS["short-term"].cases(Request(tmp_path, lambda: data, dates=dates, known=("wind",)))
