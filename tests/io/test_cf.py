import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from station_samples import random_station_data

from aqnet_pyg.grid import Grid
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.io.cf import from_cf, to_cf
from aqnet_pyg.io.files import write_dataset
from aqnet_pyg.nn import AQNet
from aqnet_pyg.readers.assembly.suspect_values import flag_suspect
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.windows import Window


@settings(max_examples=20)
@given(st.integers(1, 5), st.integers(1, 30), st.booleans())
def test_from_cf_undoes_to_cf(stations, hours, flags):
    data = random_station_data().isel(station=slice(stations), time=slice(hours))
    data = flag_suspect(data) if flags else data
    before = data.copy(deep=True)
    written = to_cf(data)
    xr.testing.assert_identical(data, before)
    assert "station" not in written.variables
    xr.testing.assert_identical(from_cf(written), data)


def test_bounds_enclose_hours_and_cells():
    time = np.array(["2017-01-01T00", "2017-01-01T01"], "datetime64[ns]")
    data = xr.Dataset(coords={"time": time, "latitude": [30.0, 30.5, 31.0], "longitude": [110.0]})
    written = to_cf(data)
    assert (written.time_bnds[:, 1] == written.time).all()
    assert (written.time_bnds[1:, 0].values == written.time_bnds[:-1, 1].values).all()
    np.testing.assert_allclose(written.latitude_bnds, [[29.75, 30.25], [30.25, 30.75], [30.75, 31.25]])
    assert written.latitude.attrs["bounds"] == "latitude_bnds"


@pytest.mark.parametrize("window", [Window(12, margin=2), Window(24, horizon=12)])
def test_products_pass_the_compliance_checker(window, tmp_path):
    suite = pytest.importorskip("compliance_checker.runner")
    suite.CheckSuite.load_all_available_checkers()
    data = flag_suspect(random_station_data())
    model = AQNet(window, Scaler.fit(data, ["pm25", "pm10"]), k=4, channels=8)
    stations, grid = reanalyze(model, data, hidden=data.station.values[:2], grid=Grid.around(data, 2.0))
    products = {"measured": data, "stations": stations, "grid": grid}
    for name, product in products.items():
        axes = ("station", ...) if "station" in product.dims else (...,)
        write_dataset(product.transpose(*axes), tmp_path / f"{name}.nc")
        passed, errors = suite.ComplianceChecker.run_checker(
            str(tmp_path / f"{name}.nc"), ["cf:1.11"], 0, "lenient", output_filename=str(tmp_path / "report.txt")
        )
        report = (tmp_path / "report.txt").read_text()
        assert passed, report
        assert not errors, report
        assert "All tests passed" in report


def test_files_can_be_read_with_netcdf4_alone(tmp_path):
    netcdf4 = pytest.importorskip("netCDF4")
    data = random_station_data()
    write_dataset(data.transpose("station", "time"), tmp_path / "a.nc")
    with netcdf4.Dataset(tmp_path / "a.nc") as file:
        np.testing.assert_array_equal(file["station_code"][:], data.station.values)
        np.testing.assert_allclose(np.ma.filled(file["pm25"][:], np.nan), data.pm25.values.T)
        assert file["time"].units == "hours since 1970-01-01T00:00:00+00:00"
        assert file["pm25"].units == "ug m-3"
