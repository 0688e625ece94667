"""Properties of the transforms on any window."""

import numpy as np
import shapely
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_geometric.data import Batch, Data

import aqnet_pyg.graph
from aqnet_pyg.graph import (
    AddEdgeFeatures,
    ConnectNeighbors,
    ConnectRadius,
    EdgeFeatures,
    Edges,
    HideBlockedStations,
    HideRandomStations,
    HideRegionStations,
    HideStations,
    Region,
    great_circle_distance,
    hide,
    knn_edges,
    radius_edges,
)
from aqnet_pyg.testing import assert_batch_separate, assert_nearest, networks

SEED = st.integers(0, 2**16)
FRACTION = st.floats(0, 0.99)


def window(network, seed):
    """Three hours of two pollutants at the stations of a network; hidden stations have no values."""
    pos, visible = network
    random = torch.Generator().manual_seed(seed)
    x = torch.randn(len(pos), 3, 2, generator=random)
    x_mask = (torch.rand(len(pos), 3, 2, generator=random) < 0.8) & visible[:, None, None]
    return Data(x=x * x_mask, x_mask=x_mask, visible=visible.clone(), pos=pos)


def assert_only_hides(before, after):
    """No station becomes visible, hidden stations have no values, and visible ones keep theirs."""
    assert not (after.visible & ~before.visible).any()
    assert not after.x[~after.visible].any()
    assert not after.x_mask[~after.visible].any()
    assert torch.equal(after.x[after.visible], before.x[after.visible])
    assert torch.equal(after.x_mask[after.visible], before.x_mask[after.visible])


@given(networks(), SEED, SEED)
def test_given_stations_are_hidden_by_index_or_by_mask(network, seed, mask):
    before = window(network, seed)
    hidden = torch.tensor([bool(mask >> station & 1) for station in range(len(before.pos))])
    for data in (
        hide(before.clone(), hidden),
        HideStations(hidden)(before.clone()),
        HideStations(hidden.nonzero().flatten().tolist())(before.clone()),
    ):
        assert torch.equal(data.visible, before.visible & ~hidden)
        assert_only_hides(before, data)


@given(networks(), SEED, FRACTION, st.sampled_from([1.0, 100.0, 20_000.0]), st.floats(0, 1))
def test_random_hiding_leaves_two_stations_visible_and_depends_on_the_seed_only(
    network, seed, fraction, radius_km, probability
):
    data = window(network, seed)
    before = data.clone()
    torch.manual_seed(seed)
    data = HideRandomStations(fraction, radius_km, probability)(data)
    assert_only_hides(before, data)
    assert data.visible.sum() >= min(2, before.visible.sum())
    torch.manual_seed(seed)
    assert torch.equal(HideRandomStations(fraction, radius_km, probability)(before).visible, data.visible)


@given(networks(), SEED, st.sampled_from([1.0, 100.0, 5_000.0]))
def test_random_hiding_with_fraction_zero_hides_one_region(network, seed, radius_km):
    data = window(network, seed)
    before = data.visible.clone()
    torch.manual_seed(seed)
    data = HideRandomStations(0.0, radius_km, 1.0)(data)
    hidden = data.pos[before & ~data.visible]
    if len(hidden):
        apart = great_circle_distance(hidden.repeat_interleave(len(hidden), 0), hidden.repeat(len(hidden), 1))
        assert apart.max() <= 2 * radius_km + 1e-3


@given(networks(), SEED, FRACTION, st.sampled_from([1.0, 150.0, 20_000.0]))
def test_blocked_hiding_hides_at_most_the_fraction_and_leaves_two_stations_visible(network, seed, fraction, block_km):
    data = window(network, seed)
    before = data.clone()
    torch.manual_seed(seed)
    data = HideBlockedStations(fraction, block_km)(data)
    assert_only_hides(before, data)
    hidden = int(before.visible.sum() - data.visible.sum())
    assert hidden <= fraction * int(before.visible.sum())
    assert data.visible.sum() >= min(2, before.visible.sum())
    torch.manual_seed(seed)
    assert torch.equal(HideBlockedStations(fraction, block_km)(before).visible, data.visible)


