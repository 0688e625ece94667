"""Properties of radius_edges, and of mutual and symmetric graphs."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.graph import available_kernels, knn_edges, mutual_edges, radius_edges, symmetric_edges
from aqnet_pyg.testing import (
    assert_batch_separate,
    assert_edges_equivariant,
    assert_no_self_edges,
    assert_sorted,
    assert_sources_visible,
    assert_within_radius,
    batches,
    coordinates,
    networks,
)

KERNELS = st.sampled_from(available_kernels())
SEED = st.integers(0, 2**16)
# One degree, among others: in a lattice, pairs lie exactly on this circle.
RADIUS = st.sampled_from([0.5, 5.0, 111.195080, 1000.0, 15_000.0, 20_015.2, float("inf")]) | st.floats(0.001, 25_000)


def pairs(edge_index):
    return set(zip(*edge_index.tolist(), strict=True))


def assert_radius(edge_index, pos, visible, radius_km, **graphs):
    """All guarantees."""
    assert_sources_visible(edge_index, visible)
    if "pos_dst" not in graphs:
        assert_no_self_edges(edge_index)
    if "batch" in graphs:
        assert_batch_separate(edge_index, graphs["batch"], graphs.get("batch_dst"))
    assert_within_radius(edge_index, pos, visible, radius_km, **graphs)
    assert_sorted(edge_index, pos, pos_dst=graphs.get("pos_dst"))


@given(networks() | networks(kind="scattered"), RADIUS, KERNELS)
def test_edges_within_a_radius_keep_all_guarantees(network, radius_km, kernel):
    pos, visible = network
    assert_radius(radius_edges(pos, radius_km, visible=visible, kernel=kernel), pos, visible, radius_km)


@given(networks(), coordinates(0), RADIUS, KERNELS)
def test_edges_to_cells_within_a_radius_keep_all_guarantees(network, cells, radius_km, kernel):
    pos, visible = network
    edge_index = radius_edges(pos, radius_km, visible=visible, pos_dst=cells, kernel=kernel)
    assert_radius(edge_index, pos, visible, radius_km, pos_dst=cells)


@given(batches(), RADIUS, KERNELS)
def test_edges_of_a_batch_within_a_radius_keep_all_guarantees(stations, radius_km, kernel):
    pos, visible, batch = stations
    edge_index = radius_edges(pos, radius_km, visible=visible, batch=batch, kernel=kernel)
    assert_radius(edge_index, pos, visible, radius_km, batch=batch)


@given(batches(), coordinates(0), RADIUS, SEED)
def test_edges_to_cells_of_a_batch_within_a_radius_keep_all_guarantees(stations, cells, radius_km, seed):
    pos, visible, batch = stations
    batch_dst = torch.randint(0, 3, (len(cells),), generator=torch.Generator().manual_seed(seed))
    graphs = {"pos_dst": cells, "batch": batch, "batch_dst": batch_dst}
    assert_radius(radius_edges(pos, radius_km, visible=visible, **graphs), pos, visible, radius_km, **graphs)


@given(networks() | networks(kind="scattered"), RADIUS)
def test_all_kernels_give_the_same_edges_within_a_radius(network, radius_km):
    pos, visible = network
    first, *others = (radius_edges(pos, radius_km, visible=visible, kernel=name) for name in available_kernels())
    assert all(torch.equal(first, other) for other in others)


@given(networks(), RADIUS, RADIUS)
def test_a_larger_radius_keeps_every_edge(network, one, other):
    pos, visible = network
    near, far = (pairs(radius_edges(pos, radius_km, visible=visible)) for radius_km in sorted([one, other]))
    assert near <= far


@given(networks(), RADIUS, st.integers(1, 8))
def test_max_neighbors_keeps_the_nearest(network, radius_km, most):
    pos, visible = network
    every = radius_edges(pos, radius_km, visible=visible)
    first = torch.searchsorted(every[1].contiguous(), every[1].contiguous())
    kept = every[:, torch.arange(every.size(1)) - first < most]
    assert torch.equal(radius_edges(pos, radius_km, visible=visible, max_neighbors=most), kept)


@given(networks(), st.integers(1, 12))
def test_an_infinite_radius_gives_the_nearest_neighbors(network, most):
    pos, visible = network
    everywhere = float("inf")
    assert torch.equal(radius_edges(pos, everywhere, visible=visible), knn_edges(pos, len(pos) + 1, visible=visible))
    nearest = radius_edges(pos, everywhere, visible=visible, max_neighbors=most)
    assert torch.equal(nearest, knn_edges(pos, most, visible=visible))


@given(networks(), RADIUS)
def test_edges_within_a_radius_go_both_ways_between_visible_stations(network, radius_km):
    pos, visible = network
    found = pairs(radius_edges(pos, radius_km, visible=visible))
    assert all((target, source) in found for source, target in found if visible[target])


@given(networks(kind="scattered"), st.floats(10, 25_000), SEED)
def test_edges_within_a_radius_are_equivariant(network, radius_km, seed):
    assert_edges_equivariant(lambda pos, visible: radius_edges(pos, radius_km, visible=visible), *network, seed=seed)


@given(networks(), st.integers(1, 8))
def test_mutual_edges_go_both_ways_or_into_hidden_stations(network, k):
    pos, visible = network
    edge_index = knn_edges(pos, k, visible=visible)
    before = pairs(edge_index)
    mutual = mutual_edges(edge_index, visible=visible)
    assert pairs(mutual) == {(s, t) for s, t in before if (t, s) in before or not visible[t]}
    assert len(pairs(mutual)) == mutual.size(1)
    assert torch.equal(mutual_edges(mutual, visible=visible), mutual)
    assert torch.equal(symmetric_edges(mutual, pos, visible=visible), mutual)
    assert_sorted(mutual, pos)


@given(networks(), st.integers(1, 8))
def test_symmetric_edges_have_a_reverse_wherever_the_target_is_visible(network, k):
    pos, visible = network
    edge_index = knn_edges(pos, k, visible=visible)
    before = pairs(edge_index)
    symmetric = symmetric_edges(edge_index, pos, visible=visible)
    assert pairs(symmetric) == before | {(t, s) for s, t in before if visible[t]}
    assert len(pairs(symmetric)) == symmetric.size(1)
    assert torch.equal(symmetric_edges(symmetric, pos, visible=visible), symmetric)
    assert_sources_visible(symmetric, visible)
    assert_sorted(symmetric, pos)


@given(batches(), st.integers(1, 8))
def test_without_a_mask_mutual_and_symmetric_graphs_take_all_stations_as_visible(stations, k):
    pos, visible, batch = stations
    edge_index = knn_edges(pos, k, visible=visible, batch=batch)
    everyone = torch.ones(len(pos), dtype=torch.bool)
    mutual, symmetric = mutual_edges(edge_index), symmetric_edges(edge_index, pos)
    assert torch.equal(mutual, mutual_edges(edge_index, visible=everyone))
    assert torch.equal(symmetric, symmetric_edges(edge_index, pos, visible=everyone))
    for edges in (mutual, symmetric):
        assert pairs(edges) == pairs(edges.flip(0))
        assert_batch_separate(edges, batch)


@given(coordinates(), RADIUS)
def test_a_radius_graph_is_mutual_and_symmetric(pos, radius_km):
    edge_index = radius_edges(pos, radius_km)
    assert torch.equal(mutual_edges(edge_index), edge_index)
    assert torch.equal(symmetric_edges(edge_index, pos), edge_index)
