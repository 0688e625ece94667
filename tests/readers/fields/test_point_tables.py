import numpy as np
import pandas as pd
import pytest
from readers.fields.model_files import plane

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_field, sample


def table(path, columns=("lon", "lat"), value="PM25", **more):
    longitude, latitude = (values.ravel() for values in np.meshgrid(np.arange(-120, -110, 0.5), np.arange(32, 40, 0.5)))
    frame = pd.DataFrame({value: plane(longitude, latitude), columns[0]: longitude, columns[1]: latitude, **more})
    frame.to_csv(path, index=False)
    return path


def test_points_with_values(tmp_path):
    field = read_field(table(tmp_path / "CMAQ.csv"), units="ug m-3")
    assert field.dims == ("point",)
    assert field.name == "pm25_first_guess"
    assert field.attrs["units"] == "ug m-3"
    assert field.attrs["rules"] == ["Column 'PM25' at points; the field is taken for all hours."]
    longitude, latitude = np.array([-115.2, -118.7]), np.array([35.3, 38.1])
    np.testing.assert_allclose(sample(field, longitude, latitude)[0], plane(longitude, latitude), atol=0.01)
    time = pd.date_range("2023-01-01", periods=3, freq="h")
    assert sample(field, longitude, latitude, time).shape == (3, 2)


def test_other_names(tmp_path):
    path = table(tmp_path / "a.csv", ("Longitude", "Latitude"), "model", other=1.0)
    with pytest.raises(
        InputError, match=r"0 columns are recognized as PM2\.5 \(of model, Longitude, Latitude, other\)"
    ):
        read_field(path, units="ug m-3")
    assert read_field(path, variable="model", units="ug m-3").size == 320
    assert read_field(table(tmp_path / "b.csv", value="value"), units="ug m-3").size == 320


def test_units_are_needed(tmp_path):
    with pytest.raises(InputError, match="PM25: the units are not stated"):
        read_field(table(tmp_path / "a.csv"))
    np.testing.assert_allclose(read_field(tmp_path / "a.csv", units="mg/m3")[0], 1000 * plane(-120, 32))


def test_area(tmp_path):
    path = table(tmp_path / "a.csv")
    field = read_field(path, units="ug m-3", bbox=(-115, 33, -112, 35))
    assert field.longitude.min() == -115
    assert field.latitude.max() == 35
    with pytest.raises(InputError, match="no point is in the box"):
        read_field(path, units="ug m-3", bbox=(0, 0, 1, 1))


def test_faults(tmp_path):
    path = table(tmp_path / "a.csv", ("lon", "north"))
    with pytest.raises(InputError, match="there is no column latitude among PM25, lon, north"):
        read_field(path, units="ug m-3")
    path = table(tmp_path / "b.csv", value="value", PM25="x")
    with pytest.raises(InputError, match="the column 'PM25' does not hold numbers only"):
        read_field(path, units="ug m-3")
    with pytest.raises(InputError, match="there is no column 'dust'"):
        read_field(path, variable="dust", units="ug m-3")
    with pytest.raises(InputError, match="give one CSV file"):
        read_field([path, tmp_path / "a.csv"], units="ug m-3")
    with pytest.raises(InputError, match="mixing ratio"):
        read_field(table(tmp_path / "c.csv"), units="ug kg-1")
