import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from readers.fields.model_files import plane

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import sample, sample_lazily

TIME = pd.date_range("2023-01-01", periods=4, freq="h")
HOURS = np.arange(4.0)


def regular_field(longitude, latitude, function=plane):
    values = function(longitude[None, None, :], latitude[None, :, None], HOURS[:, None, None])
    coords = {"time": TIME, "latitude": latitude, "longitude": longitude}
    return xr.DataArray(values.astype(np.float32), coords, ("time", "latitude", "longitude"))


def waves(longitude, latitude, hours):
    return 50 + 20 * np.cos(np.radians(longitude)) + np.sin(np.radians(latitude)) + hours


def curvilinear_field(rows=9, columns=11):
    y, x = np.mgrid[0:rows, 0:columns]
    longitude, latitude = 110 + 0.5 * x + 0.1 * y, 30 + 0.4 * y - 0.07 * x
    coords = {"time": TIME, "longitude": (("y", "x"), longitude), "latitude": (("y", "x"), latitude)}
    values = plane(longitude[None], latitude[None], HOURS[:, None, None]).astype(np.float32)
    return xr.DataArray(values, coords, ("time", "y", "x"))


def point_field(field):
    return field.stack(point=field.dims[1:]).reset_index("point", drop=field.dims[-1] == "x")


def test_bilinear_at_places_and_hours():
    field = regular_field(np.arange(100, 111, 2.0), np.arange(30, 41, 2.5))
    longitude, latitude = np.array([103.3, 100, 110]), np.array([36.1, 30, 40])
    values = sample(field, longitude, latitude)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, plane(longitude, latitude, HOURS[:, None]), rtol=1e-6)


def test_hours_in_any_order_and_absent_ones():
    field = regular_field(np.arange(100, 111, 2.0), np.arange(30, 41, 2.5))
    values = sample(field, [103], [36], TIME[[2, 0, 2]].append(pd.DatetimeIndex(["2022-01-01"])))
    np.testing.assert_allclose(values[:, 0], [*plane(103, 36, np.array([2, 0, 2])), np.nan], rtol=1e-6)


def test_outside_is_missing():
    field = regular_field(np.arange(100, 111, 2.0), np.arange(30, 41, 2.5))
    values = sample(field, [99.99, 110.01, 103, 103], [35, 35, 29.99, 40.01])
    assert np.isnan(values).all()


def test_a_hole_reaches_the_places_around_it_and_no_further():
    field = regular_field(np.arange(100, 111, 2.0), np.arange(30, 41, 2.5))
    field.loc[{"longitude": 104, "latitude": 35}] = np.nan
    values = sample(field, [103, 102, 106, 107], [36, 36, 35, 36])[0]
    np.testing.assert_array_equal(np.isnan(values), [True, False, False, False])


@pytest.mark.parametrize("axis", [np.arange(-180, 180, 10.0), np.arange(-175, 185, 10.0), np.arange(0, 360, 10.0)])
def test_across_the_seam_of_a_global_grid(axis):
    field = regular_field(axis, np.arange(-90, 91, 10.0), waves)
    longitude = np.array([-180, -179, 179.5, 180, 359, 0.5, 181])
    low = np.floor((longitude - axis[0]) / 10) * 10 + axis[0]
    share = (longitude - low) / 10
    expected = waves(low, 5, 0) * (1 - share) + waves(low + 10, 5, 0) * share
    expected += (waves(0, 0, 0) + waves(0, 10, 0)) / 2 - waves(0, 5, 0)
    np.testing.assert_allclose(sample(field, longitude, np.full(7, 5.0))[0], expected, rtol=1e-6)


def test_a_regional_grid_across_180_degrees():
    folded = np.array([-180, -175, -170, 170, 175])
    field = regular_field(folded.astype(float), np.arange(-20, 0, 5.0), waves)
    values = sample(field, [179, -179, 177.5, 0, 169, -169], np.full(6, -15.0))[0]
    np.testing.assert_array_equal(np.isnan(values), [False, False, False, True, True, True])
    expected = 0.2 * waves(175, -15, 0) + 0.8 * waves(-180, -15, 0)
    np.testing.assert_allclose(values[0], expected, rtol=1e-6)


def test_a_grid_whose_longitudes_continue_beyond_180():
    field = regular_field(np.arange(170, 191, 5.0), np.arange(-20, 0, 5.0))
    np.testing.assert_allclose(sample(field, [-178, 182], [-12, -12])[0], plane(182, np.full(2, -12)), rtol=1e-6)


def test_bilinear_in_curvilinear_cells():
    field = curvilinear_field()
    longitude, latitude = np.array([112.3, 111.17, 113.9]), np.array([31.2, 31.9, 32.4])
    # A cell is bounded by great circles, which bend by less than 1e-4 degrees here.
    np.testing.assert_allclose(
        sample(field, longitude, latitude), plane(longitude, latitude, HOURS[:, None]), atol=1e-3
    )
    corner = sample(field, field.longitude.values[[0, -1], [0, -1]], field.latitude.values[[0, -1], [0, -1]])
    np.testing.assert_allclose(corner, field.values[:, [0, -1], [0, -1]], rtol=1e-6)
    assert np.isnan(sample(field, [109.9, 120], [30, 31])).all()


