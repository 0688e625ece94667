"""Diagnostics against networkx, and warnings one by one."""

import json

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.diagnostics import component_labels, diagnose, smallest_connecting_k
from aqnet_pyg.graph.neighbors import knn_edges
from aqnet_pyg.graph.networkx_graphs import to_networkx
from aqnet_pyg.testing import networks

LINE = torch.tensor([[116.0 + x, 40.0] for x in range(6)])


def chain(*pairs):
    return torch.tensor(pairs).reshape(-1, 2).T


def parts(labels):
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


@given(networks(), st.integers(1, 4))
def test_components_and_bridges_are_those_of_networkx(network, k):
    pos, visible = network
    edges = knn_edges(pos, k, visible=visible)
    graph = to_networkx(edges, pos)
    weak, strong = nx.weakly_connected_components(graph), nx.strongly_connected_components(graph)
    assert parts(component_labels(edges, len(pos))) == {frozenset(part) for part in weak}
    assert parts(component_labels(edges, len(pos), strong=True)) == {frozenset(part) for part in strong}
    found = diagnose(edges, pos, visible=visible)
    assert sum(found.components) == len(pos)
    assert found.components == sorted(found.components, reverse=True)
    assert {frozenset(map(int, pair)) for pair in found.bridges} == {
        frozenset(pair) for pair in nx.bridges(graph.to_undirected())
    }
    assert not any("from hidden stations" in warning for warning in found.warnings)
    sending = graph.subgraph(np.flatnonzero(visible.numpy()).tolist())
    assert found.strong_components == nx.number_strongly_connected_components(sending)


@given(networks(min_size=1, max_size=25))
def test_the_smallest_k_connects_and_no_smaller_one_does(network):
    pos, visible = network
    k = smallest_connecting_k(pos, visible)
    if not visible.any() and len(pos) > 1:
        assert k is None
        return
    assert k >= 1
    assert nx.is_weakly_connected(to_networkx(knn_edges(pos, k, visible=visible), pos))
    if k > 1:
        assert not nx.is_weakly_connected(to_networkx(knn_edges(pos, k - 1, visible=visible), pos))


def test_two_clusters_need_as_many_neighbors_as_the_smaller_has_stations():
    rng = np.random.default_rng(0)
    clusters = [rng.normal((116 + 5 * cluster, 40), 0.01, (size, 2)) for cluster, size in enumerate((40, 70))]
    assert smallest_connecting_k(torch.from_numpy(np.concatenate(clusters))) == 40


@given(networks(), st.integers(1, 5))
def test_degrees_and_lengths(network, k):
    pos, visible = network
    edges = knn_edges(pos, k, visible=visible)
    found = diagnose(edges, pos, visible=visible, k=k)
    graph = to_networkx(edges, pos)
    degrees = [degree for _, degree in graph.in_degree]
    assert (found.stations, found.visible, found.edges) == (len(pos), int(visible.sum()), edges.size(1))
    assert found.in_degree["lowest"] == min(degrees)
    assert found.in_degree["highest"] == max(degrees)
    assert found.in_degree["mean"] == pytest.approx(np.mean(degrees))
    assert len(found.isolated) == degrees.count(0)
    lengths = [km for *_, km in graph.edges(data="km")]
    if lengths:
        assert found.km["median"] == pytest.approx(np.median(lengths))
        assert found.out_degree["mean"] == pytest.approx(edges.size(1) / int(visible.sum()))
    assert "NaN" not in json.dumps({**found.to_dict(), "km": {}, "out_degree": {}})
    assert str(found).count("\n") == 10 + len(found.warnings)


def test_a_sound_graph_has_no_warning():
    rng = np.random.default_rng(0)
    pos = torch.from_numpy(rng.uniform([115, 39], [117, 41], (100, 2)))
    found = diagnose(knn_edges(pos, 12), pos, k=12)
    assert found.warnings == []
    assert found.components == [100]


def test_several_components():
    (warning, *_) = diagnose(chain((0, 1), (1, 0), (2, 3), (3, 4), (4, 5), (5, 2)), LINE).warnings
    assert warning.startswith("Components: 2 (4, 2 stations)")
    assert "k = 1 with edges of any length connects them" in warning
    (warning, *_) = diagnose(chain((0, 1), (1, 0), (2, 3), (3, 4), (4, 5), (5, 2)), LINE, k=9).warnings
    assert "longer edges would connect them" in warning


def test_isolated_stations():
    found = diagnose(chain((0, 1), (1, 0), (1, 2)), LINE[:4], codes=list("ABCD"))
    assert found.isolated == ["D"]
    assert any(warning.startswith("Stations without a neighbor: 1 (D)") for warning in found.warnings)
    assert diagnose(chain((0, 1)), LINE[:2], codes=["A", "B"]).isolated == ["A"], "it has an outgoing edge only"


def test_bridges():
    found = diagnose(chain((0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5), (5, 3)), LINE, codes=list("ABCDEF"))
    assert found.bridges == [("C", "D")]
    assert "Edges that are the only connection between parts of the graph: 1 (C - D)." in found.warnings


def test_hubs():
    star = chain(*((0, target) for target in range(1, 6)), (1, 0))
    found = diagnose(star, LINE, codes=list("ABCDEF"))
    assert found.hubs == {"A": 5}
    assert any("(A to 5)" in warning for warning in found.warnings)
    # The mean is over visible stations, so hidden ones do not lower it.
    assert diagnose(star, LINE, visible=torch.tensor([True, True, False, False, False, False])).hubs == {}


def test_a_leak():
    found = diagnose(chain((0, 1), (1, 0), (2, 1)), LINE[:3], visible=torch.tensor([True, True, False]))
    assert found.warnings[0].startswith("Edges from hidden stations: 1")


def test_coincident_stations():
    pos = torch.tensor([[116.0, 40.0], [116.0, 40.0005], [116.0, 40.002]])
    found = diagnose(knn_edges(pos, 2), pos, codes=list("ABC"))
    assert found.coincident == [("A", "B")]
    assert any("Pairs of stations within 100 m: 1 (A and B)" in warning for warning in found.warnings)


def test_long_edges_and_too_many_neighbors():
    pos = torch.tensor([[110.0, 40.0], [110.5, 40.0], [120.0, 40.0]])
    warnings = diagnose(knn_edges(pos, 5), pos, k=5).warnings
    assert any("Edges longer than 300 km: 4 of 6 (up to 851 km)" in warning for warning in warnings)
    assert any("k is 5, but a visible station has only 2 visible others" in warning for warning in warnings)


def test_one_station_and_nothing_visible():
    found = diagnose(torch.empty(2, 0, dtype=torch.long), LINE[:1])
    assert (found.components, found.smallest_connecting_k, found.isolated) == ([1], 1, ["0"])
    found = diagnose(torch.empty(2, 0, dtype=torch.long), LINE, visible=torch.zeros(6, dtype=torch.bool))
    assert (found.components, found.smallest_connecting_k, found.strong_components) == ([1] * 6, None, 0)
    assert "connecting k  none" in str(found)
    with pytest.raises(InputError, match="got no station"):
        diagnose(torch.empty(2, 0, dtype=torch.long), LINE[:0])