@given(networks(kind="coincident"), SEED, FRACTION)
def test_coincident_stations_are_hidden_together_by_blocks(network, seed, fraction):
    data = window(network, seed)
    before = data.visible.clone()
    torch.manual_seed(seed)
    data = HideBlockedStations(fraction)(data)
    for place in data.pos.unique(dim=0):
        there = (data.pos == place).all(dim=1) & before
        assert len(data.visible[there].unique()) <= 1


@given(networks(), SEED, st.tuples(st.integers(-180, 170), st.integers(-80, 70), st.integers(1, 9)))
def test_a_region_hides_the_stations_inside(network, seed, box):
    west, south, size = box
    before = window(network, seed)
    data = HideRegionStations(Region.box(west, south, west + size, south + size))(before.clone())
    longitude, latitude = before.pos.numpy().T
    east = np.stack([longitude, longitude + 360, longitude - 360])
    inside = ((east >= west) & (east <= west + size)).any(axis=0) & (latitude >= south) & (latitude <= south + size)
    assert torch.equal(data.visible, before.visible & ~torch.from_numpy(inside))
    assert_only_hides(before, data)


@given(networks(), SEED, st.integers(1, 8))
def test_stations_hidden_before_connecting_are_no_sources(network, seed, k):
    torch.manual_seed(seed)
    data = ConnectNeighbors(k)(HideRandomStations(0.9)(window(network, seed)))
    assert_nearest(data.edge_index, data.pos, data.visible, k)


@given(networks(), SEED, st.integers(1, 8))
def test_transforms_are_their_functions(network, seed, k):
    data = AddEdgeFeatures()(ConnectNeighbors(k)(window(network, seed)))
    pos, visible = network
    edge_index = knn_edges(pos, k, visible=visible)
    assert torch.equal(data.edge_index, edge_index)
    assert torch.equal(data.edge_attr, EdgeFeatures()(Edges(edge_index, pos)))
    data = ConnectRadius(100.0 * k, max_neighbors=k)(window(network, seed))
    assert torch.equal(data.edge_index, radius_edges(pos, 100.0 * k, visible=visible, max_neighbors=k))


@given(networks(), SEED)
def test_without_a_mask_all_stations_are_visible(network, seed):
    pos, _ = network
    everyone = torch.ones(len(pos), dtype=torch.bool)
    for transform in (ConnectNeighbors(3), ConnectRadius(500.0)):
        with_mask, without = transform(Data(pos=pos, visible=everyone)), transform(Data(pos=pos))
        assert torch.equal(with_mask.edge_index, without.edge_index)
    assert torch.equal(HideStations([0])(Data(pos=pos)).visible, torch.arange(len(pos)) > 0)


@given(networks(), networks(), SEED, st.sampled_from([ConnectNeighbors(3), ConnectRadius(500.0)]))
def test_a_batch_is_connected_graph_by_graph(one, other, seed, transform):
    graphs = [window(network, seed) for network in (one, other)]
    together = transform(Batch.from_data_list([graph.clone() for graph in graphs]))
    assert_batch_separate(together.edge_index, together.batch)
    alone = Batch.from_data_list([transform(graph) for graph in graphs])
    assert torch.equal(together.edge_index, alone.edge_index)


TRANSFORMS = st.one_of(
    st.builds(ConnectNeighbors, st.integers(1, 64), st.none() | st.just("scipy")),
    st.builds(ConnectRadius, st.floats(0.1, 1e4), st.none() | st.integers(1, 9), st.none() | st.just("scipy")),
    st.builds(HideStations, st.lists(st.integers(0, 99))),
    st.builds(HideRandomStations, FRACTION, st.floats(0, 500), st.floats(0, 1)),
    st.builds(HideBlockedStations, FRACTION, st.floats(0.1, 500)),
    st.builds(
        lambda west, size: HideRegionStations(Region.box(west, 0, west + size, 5)), st.floats(0, 9), st.floats(1, 9)
    ),
)


@given(TRANSFORMS)
def test_reprs_are_faithful(transform):
    again = eval(repr(transform), vars(aqnet_pyg.graph))
    assert type(again) is type(transform)
    assert repr(again) == repr(transform)
    if isinstance(transform, HideRegionStations):
        # Well-known text has 16 significant digits.
        assert shapely.equals_exact(again.region.polygon, transform.region.polygon, tolerance=1e-12)
    else:
        assert vars(again) == vars(transform)
