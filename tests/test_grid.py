"""Regular grids, and boxes: west, south, east, north in degrees."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid, parse_box, parse_boxes, unwrap_longitude


@st.composite
def boxes(draw):
    west, east = sorted(draw(st.lists(st.floats(-180, 180), min_size=2, max_size=2, unique=True)))
    south, north = sorted(draw(st.lists(st.floats(-90, 90), min_size=2, max_size=2, unique=True)))
    return west, south, east, north


@given(boxes())
def test_a_box_is_numbers_or_text(box):
    assert parse_box("bbox", box) == box
    assert parse_box("bbox", ",".join(map(repr, box))) == box


@given(boxes())
def test_a_box_across_the_antimeridian_has_two_parts(box):
    west, south, east, north = box
    assert parse_boxes("bbox", box) == [box]
    assert parse_boxes("bbox", (east, south, west, north)) == [(east, south, 180, north), (-180, south, west, north)]


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("1,2,3", "is not four numbers"),
        ("1,2,3,4,5", "is not four numbers"),
        ("a,b,c,d", "is not four numbers"),
        ("", "is not four numbers"),
        ((1, 2, None, 4), "is not four numbers"),
        ("nan,0,1,1", "longitude beyond 180"),
        ("31,103,44,125", "latitude beyond 90"),
        ("0,0,181,1", "longitude beyond 180"),
        ("0,2,1,2", "south, 2, is not below north, 2"),
        ("0,3,1,2", "south, 3, is not below north, 2"),
        ("5,0,5,1", "west, 5, is not below east, 5"),
        ("170,-50,-170,-30", "across the antimeridian two boxes"),
    ],
)
def test_other_values_are_refused_with_the_order(value, fault):
    with pytest.raises(InputError, match=rf"^bbox: .*{fault}.*") as caught:
        parse_box("bbox", value)
    assert "give west,south,east,north in degrees" in str(caught.value)


@given(boxes(), st.sampled_from([1.0, 2.5, 7.0]))
def test_a_grid_covers_its_box_on_multiples_of_the_spacing(box, spacing):
    west, south, east, north = box
    grid = Grid.over(box, spacing)
    for axis, low, high in ((grid.longitude, west, east), (grid.latitude, south, north)):
        assert low - spacing - 1e-6 < axis[0] <= low + 1e-6
        assert high - 1e-6 <= axis[-1] < high + spacing + 1e-6
        np.testing.assert_allclose(axis / spacing, np.round(axis / spacing), atol=1e-6)
        np.testing.assert_allclose(np.diff(axis), spacing)


@pytest.mark.parametrize("spacing", [0.1, 0.2, 0.3, 0.4, 0.625])
def test_bounds_on_multiples_of_decimal_fractions_are_included_once(spacing):
    grid = Grid.over((-25 * spacing, 30 * spacing, 45 * spacing, 72 * spacing), spacing)
    np.testing.assert_allclose(grid.longitude / spacing, np.arange(-25, 46))
    np.testing.assert_allclose(grid.latitude / spacing, np.arange(30, 73))


def test_positions_are_longitude_and_latitude_row_by_row():
    grid = Grid(np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0]))
    np.testing.assert_array_equal(grid.pos, [[1, 10], [2, 10], [3, 10], [1, 20], [2, 20], [3, 20]])


def test_a_grid_around_stations_contains_them(station_data):
    grid = Grid.around(station_data, 0.5)
    for axis, values in ((grid.longitude, station_data.longitude), (grid.latitude, station_data.latitude)):
        assert axis[0] <= float(values.min()) < axis[0] + 0.5
        assert axis[-1] - 0.5 < float(values.max()) <= axis[-1]


@pytest.mark.parametrize(
    ("box", "spacing", "message"),
    [
        ((0, 0, 1, 1), 0, "spacing: 0 degrees was given"),
        ((0, 0, 1, 1), float("nan"), "spacing: nan"),
        ((0, 0, 100, 60), 0.001, "cells; use a larger spacing"),
        ((2, 0, 1, 1), 1, r"bounds: \(2, 0, 1, 1\) is not a box"),
        ((0, 2, 1, 1), 1, "is not a box"),
    ],
)
def test_grids_that_cannot_be_made_are_refused(box, spacing, message):
    with pytest.raises(InputError, match=message):
        Grid.over(box, spacing)


@given(st.lists(st.floats(-180, 180), min_size=1, max_size=10))
def test_unwrapped_longitudes_are_the_same_meridians_without_the_widest_gap(longitude):
    longitude = np.array(longitude)
    unwrapped = unwrap_longitude(longitude)
    turns = (unwrapped - longitude) / 360
    np.testing.assert_allclose(turns, np.round(turns), atol=1e-12)
    around = np.sort(longitude % 360)
    assert np.ptp(unwrapped) == pytest.approx(360 - np.diff(around, append=around[0] + 360).max(), abs=1e-9)


@given(
    st.lists(st.floats(-20, 20), min_size=2, max_size=8),
    st.sampled_from([0.25, 0.5]),
    st.sampled_from([-180.0, -90.0, 0.0, 90.0, 179.0, 180.0]),
    st.sampled_from([-180.0, 0.0]),
)
def test_grids_cover_networks_across_any_meridian(offsets, spacing, middle, first):
    longitude = (np.array(offsets) + middle - first) % 360 + first
    stations = xr.Dataset(coords={"longitude": ("station", longitude), "latitude": ("station", np.zeros(len(offsets)))})
    grid = Grid.around(stations, spacing)
    width = max(offsets) - min(offsets)
    assert grid.longitude.size <= width / spacing + 3
    distance = np.abs((grid.longitude - longitude[:, None] + 180) % 360 - 180).min(axis=1)
    assert (distance <= spacing / 2 + 1e-6).all()
    assert -180 - spacing <= grid.longitude[0]
    assert grid.longitude[-1] <= 360 + spacing
