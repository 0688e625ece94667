"""Crossings of great circles and lines, against formulae for meridians and against the inside of polygons."""

import pickle

import numpy as np
import pytest
import shapely
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.barriers import Barrier, Crossings, count_crossings, knn_edges_uncrossed, remove_crossing_edges
from aqnet_pyg.graph.edges import Edges
from aqnet_pyg.graph.neighbors import knn_edges
from aqnet_pyg.graph.regions import Region
from aqnet_pyg.testing import haversine_km, networks

RIDGE = Barrier(shapely.LineString([(114, 34), (114, 37.5)]), "ridge")
# West of the ridge, east of it, beyond its northern end.
POS = torch.tensor([[113.0, 36.0], [115.0, 36.0], [113.0, 40.0], [115.0, 40.0]])


def counted(barrier, *ends):
    """Lines met by an edge between each pair of points."""
    pos = torch.tensor(ends, dtype=torch.float64).reshape(-1, 2)
    edge_index = torch.arange(len(pos)).reshape(-1, 2).T
    return count_crossings(edge_index, pos, pos, barrier).tolist()


def test_a_ridge_is_crossed_where_it_lies():
    edges = torch.tensor([[a, b] for a in range(4) for b in range(4) if a != b]).T
    met = count_crossings(edges, POS, POS, RIDGE)
    assert met.dtype == torch.long
    assert edges.T[met == 1].tolist() == [[0, 1], [1, 0]]
    assert met.sum() == 2


def test_touching_is_crossing():
    assert counted(RIDGE, [(114, 36), (115, 36)], [(115, 36), (114, 36)], [(114, 36), (114, 36)]) == [1, 1, 1]
    assert counted(RIDGE, [(114.001, 36), (115, 36)], [(114.001, 36), (114.001, 36)]) == [0, 0]


def test_each_line_counts_once():
    zigzag = shapely.LineString([(114, 34), (116, 35), (114, 36), (116, 37)])
    broken = shapely.MultiLineString([[(113, 34), (113, 35.4)], [(113, 35.4), (113, 38)], [(113.5, 34), (113.5, 38)]])
    edge = [(112, 35.4), (118, 35.4)]
    assert counted(Barrier([zigzag]), edge) == [1]
    assert counted(Barrier([zigzag, broken]), edge) == [2]
    assert counted(
        Barrier(shapely.box(113, 35, 117, 36)), edge, [(115, 35.5), (118, 35.5)], [(114, 35.5), (116, 35.5)]
    ) == [
        *(1, 1, 0),
    ]
    assert Barrier([zigzag, broken]).size == 2


def test_edges_are_great_circles():
    # From 0 to 60 degrees east along 60 degrees north, a great circle passes the middle at 63.43 degrees.
    edge = [(0, 60), (60, 60)]
    assert counted(Barrier(shapely.LineString([(30, 59), (30, 62)])), edge) == [0]
    assert counted(Barrier(shapely.LineString([(30, 63), (30, 64)])), edge) == [1]


def test_across_the_antimeridian_and_turned_longitudes():
    edges = [(179, 0), (-179, 0)], [(179, 0), (181, 0)], [(539, 0), (-179, 0)], [(178, 0), (179, 0)]
    for line in (
        [(180, -1), (180, 1)],
        [(-180, -1), (-180, 1)],
        [(179.5, -1), (180.5, 1)],
        [(170, 0.001), (190, -0.001)],
    ):
        assert counted(Barrier(shapely.LineString(line)), *edges) == [1, 1, 1, 0], line
    line = Barrier(shapely.LineString([(181, -1), (181, 1)]))
    assert counted(line, [(-179.5, 0), (-178, 0)], [(179, 0), (-178, 0)], [(182, 0), (179, 0)]) == [1, 1, 1]


