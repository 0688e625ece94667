"""To networkx and back, and through files that other programs read."""

import json

import networkx as nx
import numpy as np
import pytest
import shapely
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_geometric.data import Data

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.neighbors import knn_edges
from aqnet_pyg.graph.networkx_graphs import from_networkx, to_networkx, write_geojson, write_graphml
from aqnet_pyg.testing import haversine_km, networks

POS = torch.tensor([[116.0, 40.0], [117.0, 40.0], [116.0, 41.0]], dtype=torch.float64)
EDGES = torch.tensor([[1, 0, 2], [0, 1, 0]])
CODES = ["A", "B", "C"]


@st.composite
def graphs(draw):
    """Stations, edges in any order, features, and attributes of all kinds."""
    pos, visible = draw(networks(min_size=1))
    edge_index = knn_edges(pos, draw(st.integers(1, 4)), visible=visible)
    random = torch.Generator().manual_seed(draw(st.integers(0, 1000)))
    edge_index = edge_index[:, torch.randperm(edge_index.size(1), generator=random)]
    text = st.text(st.characters(categories=("L", "N", "P", "Z")), max_size=5)
    extra = {
        "visible": visible,
        "elevation": torch.tensor(
            draw(st.lists(st.floats(-100, 5000), min_size=len(pos), max_size=len(pos))), dtype=torch.float64
        ),
        "year": torch.tensor(draw(st.lists(st.integers(1990, 2030), min_size=len(pos), max_size=len(pos)))),
        "city": draw(st.lists(text, min_size=len(pos), max_size=len(pos))),
    }
    codes = draw(st.none() | st.lists(text.filter(bool), min_size=len(pos), max_size=len(pos), unique=True))
    features = draw(st.none() | st.integers(1, 12))
    edge_attr = None if features is None else torch.randn(edge_index.size(1), features, generator=random)
    return edge_index, pos, codes, edge_attr, extra


def same(data, edge_index, pos, codes, edge_attr, extra):
    assert torch.equal(data.pos, pos)
    assert torch.equal(data.edge_index, edge_index)
    if edge_attr is None or not len(edge_attr):
        assert "edge_attr" not in data
    else:
        assert data.edge_attr.dtype == torch.float32
        assert torch.equal(data.edge_attr, edge_attr)
    assert data.get("codes") == codes
    for name, values in extra.items():
        if isinstance(values, torch.Tensor):
            assert data[name].dtype == values.dtype
            assert torch.equal(data[name], values)
        else:
            assert data[name] == values


@given(graphs())
def test_there_and_back_is_the_identity(network):
    *graph, extra = network
    same(from_networkx(to_networkx(*graph, **extra)), *graph, extra)


@given(graphs())
def test_graphml_is_read_again_by_networkx(tmp_path_factory, network):
    edge_index, pos, codes, edge_attr, extra = network
    path = tmp_path_factory.mktemp("graph") / "graph.graphml"
    write_graphml(to_networkx(edge_index, pos, codes, edge_attr, **extra), path)
    # Nodes are text in a file.
    codes = codes or [str(number) for number in range(len(pos))]
    same(from_networkx(nx.read_graphml(path)), edge_index, pos, codes, edge_attr, extra)
    assert [each.name for each in path.parent.iterdir()] == ["graph.graphml"]


def test_nodes_and_edges_have_attributes():
    graph = to_networkx(
        EDGES, POS, CODES, torch.tensor([[1.0, 0.5], [2.0, 0.0], [3.0, 0.25]]), visible=[True, True, False]
    )
    assert isinstance(graph, nx.DiGraph)
    assert dict(graph.nodes["C"]) == {"longitude": 116.0, "latitude": 41.0, "visible": False}
    assert list(graph.edges) == [("A", "B"), ("B", "A"), ("C", "A")]
    assert graph.edges["C", "A"]["km"] == pytest.approx(haversine_km(POS)[0, 2])
    assert graph.edges["B", "A"]["feature_0"] == 1.0
    assert list(to_networkx(EDGES, POS)) == [0, 1, 2]
    assert nx.is_weakly_connected(graph)


def test_from_any_networkx_graph():
    graph = nx.Graph()
    graph.add_node("x", longitude=1, latitude=2, rank=3)
    graph.add_node("y", longitude=1.5, latitude=2.5, rank=4.5)
    graph.add_edge("x", "y", weight=2)
    data = from_networkx(graph)
    assert isinstance(data, Data)
    assert data.edge_index.tolist() == [[0, 1], [1, 0]]
    assert data.pos.tolist() == [[1, 2], [1.5, 2.5]]
    assert data.codes == ["x", "y"]
    assert data["rank"].tolist() == [3.0, 4.5]
    assert "edge_attr" not in data
    empty = from_networkx(nx.DiGraph())
    assert empty.pos.shape == (0, 2)
    assert empty.edge_index.shape == (2, 0)


