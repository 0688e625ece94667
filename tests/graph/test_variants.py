"""Mutual and symmetric graphs, against their definitions as sets of pairs."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import knn_edges, mutual_edges, symmetric_edges
from aqnet_pyg.testing import (
    assert_batch_separate,
    assert_edge_index,
    assert_sorted,
    assert_sources_visible,
    batches,
    networks,
)

K = st.integers(1, 5)


def pairs(edge_index):
    return set(zip(*edge_index.tolist(), strict=True))


@given(networks(), K)
def test_mutual_edges_go_both_ways_or_into_hidden_stations(network, k):
    pos, visible = network
    before = pairs(knn_edges(pos, k, visible=visible))
    after = mutual_edges(knn_edges(pos, k, visible=visible), visible=visible)
    assert pairs(after) == {(i, j) for i, j in before if (j, i) in before or not visible[j]}
    assert after.size(1) == len(pairs(after))


@given(networks(), K)
def test_mutual_edges_keep_their_order(network, k):
    pos, visible = network
    assert_sorted(mutual_edges(knn_edges(pos, k, visible=visible), visible=visible), pos)


@given(networks(), K)
def test_without_a_mask_only_edges_both_ways_are_mutual(network, k):
    pos, visible = network
    mutual = pairs(mutual_edges(knn_edges(pos, k, visible=visible)))
    assert mutual == {(j, i) for i, j in mutual}


@given(networks(), K)
def test_symmetric_edges_are_those_and_the_other_way(network, k):
    pos, visible = network
    before = pairs(knn_edges(pos, k, visible=visible))
    after = symmetric_edges(knn_edges(pos, k, visible=visible), pos, visible=visible)
    assert pairs(after) == before | {(j, i) for i, j in before if visible[j]}
    assert_edge_index(after, len(pos))
    assert_sources_visible(after, visible)
    assert_sorted(after, pos)


@given(networks(), K)
def test_mutual_then_symmetric_changes_nothing(network, k):
    pos, visible = network
    mutual = mutual_edges(knn_edges(pos, k, visible=visible), visible=visible)
    assert torch.equal(symmetric_edges(mutual, pos, visible=visible), mutual)


@given(networks())
def test_where_all_are_connected_both_variants_are_the_graph(network):
    pos, visible = network
    everyone = knn_edges(pos, len(pos), visible=visible)
    assert torch.equal(mutual_edges(everyone, visible=visible), everyone)
    assert torch.equal(symmetric_edges(everyone, pos, visible=visible), everyone)


@given(batches(), K)
def test_variants_of_a_batch_join_no_graphs(network, k):
    pos, visible, batch = network
    edge_index = knn_edges(pos, k, visible=visible, batch=batch)
    assert_batch_separate(symmetric_edges(edge_index, pos, visible=visible), batch)
    assert_batch_separate(mutual_edges(edge_index, visible=visible), batch)


def test_a_town_and_a_far_station():
    pos = torch.tensor([[0.0, 0.0], [0.1, 0.0], [0.25, 0.0], [9.0, 0.0]])
    nearest = knn_edges(pos, 1)
    assert nearest.tolist() == [[1, 0, 1, 2], [0, 1, 2, 3]]
    assert mutual_edges(nearest).tolist() == [[1, 0], [0, 1]]
    assert symmetric_edges(nearest, pos).tolist() == [[1, 0, 2, 1, 3, 2], [0, 1, 1, 2, 2, 3]]


def test_no_edges_have_no_variants():
    nothing = torch.empty(2, 0, dtype=torch.long)
    assert mutual_edges(nothing).shape == symmetric_edges(nothing, torch.rand(3, 2)).shape == (2, 0)


def test_a_mask_of_another_size_is_refused():
    with pytest.raises(InputError, match="visible: shape"):
        symmetric_edges(torch.tensor([[0], [1]]), torch.rand(2, 2), visible=torch.ones(3))
