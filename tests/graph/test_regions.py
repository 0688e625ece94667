"""Regions against plain comparisons of degrees and against great-circle distances."""

import json
import logging
import pickle

import numpy as np
import pytest
import shapely
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.regions import Region
from aqnet_pyg.grid import Grid, unwrap_longitude
from aqnet_pyg.stations import EARTH_RADIUS_KM
from aqnet_pyg.testing import haversine_km

TRIANGLE = shapely.Polygon([(114, 36), (118, 36), (116, 40)])


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(geometry)}


PROVINCES = {
    "type": "FeatureCollection",
    "features": [
        feature(shapely.box(110, 30, 112, 32), name="West", iso=1),
        feature(shapely.box(112, 30, 114, 32), name="Middle", iso=2),
        feature(
            shapely.MultiPolygon([shapely.box(116, 30, 117, 31), shapely.box(118, 30, 119, 31)]), name="East", iso=3
        ),
        feature(shapely.Point(0, 0), name="Capital", iso=4),
        {"type": "Feature", "properties": None, "geometry": None},
    ],
}


@st.composite
def stars(draw):
    """A polygon with corners at random distances around a center, on either side of the antimeridian or elsewhere."""
    longitude, latitude = draw(st.sampled_from([116.0, 179.5, -179.0, 0.0])), draw(st.floats(-65, 65))
    radii = np.array(draw(st.lists(st.floats(0.3, 4.0), min_size=3, max_size=9)))
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    corners = np.stack([longitude + radii * np.cos(angles), latitude + radii * np.sin(angles)], axis=1)
    corners[:, 0] += 360 * (corners[:, 0] < -180).any()
    polygon = shapely.Polygon(corners)
    assume(polygon.area > 1e-3)
    return polygon


def moved(points, km, angles):
    """Where great circles from the points end that set out at these angles, clockwise from north."""
    longitude, latitude = np.radians(points).T
    way = np.asarray(km) / EARTH_RADIUS_KM
    north = np.arcsin(np.sin(latitude) * np.cos(way) + np.cos(latitude) * np.sin(way) * np.cos(angles))
    east = np.arctan2(np.sin(angles) * np.sin(way) * np.cos(latitude), np.cos(way) - np.sin(latitude) * np.sin(north))
    return np.degrees(longitude + east), np.degrees(north)


def test_the_boundary_is_inside():
    region = Region(TRIANGLE)
    assert region.contains([114, 118, 116, 116, 116], [36, 36, 40, 36, 38]).all()
    assert not region.contains([113.9, 116, 116], [36, 35.9, 40.1]).any()


def test_holes_are_outside():
    region = Region(shapely.box(110, 30, 114, 34) - shapely.box(111, 31, 113, 33))
    assert region.contains([110.5, 112, 111], [32, 32, 32]).tolist() == [True, False, True]


def test_shapes_and_other_kinds_of_numbers():
    region = Region(TRIANGLE)
    assert region.contains(116, 37).shape == ()
    assert region.contains(np.full((2, 1), 116.0), np.full((1, 3), 37.0)).shape == (2, 3)
    assert region.contains(torch.tensor([116.0, 0.0]), torch.tensor([37.0, 0.0])).tolist() == [True, False]
    assert region.contains([116 + 360, 116 - 360], [37, 37]).all()


def degrees(low, high):
    """Thousandths, as coordinates are given, so that they can be compared exactly."""
    return st.integers(1000 * low, 1000 * high).map(lambda number: number / 1000)


@given(degrees(-180, 180), degrees(-90, 89), degrees(-180, 180), degrees(-89, 90), st.lists(degrees(-180, 360)))
def test_a_box_is_what_comparisons_of_degrees_say(west, south, east, north, longitudes):
    assume(south < north and west != east and (west, east) != (180, -180))
    region = Region.box(west, south, east, north)
    longitude = np.array([west, east, *longitudes])
    turn = np.round((longitude - west) % 360, 6) % 360
    across = (turn <= np.round((east - west) % 360, 6)) | (turn == 0)
    across |= (west, east) == (-180, 180)
    for latitude in np.linspace(south, north, 3):
        np.testing.assert_array_equal(region.contains(longitude, latitude), across | (abs(latitude) == 90))
    for latitude in (south - 1e-6, north + 1e-6):
        if abs(latitude) < 90:
            assert not region.contains(longitude, latitude).any()


