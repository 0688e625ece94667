import numpy as np
import pandas as pd
import pytest
import xarray as xr
from readers.fields.model_files import cmaq, lambert, plane, write

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_field

pyproj = pytest.importorskip("pyproj")

LAMBERT = {
    "grid_mapping_name": "lambert_conformal_conic",
    "standard_parallel": [33.0, 45.0],
    "longitude_of_central_meridian": -97.0,
    "latitude_of_projection_origin": 40.0,
    "earth_radius": 6_370_000.0,
}


def projected(mapping=None, units="km", scale=1000, step=12.0):
    x, y = np.arange(5) * step, np.arange(4)[::-1] * step
    values = np.add.outer(y, x)[None]
    return xr.Dataset(
        {
            "pm25": (("time", "y", "x"), values, {"units": "ug m-3", "grid_mapping": "crs"}),
            "crs": ((), 0, mapping or LAMBERT),
        },
        {
            "time": pd.date_range("2023-01-01", periods=1),
            "x": ("x", x, {"units": units, "standard_name": "projection_x_coordinate"}),
            "y": ("y", y, {"units": units, "standard_name": "projection_y_coordinate"}),
        },
    )


def test_grid_mapping_of_the_cf_conventions(tmp_path):
    field = read_field(write(projected(), tmp_path / "a.nc"))
    assert field.dims == ("time", "y", "x")
    x, y = lambert(field.longitude.values, field.latitude.values)
    np.testing.assert_allclose(x / 1000, np.broadcast_to(12.0 * np.arange(5), (4, 5)), atol=1e-5)
    np.testing.assert_allclose(y / 1000, np.broadcast_to(12.0 * np.arange(4)[:, None], (4, 5)), atol=1e-5)
    np.testing.assert_allclose(field[0], (x + y) / 1000, atol=1e-4)
    assert "Projected grid (lambert_conformal_conic)." in field.attrs["rules"]


def test_rotated_pole(tmp_path):
    mapping = {
        "grid_mapping_name": "rotated_latitude_longitude",
        "grid_north_pole_latitude": 50.0,
        "grid_north_pole_longitude": -170.0,
    }
    dataset = projected(mapping, units="degrees", step=0.5)
    dataset.x.attrs["standard_name"], dataset.y.attrs["standard_name"] = "grid_longitude", "grid_latitude"
    field = read_field(write(dataset, tmp_path / "a.nc"))
    # The origin of the rotated grid is 40 degrees north of the equator, on the meridian opposite to the pole's.
    np.testing.assert_allclose([field.longitude[0, 0], field.latitude[0, 0]], [10, 40], atol=1e-6)
    np.testing.assert_allclose(field.latitude[2, 0], 41, atol=1e-6)


def test_mappings_that_cannot_be_interpreted(tmp_path):
    with pytest.raises(InputError, match="the grid mapping 'crs' cannot be interpreted"):
        read_field(write(projected({"grid_mapping_name": "unknown"}), tmp_path / "a.nc"))
    with pytest.raises(InputError, match="the coordinate 'x' has the units 'furlong'"):
        read_field(write(projected(units="furlong"), tmp_path / "b.nc"))
    dataset = projected().drop_vars("crs")
    with pytest.raises(InputError, match="there are no longitudes and latitudes along time, y, x"):
        read_field(write(dataset, tmp_path / "c.nc"))


