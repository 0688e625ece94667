import inspect
import io
import logging
import subprocess
import sys
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from readers.fake_archives import pack, simulated_day, three_stations, wide_lines, write_month, write_wide

from aqnet_pyg.errors import InputError
from aqnet_pyg.integrations.xarray_backends import (
    BJMEMCBackendEntrypoint,
    CNEMCBackendEntrypoint,
    UCIBeijingBackendEntrypoint,
)
from aqnet_pyg.readers import READERS, read_bjmemc, read_cnemc, read_uci_beijing
from aqnet_pyg.stations import check_station_data

BACKENDS = {
    "cnemc": CNEMCBackendEntrypoint,
    "bjmemc": BJMEMCBackendEntrypoint,
    "uci_beijing": UCIBeijingBackendEntrypoint,
}
CODES = ["1001A", "1002A", "1003A"]
TOGETHER = {
    "engine": "cnemc",
    "combine": "nested",
    "concat_dim": "time",
    "join": "outer",
    "coords": "minimal",
    "compat": "no_conflicts",
}


@pytest.fixture
def archive(tmp_path):
    """Three days of three stations, and their list, in a folder with a recognizable name."""
    folder = tmp_path / "the_archive"
    folder.mkdir()
    write_month(folder)
    three_stations(folder)
    return folder


def test_xarray_finds_the_engines():
    for name, backend in BACKENDS.items():
        found = xr.backends.list_engines()[name]
        assert type(found) is backend
        assert found.description in repr(found)
        assert found.url in repr(found)
        taken = set(inspect.signature(READERS[name]).parameters) - {"path"}
        assert set(backend.open_dataset_parameters) == taken | {"filename_or_obj", "drop_variables"}


@pytest.mark.parametrize(
    ("name", "engine"),
    [
        ("china_sites_20250101.csv", "cnemc"),
        ("/data/CHINA_sites_20250101.CSV", "cnemc"),
        ("站点_20250101-20250131.zip", "cnemc"),
        ("beijing_all_20250101.csv", "bjmemc"),
        ("beijing_extra_20250101.csv", "bjmemc"),
        ("PRSA_Data_Dongsi_20130301-20170228.csv", "uci_beijing"),
        ("PRSA2017_Data_20130301-20170228.zip", "uci_beijing"),
        ("china_sites_2025.csv", None),
        ("china_cities_20250101.csv", None),
        ("站点列表-2022.02.13起.csv", None),
        ("beijing_2014.zip", None),
        ("china_sites_20250101.csv.nc", None),
        ("stations.csv", None),
        ("", None),
    ],
)
def test_engine_by_file_name(name, engine):
    for path in (name, Path(name)):
        assert [one for one, backend in BACKENDS.items() if backend().guess_can_open(path)] == (
            [engine] if engine else []
        )


@pytest.mark.parametrize("other", [b"CDF", io.BytesIO(), memoryview(b""), None, 5, ["china_sites_20250101.csv"]])
def test_only_paths_are_recognized(other):
    assert not any(backend().guess_can_open(other) for backend in BACKENDS.values())


@pytest.mark.parametrize("options", [{"engine": "cnemc"}, {}], ids=["engine", "guessed"])
@pytest.mark.parametrize("kind", [str, Path])
def test_a_day(archive, kind, options):
    path = archive / "china_sites_20250102.csv"
    found = xr.open_dataset(kind(path), stations=kind(archive), **options)
    expected, report = read_cnemc(path, archive)
    xr.testing.assert_equal(found, expected)
    assert found.attrs.pop("read_report") == str(report).replace(str(path), path.name)
    assert found.attrs == expected.attrs
    for name, variable in expected.variables.items():
        assert str(found[name].attrs) == str(variable.attrs)
        assert found[name].dtype == variable.dtype
    assert str(archive) not in str(found.to_dict(data=False, encoding=False))
    assert check_station_data(found) is found


