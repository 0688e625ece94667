"""Transforms on windows: exact representations, edges and edge features."""

import pickle

import pytest
import shapely
import torch
from torch.utils.data.datapipes.datapipe import IterDataPipe
from torch_geometric.data import Batch, Data
from torch_geometric.transforms import BaseTransform

import aqnet_pyg.graph
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
    WindAlignment,
    great_circle_distance,
    hide,
    knn_edges,
    radius_edges,
)

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

    def test_its_repr_restores_it(self, transform, name, text):
        names = {name: getattr(aqnet_pyg.graph, name) for name in aqnet_pyg.graph.__all__}
        assert repr(eval(text, names)) == text
        assert same(transformed(eval(text, names)), transformed(transform))

    def test_it_can_be_pickled(self, transform, name, text):
        assert same(transformed(pickle.loads(pickle.dumps(transform))), transformed(transform))

    def test_functional_name(self, transform, name, text):
        assert name in IterDataPipe.functions
        assert isinstance(transform, BaseTransform)

    def test_the_input_is_not_modified(self, transform, name, text):
        data = ConnectNeighbors(3)(window())
        before = data.clone()
        transform(data)
        assert same(data, before)


def test_positions_are_sufficient():
    data = HideStations([0])(Data(pos=torch.rand(6, 2)))
    assert data.visible.tolist() == [False] + [True] * 5
    data = ConnectNeighbors(2)(Data(pos=torch.rand(6, 2), x=torch.rand(6, 3)))
    assert data.edge_index.shape == (2, 12)
    assert (HideStations([0])(data).x[0] == 0).all()


def test_edges_and_features_follow_visibility():
    data = hide(window(), torch.arange(20) < 5)
    data = AddEdgeFeatures([Distance()])(ConnectNeighbors(4)(data))
    assert (data.edge_index[0] >= 5).all()
    assert data.edge_attr.shape == (80, 1)
    assert data.edge_attr.dtype == torch.float32


def test_stations_within_a_radius_are_connected():
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


def test_features_read_attributes_from_the_data():
    data = ConnectNeighbors(3)(window())
    data.elevation, data.wind = torch.rand(20) * 1000, torch.rand(20, 2)
    assert AddEdgeFeatures([ElevationDifference(), WindAlignment()])(data).edge_attr.shape == (60, 2)
    with pytest.raises(InputError, match="wind"):
        AddEdgeFeatures([WindAlignment()])(ConnectNeighbors(3)(window()))
