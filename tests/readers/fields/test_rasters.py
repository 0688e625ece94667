"""Rasters as they are published, read to one form."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_raster
from aqnet_pyg.readers.fields.sampling import sample

LONGITUDE, LATITUDE = np.arange(110.05, 113, 0.1), np.arange(34.05, 36, 0.1)


def height(longitude, latitude):
    """Meters, linear in the coordinates, so that interpolation gives them back."""
    return 100 + 20 * (np.asarray(longitude) - 110) + 50 * (np.asarray(latitude) - 34)


def netcdf(path, **attrs):
    values = height(LONGITUDE[None], LATITUDE[::-1, None])
    axes = {
        "lat": ("lat", LATITUDE[::-1], {"units": "degrees_north"}),
        "lon": ("lon", LONGITUDE, {"units": "degrees_east"}),
    }
    data = xr.Dataset({"elevation": (("lat", "lon"), values, {"units": "m"} | attrs)}, axes)
    data.to_netcdf(path, engine="h5netcdf")
    return data


def tiff(path, crs="EPSG:4326", bands=1, nodata=None, hole=None):
    """A GeoTIFF file, of a projected system with cells of 10 km."""
    pytest.importorskip("rioxarray")
    import rasterio
    from pyproj import Transformer
    from rasterio.transform import from_origin

    if crs is None or crs == "EPSG:4326":
        east, north = LONGITUDE, LATITUDE[::-1]
        transform = from_origin(110, 36, 0.1, 0.1)
        longitude, latitude = np.meshgrid(east, north)
    else:
        transform = from_origin(300_000, 4_000_000, 10_000, 10_000)
        x, y = np.meshgrid(305_000 + 10_000 * np.arange(30), 3_995_000 - 10_000 * np.arange(25))
        longitude, latitude = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    values = height(longitude, latitude).astype(np.float32)
    if hole is not None:
        values[0, 0] = hole
    profile = {
        "driver": "GTiff",
        "dtype": "float32",
        "count": bands,
        "nodata": nodata,
        "crs": crs,
        "transform": transform,
    }
    with rasterio.open(path, "w", height=values.shape[0], width=values.shape[1], **profile) as file:
        for band in range(1, bands + 1):
            file.write(values * band, band)
    return path


def test_a_netcdf_map(tmp_path):
    netcdf(tmp_path / "dem.nc")
    raster = read_raster(tmp_path / "dem.nc")
    assert raster.name == "elevation"
    assert raster.dims == ("latitude", "longitude")
    assert raster.attrs == {"units": "m", "source": "dem.nc", "rules": []}
    assert raster.dtype == np.float32
    assert sample(raster, [111.0, 112.33], [35.0, 34.77])[0] == pytest.approx(height([111.0, 112.33], [35.0, 34.77]))


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32649"])
def test_a_geotiff_in_any_projection(tmp_path, crs):
    raster = read_raster(tiff(tmp_path / "dem.tif", crs))
    assert raster.name == "dem"
    assert raster.dims == (("latitude", "longitude") if crs == "EPSG:4326" else ("y", "x"))
    places = [110.1, 111.2], [34.9, 34.77]
    assert sample(raster, *places)[0] == pytest.approx(height(*places), abs=0.2)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32649"])
@given(west=st.floats(110.1, 110.5), south=st.floats(34.2, 34.8))
def test_a_box_changes_no_value_inside(tmp_path_factory, crs, west, south):
    path = tmp_path_factory.getbasetemp() / f"box-{crs[5:]}.tif"
    raster = read_raster(path if path.exists() else tiff(path, crs))
    part = read_raster(path, bbox=(west, south, west + 0.5, south + 0.4))
    assert part.size < raster.size
    places = west + 0.5 * np.linspace(0, 1, 5), south + 0.4 * np.linspace(1, 0, 5)
    np.testing.assert_allclose(sample(part, *places), sample(raster, *places), rtol=1e-6)


def test_longitudes_beyond_180_degrees(tmp_path):
    rioxarray = pytest.importorskip("rioxarray")
    whole = rioxarray.open_rasterio(tiff(tmp_path / "east.tif"))
    whole.assign_coords(x=whole.x + 130).rio.write_transform().rio.to_raster(tmp_path / "pacific.tif")
    raster = read_raster(tmp_path / "pacific.tif", bbox=(-119, 34.5, -118, 35.2))
    assert sample(raster, [-118.5], [35.0])[0] == pytest.approx(height([111.5], [35.0]))


def test_missing_values_declared_or_not(tmp_path):
    declared = read_raster(tiff(tmp_path / "a.tif", nodata=-1.0, hole=-1.0))
    assert int(declared.isnull().sum()) == 1
    assert declared.attrs["rules"] == []
    undeclared = read_raster(tiff(tmp_path / "b.tif", hole=-9999.0))
    assert int(undeclared.isnull().sum()) == 1
    assert undeclared.attrs["rules"] == ["-9999 taken as missing in 1 cells."]


def test_scale_and_fill_value_of_netcdf(tmp_path):
    encoded = xr.Dataset(
        {
            "pop": (
                ("lat", "lon"),
                np.array([[1, 2], [3, -1]], np.int16),
                {"scale_factor": 0.5, "_FillValue": np.int16(-1)},
            )
        },
        {"lat": [30.0, 31.0], "lon": [359.0, 360.0]},
    )
    encoded.to_netcdf(tmp_path / "pop.nc", engine="h5netcdf")
    raster = read_raster(tmp_path / "pop.nc")
    np.testing.assert_array_equal(raster, np.array([[0.5, 1.0], [1.5, np.nan]], np.float32))
    assert list(raster.longitude) == [-1.0, 0.0]


def test_a_band_is_chosen(tmp_path):
    path = tiff(tmp_path / "two.tif", bands=2)
    with pytest.raises(InputError, match="there are 2 bands; choose one by its number, 1 to 2"):
        read_raster(path)
    first, second = read_raster(path, "1"), read_raster(path, "2")
    np.testing.assert_allclose(second, 2 * first)
    with pytest.raises(InputError, match="no band '3'"):
        read_raster(path, "3")


def test_what_is_refused(tmp_path):
    with pytest.raises(InputError, match="no coordinate reference system"):
        read_raster(tiff(tmp_path / "none.tif", None))
    for crs, message in (
        ("EPSG:4326", "no cell in the box 10,10,11,11"),
        ("EPSG:32649", "does not overlap the box 10,10,11,11"),
    ):
        with pytest.raises(InputError, match=message):
            read_raster(tiff(tmp_path / "far.tif", crs), bbox=(10, 10, 11, 11))
    (tmp_path / "bad.tif").write_bytes(b"II*\x00" + b"\x00" * 40)
    with pytest.raises(InputError, match=r"bad.tif: cannot be read"):
        read_raster(tmp_path / "bad.tif")
    with pytest.raises(InputError, match="no such file"):
        read_raster(tmp_path / "absent.tif")
    data = netcdf(tmp_path / "dem.nc")
    with pytest.raises(InputError, match="no variable 'slope'; use one of elevation"):
        read_raster(tmp_path / "dem.nc", "slope")
    data.assign(slope=data.elevation).to_netcdf(tmp_path / "both.nc", engine="h5netcdf")
    with pytest.raises(InputError, match="elevation, slope are there; choose one"):
        read_raster(tmp_path / "both.nc")
    data.expand_dims(year=[2000, 2020]).to_netcdf(tmp_path / "years.nc", engine="h5netcdf")
    with pytest.raises(InputError, match="'elevation' has 2 values along 'year'"):
        read_raster(tmp_path / "years.nc")
