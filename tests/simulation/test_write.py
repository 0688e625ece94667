import re

import numpy as np
import pandas as pd
import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import READERS, read
from aqnet_pyg.simulation import WRITERS, simulate, write_bjmemc, write_cnemc, write_table, write_uci_beijing
from aqnet_pyg.stations import POLLUTANTS


@pytest.fixture(scope="module")
def simulated():
    dataset, _ = simulate(days=3, start="2016-12-30", stations=12, seed=2, spacing=1.0, truth=False)
    # Readers leave out stations and leading hours without any measurement.
    dataset = dataset.isel(station=dataset["pm25"].notnull().any("time").values)
    assert dataset["pm25"].isnull().any()
    return dataset


def assert_same(read_back, dataset, coordinates):
    read_back = read_back.sel(station=dataset.station)
    assert read_back.indexes["time"].equals(dataset.indexes["time"])
    for name in POLLUTANTS:
        np.testing.assert_array_equal(read_back[name].values, dataset[name].values, err_msg=name)
    for name in coordinates:
        assert (read_back[name].values == dataset[name].values).all(), name
    assert read_back.attrs["time_zone"] == dataset.attrs["time_zone"]


EVERYTHING = ("longitude", "latitude", "elevation", "name", "city", "province")
CASES = {
    "cnemc": ("archive", lambda path: {"stations": path}, ("longitude", "latitude", "name", "city")),
    "bjmemc": ("archive", lambda path: {}, EVERYTHING),
    "uci_beijing": ("archive.zip", lambda path: {"stations": path.parent / "stations.csv"}, EVERYTHING),
    "table": ("archive.csv", lambda path: {"time_zone": "Asia/Shanghai"}, EVERYTHING),
    "netcdf": ("archive.nc", lambda path: {}, EVERYTHING),
}


def test_every_writer_has_its_reader():
    assert set(WRITERS) == set(CASES)
    assert set(WRITERS) <= set(READERS)


@pytest.mark.parametrize("name", CASES)
def test_round_trip(simulated, tmp_path, name):
    file, options, coordinates = CASES[name]
    WRITERS[name](simulated, tmp_path / file)
    read_back, report = read(name, tmp_path / file, **options(tmp_path / file))
    assert_same(read_back, simulated, coordinates)
    assert not report.skipped
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".")]  # no partial files remain


@pytest.mark.parametrize("name", WRITERS)
def test_texts_that_are_formulas_are_read_back_equal(simulated, tmp_path, name):
    texts = ["=1+1", "-5", "+x", "@a", "'=b", "''-c", "'d", "e", "1", "'@", "-", "f'"][: simulated.sizes["station"]]
    texts[-1] = "é"
    named = {coordinate: ("station", texts) for coordinate in ("station", "name", "city")}
    dataset = simulated.assign_coords(named)
    file, options, coordinates = CASES[name]
    WRITERS[name](dataset, tmp_path / file)
    if name == "table":
        assert not re.search(r"(^|,)\"?[=@+]|(^|,)\"?-\D", (tmp_path / file).read_text(), re.MULTILINE)
    read_back, _ = read(name, tmp_path / file, **options(tmp_path / file))
    assert_same(read_back, dataset, coordinates)


def test_round_trip_of_parquet(simulated, tmp_path):
    write_table(simulated, tmp_path / "all.parquet")
    read_back, _ = read("table", tmp_path / "all.parquet", time_zone="Asia/Shanghai")
    assert_same(read_back, simulated, EVERYTHING)