def test_geojson(tmp_path):
    path = tmp_path / "provinces.geojson"
    path.write_text(json.dumps(PROVINCES), encoding="utf-8")
    longitude, latitude = np.array([111, 113, 116.5, 117.5, 118.5]), np.full(5, 30.5)
    for source in (path, str(path), PROVINCES):
        assert Region.from_geojson(source).contains(longitude, latitude).tolist() == [True, True, True, False, True]
        assert Region.from_geojson(source, name="East").contains(longitude, latitude).sum() == 2
        assert Region.from_geojson(source, name=["West", "East"], iso=1).contains(longitude, latitude).sum() == 1
        assert Region.from_geojson(source, iso=(1, 2)).contains(longitude, latitude).tolist() == [1, 1, 0, 0, 0]
    assert Region.from_geojson(path).name == "provinces"
    assert Region.from_geojson(path, name=["West", "East"]).name == "['West', 'East']"
    assert repr(Region.from_geojson(path, name="West")) == (
        "Region('West', 110.00 to 112.00 degrees east, 30.00 to 32.00 degrees north)"
    )
    bare = Region.from_geojson(PROVINCES["features"][0]["geometry"])
    assert bare.contains(111, 31)
    assert Region.from_geojson(PROVINCES["features"][0]).polygon.equals(bare.polygon)


