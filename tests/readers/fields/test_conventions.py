from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from readers.fields.model_files import (
    cams_europe,
    cams_global_forecasts,
    cmaq,
    lambert,
    merra2,
    plane,
    wrf_chem,
    write,
)

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_field, sample
from aqnet_pyg.readers.fields.conventions import CF, FIELD_CONVENTIONS, recognize
from aqnet_pyg.stations import POLLUTANTS


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        (cmaq(), "cmaq"),
        (wrf_chem(), "wrf_chem"),
        (merra2(), "merra2"),
        (cams_europe(), "cams_europe"),
        (cams_global_forecasts(), "cams_global"),
        (xr.Dataset({"PM25_RH35_GCC": 1.0}), "geos_cf"),
        (xr.Dataset({"O3": 1.0}, attrs={"Source": "GEOS-CF v1"}), "geos_cf"),
        (xr.Dataset({"no2": 1.0}, attrs={"GRIB_centre": "ecmf"}), "cams_global"),
    ],
)
def test_recognition(dataset, name):
    assert recognize(dataset) is FIELD_CONVENTIONS[name]


def test_other_files():
    assert recognize(xr.Dataset({"pm25": 1.0})) is CF


def test_the_page_has_the_table():
    page = Path(__file__).parents[3] / "docs" / "first_guess.md"
    assert "CONVENTIONS OF MODEL FIELDS" in page.read_text(encoding="utf-8")


def test_conventions_name_pollutants():
    for convention in FIELD_CONVENTIONS.values():
        assert set(convention.variables) | set(convention.formulas) <= set(POLLUTANTS)
        assert convention.sources


@pytest.mark.parametrize("suffix", ["nc", "cdf"])
def test_cmaq(tmp_path, suffix):
    pytest.importorskip("pyproj")
    field = read_field(write(cmaq(), tmp_path / f"combine.{suffix}"))
    assert field.dims == ("time", "y", "x")
    # The dates are the starts of the hours.
    assert list(field.indexes["time"]) == list(pd.date_range("2016-07-01T01:00", periods=25, freq="h"))
    np.testing.assert_array_equal(field, cmaq()["PM25_TOT"][:, 0])
    x, y = lambert(field.longitude.values, field.latitude.values)
    np.testing.assert_allclose(x, np.broadcast_to(1_006_000 + 12000 * np.arange(8), (6, 8)), atol=0.01)
    np.testing.assert_allclose(y, np.broadcast_to(-294_000 + 12000 * np.arange(6)[:, None], (6, 8)), atol=0.01)
    assert field.attrs["rules"] == [
        "Variable 'PM25_TOT' (CMAQ (I/O API)).",
        "Projected grid of the I/O API attributes (GDTYP=2) on a sphere of 6370 km.",
        "Averages over 1 hour, labeled by their start (CMAQ (I/O API)).",
    ]


def test_cmaq_days_that_share_an_hour(tmp_path):
    pytest.importorskip("pyproj")
    dataset = cmaq(hours=49)
    paths = [
        write(dataset.isel(TSTEP=part), tmp_path / name)
        for name, part in (("b.nc", slice(24, 49)), ("a.nc", slice(0, 25)))
    ]
    xr.testing.assert_equal(read_field(paths).compute(), read_field(write(dataset, tmp_path / "c.nc")))


def test_cmaq_layers(tmp_path):
    pytest.importorskip("pyproj")
    path = write(cmaq(layers=3), tmp_path / "a.nc")
    lowest = read_field(path)
    assert "The lowest of 3 layers along 'LAY' (CMAQ (I/O API))." in lowest.attrs["rules"]
    np.testing.assert_array_equal(read_field(path, level=2), lowest + 200)
    with pytest.raises(InputError, match="there is no level 3 along 'LAY'; use one of 0, 1, 2"):
        read_field(path, level=3)