def test_default_lists_are_in_the_folder_of_the_files(archive, tmp_path):
    expected = xr.open_dataset(archive, engine="cnemc", stations=archive)
    xr.testing.assert_identical(xr.open_dataset(archive, engine="cnemc"), expected)
    packed = pack(archive / "站点_20250101-20250103.zip", archive.glob("china*.csv"))
    found = xr.open_dataset(packed)
    xr.testing.assert_equal(found, expected)
    alone = pack(tmp_path / packed.name, archive.glob("china*.csv"))
    with pytest.raises(InputError, match="no station list"):
        xr.open_dataset(alone)


def test_a_day_has_24_hours_even_if_some_are_missing(archive):
    day = date(2025, 1, 2)
    values = simulated_day(1, 3)
    values["no2"][:] = 7  # repeated: flagged
    lines = [line for line in wide_lines(day, CODES, values) if not line.startswith(("20250102,0,", "20250102,23,"))]
    path = archive / "china_sites_20250102.csv"
    path.write_text("\n".join(lines) + "\n")
    found = xr.open_dataset(path)
    assert found.time.to_index().equals(pd.date_range("2025-01-01T16:00", periods=24, freq="h"))
    assert len(read_cnemc(path, archive)[0].time) == 22
    assert found.pm25.isnull().all("station").values.nonzero()[0].tolist() == [0, 23]
    assert found.no2_flag.dtype == np.int8
    assert found.no2_flag.values[[0, 1, 22, 23], 0].tolist() == [0, 2, 2, 0]
    assert found.time.attrs["standard_name"] == "time"


@pytest.mark.parametrize("parallel", [False, True])
def test_days_together(archive, parallel):
    values = simulated_day(1, 3)
    for array in values.values():
        array[:, 0] = np.nan  # no measurements of the first station on the second day
        array[[0, 5]] = np.nan  # nor of any station in two hours
    write_wide(archive, date(2025, 1, 2), CODES, values)
    files = sorted(archive.glob("china*.csv"))
    found = xr.open_mfdataset(files, stations=archive, parallel=parallel, **TOGETHER)
    assert found.pm25.chunksizes["time"] == (24, 24, 24)
    expected = xr.open_dataset(archive, engine="cnemc")
    for name in ("pm25", "co"):
        np.testing.assert_array_equal(found[name], expected[name], strict=True)
    for name in expected.coords:
        xr.testing.assert_equal(found[name].compute(), expected[name])
    assert np.isnan(found.pm25_flag.values[24:48, 0]).all()
    check_station_data(found)
    lazy = xr.open_dataset(archive, engine="cnemc", chunks={"time": 24})
    assert lazy.pm25.chunksizes["time"] == (24, 24, 24)
    xr.testing.assert_equal(lazy.compute(), expected)


def test_days_together_with_default_options(archive):
    found = xr.open_mfdataset(str(archive / "china*.csv"), stations=archive)
    xr.testing.assert_equal(found.compute(), xr.open_dataset(archive, engine="cnemc"))
    assert found.pm25_flag.dtype == np.int8


def test_region_and_dropped_variables(archive):
    found = xr.open_dataset(archive, engine="cnemc", region=(116.3, 39, 116.4174, 40))
    assert found.station.values.tolist() == ["1001A", "1003A"]
    assert "pm25_flag" not in xr.open_dataset(archive, engine="cnemc", drop_variables="pm25_flag")
    found = xr.open_dataset(archive, engine="cnemc", drop_variables=["co", "name", "no_such"])
    assert "co" not in found
    assert "name" not in found.coords
    with pytest.raises(TypeError, match="regoin"):
        xr.open_dataset(archive, engine="cnemc", regoin=(0, 0, 1, 1))


def test_the_read_report_is_logged_and_kept(archive, caplog):
    with caplog.at_level(logging.INFO, "aqnet_pyg"):
        whole = xr.open_dataset(archive, engine="cnemc")
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert whole.attrs["read_report"] == caplog.messages[0]
    caplog.clear()
    (archive / "china_sites_20250102.csv").write_bytes(b"")
    with caplog.at_level(logging.WARNING, "aqnet_pyg"):
        found = xr.open_dataset(archive, engine="cnemc")
    assert "the_archive: 2 files read" in caplog.text
    assert "empty file: china_sites_20250102.csv" in found.attrs["read_report"]
    assert "1 day (2025-01-02)" in found.attrs["read_report"]
    assert found.sizes["time"] == 72
    with pytest.raises(InputError, match="empty file"):
        xr.open_dataset(archive, engine="cnemc", strict=True)


