"""Engines of xarray that pass their options to a reader."""

import inspect
import tomllib
from pathlib import Path

import pytest
import xarray as xr
from readers.station_csv import write_stations

from aqnet_pyg import integrations
from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import READERS, read_cnemc_text, read_taiwan_epa

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ENGINES = PROJECT["entry-points"]["xarray.backends"]


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param, getattr(integrations, ENGINES[request.param].partition(":")[2])


def test_options_are_those_of_the_reader(engine):
    name, backend = engine
    taken = set(inspect.signature(READERS[name]).parameters) - {"path"}
    assert set(backend.open_dataset_parameters) == taken | {"filename_or_obj", "drop_variables"}
    assert backend.description
    assert backend.url.startswith("https://")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("105年板橋站_20170217.csv", "taiwan_epa"),
        ("Raw_data_15Min_2019_site_5112_Powai_Mumbai_MPCB_15Min.csv", "cpcb"),
        ("2021년 10월.xlsx", "airkorea"),
        ("2014년01분기.csv", "airkorea"),
        ("20170411_daily_city_obs.txt", "cnemc_text"),
        ("airnow_PM2.5_2023.rda", "airmonitor"),
        ("KnowAir.npy", "knowair"),
        ("location-2178-20220503.csv.gz", "openaq"),
        ("hourly_88101_2023.csv", "aqs"),
        ("daily_42602_2023.zip", "aqs"),
        ("HourlyData_2023010123.dat", "airnow"),
        ("HourlyAQObs_2023010123.dat", "airnow"),
        ("1234 2023-01-01 2023-12-31 60-Minute Average.csv", "purpleair"),
        ("2020-01-12_sds011_sensor_35233.csv", "sensor_community"),
        ("2020-01-12_bme280_sensor_35234.csv", None),
        ("D14_PM25.csv", None),
        ("data.rda", None),
        ("data.xlsx", None),
    ],
)
def test_engine_by_file_name(name, expected):
    backends = {key: getattr(integrations, place.partition(":")[2]) for key, place in ENGINES.items()}
    assert [key for key, backend in backends.items() if backend().guess_can_open(name)] == [expected] * bool(expected)


def test_files_are_opened(tmp_path):
    path = tmp_path / "20170411_daily_city_obs.txt"
    path.write_text("70001 2017 4 11 125.3230 43.9167 49 70 1.247 73 138 98\n")
    engine = integrations.CNEMCTextBackendEntrypoint
    found = xr.open_dataset(path, engine=engine, resolution="day", drop_variables="pm10")
    expected, report = read_cnemc_text(path, resolution="day")
    xr.testing.assert_equal(found, expected.drop_vars("pm10"))
    assert found.attrs["read_report"] == str(report).replace(str(path), path.name)
    with pytest.raises(InputError, match="daily means"):
        xr.open_dataset(path, engine=engine)


def test_stations_are_required_where_the_archive_has_none(tmp_path):
    path = tmp_path / "a.csv"
    hours = ",".join(map(str, range(24)))
    path.write_text(f"日期,測站,測項,{hours}\n2014/1/1,豐原,PM10,{hours}\n", encoding="utf-8")
    engine = integrations.TaiwanEPABackendEntrypoint
    with pytest.raises(InputError, match="stations"):
        xr.open_dataset(path, engine=engine)
    stations = write_stations(tmp_path, ["豐原"])
    expected, _ = read_taiwan_epa(path, stations)
    xr.testing.assert_equal(xr.open_dataset(path, engine=engine, stations=stations, strict=True), expected)