def test_gases_of_cmaq(tmp_path):
    pytest.importorskip("pyproj")
    path = write(cmaq(name="O3", units="ppbV"), tmp_path / "a.nc")
    field = read_field(path, "o3", temperature=20)
    # 1 ppb of ozone is 48.0 / 24.06 µg m-3 at 20 °C.
    np.testing.assert_allclose(field[0, 0, 0], 10 * 47.998 / 24.055, rtol=1e-3)
    assert "Converted from 'ppbV' to 'ug m-3' at 20 °C and 1013.25 hPa." in field.attrs["rules"]


@pytest.mark.parametrize("suffix", ["nc", "cdf"])
def test_wrf_chem(tmp_path, suffix):
    field = read_field(write(wrf_chem(), tmp_path / f"wrfout_d01.{suffix}"))
    assert list(field.indexes["time"]) == list(pd.date_range("2019-06-01", periods=4, freq="h"))
    expected = plane(field.longitude.values, field.latitude.values, np.arange(4)[:, None, None])
    np.testing.assert_allclose(field, expected, rtol=1e-6)
    assert "The lowest of 3 layers along 'bottom_top' (WRF-Chem)." in field.attrs["rules"]
    np.testing.assert_allclose(sample(field, [113.1], [30.9])[:, 0], plane(113.1, 30.9, np.arange(4)), atol=1e-3)


def test_a_moving_grid_is_refused(tmp_path):
    dataset = wrf_chem()
    dataset["XLAT"][-1] += 1
    with pytest.raises(InputError, match="the grid moves with time"):
        read_field(write(dataset, tmp_path / "a.nc"))


def test_merra2(tmp_path):
    field = read_field(write(merra2(), tmp_path / "merra.nc"))
    assert list(field.indexes["time"]) == list(pd.date_range("2018-03-01T01:00", periods=24, freq="h"))
    np.testing.assert_allclose(field, 1 + 2 + 3 + 4 + 5 * 132.14 / 96.06, rtol=1e-6)
    assert "PM2.5 = DUSMASS25 + SSSMASS25 + BCSMASS + OCSMASS + 1.3756 SO4SMASS (MERRA-2)." in field.attrs["rules"]
    with pytest.raises(InputError, match=r"\(of DUSMASS25 .* some are missing\)"):
        read_field(write(merra2().drop_vars("BCSMASS"), tmp_path / "part.nc"))


def test_geos_cf(tmp_path):
    dataset = (
        merra2()[["DUSMASS25"]]
        .rename(DUSMASS25="PM25_RH35_GCC")
        .expand_dims(lev=[72.0], axis=1)
        .assign_attrs(Title="GEOS")
    )
    dataset["PM25_RH35_GCC"] = dataset["PM25_RH35_GCC"] * 1e9
    dataset["PM25_RH35_GCC"].attrs["units"] = "ug m-3"
    dataset["PM25_RH35_GOCART"] = 2 * dataset["PM25_RH35_GCC"]
    dataset["PM25_RH35_GOCART"].attrs["units"] = "ug m-3"
    dataset["NO2"] = 0 * dataset["PM25_RH35_GCC"] + 1e-8
    dataset["NO2"].attrs["units"] = "mol mol-1"
    path = write(dataset, tmp_path / "geos.nc")
    field = read_field(path)
    assert field.indexes["time"][0] == pd.Timestamp("2018-03-01T01:00")
    np.testing.assert_allclose(field, 1, rtol=1e-6)
    np.testing.assert_allclose(read_field(path, variable="PM25_RH35_GOCART"), 2, rtol=1e-6)
    np.testing.assert_allclose(read_field(path, "no2"), 10 * 46.006 / 24.465, rtol=1e-3)


def test_cams_europe(tmp_path):
    field = read_field(write(cams_europe(), tmp_path / "ENS_FORECAST.nc"))
    assert list(field.indexes["time"]) == list(pd.date_range("2023-09-12", periods=25, freq="h"))
    assert field.longitude[0] < -4.9
    assert (np.diff(field.longitude) > 0.09).all()
    expected = plane(field.longitude.values, field.latitude.values[:, None], np.arange(25)[:, None, None])
    np.testing.assert_allclose(field, expected, rtol=1e-5)
    assert "The only level along 'level', 0.0." in field.attrs["rules"]


