"""What must hold of knn_edges for any network, checked against definitions and brute force."""

from unittest import mock

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import available_kernels, kernels, knn_edges, tie_breaking, visibility_masks
from aqnet_pyg.testing import (
    assert_batch_separate,
    assert_edge_index,
    assert_edges_equivariant,
    assert_in_degree,
    assert_nearest,
    assert_no_self_edges,
    assert_sorted,
    assert_sources_visible,
    assert_ties_by_index,
    batches,
    coordinates,
    networks,
)

K = st.integers(1, 8)
SEED = st.integers(0, 2**16)


def pairs(edge_index):
    return set(zip(*edge_index.tolist(), strict=True))


@given(networks(), K)
def test_edges_are_pairs_of_stations_and_none_occurs_twice(network, k):
    pos, visible = network
    assert_edge_index(knn_edges(pos, k, visible=visible), len(pos))


@given(networks(), K)
def test_hidden_stations_send_nothing(network, k):
    pos, visible = network
    assert_sources_visible(knn_edges(pos, k, visible=visible), visible)


@given(networks(), K)
def test_no_station_is_its_own_neighbor(network, k):
    pos, visible = network
    assert_no_self_edges(knn_edges(pos, k, visible=visible))


@given(networks(), K, st.sampled_from(available_kernels()))
def test_in_degree_is_exact(network, k, kernel):
    pos, visible = network
    assert_in_degree(knn_edges(pos, k, visible=visible, kernel=kernel), k, visible)


@given(networks(), K)
def test_neighbors_are_the_nearest(network, k):
    pos, visible = network
    assert_nearest(knn_edges(pos, k, visible=visible), pos, visible, k)


@given(networks(), K)
def test_edges_are_in_order_of_target_distance_source(network, k):
    pos, visible = network
    assert_sorted(knn_edges(pos, k, visible=visible), pos)


@given(networks(), K, st.sampled_from(available_kernels()))
def test_of_equally_near_stations_the_first_are_neighbors(network, k, kernel):
    pos, visible = network
    assert_ties_by_index(knn_edges(pos, k, visible=visible, kernel=kernel), pos, visible)


@given(coordinates(8, 24, "coincident"), st.integers(1, 3))
def test_however_many_stations_coincide_the_first_are_neighbors(pos, k):
    visible = torch.ones(len(pos), dtype=torch.bool)
    edge_index = knn_edges(pos, k)
    assert_nearest(edge_index, pos, visible, k)
    assert_ties_by_index(edge_index, pos, visible)


@given(networks(), K)
def test_every_kernel_gives_the_same_edges(network, k):
    pos, visible = network
    first, *others = (knn_edges(pos, k, visible=visible, kernel=kernel) for kernel in available_kernels())
    assert all(torch.equal(first, other) for other in others)


@given(batches(), coordinates(0), K, st.sampled_from(available_kernels()))
def test_points_sorted_along_the_earth_have_the_same_neighbors(stations, cells, k, kernel):
    pos, visible, batch = stations
    asked = {"visible": visible, "kernel": kernel}
    plain = knn_edges(pos, k, batch=batch, **asked), knn_edges(pos, k, pos_dst=cells, **asked)
    # As is done where there are thousands; then they are measured in parts too.
    with mock.patch.object(kernels, "_SCATTERED", 0), mock.patch.object(tie_breaking, "_AT_ONCE", 20):
        assert torch.equal(knn_edges(pos, k, batch=batch, **asked), plain[0])
        assert torch.equal(knn_edges(pos, k, pos_dst=cells, **asked), plain[1])


@given(networks(kind="scattered"), K, SEED)
def test_labels_turns_and_rotations_do_not_matter(network, k, seed):
    assert_edges_equivariant(lambda pos, visible: knn_edges(pos, k, visible=visible), *network, seed=seed)


@given(networks(), K, st.integers(-2, 2))
def test_full_turns_that_are_exact_change_nothing(network, k, turns):
    pos, visible = network
    turned = pos + torch.tensor([360.0 * turns, 0.0], dtype=torch.float64)
    assume(torch.equal(torch.remainder(turned[:, 0], 360), torch.remainder(pos[:, 0], 360)))
    assert torch.equal(knn_edges(pos, k, visible=visible), knn_edges(turned, k, visible=visible))


@given(networks(), K)
def test_north_and_south_are_alike(network, k):
    pos, visible = network
    upside_down = pos * torch.tensor([1.0, -1.0], dtype=torch.float64)
    assert torch.equal(knn_edges(pos, k, visible=visible), knn_edges(upside_down, k, visible=visible))


