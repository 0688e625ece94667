import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import example, given, settings
from hypothesis import strategies as st
from readers.fields.model_files import plane, regular, wrf_chem, write

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_field, sample
from aqnet_pyg.readers.fields.form import standard_longitude
from aqnet_pyg.readers.fields.grids import FieldGrid, cells_in_box


def curvilinear(west=112.0):
    y, x = np.mgrid[0:6, 0:8]
    longitude, latitude = np.round(west + 0.25 * x - 0.02 * y, 6), np.round(30 + 0.2 * y + 0.01 * x, 6)
    values = np.arange(48.0).reshape(1, 6, 8)
    return xr.Dataset(
        {"pm25": (("time", "row", "col"), values, {"units": "ug m-3"})},
        {
            "time": pd.date_range("2023-01-01", periods=1),
            "lon": (("row", "col"), longitude),
            "lat": (("row", "col"), latitude),
        },
    )


@settings(max_examples=15)
@given(
    flips=st.tuples(st.booleans(), st.booleans()),
    transpose=st.booleans(),
    turns=st.integers(-1, 1),
    west=st.sampled_from([112.0, 179.1, -180.0, -0.6]),
)
def test_orders_of_rows_and_columns_change_nothing(tmp_path_factory, flips, transpose, turns, west):
    folder = tmp_path_factory.mktemp("curvilinear")
    dataset = curvilinear(west)
    expected = read_field(write(dataset, folder / "a.nc"))
    np.testing.assert_array_equal(expected[0], np.arange(48).reshape(6, 8))
    changed = dataset.assign_coords(lon=dataset.lon + 360 * turns)
    for flip, name in zip(flips, ("row", "col"), strict=True):
        changed = changed.isel({name: slice(None, None, -1)}) if flip else changed
    changed = changed.transpose("time", "col", "row") if transpose else changed
    field = read_field(write(changed, folder / "a.nc"))
    xr.testing.assert_equal(field, expected)


def test_an_area_of_a_curvilinear_grid(tmp_path):
    path = write(wrf_chem(rows=20, columns=20), tmp_path / "a.nc")
    whole, part = read_field(path), read_field(path, bbox=(113, 31, 114, 32))
    assert part.sizes["x"] < 20
    assert part.sizes["y"] < 20
    places = [113, 113.4, 114], [31, 31.7, 32]
    np.testing.assert_allclose(sample(part, *places), sample(whole, *places), rtol=1e-5)
    with pytest.raises(InputError, match="no cell in the box"):
        read_field(path, bbox=(0, 0, 1, 1))


def test_points_along_one_dimension(tmp_path):
    dataset = regular(
        pd.date_range("2023-01-01", periods=2, freq="h"), np.arange(100, 104, 0.5), np.arange(30, 34, 0.5)
    )
    dataset = dataset.stack(cell=("latitude", "longitude")).reset_index("cell")
    path = write(dataset, tmp_path / "a.nc")
    field = read_field(path)
    assert field.dims == ("time", "point")
    np.testing.assert_allclose(sample(field, [101.3], [32.2])[:, 0], plane(101.3, 32.2, np.arange(2)), atol=0.01)
    assert read_field(path, bbox=(101, 31, 102, 32)).sizes["point"] == 9


def test_rectilinear_coordinates_of_other_names(tmp_path):
    dataset = regular(pd.date_range("2023-01-01", periods=1), np.arange(100, 104, 1.0), np.arange(30, 34, 1.0))
    expected = read_field(write(dataset, tmp_path / "a.nc"))
    dataset = dataset.rename(longitude="i", latitude="j")
    for name, units in (("i", "degrees_east"), ("j", "degrees_north")):
        dataset[name].attrs["units"] = units
    xr.testing.assert_equal(read_field(write(dataset, tmp_path / "b.nc")), expected)
    dataset = dataset.rename_dims(i="column", j="row").reset_index(["i", "j"])
    xr.testing.assert_equal(read_field(write(dataset, tmp_path / "c.nc")), expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda data: data.drop_vars("longitude"),
            "there are no longitudes and latitudes along time, latitude, longitude",
        ),
        (lambda data: data.isel(longitude=[0, 1, 0, 1]), "longitudes are repeated"),
        (lambda data: data.isel(latitude=[0, 1, 0]), "latitudes are repeated"),
        (lambda data: data.assign_coords(latitude=data.latitude + 80), "missing or out of range"),
    ],
)
def test_invalid_grids(tmp_path, change, message):
    dataset = regular(pd.date_range("2023-01-01", periods=1), np.arange(100, 104, 1.0), np.arange(30, 34, 1.0))
    with pytest.raises(InputError, match=message):
        read_field(write(change(dataset), tmp_path / "a.nc"))


@settings(max_examples=40)
@given(
    turn=st.floats(-60, 60),
    size=st.floats(0.1, 4),
    east=st.floats(-1.5, 1.5),
    north=st.floats(-1.5, 1.5),
    seam=st.booleans(),
)
@example(turn=0.0, size=0.25, east=0.0, north=1.192092896e-07, seam=False)
def test_an_area_of_a_turned_grid_has_the_cells_around_its_corners(turn, size, east, north, seam):
    """Also an area that has no cell inside."""
    angle, center = np.radians(turn), (179.5 if seam else 110.0)
    y, x = np.mgrid[-6:6.5:0.5, -6:6.5:0.5]
    longitude, latitude = center + x * np.cos(angle) - y * np.sin(angle), 20 + x * np.sin(angle) + y * np.cos(angle)
    grid = FieldGrid(
        ("y", "x"), ("y", "x"), standard_longitude(longitude), latitude, {name: np.arange(25) for name in "yx"}
    )
    west = min(center + east, 180 - size)
    box = (west, 20 + north, west + size, 20 + north + size)
    part = cells_in_box(grid, box, "file")
    fields = []
    for one in (grid, part):
        values = plane(np.where(one.longitude < center - 90, one.longitude + 360, one.longitude), one.latitude)
        fields.append(xr.DataArray(values, one.coordinates(), one.standard))
    corners = np.array(box)[[0, 0, 2, 2]], np.array(box)[[1, 3, 1, 3]]
    whole, cut = (sample(field, *corners) for field in fields)
    np.testing.assert_allclose(cut, whole)