def test_geojson_is_points_and_lines(tmp_path):
    pos = torch.tensor([[116.0, 40.0], [117.0, 40.0], [179.0, 0.0], [181.0, 1.0], [539.0, 2.0]], dtype=torch.float64)
    edges = torch.tensor([[0, 2, 3, 2], [1, 3, 2, 4]])
    path = tmp_path / "graph.geojson"
    write_geojson(to_networkx(edges, pos, ["A", "B", "甲", "D", "E"], elevation=[1.0, np.nan, 2.0, 3.0, 4.0]), path)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["type"] == "FeatureCollection"
    points = [feature for feature in content["features"] if feature["geometry"]["type"] == "Point"]
    assert [feature["properties"] for feature in points[:3]] == [
        {"station": "A", "elevation": 1.0}, {"station": "B", "elevation": None}, {"station": "甲", "elevation": 2.0},
    ]  # fmt: skip
    lines = {(f["properties"]["source"], f["properties"]["target"]): f for f in content["features"][5:]}
    assert set(lines) == {("A", "B"), ("甲", "D"), ("D", "甲"), ("甲", "E")}
    assert lines["A", "B"]["properties"]["km"] == pytest.approx(haversine_km(pos)[0, 1])
    assert lines["A", "B"]["geometry"] == {"type": "LineString", "coordinates": [[116.0, 40.0], [117.0, 40.0]]}
    assert lines["甲", "D"]["geometry"] == {
        "type": "MultiLineString",
        "coordinates": [[[179.0, 0.0], [180.0, 0.5]], [[-180.0, 0.5], [-179.0, 1.0]]],
    }
    assert lines["D", "甲"]["geometry"]["coordinates"] == [[[-179.0, 1.0], [-180.0, 0.5]], [[180.0, 0.5], [179.0, 0.0]]]
    assert lines["甲", "E"]["geometry"]["type"] == "LineString"


@given(networks())
def test_geojson_keeps_places_and_stays_on_the_map(tmp_path_factory, network):
    pos, visible = network
    edges = knn_edges(pos, 3, visible=visible)
    path = tmp_path_factory.mktemp("graph") / "graph.geojson"
    write_geojson(to_networkx(edges, pos), path)
    shapes = shapely.from_geojson([json.dumps(f["geometry"]) for f in json.loads(path.read_text())["features"]])
    assert len(shapes) == len(pos) + edges.size(1)
    places = shapely.get_coordinates(shapes[: len(pos)])
    np.testing.assert_allclose(places[:, 1], pos[:, 1])
    assert np.cos(np.radians(places[:, 0] - pos[:, 0].numpy())) == pytest.approx(1)
    bounds = shapely.total_bounds(shapes)
    assert bounds[0] >= -180
    assert bounds[2] <= 180
    for line in shapes[len(pos) :]:
        for part in shapely.get_parts(line):
            assert np.abs(np.diff(shapely.get_coordinates(part)[:, 0])).max() <= 180


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: to_networkx(torch.tensor([[0, 0], [1, 1]]), POS), "an edge occurs more than once"),
        (lambda path: to_networkx(EDGES, POS, ["A", "B"]), "codes: got 2 values for 3 stations"),
        (lambda path: to_networkx(EDGES, POS, ["A", "B", "A"]), "codes must be unique"),
        (lambda path: to_networkx(EDGES, POS, visible=[True]), "visible: got 1 values"),
        (lambda path: to_networkx(EDGES, POS, None, torch.zeros(2, 1)), "edge_attr"),
        (lambda path: to_networkx(EDGES.T, POS), "edge_index: got shape"),
        (lambda path: to_networkx(EDGES + 1, POS), "beyond the 3 stations"),
        (lambda path: to_networkx(EDGES, POS.flip(1)), "row 0"),
        (lambda path: from_networkx(nx.path_graph(2)), "node 0 has no latitude"),
        (lambda path: from_networkx(_half()), "node 'B' has no visible"),
        (lambda path: from_networkx(_uneven()), "an edge has no 'feature_0'"),
        (lambda path: write_graphml(to_networkx(EDGES, POS, city=[["x"]] * 3), path), "cannot be written as GraphML"),
        (lambda path: write_graphml(to_networkx(EDGES, POS), path / "no" / "x"), "choose a folder that exists"),
        (lambda path: write_geojson(to_networkx(EDGES, POS), path / "no" / "x"), "choose a folder that exists"),
    ],
)
def test_invalid_graphs_raise_an_error(make, message, tmp_path):
    with pytest.raises(InputError, match=message):
        make(tmp_path)
    assert not list(tmp_path.iterdir())


def _half():
    graph = to_networkx(EDGES, POS, CODES, visible=[True] * 3)
    del graph.nodes["B"]["visible"]
    return graph


def _uneven():
    graph = to_networkx(EDGES, POS, CODES, torch.zeros(3, 1))
    del graph.edges["A", "B"]["feature_0"]
    return graph
