"""What must hold of radius_edges, and of graphs made mutual or symmetric."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.graph import available_kernels, knn_edges, mutual_edges, radius_edges, symmetric_edges
from aqnet_pyg.testing import (
    assert_batch_separate,
    assert_edges_equivariant,
    assert_in_degree,
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
# A degree, at which lattices have pairs just on the circle, among others.
RADIUS = st.sampled_from([0.5, 5.0, 111.195080, 1000.0, 15_000.0, 20_015.2, float("inf")]) | st.floats(0.001, 25_000)


def pairs(edge_index):
    return set(zip(*edge_index.tolist(), strict=True))


@given(networks(), RADIUS, KERNELS)
def test_neighbors_are_all_within_the_radius_and_only_they(network, radius_km, kernel):
    pos, visible = network
    edge_index = radius_edges(pos, radius_km, visible=visible, kernel=kernel)
    assert_sources_visible(edge_index, visible)
    assert_no_self_edges(edge_index)
    assert_within_radius(edge_index, pos, visible, radius_km)


@given(networks(), RADIUS)
def test_edges_within_a_radius_are_in_order(network, radius_km):
    pos, visible = network
    assert_sorted(radius_edges(pos, radius_km, visible=visible), pos)


@given(networks(), coordinates(0), RADIUS, KERNELS)
def test_cells_have_all_stations_within_the_radius_in_order(network, cells, radius_km, kernel):
    pos, visible = network
    edge_index = radius_edges(pos, radius_km, visible=visible, pos_dst=cells, kernel=kernel)
    assert_within_radius(edge_index, pos, visible, radius_km, pos_dst=cells)
    assert_sorted(edge_index, pos, pos_dst=cells)


@given(batches(), RADIUS, KERNELS)
def test_a_batch_keeps_to_its_radius_and_its_graphs(stations, radius_km, kernel):
    pos, visible, batch = stations
    edge_index = radius_edges(pos, radius_km, visible=visible, batch=batch, kernel=kernel)
    assert_batch_separate(edge_index, batch)
    assert_within_radius(edge_index, pos, visible, radius_km, batch=batch)
    assert_sorted(edge_index, pos)


@given(batches(), coordinates(0), RADIUS, SEED)
def test_cells_of_a_batch_have_stations_of_their_graph_within_the_radius(stations, cells, radius_km, seed):
    pos, visible, batch = stations
    batch_dst = torch.randint(0, 3, (len(cells),), generator=torch.Generator().manual_seed(seed))
    given = {"pos_dst": cells, "batch": batch, "batch_dst": batch_dst}
    assert_within_radius(radius_edges(pos, radius_km, visible=visible, **given), pos, visible, radius_km, **given)


@given(networks(), RADIUS)
def test_every_kernel_gives_the_same_edges_within_a_radius(network, radius_km):
    pos, visible = network
    first, *others = (radius_edges(pos, radius_km, visible=visible, kernel=name) for name in available_kernels())
    assert all(torch.equal(first, other) for other in others)


@given(networks(), RADIUS, RADIUS)
def test_a_wider_radius_loses_no_edge(network, one, other):
    pos, visible = network
    near, far = (pairs(radius_edges(pos, radius_km, visible=visible)) for radius_km in sorted([one, other]))
    assert near <= far


@given(networks(), RADIUS, st.integers(1, 8))
def test_of_too_many_neighbors_the_nearest_are_kept(network, radius_km, most):
    pos, visible = network
    every = radius_edges(pos, radius_km, visible=visible)
    first = torch.searchsorted(every[1].contiguous(), every[1].contiguous())
    kept = every[:, torch.arange(every.size(1)) - first < most]
    assert torch.equal(radius_edges(pos, radius_km, visible=visible, max_neighbors=most), kept)


@given(networks())
def test_without_bound_a_radius_is_all_the_nearest(network):
    pos, visible = network
    assert torch.equal(radius_edges(pos, float("inf"), visible=visible), knn_edges(pos, len(pos) + 1, visible=visible))


@given(networks(), RADIUS)
def test_who_is_near_is_near_both_ways(network, radius_km):
    pos, visible = network
    found = pairs(radius_edges(pos, radius_km, visible=visible))
    assert all((target, source) in found for source, target in found if visible[target])


@given(networks(kind="scattered"), st.floats(10, 25_000), SEED)
def test_labels_turns_and_rotations_do_not_matter_within_a_radius(network, radius_km, seed):
    assert_edges_equivariant(lambda pos, visible: radius_edges(pos, radius_km, visible=visible), *network, seed=seed)


@given(networks(), st.integers(1, 8))
def test_mutual_edges_go_both_ways_or_into_hidden_stations(network, k):
    pos, visible = network
    edge_index = knn_edges(pos, k, visible=visible)
    before = pairs(edge_index)
    mutual = mutual_edges(edge_index, visible=visible)
    assert pairs(mutual) == {(s, t) for s, t in before if (t, s) in before or not visible[t]}
    assert torch.equal(mutual_edges(mutual, visible=visible), mutual)
    assert_sorted(mutual, pos)


@given(networks(), st.integers(1, 8))
def test_symmetric_edges_go_back_wherever_the_target_is_visible(network, k):
    pos, visible = network
    edge_index = knn_edges(pos, k, visible=visible)
    before = pairs(edge_index)
    symmetric = symmetric_edges(edge_index, pos, visible=visible)
    assert pairs(symmetric) == before | {(t, s) for s, t in before if visible[t]}
    assert len(pairs(symmetric)) == symmetric.size(1)
    assert torch.equal(symmetric_edges(symmetric, pos, visible=visible), symmetric)
    assert_sources_visible(symmetric, visible)
    assert_sorted(symmetric, pos)


@given(networks(), st.integers(1, 8))
def test_without_a_mask_both_variants_take_all_for_visible(network, k):
    pos, visible = network
    edge_index = knn_edges(pos, k, visible=visible)
    everyone = torch.ones(len(pos), dtype=torch.bool)
    assert torch.equal(mutual_edges(edge_index), mutual_edges(edge_index, visible=everyone))
    assert torch.equal(symmetric_edges(edge_index, pos), symmetric_edges(edge_index, pos, visible=everyone))


@given(coordinates(), RADIUS)
def test_a_radius_graph_is_mutual_and_symmetric(pos, radius_km):
    edge_index = radius_edges(pos, radius_km)
    assert torch.equal(mutual_edges(edge_index), edge_index)
    assert torch.equal(symmetric_edges(edge_index, pos), edge_index)


@given(networks(), st.integers(1, 8))
def test_within_an_unbounded_radius_the_nearest_few_have_their_degree(network, most):
    pos, visible = network
    assert_in_degree(radius_edges(pos, float("inf"), visible=visible, max_neighbors=most), most, visible)