@given(networks(), st.integers(1, 7))
def test_the_neighbors_of_k_come_first_among_those_of_k_plus_one(network, k):
    pos, visible = network
    fewer, more = knn_edges(pos, k, visible=visible), knn_edges(pos, k + 1, visible=visible)
    rank = torch.arange(more.size(1)) - torch.searchsorted(more[1].contiguous(), more[1].contiguous())
    assert torch.equal(fewer, more[:, rank < k])


@given(networks())
def test_with_enough_neighbors_all_visible_others_are(network):
    pos, visible = network
    everyone = {(s, t) for s in range(len(pos)) for t in range(len(pos)) if visible[s] and s != t}
    assert pairs(knn_edges(pos, len(pos) + 3, visible=visible)) == everyone


@given(networks(), K, SEED)
def test_hiding_a_station_leaves_those_alone_whose_neighbor_it_was_not(network, k, seed):
    pos, visible = network
    station = seed % len(pos)
    before = knn_edges(pos, k, visible=visible)
    after = knn_edges(pos, k, visible=visible & (torch.arange(len(pos)) != station))
    had = torch.zeros(len(pos), dtype=torch.bool)
    had[before[1, before[0] == station]] = True
    assert torch.equal(before[:, ~had[before[1]]], after[:, ~had[after[1]]])


@given(networks(), K, SEED)
def test_a_station_shown_takes_the_place_of_at_most_one_neighbor(network, k, seed):
    pos, visible = network
    station = seed % len(pos)
    this = torch.arange(len(pos)) == station
    without, having = (pairs(knn_edges(pos, k, visible=mask)) for mask in (visible & ~this, visible | this))
    assert {source for source, _ in having - without} <= {station}
    lost = [target for _, target in without - having]
    assert len(lost) == len(set(lost))


@given(networks(), K)
def test_where_hidden_stations_are_is_of_no_account_to_others(network, k):
    pos, visible = network
    elsewhere = torch.where(visible[:, None], pos, -pos)
    before, after = (knn_edges(each, k, visible=visible) for each in (pos, elsewhere))
    assert torch.equal(before[:, visible[before[1]]], after[:, visible[after[1]]])


@given(networks(), K)
def test_hidden_stations_are_to_visible_ones_as_if_they_were_not_there(network, k):
    pos, visible = network
    shown = visible.nonzero().flatten()
    edge_index = knn_edges(pos, k, visible=visible)
    assert torch.equal(edge_index[:, visible[edge_index[1]]], shown[knn_edges(pos[shown], k)])


@given(coordinates(), K)
def test_without_a_mask_all_are_visible(pos, k):
    assert torch.equal(knn_edges(pos, k), knn_edges(pos, k, visible=torch.ones(len(pos), dtype=torch.bool)))


@given(networks(), K)
def test_the_arguments_are_left_as_they_were(network, k):
    pos, visible = network
    before, seen = pos.clone(), visible.clone()
    first = knn_edges(pos, k, visible=visible)
    assert torch.equal(first, knn_edges(pos, k, visible=visible))
    assert torch.equal(pos, before)
    assert torch.equal(visible, seen)


@given(
    coordinates(max_size=8),
    K,
    SEED,
    st.sampled_from([(torch.nan, 0.0), (0.0, torch.inf), (0.0, 90.5), (-torch.inf, 1.0)]),
)
def test_coordinates_that_cannot_be_used_are_refused(pos, k, seed, bad):
    row = seed % len(pos)
    pos[row] = torch.tensor(bad)
    with pytest.raises(InputError, match=f"pos: row {row} "):
        knn_edges(pos, k)


# To targets that are not the stations: cells of a grid.


@given(networks(), coordinates(0), K, st.sampled_from(available_kernels()))
def test_cells_have_the_nearest_stations_in_order(network, cells, k, kernel):
    pos, visible = network
    edge_index = knn_edges(pos, k, visible=visible, pos_dst=cells, kernel=kernel)
    assert_sources_visible(edge_index, visible)
    assert_nearest(edge_index, pos, visible, k, pos_dst=cells)
    assert_sorted(edge_index, pos, pos_dst=cells)
    assert_ties_by_index(edge_index, pos, visible, pos_dst=cells)


@given(networks(), coordinates(2), K)
def test_cells_can_be_asked_in_parts(network, cells, k):
    pos, visible = network
    half = len(cells) // 2
    first, second = (knn_edges(pos, k, visible=visible, pos_dst=part) for part in (cells[:half], cells[half:]))
    second = second + torch.tensor([[0], [half]])
    assert torch.equal(knn_edges(pos, k, visible=visible, pos_dst=cells), torch.cat([first, second], dim=1))


