from pathlib import Path

import h5netcdf
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_netcdf, write_netcdf
from aqnet_pyg.readers.assembly.suspect_values import flag_suspect
from aqnet_pyg.stations import POLLUTANTS, make_station_data

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


@st.composite
def station_data(draw):
    hours, count = draw(st.integers(1, 15)), draw(st.integers(1, 4))
    values = st.floats(0, 140, width=32) | st.just(np.nan)
    names = draw(st.lists(st.sampled_from([*POLLUTANTS, "temperature"]), min_size=1, max_size=2, unique=True))
    codes = draw(st.lists(words.filter(bool), min_size=count, max_size=count, unique=True))
    stations = pd.DataFrame(
        {
            "longitude": draw(npst.arrays(np.float64, count, elements=st.floats(-180, 180))),
            "latitude": draw(npst.arrays(np.float64, count, elements=st.floats(-90, 90))),
            "name": draw(st.lists(words, min_size=count, max_size=count)),
        },
        index=codes,
    )
    if draw(st.booleans()):
        stations["elevation"] = draw(npst.arrays(np.float64, count, elements=st.floats(-400, 9000) | st.just(np.nan)))
    start = draw(st.datetimes(pd.Timestamp("1980-01-01"), pd.Timestamp("2100-01-01"))).replace(
        minute=0, second=0, microsecond=0
    )
    dataset = make_station_data(
        {name: draw(npst.arrays(np.float32, (hours, count), elements=values)) for name in names},
        pd.date_range(start, periods=hours, freq="h"),
        stations,
        time_zone="Asia/Shanghai",
        source="simulated 模拟",
        attributes={"temperature": {"units": "degC", "number": draw(st.floats(allow_nan=False)), "text": draw(words)}},
    )
    dataset.attrs["seed"] = draw(st.integers(-(2**40), 2**40))
    return flag_suspect(dataset)


@given(dataset=station_data())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_reads_back_equal(tmp_path, dataset):
    path = tmp_path / "stations.nc"
    before = dataset.copy(deep=True)
    write_netcdf(dataset, path)
    found, report = read_netcdf(path)
    xr.testing.assert_identical(found, dataset)
    xr.testing.assert_identical(dataset, before)
    for name in dataset.variables:
        assert found[name].dtype == dataset[name].dtype
        assert found[name].dims == dataset[name].dims
    assert report.files_read == 1
    assert [file.name for file in tmp_path.iterdir()] == ["stations.nc"]


@pytest.fixture
def dataset():
    values = np.arange(12, dtype=np.float32).reshape(4, 3)
    values[2] = np.nan
    stations = pd.DataFrame(
        {"longitude": [116.0, 117, 118], "latitude": [39.0, 40, 41], "name": ["东四", "", "x"]},
        index=["1A", "2A", "3A"],
    )
    time = pd.date_range("2025-01-01", periods=4, freq="h")
    return flag_suspect(
        make_station_data({"pm25": values}, time, stations, time_zone="Asia/Shanghai", source="simulated")
    )


def test_the_file_follows_cf(dataset, tmp_path):
    path = tmp_path / "stations.nc"
    write_netcdf(dataset, path)
    with h5netcdf.File(path) as file:
        assert file["pm25"].dimensions == ("station", "time")
        assert file["pm25"].attrs["ancillary_variables"] == "pm25_flag"
        assert set(file["pm25"].attrs["coordinates"].split()) == {"longitude", "latitude", "name", "station_code"}
        assert np.isnan(file["pm25"].attrs["_FillValue"])
        assert file["pm25"].compression == "gzip"
        assert file["pm25_flag"].dtype == np.int8
        assert "_FillValue" not in file["pm25_flag"].attrs
        assert "_FillValue" not in file["longitude"].attrs
        assert file["time"].attrs["units"] == "hours since 1970-01-01T00:00:00+00:00"
        assert file["time"][:].tolist() == [482136, 482137, 482138, 482139]
        assert file["station_code"].attrs["cf_role"] == "timeseries_id"
        assert file.attrs["featureType"] == "timeSeries"
        assert file.attrs["time_zone"] == "Asia/Shanghai"
        assert file.attrs["Conventions"] == "CF-1.11"


def test_report_counts_absent_hours(dataset, tmp_path):
    write_netcdf(dataset, tmp_path / "a.nc")
    assert str(read_netcdf(tmp_path / "a.nc")[1]).splitlines()[1:] == ["  absent      1 hour without measurements"]


