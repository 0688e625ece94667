"""Transforms over windows: hide, connect, measure."""

import pickle

import pytest
import shapely
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data.datapipes.datapipe import IterDataPipe
from torch_geometric.data import Batch, Data
from torch_geometric.transforms import BaseTransform

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import (
    AddEdgeFeatures,
    Bearing,
    ConnectNeighbors,
    ConnectRadius,
    Distance,
    ElevationDifference,
    GaussianWeight,
    HideBlockedStations,
    HideRandomStations,
    HideRegionStations,
    HideStations,
    Region,
    WindAlignment,
    great_circle_distance,
    hide,
    knn_edges,
    radius_edges,
)
from aqnet_pyg.testing import networks

HOLE = shapely.Polygon([(111, 35.5), (114.1, 35.7), (114, 39), (111, 39)], [[(112, 37), (113, 37), (112.5, 38)]])
TRANSFORMS = [
    (HideStations([3, 1, 1]), "hide_stations", "HideStations([1, 3])"),
    (
        HideRandomStations(0.3, 50.0, 0.1),
        "hide_random_stations",
        "HideRandomStations(fraction=0.3, radius_km=50.0, region_probability=0.1)",
    ),
    (HideBlockedStations(0.4, 80.0), "hide_blocked_stations", "HideBlockedStations(fraction=0.4, block_km=80.0)"),
    (
        HideRegionStations(shapely.box(111, 35.5, 114, 39)),
        "hide_region_stations",
        "HideRegionStations(Region.from_wkt('POLYGON ((114 35.5, 114 39, 111 39, 111 35.5, 114 35.5))', 'region'))",
    ),
    (ConnectNeighbors(k=8), "connect_neighbors", "ConnectNeighbors(k=8)"),
    (ConnectNeighbors(8, "scipy"), "connect_neighbors", "ConnectNeighbors(k=8, kernel='scipy')"),
    (ConnectRadius(90.0), "connect_radius", "ConnectRadius(radius_km=90.0)"),
    (
        ConnectRadius(90.0, 5, "scipy"),
        "connect_radius",
        "ConnectRadius(radius_km=90.0, max_neighbors=5, kernel='scipy')",
    ),
    (AddEdgeFeatures(), "add_edge_features", "AddEdgeFeatures([Distance(), Bearing()])"),
    (
        AddEdgeFeatures([GaussianWeight(20.0), Bearing()]),
        "add_edge_features",
        "AddEdgeFeatures([GaussianWeight(length_km=20.0), Bearing()])",
    ),
]


def window(stations=20, pos=None):
    torch.manual_seed(0)
    if pos is None:
        pos = torch.rand(stations, 2, dtype=torch.float64) * 5 + torch.tensor([110.0, 35.0])
    return Data(
        x=torch.rand(len(pos), 6, 2) + 1,
        x_mask=torch.ones(len(pos), 6, 2, dtype=torch.bool),
        visible=torch.ones(len(pos), dtype=torch.bool),
        pos=pos,
    )


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one.keys())  # noqa: SIM118


def transformed(transform, seed=1):
    data = ConnectNeighbors(3)(window())
    torch.manual_seed(seed)
    return transform(data)


@pytest.mark.parametrize(("transform", "name", "text"), TRANSFORMS, ids=[text for *_, text in TRANSFORMS])
class TestEveryTransform:
    def test_repr_is_exact(self, transform, name, text):
        assert repr(transform) == text

    def test_what_its_repr_says_does_the_same(self, transform, name, text):
        assert repr(eval(text)) == text
        assert same(transformed(eval(text)), transformed(transform))

    def test_it_can_be_pickled(self, transform, name, text):
        assert same(transformed(pickle.loads(pickle.dumps(transform))), transformed(transform))

    def test_functional_name(self, transform, name, text):
        assert name in IterDataPipe.functions
        assert isinstance(transform, BaseTransform)

    def test_the_data_given_are_not_changed(self, transform, name, text):
        data = ConnectNeighbors(3)(window())
        before = data.clone()
        transform(data)
        assert same(data, before)


def test_a_region_with_a_hole_is_written_down_to_the_last_digit():
    transform = HideRegionStations(shapely.transform(HOLE, lambda points: points + 1 / 3))
    again = eval(repr(transform))
    assert shapely.equals_exact(again.region.polygon, transform.region.polygon, 0.0)
    assert repr(again) == repr(transform)


def test_hidden_stations_keep_nothing():
    data = hide(window(), torch.arange(20) < 5)
    assert (data.x[:5] == 0).all()
    assert not data.x_mask[:5].any()
    assert (data.x[5:] > 0).all()
    assert data.visible.tolist() == [False] * 5 + [True] * 15


def test_a_graph_needs_no_more_than_positions():
    data = HideStations([0])(Data(pos=torch.rand(6, 2)))
    assert data.visible.tolist() == [False] + [True] * 5
    data = ConnectNeighbors(2)(Data(pos=torch.rand(6, 2), x=torch.rand(6, 3)))
    assert data.edge_index.shape == (2, 12)
    assert (HideStations([0])(data).x[0] == 0).all()


@pytest.mark.parametrize("stations", [[1, 4], torch.tensor([4, 1, 1]), torch.arange(20) % 20 == 1])
def test_given_stations_are_hidden(stations):
    data = HideStations(stations)(window())
    assert (~data.visible).nonzero().flatten().tolist() == ([1] if len(stations) == 20 else [1, 4])
    assert (data.x[1] == 0).all()


def test_stations_that_are_not_there_are_refused():
    with pytest.raises(InputError, match="stations: -1"):
        HideStations([-1])
    with pytest.raises(InputError, match="stations: 20 was given, but there are 20"):
        HideStations([20])(window())