@given(
    st.lists(st.tuples(st.floats(-75, 75), st.floats(-75, 75), st.floats(1, 170), st.floats(0.01, 0.99)), min_size=1),
    st.floats(-180, 180),
    st.floats(-70, 60),
    st.floats(1, 20),
)
def test_a_meridian_is_crossed_where_its_formula_gives(edges, longitude, south, length):
    start, end, width, share = np.array(edges).T
    north, west = south + length, longitude - share * width
    # Latitude where a great circle meets a meridian, from tan(latitude) being a sum of sines along it.
    before, after = np.sin(np.radians(share * width)), np.sin(np.radians((1 - share) * width))
    rise = np.tan(np.radians(start)) * after + np.tan(np.radians(end)) * before
    latitude = np.degrees(np.arctan(rise / np.sin(np.radians(width))))
    met = counted(
        Barrier(shapely.LineString([(longitude, south), (longitude, north)])),
        *np.stack([west, start, west + width, end], axis=1).reshape(-1, 2, 2).tolist(),
    )
    # Steps of an edge are straight in degrees, which is wrong by some hundred meters far north.
    clear = (np.abs(latitude - south) > 0.01) & (np.abs(latitude - north) > 0.01) & (np.abs(latitude) < 85)
    np.testing.assert_array_equal(np.array(met)[clear], ((latitude > south) & (latitude < north))[clear])


@st.composite
def fences(draw):
    """A closed line around a center, and points about it."""
    longitude, latitude = draw(st.sampled_from([116.0, 179.5, -179.5])), draw(st.sampled_from([-50.0, 0.0, 36.0]))
    radii = np.array(draw(st.lists(st.floats(0.3, 4.0), min_size=3, max_size=8)))
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    corners = np.stack([longitude + radii * np.cos(angles), latitude + radii * np.sin(angles)], axis=1)
    corners[:, 0] += 360 * (corners[:, 0] < -180).any()
    polygon = shapely.Polygon(corners)
    assume(polygon.area > 1e-2)
    offsets = draw(st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=2, max_size=8))
    pos = torch.tensor(offsets, dtype=torch.float64) + torch.tensor([longitude, latitude])
    return polygon, pos


def every_edge(stations):
    return torch.cartesian_prod(torch.arange(stations), torch.arange(stations)).T


@given(fences())
def test_every_edge_out_of_a_closed_line_crosses_it(fence):
    polygon, pos = fence
    edges, inside = every_edge(len(pos)), torch.from_numpy(Region(polygon).contains(*pos.numpy().T))
    met = count_crossings(edges, pos, pos, Barrier(polygon))
    assert (met[inside[edges[0]] != inside[edges[1]]] == 1).all()
    assert torch.equal(met, count_crossings(edges.flip(0), pos, pos, Barrier(polygon.exterior)))
    turned = pos + torch.tensor([360.0, 0.0])
    assert torch.equal(met, count_crossings(edges, turned, pos, Barrier(polygon)))


@given(fences(), st.integers(1, 6), st.integers(0, 255))
def test_uncrossed_neighbors_are_the_nearest_reachable_stations(fence, k, hidden):
    polygon, pos = fence
    barrier, stations = Barrier(polygon), len(pos)
    visible = torch.tensor([not hidden >> station & 1 for station in range(stations)])
    edges = every_edge(stations)
    reached = (count_crossings(edges, pos, pos, barrier) == 0) & visible[edges[0]] & (edges[0] != edges[1])
    # The order of all neighbors is that of knn_edges, which has tests of its own.
    order = knn_edges(pos, stations, visible=visible)
    free = {tuple(edge) for edge in edges.T[reached].tolist()}
    expected = []
    for target in range(stations):
        expected += [edge for edge in order.T.tolist() if edge[1] == target and tuple(edge) in free][:k]
    found = knn_edges_uncrossed(pos, k, barrier, visible=visible)
    assert found.T.tolist() == expected
    cells = pos + 0.1
    found = knn_edges_uncrossed(pos, k, barrier, visible=visible, pos_dst=cells)
    assert (count_crossings(found, pos, cells, barrier) == 0).all()
    reached = (count_crossings(edges, pos, cells, barrier) == 0) & visible[edges[0]]
    expected = torch.bincount(edges[1][reached], minlength=stations).clamp(max=k)
    assert torch.equal(torch.bincount(found[1], minlength=stations), expected)
    km = haversine_km(pos, cells)
    for target in range(stations):
        chosen = found[0, found[1] == target]
        others = [i for i in edges[0][reached & (edges[1] == target)].tolist() if i not in chosen]
        if len(chosen) and others:
            assert km[target, chosen].max() <= km[target, others].min() + 1e-5