def test_cnemc_has_a_file_per_local_day_and_running_means(simulated, tmp_path):
    write_cnemc(simulated, tmp_path / "new" / "folder")
    names = sorted(path.name for path in (tmp_path / "new" / "folder").iterdir())
    assert names == [*(f"china_sites_{day}.csv" for day in (20161230, 20161231, 20170101)), "站点列表-2016.12.30起.csv"]
    day = tmp_path / "new" / "folder" / "china_sites_20161231.csv"
    assert '"' not in day.read_text()
    table = pd.read_csv(day)
    assert list(table.columns) == ["date", "hour", "type", *simulated.station.values]
    assert list(table.hour.unique()) == list(range(24))
    assert set(table.type) == {*(one.label for one in POLLUTANTS.values()), "PM2.5_24h"}
    # the mean over the 24 hours of a day stands at its last hour
    mean = table[(table.type == "PM2.5_24h") & (table.hour == 23)].iloc[0, 3:]
    expected = simulated["pm25"].isel(time=slice(24, 48)).mean("time").round()
    np.testing.assert_allclose(mean.to_numpy(float), expected.values)


def test_bjmemc_separates_particles_and_gases(simulated, tmp_path):
    write_bjmemc(simulated, tmp_path)
    particles = pd.read_csv(tmp_path / "beijing_all_20161230.csv")
    gases = pd.read_csv(tmp_path / "beijing_extra_20161230.csv")
    assert set(particles.type) == {"PM2.5", "PM2.5_24h", "PM10"}
    assert set(gases.type) == {"SO2", "NO2", "O3", "CO"}
    assert list(gases.columns[3:]) == list(simulated.name.values)


def test_bjmemc_needs_unique_names(simulated, tmp_path):
    same = simulated.assign_coords(name=("station", ["x"] * simulated.sizes["station"]))
    for dataset in (same, simulated.drop_vars("name")):
        with pytest.raises(InputError, match="name"):
            write_bjmemc(dataset, tmp_path / "never")
    assert not (tmp_path / "never").exists()


def test_uci_beijing_includes_the_weather(simulated, tmp_path):
    rng = np.random.default_rng(0)
    shape = simulated["pm25"].shape
    weather = {
        "temperature": rng.normal(0, 5, shape).round(1),
        "wind_direction": 22.5 * rng.integers(0, 16, shape),
        "wind_speed": rng.random(shape).round(1),
    }
    weather["wind_direction"][0, 0] = np.nan
    dataset = simulated.assign({name: (("time", "station"), values.astype("f4")) for name, values in weather.items()})
    write_uci_beijing(dataset, tmp_path / "all.zip")
    read_back, _ = read("uci_beijing", tmp_path / "all.zip", stations=tmp_path / "stations.csv")
    assert_same(read_back, dataset, EVERYTHING)
    for name in weather:
        np.testing.assert_array_equal(read_back[name].sel(station=dataset.station).values, dataset[name].values)


def test_tables_include_further_variables(simulated, tmp_path):
    dataset = simulated.assign(temperature=simulated["pm25"] / 8)
    write_table(dataset, tmp_path / "all.parquet")
    read_back, _ = read(
        "table", tmp_path / "all.parquet", columns={"temperature": "temperature"}, time_zone="Asia/Shanghai"
    )
    np.testing.assert_array_equal(
        read_back["temperature"].sel(station=dataset.station).values, dataset["temperature"].values
    )


def test_tables_are_csv_or_parquet(simulated, tmp_path):
    with pytest.raises(InputError, match="parquet"):
        write_table(simulated, tmp_path / "all.xlsx")


@pytest.mark.parametrize("name", ["cnemc", "bjmemc"])
def test_error_names_the_folder_that_cannot_be_created(simulated, tmp_path, name):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="file"):
        WRITERS[name](simulated, tmp_path / "file" / "folder")


@pytest.mark.parametrize("name", ["uci_beijing", "table", "netcdf"])
def test_error_names_the_folder_that_does_not_exist(simulated, tmp_path, name):
    with pytest.raises(InputError, match="nowhere"):
        WRITERS[name](simulated, tmp_path / "nowhere" / CASES[name][0])


def test_tables_have_the_classes_of_instruments(simulated, tmp_path):
    classes = ["minivol", *["monitor"] * (simulated.sizes["station"] - 1)]
    write_table(simulated.assign_coords(instrument=("station", classes)), tmp_path / "all.csv")
    read_back, _ = read("table", tmp_path / "all.csv")
    assert read_back.instrument.sel(station=simulated.station).values.tolist() == classes
