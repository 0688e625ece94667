"""Boxes: west, south, east, north in degrees."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid, parse_box


@st.composite
def boxes(draw):
    west, east = sorted(draw(st.lists(st.floats(-180, 180), min_size=2, max_size=2, unique=True)))
    south, north = sorted(draw(st.lists(st.floats(-90, 90), min_size=2, max_size=2, unique=True)))
    return west, south, east, north


@given(boxes())
def test_a_box_is_numbers_or_text(box):
    assert parse_box("bbox", box) == box
    assert parse_box("bbox", ",".join(map(repr, box))) == box


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


@given(
    st.lists(st.floats(-20, 20), min_size=2, max_size=8),
    st.sampled_from([0.25, 0.5]),
    st.sampled_from([-180.0, -90.0, 0.0, 90.0, 179.0, 180.0]),
)
def test_grids_cover_networks_on_both_sides_of_the_antimeridian(offsets, spacing, middle):
    longitude = (np.array(offsets) + middle + 180) % 360 - 180
    stations = xr.Dataset(coords={"longitude": ("station", longitude), "latitude": ("station", np.zeros(len(offsets)))})
    grid = Grid.around(stations, spacing)
    width = max(offsets) - min(offsets)
    assert grid.longitude.size <= width / spacing + 3
    distance = np.abs((grid.longitude - longitude[:, None] + 180) % 360 - 180).min(axis=1)
    assert (distance <= spacing / 2 + 1e-6).all()
    assert -180 - spacing <= grid.longitude[0]
    assert grid.longitude[-1] <= 360 + spacing
