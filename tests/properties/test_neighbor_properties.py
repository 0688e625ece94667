"""Properties of knn_edges on any network, checked against definitions and brute force."""

from unittest import mock

import pytest
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import (
    available_kernels,
    great_circle_distance,
    kernels,
    knn,
    knn_edges,
    tie_breaking,
    visibility_masks,
)
from aqnet_pyg.testing import (
    assert_batch_separate,
    assert_edges_equivariant,
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
KERNELS = st.sampled_from(available_kernels())
SEED = st.integers(0, 2**16)


def pairs(edge_index):
    return set(zip(*edge_index.tolist(), strict=True))


def assert_knn(edge_index, pos, visible, k, **graphs):
    """All guarantees; ``assert_nearest`` includes shape, range, duplicates and in-degree."""
    assert_sources_visible(edge_index, visible)
    if "pos_dst" not in graphs:
        assert_no_self_edges(edge_index)
    if "batch" in graphs:
        assert_batch_separate(edge_index, graphs["batch"], graphs.get("batch_dst"))
    assert_nearest(edge_index, pos, visible, k, **graphs)
    assert_sorted(edge_index, pos, pos_dst=graphs.get("pos_dst"))
    assert_ties_by_index(edge_index, pos, visible, **graphs)


@given(networks() | networks(kind="scattered"), K, KERNELS)
def test_edges_keep_all_guarantees(network, k, kernel):
    pos, visible = network
    assert_knn(knn_edges(pos, k, visible=visible, kernel=kernel), pos, visible, k)


@given(batches(), K, KERNELS)
def test_edges_of_a_batch_keep_all_guarantees(stations, k, kernel):
    pos, visible, batch = stations
    assert_knn(knn_edges(pos, k, visible=visible, batch=batch, kernel=kernel), pos, visible, k, batch=batch)


@given(networks(), coordinates(0), K, KERNELS)
def test_edges_to_cells_keep_all_guarantees(network, cells, k, kernel):
    pos, visible = network
    edge_index = knn_edges(pos, k, visible=visible, pos_dst=cells, kernel=kernel)
    assert_knn(edge_index, pos, visible, k, pos_dst=cells)


@given(batches(), coordinates(0), K, SEED)
def test_edges_to_cells_of_a_batch_keep_all_guarantees(stations, cells, k, seed):
    pos, visible, batch = stations
    batch_dst = torch.randint(0, 3, (len(cells),), generator=torch.Generator().manual_seed(seed))
    graphs = {"pos_dst": cells, "batch": batch, "batch_dst": batch_dst}
    assert_knn(knn_edges(pos, k, visible=visible, **graphs), pos, visible, k, **graphs)


@given(coordinates(8, 24, "coincident"), st.integers(1, 3))
def test_many_coincident_stations_break_ties_by_index(pos, k):
    visible = torch.ones(len(pos), dtype=torch.bool)
    assert_knn(knn_edges(pos, k), pos, visible, k)


@given(networks() | networks(kind="scattered"), K)
def test_all_kernels_give_the_same_edges(network, k):
    pos, visible = network
    first, *others = (knn_edges(pos, k, visible=visible, kernel=kernel) for kernel in available_kernels())
    assert all(torch.equal(first, other) for other in others)


@given(batches(), coordinates(0), K, KERNELS)
def test_spatially_sorted_points_have_the_same_neighbors(stations, cells, k, kernel):
    pos, visible, batch = stations
    options = {"visible": visible, "kernel": kernel}
    expected = knn_edges(pos, k, batch=batch, **options), knn_edges(pos, k, pos_dst=cells, **options)
    # As for thousands of points, for which distances are also computed in chunks.
    with mock.patch.object(kernels, "_SORT_FROM", 0), mock.patch.object(tie_breaking, "_CHUNK", 20):
        assert torch.equal(knn_edges(pos, k, batch=batch, **options), expected[0])
        assert torch.equal(knn_edges(pos, k, pos_dst=cells, **options), expected[1])


@given(networks(), st.none() | coordinates(0), K)
def test_distances_of_the_search_are_great_circles(network, cells, k):
    pos, visible = network
    edges = knn(pos, k, visible=visible, pos_dst=cells)
    assert torch.equal(edges.edge_index, knn_edges(pos, k, visible=visible, pos_dst=cells))
    source, target = edges.edge_index
    assert torch.equal(edges.km, great_circle_distance(pos[source], (pos if cells is None else cells)[target]))


@given(networks(kind="scattered"), K, SEED)
def test_edges_are_equivariant(network, k, seed):
    assert_edges_equivariant(lambda pos, visible: knn_edges(pos, k, visible=visible), *network, seed=seed)


@given(networks(), K, st.integers(-2, 2))
def test_exact_full_turns_change_nothing(network, k, turns):
    pos, visible = network
    turned = pos + torch.tensor([360.0 * turns, 0.0], dtype=torch.float64)
    assume(torch.equal(torch.remainder(turned[:, 0], 360), torch.remainder(pos[:, 0], 360)))
    assert torch.equal(knn_edges(pos, k, visible=visible), knn_edges(turned, k, visible=visible))


@given(networks(), K)
def test_swapping_north_and_south_changes_nothing(network, k):
    pos, visible = network
    mirrored = pos * torch.tensor([1.0, -1.0], dtype=torch.float64)
    assert torch.equal(knn_edges(pos, k, visible=visible), knn_edges(mirrored, k, visible=visible))


@given(networks(), st.integers(1, 7))
def test_the_neighbors_of_k_come_first_among_those_of_k_plus_one(network, k):
    pos, visible = network
    fewer, more = knn_edges(pos, k, visible=visible), knn_edges(pos, k + 1, visible=visible)
    rank = torch.arange(more.size(1)) - torch.searchsorted(more[1].contiguous(), more[1].contiguous())
    assert torch.equal(fewer, more[:, rank < k])


@given(networks())
def test_a_large_k_connects_all_visible_others(network):
    pos, visible = network
    everyone = {(s, t) for s in range(len(pos)) for t in range(len(pos)) if visible[s] and s != t}
    assert pairs(knn_edges(pos, len(pos) + 3, visible=visible)) == everyone


@given(networks(), K, SEED)
def test_hiding_a_station_changes_only_the_targets_it_was_a_neighbor_of(network, k, seed):
    pos, visible = network
    station = seed % len(pos)
    before = knn_edges(pos, k, visible=visible)
    after = knn_edges(pos, k, visible=visible & (torch.arange(len(pos)) != station))
    had = torch.zeros(len(pos), dtype=torch.bool)
    had[before[1, before[0] == station]] = True
    assert torch.equal(before[:, ~had[before[1]]], after[:, ~had[after[1]]])


@given(networks(), K, SEED)
def test_an_added_visible_station_replaces_at_most_one_neighbor_of_a_target(network, k, seed):
    pos, visible = network
    station = seed % len(pos)
    this = torch.arange(len(pos)) == station
    without, having = (pairs(knn_edges(pos, k, visible=mask)) for mask in (visible & ~this, visible | this))
    assert {source for source, _ in having - without} <= {station}
    lost = [target for _, target in without - having]
    assert len(lost) == len(set(lost))


@given(networks(), K)
def test_visible_stations_have_the_edges_of_the_network_without_hidden_ones(network, k):
    pos, visible = network
    shown = visible.nonzero().flatten()
    edge_index = knn_edges(pos, k, visible=visible)
    assert torch.equal(edge_index[:, visible[edge_index[1]]], shown[knn_edges(pos[shown], k)])


@given(coordinates(), K)
def test_without_a_mask_all_stations_are_visible(pos, k):
    assert torch.equal(knn_edges(pos, k), knn_edges(pos, k, visible=torch.ones(len(pos), dtype=torch.bool)))


@given(networks(), K)
def test_arguments_are_not_modified(network, k):
    pos, visible = network
    before = pos.clone(), visible.clone()
    first = knn_edges(pos, k, visible=visible)
    assert torch.equal(first, knn_edges(pos, k, visible=visible))
    assert torch.equal(pos, before[0])
    assert torch.equal(visible, before[1])


@given(
    coordinates(max_size=8),
    K,
    SEED,
    st.sampled_from([(torch.nan, 0.0), (0.0, torch.inf), (0.0, 90.5), (-torch.inf, 1.0)]),
)
def test_invalid_coordinates_raise_an_error(pos, k, seed, bad):
    row = seed % len(pos)
    pos[row] = torch.tensor(bad)
    with pytest.raises(InputError, match=f"pos: row {row} "):
        knn_edges(pos, k)


# Targets other than the stations: grid cells.


@given(networks(), coordinates(2), K)
def test_cells_can_be_connected_in_parts(network, cells, k):
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


@given(batches(), K)
def test_a_batch_has_the_edges_of_its_graphs(stations, k):
    pos, visible, batch = stations
    alone = set()
    for graph in range(3):
        nodes = (batch == graph).nonzero().flatten()
        alone |= pairs(nodes[knn_edges(pos[nodes], k, visible=visible[nodes])])
    assert pairs(knn_edges(pos, k, visible=visible, batch=batch)) == alone


# Several visibility masks over the same stations.


@st.composite
def masked(draw):
    """Positions and up to four masks, one row each."""
    pos = draw(coordinates())
    hidden = draw(st.lists(st.integers(0, 2 ** len(pos) - 1), max_size=4))
    rows = [[not mask >> station & 1 for station in range(len(pos))] for mask in hidden]
    return pos, torch.tensor(rows, dtype=torch.bool).view(len(hidden), len(pos))


def mask_by_mask(pos, k, visible, pos_dst=None, kernel=None):
    """The edges of several masks from one call per mask, numbered as in a PyG batch."""
    step = torch.tensor([[len(pos)], [len(pos if pos_dst is None else pos_dst)]])
    edges = [
        knn_edges(pos, k, visible=mask, pos_dst=pos_dst, kernel=kernel) + number * step
        for number, mask in enumerate(visible)
    ]
    return torch.cat([torch.empty(2, 0, dtype=torch.long), *edges], dim=1)


@given(masked(), st.none() | coordinates(0), K, KERNELS)
def test_masks_in_one_call_equal_one_call_per_mask(network, cells, k, kernel):
    pos, visible = network
    expected = mask_by_mask(pos, k, visible, cells, kernel)
    assert torch.equal(knn_edges(pos, k, visible=visible, pos_dst=cells, kernel=kernel), expected)
    # As for many masks, which are processed in chunks.
    with mock.patch.object(visibility_masks, "_CHUNK", 20):
        assert torch.equal(knn_edges(pos, k, visible=visible, pos_dst=cells, kernel=kernel), expected)


@given(masked(), st.integers(12, 600) | st.integers(254, 260))
def test_masks_with_a_k_above_the_number_of_stations(network, k):
    pos, visible = network
    assert torch.equal(knn_edges(pos, k, visible=visible), knn_edges(pos, 12, visible=visible))


@given(masked(), K)
@example((torch.zeros(1, 2, dtype=torch.float64), torch.zeros(2, 1, dtype=torch.bool)), 1)
def test_masks_in_one_call_are_a_batch(network, k):
    pos, visible = network
    batch = torch.arange(len(visible)).repeat_interleave(len(pos))
    together = knn_edges(pos.repeat(len(visible), 1), k, visible=visible.flatten(), batch=batch)
    assert torch.equal(knn_edges(pos, k, visible=visible), together)