def test_random_hiding_leaves_two_and_differs_between_draws():
    hiding = HideRandomStations(fraction=0.9, radius_km=200.0, region_probability=1.0)
    counts, template = set(), window()
    for _ in range(30):
        data = hiding(template.clone())
        counts.add(int(data.visible.sum()))
        assert data.visible.sum() >= 2
    assert len(counts) > 3


@given(networks(max_size=20), st.floats(0, 0.99), st.sampled_from([1.0, 100.0, 5000.0]), st.integers(0, 2**16))
def test_blocks_hide_at_most_the_fraction_and_leave_two(network, fraction, block_km, seed):
    pos, visible = network
    before = hide(window(pos=pos), ~visible)
    torch.manual_seed(seed)
    data = HideBlockedStations(fraction, block_km)(before.clone())
    shown = int(visible.sum())
    gone = before.visible & ~data.visible
    assert not (data.visible & ~visible).any()
    assert gone.sum() <= max(0, min(fraction * shown, shown - 2))
    assert not data.x_mask[~data.visible].any()


@given(st.integers(0, 2**16))
def test_a_block_is_hidden_whole(seed):
    """Towns of stations a few kilometers across, far apart: a shifted block may cut one, but seldom all."""
    centers = torch.tensor([[110.0, 30.0], [114.0, 35.0], [118.0, 40.0], [122.0, 30.0], [126.0, 45.0], [130.0, 20.0]])
    pos = centers.repeat_interleave(8, 0).double() + torch.rand(48, 2, dtype=torch.float64) * 1e-3
    torch.manual_seed(seed)
    data = HideBlockedStations(0.5, 150.0)(window(pos=pos))
    shown = data.visible.view(6, 8).sum(dim=1)
    assert ((shown == 0) | (shown == 8)).sum() >= 5
    assert (shown == 0).sum() >= 2


def test_blocks_are_drawn_anew_but_the_same_for_a_seed():
    hiding, template, seen = HideBlockedStations(0.5, 150.0), window(60), set()
    for seed in [*range(8), *range(8)]:
        torch.manual_seed(seed)
        seen.add(tuple(hiding(template.clone()).visible.tolist()))
    assert 3 < len(seen) <= 8


def test_blocks_are_the_same_places_after_a_full_turn():
    hidden = []
    for turn in (0.0, 360.0, -360.0):
        data = window(60)
        data.pos = data.pos + torch.tensor([turn, 0.0])
        torch.manual_seed(0)
        hidden.append(HideBlockedStations(0.5, 150.0)(data).visible)
    assert torch.equal(hidden[0], hidden[1])
    assert torch.equal(hidden[0], hidden[2])


@pytest.mark.parametrize("turn", [0.0, 360.0, -360.0])
def test_a_region_is_hidden(turn):
    data = window(200)
    longitude, latitude = data.pos.T
    inside = torch.from_numpy(shapely.contains_xy(HOLE, longitude.numpy(), latitude.numpy()))
    assert 0 < inside.sum() < 200
    data.pos = data.pos + torch.tensor([turn, 0.0])
    assert torch.equal(HideRegionStations(HOLE)(data).visible, ~inside)
    assert torch.equal(HideRegionStations(Region(HOLE))(data).visible, ~inside)


def test_a_region_across_the_antimeridian_is_hidden():
    data = window(pos=torch.tensor([[179.0, 0.0], [-179.0, 0.0], [0.0, 0.0], [181.5, 1.0]]))
    assert HideRegionStations(shapely.box(178, -5, 182, 5))(data).visible.tolist() == [False, False, True, False]


def test_edges_and_features_follow_visibility():
    data = hide(window(), torch.arange(20) < 5)
    data = AddEdgeFeatures([Distance()])(ConnectNeighbors(4)(data))
    assert (data.edge_index[0] >= 5).all()
    assert data.edge_attr.shape == (80, 1)
    assert data.edge_attr.dtype == torch.float32


def test_all_within_a_radius_are_connected():
    data = hide(window(), torch.arange(20) < 5)
    expected = radius_edges(data.pos, 150.0, visible=data.visible)
    assert torch.equal(ConnectRadius(150.0)(data).edge_index, expected)
    source, target = expected
    assert (great_circle_distance(data.pos[source], data.pos[target]) <= 150).all()


def test_a_batch_is_connected_graph_by_graph():
    one, other = window(), hide(window(), torch.arange(20) < 5)
    batch = Batch.from_data_list([one, other])
    expected = torch.cat([knn_edges(one.pos, 3), knn_edges(other.pos, 3, visible=other.visible) + 20], dim=1)
    assert torch.equal(ConnectNeighbors(3)(batch).edge_index, expected)
    expected = torch.cat([radius_edges(one.pos, 99.0), radius_edges(one.pos, 99.0, visible=other.visible) + 20], dim=1)
    assert torch.equal(ConnectRadius(99.0)(batch).edge_index, expected)


def test_features_find_in_the_data_what_they_need():
    data = ConnectNeighbors(3)(window())
    data.elevation, data.wind = torch.rand(20) * 1000, torch.rand(20, 2)
    assert AddEdgeFeatures([ElevationDifference(), WindAlignment()])(data).edge_attr.shape == (60, 2)
    with pytest.raises(InputError, match="wind"):
        AddEdgeFeatures([WindAlignment()])(ConnectNeighbors(3)(window()))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HideRandomStations(fraction=1.0), "fraction: 1.0"),
        (lambda: HideBlockedStations(fraction=-0.1), "fraction: -0.1"),
        (lambda: HideBlockedStations(block_km=0.0), "block_km: 0.0"),
        (lambda: HideRegionStations(shapely.Point(1, 2)), "a Point without an area"),
    ],
)
def test_parameters_out_of_range_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()