def test_well_known_text():
    assert Region.from_wkt("POLYGON ((114 36, 118 36, 116 40, 114 36))").polygon.equals(TRIANGLE)
    assert Region.from_wkt("POLYGON Z ((114 36 1, 118 36 1, 116 40 1, 114 36 1))").polygon.equals(TRIANGLE)
    with pytest.raises(InputError, match="not well-known text"):
        Region.from_wkt("Hebei")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Region(shapely.Point(116, 40)), "a Point without an area"),
        (lambda: Region(None), "a NoneType without an area"),
        (lambda: Region(shapely.Polygon()), "a Polygon without an area"),
        (lambda: Region(shapely.Polygon([(114, 36), (118, 36), (116, 36)])), "has no area"),
        (lambda: Region(shapely.Polygon([(36, 114), (36, 118), (40, 116)])), "swapped"),
        (lambda: Region(shapely.box(-190, 0, -170, 10)), "longitude -190 at row"),
        (lambda: Region(shapely.box(4e5, 3e5, 5e5, 4e5)), "out of range"),
        (lambda: Region(shapely.Polygon([(170, 0), (-170, 0), (-170, 10), (170, 10)])), "longitude 170 to -170"),
        (
            lambda: Region(shapely.Polygon([(0, 80), (120, 80), (-120, 80)])),
            "use Region.box for a region that contains a pole",
        ),
        (lambda: Region.box(116, 40, 114, 36), "has no area"),
        (lambda: Region.box(116, 36, 116, 40), "has no area"),
        (lambda: Region.box(180, 36, -180, 40), "has no area"),
        (lambda: Region.box(36, 114, 40, 118), "swapped"),
        (lambda: Region.from_geojson(PROVINCES, name="Capital"), "none of 1 features is a polygon"),
        (lambda: Region.hull([], []), "no point"),
        (lambda: Region.hull([0, 120, 240], [50, 50, 50]), "span half the globe"),
        (lambda: Region.hull([116, np.nan], [40, 40]), "missing"),
        (lambda: Region(TRIANGLE).contains([116], [np.nan]), "missing"),
        (lambda: Region(TRIANGLE).contains([40], [116]), "swapped"),
        (lambda: Region(TRIANGLE).buffer(0), "km: got 0"),
        (lambda: Region(TRIANGLE).buffer(np.nan), "km: got nan"),
        (lambda: Region(TRIANGLE).buffer(6000), "reaches a pole"),
    ],
)
def test_invalid_arguments_raise_an_error(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_a_polygon_that_crosses_itself_is_repaired(caplog):
    with caplog.at_level(logging.WARNING):
        region = Region(shapely.Polygon([(114, 36), (118, 40), (118, 36), (114, 40)]), "bow tie")
    assert "bow tie: the polygon is repaired (Self-intersection" in caplog.text
    assert region.contains([114.5, 117.5, 116], [38, 38, 36.5]).tolist() == [True, True, False]


def test_across_the_antimeridian():
    beyond = Region(shapely.box(170, -10, 190, 10))
    cut = Region(shapely.MultiPolygon([shapely.box(170, -10, 180, 10), shapely.box(-180, -10, -170, 10)]))
    for region in (beyond, cut, Region.box(170, -10, -170, 10), Region.box(170, -10, 190, 10)):
        assert (
            region.contains([175, -175, 185, 180, -180, 0, 169, 191], np.zeros(8)).tolist() == [True] * 5 + [False] * 3
        )
        assert region.polygon.bounds == (-180, -10, 180, 10)
        assert region.polygon.area == pytest.approx(400)
    # A point on the antimeridian has two longitudes, and a region on one side of it only holds both.
    assert Region.box(170, -10, 180, 10).contains([180, -180], [0, 0]).all()


def test_poles():
    cap = Region.box(-180, 80, 180, 90)
    assert cap.contains([0, 77, -180, 10], [85, 90, 80, 79]).tolist() == [True, True, True, False]
    world = np.arange(-180, 181), np.zeros(361)
    for box in (Region.box(-180, -90, 180, 90), Region.box(0, -90, 360, 90), Region.box(-10, -90, 355, 90)):
        assert box.contains(*world).all()
    assert Region.box(0, -90, 350, 90).contains(*world).sum() == 352
    assert Region.box(0, 80, 10, 90).contains(99, 90), "a pole has every longitude"
    with pytest.raises(InputError, match="reaches a pole"):
        cap.buffer(1)


@pytest.mark.skipif(shapely.geos_version < (3, 12), reason="buffers of GEOS 3.11 have rare holes")
@given(stars(), st.floats(1, 500), st.integers(0, 2**32 - 1))
@example(shapely.Polygon([(183.5, 5e-324), (180.5, 0.866), (179.5, -2.598)]), 1.0, 0)
def test_buffer_is_what_great_circles_say(polygon, km, seed):
    rng, region = np.random.default_rng(seed), Region(polygon)
    outline = shapely.get_coordinates(shapely.segmentize(polygon, 0.01))
    start = outline[rng.integers(len(outline), size=30)]
    probe = np.stack(moved(start, km * rng.choice([0.3, 0.99, 1.002, 1.3], 30), rng.uniform(0, 2 * np.pi, 30)), axis=1)
    wider = region.buffer(km)
    inside = wider.contains(*probe.T)
    assert inside[region.contains(*probe.T)].all()
    away = haversine_km(torch.from_numpy(outline), torch.from_numpy(probe)).min(axis=1)
    away[region.contains(*probe.T)] = 0
    # The outline is sampled each kilometer or so, which makes the distance a little too long.
    sampled = np.hypot(away, 0.6) - away
    assert not inside[away - sampled > 1.0005 * km + 0.005].any()
    assert inside[away < 0.9995 * km - 0.005].all()


@given(stars(), st.floats(0.1, 1000))
@example(shapely.Polygon([(180, 1), (179.25, 1.433), (179, 0.134)]), 180.0)
def test_buffer_contains_the_region(polygon, km):
    region = Region(polygon)
    wider = region.buffer(km)
    assert wider.polygon.is_valid
    # Up to rounding at 180 degrees, where the oldest GEOS cuts 1e-15 square degrees off.
    assert shapely.buffer(wider.polygon, 1e-9).covers(region.polygon)
    assert wider.contains(*shapely.get_coordinates(region.polygon).T).all()


def test_buffer_of_a_box_on_the_equator():
    wider = Region.box(0, -1, 2, 1).buffer(EARTH_RADIUS_KM * np.pi / 180)
    degree = 1 / np.cos(np.radians(1))  # of longitude, at the corners
    assert wider.polygon.bounds == pytest.approx((-degree, -2, 2 + degree, 2), rel=1e-6)
    assert wider.name == "box and 111.195 km around"
    assert not wider.contains(-0.9, -1.9), "corners are round"


def test_buffer_closes_holes_and_crosses_the_antimeridian():
    ring = Region(shapely.box(110, 30, 114, 34) - shapely.box(111.9, 31.9, 112.1, 32.1))
    assert not ring.contains(112, 32)
    assert ring.buffer(20).contains(112, 32)
    wider = Region.box(170, -10, 179.9, 10).buffer(50)
    assert wider.contains([-179.7, 180, -179.5], [0, 0, 0]).tolist() == [True, True, False]


@given(st.lists(st.tuples(degrees(-80, 80), degrees(-89, 89)), min_size=1, max_size=20), degrees(-180, 180))
@example([(0.0, 0.0), (0.001, 0.0), (-37.121, 65.533)], 31.999)  # too thin for a buffer with GEOS 3.11
def test_a_hull_holds_its_points(points, turn):
    longitude, latitude = np.array(points).T
    longitude = (longitude + turn + 180) % 360 - 180
    hull = Region.hull(longitude, latitude)
    assert hull.contains(longitude, latitude).all()
    # Without its margin of rounding it is the smallest convex one.
    flat = shapely.convex_hull(shapely.multipoints(np.stack([unwrap_longitude(longitude), latitude], axis=1)))
    assert hull.polygon.area == pytest.approx(flat.area, rel=1e-5, abs=1e-5)


def test_hulls_of_few_points_can_be_buffered():
    assert Region.hull([116], [40]).buffer(100).contains([116, 116, 116], [40, 40.89, 40.91]).tolist() == [1, 1, 0]
    assert Region.hull([116, 118], [40, 40]).buffer(50).contains([117, 117], [40.4, 40.5]).tolist() == [1, 0]
    assert Region.hull([0, 10, 5], [90, 80, 80]).contains(5, 90)


def test_the_mask_of_a_grid_matches_its_positions():
    region, grid = Region(TRIANGLE), Grid(np.arange(113, 120.0), np.arange(35, 42.0, 0.5))
    mask = region.mask(grid)
    assert mask.shape == (14, 7)
    np.testing.assert_array_equal(mask.ravel(), region.contains(*grid.pos.T))
    assert 0 < mask.sum() < mask.size


def test_stations_and_hold_out():
    data = random_station_data(stations=30)
    region = Region.box(112, 35, 117, 39)
    inside = region.stations(data)
    assert 0 < inside.sizes["station"] < 30
    assert ((inside.longitude >= 112) & (inside.longitude <= 117) & (inside.latitude >= 35)).all()
    outside, held = region.hold_out(data)
    assert held == tuple(sorted(inside.station.values))
    assert sorted(outside + held) == sorted(data.station.values)
    assert outside == tuple(sorted(outside))


def test_regions_that_hold_nothing_or_all():
    data = random_station_data()
    with pytest.raises(InputError, match=r"Nowhere: none of 12 stations is inside; check the region"):
        Region.box(0, 0, 10, 10, name="Nowhere").stations(data)
    with pytest.raises(InputError, match="none of 12 stations"):
        Region.box(0, 0, 10, 10).hold_out(data)
    with pytest.raises(InputError, match="all 12 stations are inside"):
        Region.box(100, 20, 130, 50).hold_out(data)
    europe = data.assign_coords(longitude=data.longitude - 105, latitude=data.latitude + 10)
    with pytest.raises(InputError, match="swapped"):
        Region.box(40, 4, 52, 16).stations(europe)


def test_a_region_survives_pickling():
    region = Region(TRIANGLE)
    region.contains(116, 37)
    again = pickle.loads(pickle.dumps(region))
    assert again.contains(116, 37)
    assert repr(again) == repr(region)