WITH_NETCDF4 = pytest.mark.skipif(not find_spec("netCDF4"), reason="needs netCDF4")


@pytest.mark.filterwarnings("ignore:variable .* dtype=object:xarray.SerializationWarning")
@pytest.mark.parametrize("engine", ["h5netcdf", pytest.param("netcdf4", marks=WITH_NETCDF4)])
@pytest.mark.parametrize("chunks", [None, {}])
def test_files_of_plain_xarray_keep_everything(archive, tmp_path, engine, chunks):
    found = xr.open_dataset(archive, engine="cnemc", chunks=chunks)
    found.to_netcdf(tmp_path / "station_data.nc", engine=engine)
    with xr.open_dataset(tmp_path / "station_data.nc", engine=engine) as again:
        xr.testing.assert_equal(again, found.compute())
        assert again.attrs == found.attrs
        for name, variable in found.variables.items():
            assert str(again[name].attrs) == str(variable.attrs), name
        assert again.pm25_flag.dtype == np.int8
        assert again.time.encoding["units"] == "hours since 1970-01-01T00:00:00+00:00"
        assert again.time.encoding["dtype"] == np.int32
        for name in ("longitude", "latitude", "time"):
            assert "_FillValue" not in again[name].encoding


def test_beijing(tmp_path):
    (tmp_path / "stations.csv").write_text(
        "station_id,name,longitude,latitude\nBJ_1,东四,116.417,39.929\n", encoding="utf-8"
    )
    write_month(tmp_path, ("东四", "天坛"), 2, "beijing_all", ("pm25", "pm10"))
    write_month(tmp_path, ("东四", "天坛"), 2, "beijing_extra", ("so2", "no2", "o3", "co"))
    expected, _ = read_bjmemc(tmp_path)
    found = xr.open_dataset(tmp_path, engine="bjmemc")
    xr.testing.assert_equal(found, expected)
    assert "1 station without coordinates: 天坛" in found.attrs["read_report"]
    day = xr.open_dataset(tmp_path / "beijing_extra_20250102.csv")
    xr.testing.assert_equal(day, expected[list(day.data_vars)].isel(time=slice(24, 48)))
    table = tmp_path / "elsewhere.csv"
    (tmp_path / "stations.csv").rename(table)
    xr.testing.assert_equal(xr.open_dataset(tmp_path, engine="bjmemc", stations=table), expected)


def test_uci(tmp_path):
    header = "No,year,month,day,hour,PM2.5,PM10,SO2,NO2,CO,O3,TEMP,PRES,DEWP,RAIN,wd,WSPM,station"
    rows = [f"{n},2013,3,1,{n},4,14,5,7,300,77,-0.7,1023,-18.8,0,NNW,4.4,Dongsi" for n in range(5)]
    path = tmp_path / "PRSA_Data_Dongsi_20130301-20170228.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    expected, _ = read_uci_beijing(path)
    for found in (
        xr.open_dataset(path),
        xr.open_dataset(tmp_path, engine="uci_beijing"),
        xr.open_dataset(pack(tmp_path / "PRSA2017_Data_20130301-20170228.zip", [path])),
    ):
        xr.testing.assert_equal(found, expected)
        assert found.attrs["read_report"].splitlines()[0].endswith(": 1 file read")


@pytest.mark.parametrize("backend", BACKENDS.values())
def test_other_inputs_than_paths_are_rejected(backend):
    with pytest.raises(InputError, match="filename_or_obj: a BytesIO cannot be read"):
        backend().open_dataset(io.BytesIO())


def test_engines_do_not_import_torch(archive):
    code = f"""
import sys, xarray as xr
engines = xr.backends.list_engines()
assert "cnemc" in engines and "pyarrow.csv" not in sys.modules, "readers are imported only when used"
xr.open_dataset({str(archive)!r}, engine="cnemc").load()
print("torch" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "False"