def test_cams_europe_without_a_date(tmp_path):
    dataset = cams_europe()
    del dataset.attrs["FORECAST"]
    dataset.time.attrs["long_name"] = "time"
    with pytest.raises(InputError, match="the times have the units 'hours' and no date"):
        read_field(write(dataset, tmp_path / "a.nc"))


def test_forecasts_of_cams_global(tmp_path):
    pytest.importorskip("dask")
    field = read_field(write(cams_global_forecasts(), tmp_path / "a.nc"))
    first = pd.Timestamp("2023-11-15")
    assert field.indexes["time"][[0, -1]].tolist() == [first - pd.Timedelta("1h"), first + pd.Timedelta("46h")]
    hours = (field.indexes["time"] - first) / pd.Timedelta("1h")
    at = field.sel(longitude=-60, latitude=30)
    np.testing.assert_allclose(at, plane(-60, 30, np.clip(hours, 0, 45)), rtol=1e-5)


def test_forecasts_without_valid_time(tmp_path):
    whole = read_field(write(cams_global_forecasts(), tmp_path / "a.nc"))
    other = read_field(write(cams_global_forecasts().drop_vars("valid_time"), tmp_path / "b.nc"))
    xr.testing.assert_equal(whole.compute(), other.compute())


def test_overlapping_forecasts_are_refused(tmp_path):
    dataset = cams_global_forecasts(leads=16)
    dataset["pm2p5"][:, 1] *= 1.1
    with pytest.raises(
        InputError, match=r"2023-11-16T00:00:00 UTC differ from those in .* such as the first day of each forecast"
    ):
        read_field(write(dataset, tmp_path / "a.nc"))


def test_a_single_forecast_hour(tmp_path):
    dataset = cams_global_forecasts(days=1, leads=1).squeeze(drop=False)
    field = read_field(write(dataset, tmp_path / "a.nc"))
    assert list(field.indexes["time"]) == [pd.Timestamp("2023-11-15")]


def test_levels_of_a_pressure_model_are_ambiguous(tmp_path):
    dataset = (
        cams_global_forecasts().isel(forecast_reference_time=0).expand_dims(pressure_level=[1000.0, 850.0], axis=1)
    )
    path = write(dataset, tmp_path / "a.nc")
    with pytest.raises(
        InputError, match=r"2 levels along 'pressure_level'; choose one \(level=\), such as 1000.0, 850.0"
    ):
        read_field(path)
    assert "Level 850 along 'pressure_level', as given." in read_field(path, level=850).attrs["rules"]


def test_mixing_ratios_by_mass(tmp_path):
    dataset = cams_global_forecasts().isel(forecast_reference_time=0)
    dataset["no2"] = dataset["pm2p5"] * 0 + np.float32(2e-8)
    dataset["no2"].attrs["units"] = "kg kg**-1"
    with pytest.raises(InputError, match=r"no2 is a mixing ratio \(kg kg\*\*-1\), and there is no density of air"):
        read_field(write(dataset, tmp_path / "a.nc"), "no2")
    dataset["AIRDENS"] = dataset["pm2p5"] * 0 + np.float32(1.25)
    field = read_field(write(dataset, tmp_path / "b.nc"), "no2")
    np.testing.assert_allclose(field, 25, rtol=1e-6)
    assert "Converted from 'kg kg**-1' to 'ug m-3' with the density of air in the file." in field.attrs["rules"]
    inverse = dataset.rename(AIRDENS="ALT")  # of WRF
    inverse["ALT"] = 1 / dataset["AIRDENS"]
    np.testing.assert_allclose(read_field(write(inverse, tmp_path / "c.nc"), "no2"), 25, rtol=1e-6)