def test_linear_among_points():
    field = point_field(regular_field(np.arange(100, 111, 2.0), np.arange(30, 41, 2.0)))
    longitude, latitude = np.array([103.3, 105.1]), np.array([36.1, 31.9])
    np.testing.assert_allclose(sample(field, longitude, latitude)[0], plane(longitude, latitude), atol=0.05)


def test_a_snapshot_is_valid_at_all_hours():
    field = regular_field(np.arange(100, 111, 2.0), np.arange(30, 41, 2.5)).isel(time=0, drop=True)
    np.testing.assert_allclose(sample(field, [103], [36]), [[plane(103, 36)]], rtol=1e-6)
    np.testing.assert_allclose(sample(field, [103], [36], TIME)[:, 0], np.full(4, plane(103, 36)), rtol=1e-6)


@pytest.mark.parametrize("kind", ["regular", "curvilinear", "points"])
@settings(max_examples=15)
@given(chunks=st.tuples(*[st.integers(1, 12)] * 3), block=st.integers(1, 200), seed=st.integers(0, 99))
def test_chunks_and_blocks_change_nothing(kind, chunks, block, seed):
    pytest.importorskip("dask")
    field = (
        regular_field(np.arange(108, 118, 1.0), np.arange(28, 37, 1.0)) if kind == "regular" else curvilinear_field()
    )
    field = field.copy(data=np.random.default_rng(seed).normal(size=field.shape).astype(np.float32))
    field = point_field(field) if kind == "points" else field
    rng = np.random.default_rng(seed)
    longitude, latitude = rng.uniform(109, 117, 20), rng.uniform(29, 35, 20)
    expected = sample(field, longitude, latitude)
    assert np.isfinite(expected).any()
    lazy = field.chunk(dict(zip(field.dims, chunks, strict=False)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aqnet_pyg.readers.fields.sampling._BLOCK", block)
        patch.setattr("aqnet_pyg.readers.fields.sampling._CHUNKS", 1 + block % 2)
        np.testing.assert_array_equal(sample(lazy, longitude, latitude), expected)
        hours = TIME[[3, 0, 3]].append(pd.DatetimeIndex(["2022-01-01"]))
        for one in (field, lazy):
            later = sample_lazily(one, longitude, latitude, hours)
            assert later.shape == (4, 20)
            np.testing.assert_array_equal(later, sample(field, longitude, latitude, hours))


@given(tenths=st.integers(-1800, 1800), latitude=st.integers(-90, 90))
def test_a_turn_changes_nothing(tenths, latitude):
    field = regular_field(np.arange(-180, 180, 7.5), np.arange(-90, 91, 7.5), waves)
    longitude = tenths / 10
    turned = longitude + 360 if longitude <= 0 else longitude
    np.testing.assert_array_equal(sample(field, [turned], [latitude]), sample(field, [longitude], [latitude]))


@pytest.mark.parametrize("function", [sample, sample_lazily])
def test_only_the_part_around_the_places_is_computed(function):
    da = pytest.importorskip("dask.array")
    read = []

    def block(block_info=None):
        (location,) = [info["array-location"] for key, info in block_info.items() if key is None]
        read.append([(int(low), int(high)) for low, high in location])
        return np.ones([high - low for low, high in location], np.float32)

    data = da.map_blocks(block, chunks=((2, 2), (5,) * 10, (5,) * 20), dtype=np.float32, meta=np.empty((0, 0, 0), "f4"))
    coords = {"time": TIME, "latitude": np.arange(50.0), "longitude": np.arange(100.0)}
    field = xr.DataArray(data, coords, ("time", "latitude", "longitude"))
    read.clear()
    values = function(field, [12.5, 13.5], [11, 12.5], TIME[:1])
    assert read or function is sample_lazily
    np.testing.assert_array_equal(values, [[1, 1]])
    assert {tuple(location[1:]) for location in read} == {((10, 15), (10, 15))}
    assert {location[0] for location in read} == {(0, 2)}


def test_snapshots_and_places_outside_lazily():
    pytest.importorskip("dask")
    field = regular_field(np.arange(100, 111, 2.0), np.arange(30, 41, 2.5))
    assert np.isnan(sample_lazily(field, [10, 20], [35, 35], TIME)).all()
    snapshot = field.isel(time=0, drop=True)
    np.testing.assert_array_equal(sample_lazily(snapshot, [103], [36], TIME), sample(snapshot, [103], [36], TIME))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda field: field.values, "first guess: ndarray was given"),
        (lambda field: field.rename(latitude="row"), r"the field has the dimensions \('time', 'row', 'longitude'\)"),
        (lambda field: field.isel(latitude=slice(None, None, -1)), "'latitude' is not ascending"),
        (lambda field: field.isel(time=[0, 0]), "distinct hours"),
        (lambda field: field.drop_vars("longitude"), "no coordinate 'longitude'"),
    ],
)
def test_other_forms_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        sample(change(regular_field(np.arange(100, 111, 2.0), np.arange(30, 41, 2.5))), [103], [36])


def test_places_are_checked():
    field = regular_field(np.arange(100, 111, 2.0), np.arange(30, 41, 2.5))
    with pytest.raises(InputError, match="swapped"):
        sample(field, [36], [103])
    with pytest.raises(InputError, match="one of each"):
        sample(field, [103, 104], [36])