@given(networks(kind="antimeridian"), st.integers(1, 4))
def test_without_crossings_nothing_changes(network, k):
    pos, visible = network
    edges = knn_edges(pos, k, visible=visible)
    assert torch.equal(remove_crossing_edges(edges, pos, pos, RIDGE), edges)
    assert torch.equal(knn_edges_uncrossed(pos, k, RIDGE, visible=visible), edges)


def test_removal_leaves_fewer_neighbors_and_rebuilding_does_not():
    rng = np.random.default_rng(0)
    pos = torch.from_numpy(rng.uniform([112, 33], [116, 39], (60, 2)))
    edges = knn_edges(pos, 6)
    met = count_crossings(edges, pos, pos, RIDGE)
    kept = remove_crossing_edges(edges, pos, pos, RIDGE)
    assert torch.equal(kept, edges[:, met == 0])
    assert torch.bincount(kept[1], minlength=60).min() < 6
    assert (torch.bincount(knn_edges_uncrossed(pos, 6, RIDGE)[1], minlength=60) == 6).all()


def test_crossings_are_an_edge_feature():
    feature = Crossings(
        Barrier([shapely.LineString([(114, 34), (114, 38)]), shapely.LineString([(114.5, 34), (114.5, 38)])])
    )
    values = feature(Edges(torch.tensor([[0, 0], [1, 2]]), POS, POS))
    assert values.dtype == torch.float32
    assert values.tolist() == [[2.0], [0.0]]
    assert feature.dim == 1
    assert repr(Crossings(RIDGE)) == "Crossings(barrier=Barrier('ridge', lines=1))"
    again = pickle.loads(pickle.dumps(feature))
    assert torch.equal(again(Edges(torch.tensor([[0, 0], [1, 2]]), POS, POS)), values)


def test_geojson():
    line = {"type": "LineString", "coordinates": [[114, 34], [114, 38]]}
    content = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"name": name}, "geometry": line} for name in ("one", "two")],
    }
    assert Barrier.from_geojson(content).size == 2
    assert Barrier.from_geojson(content, name="one").size == 1
    assert counted(Barrier.from_geojson(line), [(113, 36), (115, 36)]) == [1]


def test_no_edges():
    assert count_crossings(torch.empty(2, 0, dtype=torch.long), POS, POS, RIDGE).shape == (0,)
    assert knn_edges_uncrossed(POS[:1], 2, RIDGE).shape == (2, 0)
    assert knn_edges_uncrossed(POS[:0], 2, RIDGE).shape == (2, 0)
    assert knn_edges_uncrossed(POS, 2, RIDGE, visible=torch.zeros(4, dtype=torch.bool)).shape == (2, 0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Barrier([]), "without a length"),
        (lambda: Barrier(shapely.Point(116, 40)), "without a length"),
        (lambda: Barrier([shapely.LineString([(114, 34), (114, 38)]), shapely.Point(116, 40)]), "without a length"),
        (lambda: Barrier(shapely.LineString([(34, 114), (38, 114)])), "swapped"),
        (lambda: Barrier(shapely.LineString([(170, 0), (-170, 0)]), "coast"), "coast: an edge goes from longitude 170"),
        (lambda: counted(RIDGE, [(0, 0), (180, 0)]), "edge 0 connects antipodes"),
        (lambda: counted(RIDGE, [(36, 114), (36, 114)]), "row 0"),
        (lambda: knn_edges_uncrossed(POS, 0, RIDGE), "k: got 0"),
    ],
)  # fmt: skip
def test_invalid_arguments_raise_an_error(make, message):
    with pytest.raises(InputError, match=message):
        make()