@given(networks(), K)
def test_a_cell_at_a_hidden_station_has_its_neighbors(network, k):
    pos, visible = network
    stations = knn_edges(pos, k, visible=visible)
    cells = knn_edges(pos, k, visible=visible, pos_dst=pos)
    assert torch.equal(stations[:, ~visible[stations[1]]], cells[:, ~visible[cells[1]]])


# Batches.


@given(batches(), K)
def test_no_edge_joins_two_graphs_of_a_batch(stations, k):
    pos, visible, batch = stations
    assert_batch_separate(knn_edges(pos, k, visible=visible, batch=batch), batch)


@given(batches(), K, st.sampled_from(available_kernels()))
def test_a_batch_keeps_the_whole_contract(stations, k, kernel):
    pos, visible, batch = stations
    edge_index = knn_edges(pos, k, visible=visible, batch=batch, kernel=kernel)
    assert_sources_visible(edge_index, visible)
    assert_no_self_edges(edge_index)
    assert_nearest(edge_index, pos, visible, k, batch=batch)
    assert_sorted(edge_index, pos)
    assert_ties_by_index(edge_index, pos, visible, batch=batch)


@given(batches(), K)
def test_a_batch_is_its_graphs(stations, k):
    pos, visible, batch = stations
    alone = set()
    for graph in range(3):
        nodes = (batch == graph).nonzero().flatten()
        alone |= pairs(nodes[knn_edges(pos[nodes], k, visible=visible[nodes])])
    assert pairs(knn_edges(pos, k, visible=visible, batch=batch)) == alone


@given(batches(), coordinates(0), K, SEED)
def test_cells_of_a_batch_have_stations_of_their_graph(stations, cells, k, seed):
    pos, visible, batch = stations
    batch_dst = torch.randint(0, 3, (len(cells),), generator=torch.Generator().manual_seed(seed))
    edge_index = knn_edges(pos, k, visible=visible, pos_dst=cells, batch=batch, batch_dst=batch_dst)
    assert_batch_separate(edge_index, batch, batch_dst)
    assert_nearest(edge_index, pos, visible, k, pos_dst=cells, batch=batch, batch_dst=batch_dst)


# Windows: the same stations, each time with others hidden.


@st.composite
def windows(draw):
    pos = draw(coordinates())
    hidden = draw(st.lists(st.integers(0, 2 ** len(pos) - 1), min_size=1, max_size=4))
    return pos, torch.tensor([[not mask >> station & 1 for station in range(len(pos))] for mask in hidden])


@given(windows(), K, st.sampled_from(available_kernels()))
def test_windows_in_one_call_are_windows_one_by_one(network, k, kernel):
    pos, visible = network
    alone = [knn_edges(pos, k, visible=mask, kernel=kernel) + number * len(pos) for number, mask in enumerate(visible)]
    assert torch.equal(knn_edges(pos, k, visible=visible, kernel=kernel), torch.cat(alone, dim=1))


@given(windows(), coordinates(0), K)
def test_cells_of_windows_in_one_call_are_those_of_windows_one_by_one(network, cells, k):
    pos, visible = network
    places = torch.tensor([[len(pos)], [len(cells)]])
    alone = [knn_edges(pos, k, visible=mask, pos_dst=cells) + number * places for number, mask in enumerate(visible)]
    assert torch.equal(knn_edges(pos, k, visible=visible, pos_dst=cells), torch.cat(alone, dim=1))


@given(windows(), coordinates(0), K)
def test_windows_may_be_worked_off_in_parts(network, cells, k):
    pos, visible = network
    whole = [knn_edges(pos, k, visible=visible, pos_dst=targets) for targets in (None, cells)]
    # As is done where there are many.
    with mock.patch.object(visibility_masks, "_AT_ONCE", 20):
        parts = [knn_edges(pos, k, visible=visible, pos_dst=targets) for targets in (None, cells)]
    assert all(torch.equal(one, other) for one, other in zip(whole, parts, strict=True))


@given(windows(), st.integers(12, 600) | st.integers(254, 260))
def test_windows_may_ask_for_more_neighbors_than_there_are(network, k):
    pos, visible = network
    assert torch.equal(knn_edges(pos, k, visible=visible), knn_edges(pos, 12, visible=visible))


@given(windows(), K)
def test_windows_in_one_call_are_a_batch(network, k):
    pos, visible = network
    batch = torch.arange(len(visible)).repeat_interleave(len(pos))
    together = knn_edges(pos.repeat(len(visible), 1), k, visible=visible.flatten(), batch=batch)
    assert torch.equal(knn_edges(pos, k, visible=visible), together)