@pytest.mark.parametrize(
    ("attrs", "inverse"),
    [
        (
            {"GDTYP": 6, "P_ALP": 1.0, "P_BET": 60.0, "P_GAM": -98.0, "XCENT": -98.0, "YCENT": 90.0},
            # Snyder (1987), equations 21-1 to 21-15 on a sphere.
            lambda x, y: (
                -98 + np.degrees(np.arctan2(x, -y)),
                90 - 2 * np.degrees(np.arctan2(np.hypot(x, y), 6_370_000 * (1 + np.sin(np.radians(60))))),
            ),
        ),
        (
            {"GDTYP": 7, "P_ALP": 20.0, "P_BET": 0.0, "P_GAM": 105.0, "XCENT": 105.0, "YCENT": 0.0},
            lambda x, y: (
                105 + np.degrees(x / 6_370_000 / np.cos(np.radians(20))),
                np.degrees(2 * np.arctan(np.exp(y / 6_370_000 / np.cos(np.radians(20)))) - np.pi / 2),
            ),
        ),
    ],
)
def test_other_projections_of_the_io_api(tmp_path, attrs, inverse):
    dataset = cmaq().assign_attrs({**attrs, "GDTYP": np.int32(attrs["GDTYP"]), "YORIG": 300_000.0})
    field = read_field(write(dataset, tmp_path / "a.nc"))
    x, y = np.meshgrid(1_006_000 + 12000.0 * np.arange(8), 306_000 + 12000.0 * np.arange(6))
    longitude, latitude = inverse(x, y)
    values = dataset["PM25_TOT"].values[0, 0]
    found = {
        (round(float(east), 5), round(float(north), 5)): float(value)
        for east, north, value in zip(
            field.longitude.values.flat, field.latitude.values.flat, field[0].values.flat, strict=True
        )
    }
    longitude = (longitude + 180) % 360 - 180
    expected = {
        (round(float(east), 5), round(float(north), 5)): float(value)
        for east, north, value in zip(longitude.flat, latitude.flat, values.flat, strict=True)
    }
    assert found == expected


def test_an_area_of_the_io_api_at_a_moved_origin(tmp_path):
    dataset = cmaq(rows=12, columns=14, hours=6)
    origin = {"XORIG": dataset.XORIG + 7 * dataset.XCELL, "YORIG": dataset.YORIG + 5 * dataset.YCELL}
    part = dataset.isel(ROW=slice(5, 9), COL=slice(7, 12), TSTEP=[0, 1, 2, 5]).assign_attrs(origin)
    whole, area = (read_field(write(one, tmp_path / name)) for one, name in ((dataset, "a.nc"), (part, "b.nc")))
    expected = whole.isel({area.dims[1]: slice(5, 9), area.dims[2]: slice(7, 12)})
    assert area.sizes["time"] == 4
    xr.testing.assert_allclose(area, expected.sel(time=area.time))


def test_regular_grids_of_the_io_api(tmp_path):
    edges = {"XORIG": 99.75, "YORIG": 29.75, "XCELL": 0.5, "YCELL": 0.5}
    dataset = cmaq().assign_attrs(GDTYP=np.int32(1), **edges)
    field = read_field(write(dataset, tmp_path / "a.nc"))
    np.testing.assert_allclose(field.longitude, 100 + 0.5 * np.arange(8))
    np.testing.assert_allclose(field.latitude, 30 + 0.5 * np.arange(6))


def test_unsupported_projections_of_the_io_api(tmp_path):
    with pytest.raises(InputError, match="GDTYP=5, which is not supported"):
        read_field(write(cmaq().assign_attrs(GDTYP=np.int32(5)), tmp_path / "a.nc"))
    dataset = cmaq()
    del dataset.attrs["P_ALP"]
    with pytest.raises(InputError, match=r"attributes of the grid .* incomplete: 'P_ALP'"):
        read_field(write(dataset, tmp_path / "b.nc"))


def test_longitudes_and_latitudes_in_the_file_come_first(tmp_path):
    dataset = projected({"grid_mapping_name": "unknown"})
    longitude, latitude = np.meshgrid(100 + 0.1 * np.arange(5), 30 + 0.1 * np.arange(4))
    dataset = dataset.assign_coords(lon=(("y", "x"), longitude), lat=(("y", "x"), latitude))
    dataset["pm25"] = dataset["pm25"].copy(data=plane(longitude, latitude)[None])
    field = read_field(write(dataset, tmp_path / "a.nc"))
    np.testing.assert_allclose(field[0], plane(field.longitude.values, field.latitude.values), rtol=1e-6)
