import numpy as np
import pytest
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.scaling import Scaler


def test_mean_and_deviation_of_what_was_measured(station_data):
    scaler = Scaler.fit(station_data, ["o3", "pm25"])
    assert scaler.variables == ("o3", "pm25")
    np.testing.assert_allclose(scaler.mean, [np.nanmean(station_data[name]) for name in ("o3", "pm25")], rtol=1e-5)
    np.testing.assert_allclose(scaler.std, [np.nanstd(station_data[name]) for name in ("o3", "pm25")], rtol=1e-5)


def test_inputs_are_standardized_zero_where_missing_and_beside_their_mask():
    values = {"pm25": [[30.0, np.nan]], "o3": [[80.0, 60.0]]}
    data = xr.Dataset({name: (("time", "station"), column) for name, column in values.items()})
    scaler = Scaler(("o3", "pm25"), mean=(70.0, 20.0), std=(5.0, 10.0))
    expected = [[[2.0, 1.0, 1.0, 1.0], [-2.0, 0.0, 1.0, 0.0]]]  # o3, pm25 and their masks
    np.testing.assert_array_equal(scaler.standardize(data, "station"), np.array(expected, np.float32), strict=True)
    turned = data.transpose("station", "time").rename(station="cell")
    np.testing.assert_array_equal(scaler.standardize(turned, "cell"), expected)


def test_constant_variable_can_be_divided_by(station_data):
    station_data["o3"][:] = 80
    assert Scaler.fit(station_data, ["o3"]).std[0] > 0


@pytest.mark.parametrize("fill", [-999.0, 9999.0, 9.96921e36])
def test_fill_values_are_refused(station_data, fill):
    station_data["pm25"][3, 1] = fill
    with pytest.raises(InputError, match=r"'pm25' has impossible values, .*check_station_data"):
        Scaler.fit(station_data, ["o3", "pm25"])


def test_carbon_monoxide_in_micrograms(station_data):
    station_data["co"] = xr.full_like(station_data["pm25"], 900.0).assign_attrs(units="ug m-3")
    assert Scaler.fit(station_data, ["co"]).mean == (900.0,)


def test_unknown_and_empty_variables(station_data):
    with pytest.raises(InputError, match="'no2' is not in the station data; it has pm25, pm10, o3"):
        Scaler.fit(station_data, ["no2"])
    station_data["o3"][:] = np.nan
    with pytest.raises(InputError, match="'o3' has no value"):
        Scaler.fit(station_data, ["o3"])
