import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.graph import AnchoredGraph, anchor_stations, great_circle_km
from aqnet_pyg.testing import assert_in_degree, networks


def spread(stations, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).uniform([100, 30], [110, 40], (stations, 2)))


@given(networks(), st.integers(1, 400), st.integers(0, 2**16))
def test_anchors_are_apart_and_no_station_is_far_from_all(network, spacing, seed):
    pos, _ = network
    chosen = anchor_stations(pos, float(spacing))
    anchors = pos[chosen]
    between = great_circle_km(anchors.repeat_interleave(len(anchors), 0), anchors.repeat(len(anchors), 1))
    apart = between.view(len(anchors), -1).fill_diagonal_(torch.inf)
    assert (apart > spacing * 0.999).all()
    to_anchor = great_circle_km(pos.repeat_interleave(len(anchors), 0), anchors.repeat(len(pos), 1))
    # The spacing is of chords, which are a little shorter than arcs.
    assert (to_anchor.view(len(pos), -1).min(dim=1).values <= spacing * 1.001).all()


def test_anchors_do_not_depend_on_the_order_of_stations():
    pos = spread(80)
    order = torch.randperm(80, generator=torch.Generator().manual_seed(0))
    assert torch.equal(anchor_stations(pos, 150.0)[order], anchor_stations(pos[order], 150.0))


@given(networks(), st.integers(1, 12))
def test_degree_is_exact_and_no_hidden_station_is_a_source(network, k):
    pos, visible = network
    edge_index, edge_attr = AnchoredGraph(k)(pos, visible)
    assert_in_degree(edge_index, k, visible)
    assert len(edge_attr) == edge_index.size(1)
    assert visible[edge_index[0]].all()
    assert (edge_index[0] != edge_index[1]).all()
    assert edge_index.unique(dim=1).size(1) == edge_index.size(1)


def test_a_place_beside_a_town_sees_beyond_it():
    town = torch.tensor([105.0, 35.0]) + 0.01 * spread(40, seed=1)[:, :2].frac()
    around = torch.tensor([[104.0, 35.0], [106.0, 35.0], [105.0, 36.0], [105.0, 34.0]])
    pos, place = torch.cat([town, around]).double(), torch.tensor([[105.2, 35.2]], dtype=torch.float64)
    edge_index, _ = AnchoredGraph(15)(pos, torch.ones(44, dtype=torch.bool), place)
    assert {40, 41, 42, 43} <= set(edge_index[0].tolist())
    assert edge_index.size(1) == 15