def test_report_lists_absent_days_of_daily_means(tmp_path):
    values = np.full((73, 1), np.nan)
    values[[0, 72]] = 5.0
    time = pd.date_range("2025-01-01T16:00", periods=73, freq="h")  # midnight in Beijing
    stations = pd.DataFrame({"longitude": [116.0], "latitude": [40.0]}, index=["A"])
    daily = {"pm25": {"cell_methods": "time: mean (interval: 1 day)"}}
    data = make_station_data(
        {"pm25": values}, time, stations, time_zone="Asia/Shanghai", source="test", attributes=daily
    )
    write_netcdf(data, tmp_path / "a.nc")
    report = read_netcdf(tmp_path / "a.nc")[1]
    assert (report.absent_hours, report.absent_days) == (0, ["2025-01-02", "2025-01-03"])


def test_a_part_of_a_data_set_read_can_be_written(dataset, tmp_path):
    write_netcdf(dataset, tmp_path / "a.nc")
    part = read_netcdf(tmp_path / "a.nc")[0].isel(time=slice(2), station=[2, 0])
    write_netcdf(part, tmp_path / "a.nc")
    xr.testing.assert_identical(read_netcdf(tmp_path / "a.nc")[0], part)


def test_previous_encodings_are_ignored(dataset, tmp_path):
    dataset["longitude"] = dataset.longitude + 0.123456789
    dataset["pm25"].encoding = {"scale_factor": 10.0, "dtype": "int16", "_FillValue": -1, "chunksizes": (99, 99)}
    dataset["longitude"].encoding = {"dtype": "float32"}
    dataset["time"].encoding = {"units": "days since 2000-01-01", "dtype": "int16"}
    dataset.encoding = {"unlimited_dims": {"hour"}}
    write_netcdf(dataset, tmp_path / "a.nc")
    xr.testing.assert_identical(read_netcdf(tmp_path / "a.nc")[0], dataset)


def test_failure_at_the_last_step_leaves_the_old_file(dataset, tmp_path, monkeypatch):
    path = tmp_path / "a.nc"
    write_netcdf(dataset, path)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(InputError, match=r"a\.nc: cannot be written \(Permission denied\)"):
        write_netcdf(dataset.isel(time=slice(1)), path)
    xr.testing.assert_identical(read_netcdf(path)[0], dataset)
    assert list(tmp_path.iterdir()) == [path]


def test_interrupted_writing_leaves_the_old_file(dataset, tmp_path, monkeypatch):
    path = tmp_path / "a.nc"
    write_netcdf(dataset, path)

    write_bytes = Path.write_bytes

    def interrupted(self, content):
        write_bytes(self, content[: len(content) // 2])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_netcdf(dataset.isel(time=slice(1)), path)
    monkeypatch.undo()
    xr.testing.assert_identical(read_netcdf(path)[0], dataset)
    assert list(tmp_path.iterdir()) == [path]


def test_unwritable_folder(dataset, tmp_path):
    (tmp_path / "file").write_text("no folder")
    for folder in (tmp_path / "file", tmp_path / "missing"):
        with pytest.raises(InputError, match=r"a\.nc: cannot be written \(.*\); choose a folder"):
            write_netcdf(dataset, folder / "a.nc")
    (tmp_path / "b.nc").mkdir()
    with pytest.raises(InputError, match=r"b\.nc: cannot be written"):
        write_netcdf(dataset, tmp_path / "b.nc")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["b.nc", "file"]


def test_only_station_data_are_written(tmp_path):
    with pytest.raises(InputError, match="dimension 'time' is missing"):
        write_netcdf(xr.Dataset(), tmp_path / "a.nc")


def test_files_that_are_not_station_data_are_rejected(dataset, tmp_path):
    path = tmp_path / "a.nc"
    with pytest.raises(InputError, match=r"a\.nc: there is no such file"):
        read_netcdf(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match=r"a\.nc: damaged, .*give a NetCDF 4 file"):
        read_netcdf(path)
    path.write_bytes(b"not a netcdf file at all" * 9)
    with pytest.raises(InputError, match=r"a\.nc: damaged, .*give a NetCDF 4 file"):
        read_netcdf(path)
    xr.Dataset({"t": ("x", [1.0])}).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(InputError, match=r"a\.nc: station data: dimension 'time' is missing"):
        read_netcdf(path)
    write_netcdf(dataset, path)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(InputError, match=r"a\.nc: damaged, .*give a NetCDF 4 file"):
        read_netcdf(path)


def test_classes_of_instruments_are_read_back(dataset, tmp_path):
    classes = ["sensor"] * dataset.sizes["station"]
    write_netcdf(dataset.assign_coords(instrument=("station", classes)), tmp_path / "stations.nc")
    read_back, report = read_netcdf(tmp_path / "stations.nc")
    assert read_back.instrument.values.tolist() == classes
    assert f"instruments: {len(classes)} sensor." in report.notes
