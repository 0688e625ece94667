"""Properties of edge features on any network."""

from unittest import mock

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.graph import (
    Bearing,
    Distance,
    EdgeFeatures,
    Edges,
    ElevationDifference,
    GaussianWeight,
    InverseDistanceWeight,
    KNNGraphBuilder,
    TravelTime,
    WindAlignment,
    bearing,
    knn,
    knn_edges,
    radius_edges,
    unit_sphere,
)
from aqnet_pyg.graph import edges as graph_edges
from aqnet_pyg.testing import coordinates, haversine_km, networks

SEED = st.integers(0, 2**16)
WINDS = st.lists(st.tuples(st.integers(-20, 20), st.integers(-20, 20)), min_size=12, max_size=12)


def along(network, cells=None, k=4, **attributes):
    """Edges of a network, and their lengths by haversine."""
    pos, visible = network
    edge_index = knn_edges(pos, k, visible=visible, pos_dst=cells)
    km = haversine_km(pos, cells)[edge_index[1].numpy(), edge_index[0].numpy()]
    return Edges(edge_index, pos, cells, attributes or None), torch.from_numpy(km)


def assert_points_to(direction, pos, here, there):
    """East and north components are those of the way to there, in the tangent plane of the sphere here."""
    longitude = torch.deg2rad(pos[:, 0])
    to_east = torch.stack([-longitude.sin(), longitude.cos(), torch.zeros_like(longitude)], dim=1)
    to_north = torch.linalg.cross(here, to_east)
    plane = torch.stack([(there * to_east).sum(dim=1), (there * to_north).sum(dim=1)], dim=1)
    assert torch.allclose(plane, direction.double() * plane.norm(dim=1, keepdim=True), rtol=0, atol=1e-6)


@given(networks(), st.none() | coordinates(1))
def test_distance_and_bearing_are_those_from_target_to_source(network, cells):
    edges, km = along(network, cells)
    np.testing.assert_allclose(10 * torch.expm1(2 * Distance()(edges).double()[:, 0]), km, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(edges.km, km, rtol=1e-9, atol=1e-3)
    there = network[0] if cells is None else cells
    source, target = unit_sphere(network[0])[edges.edge_index[0]], unit_sphere(there)[edges.edge_index[1]]
    assert_points_to(Bearing()(edges), there[edges.edge_index[1]], target, source)
    assert_points_to(torch.stack(edges.to_target, dim=1), network[0][edges.edge_index[0]], source, target)
    # Unit vectors, except where both ends coincide; at antipodes the direction is undefined.
    defined = km < 20_000
    assert torch.allclose(Bearing()(edges).norm(dim=1)[defined], (km > 1e-3).float()[defined])


@given(networks(), st.permutations([Distance(), Bearing(), GaussianWeight(), Distance()]), SEED)
def test_features_are_concatenated_and_follow_the_order_of_edges(network, parts, seed):
    edges, _ = along(network)
    together = EdgeFeatures(parts)(edges)
    assert together.shape == (edges.edge_index.size(1), EdgeFeatures(parts).dim)
    assert together.dtype == torch.float32
    assert torch.equal(together, torch.cat([part(edges) for part in parts], dim=1))
    order = torch.randperm(edges.edge_index.size(1), generator=torch.Generator().manual_seed(seed))
    assert torch.equal(EdgeFeatures(parts)(Edges(edges.edge_index[:, order], network[0])), together[order])


@given(networks(), st.none() | coordinates(0))
def test_edges_may_be_processed_in_chunks(network, cells):
    whole, _ = along(network, cells)
    with mock.patch.object(graph_edges, "_CHUNK", 5):  # as for many edges
        parts, _ = along(network, cells)
        assert torch.equal(parts.km, whole.km)
        assert torch.equal(EdgeFeatures()(parts), EdgeFeatures()(whole))


@given(networks(), st.integers(-2, 2))
def test_full_turns_do_not_change_features(network, turns):
    edges, km = along(network)
    turned = Edges(edges.edge_index, network[0] + torch.tensor([360.0 * turns, 0.0], dtype=torch.float64))
    defined = km < 20_000  # at antipodes the direction depends on rounding
    assert torch.allclose(EdgeFeatures()(edges)[defined], EdgeFeatures()(turned)[defined], atol=1e-5)


@given(networks(), st.none() | coordinates(0), st.integers(1, 8))
def test_features_are_the_same_with_and_without_the_distances_of_the_search(network, cells, k):
    pos, visible = network
    found = knn(pos, k, visible=visible, pos_dst=cells)
    anew = Edges(knn_edges(pos, k, visible=visible, pos_dst=cells), pos, cells)
    assert torch.equal(EdgeFeatures()(found), EdgeFeatures()(anew))
    edge_index, edge_attr = KNNGraphBuilder(k)(pos, visible, cells)
    assert torch.equal(edge_index, anew.edge_index)
    assert torch.equal(edge_attr, EdgeFeatures()(anew))


@given(networks(), st.sampled_from([1.0, 50.0, 5000.0]))
def test_gaussian_weight_is_its_formula(network, length_km):
    edges, km = along(network)
    weight = GaussianWeight(length_km)(edges)[:, 0]
    assert torch.allclose(weight.double(), torch.exp(-0.5 * (km / length_km) ** 2), atol=1e-6)


@given(networks(), st.none() | coordinates(1), st.sampled_from([0.0, 1.0, 2.0, 30.0]) | st.floats(0, 50))
def test_inverse_distance_weights_are_normalized_at_each_target(network, cells, power):
    edges, km = along(network, cells)
    weight, target = InverseDistanceWeight(power)(edges)[:, 0].double(), edges.edge_index[1]
    targets = len(network[0] if cells is None else cells)
    total = torch.zeros(targets, dtype=torch.float64).index_add(0, target, weight)
    assert torch.allclose(total[target], torch.ones(len(target), dtype=torch.float64), atol=1e-5)
    plain = km.clamp(min=1e-3) ** -power
    expected = plain / torch.zeros(targets, dtype=torch.float64).index_add(0, target, plain)[target]
    representable = expected.isfinite()
    assert torch.allclose(weight[representable], expected[representable], rtol=1e-3, atol=1e-5)


@given(networks(max_size=12), WINDS, st.floats(0.1, 100), st.floats(0.1, 100))
def test_wind_features_are_their_formulas(network, winds, one, other):
    pos, _ = network
    wind = torch.tensor(winds[: len(pos)], dtype=torch.float32)
    edges, km = along(network, wind=wind)
    source, target = edges.edge_index
    east, north = wind[source].double().T
    speed = torch.hypot(east, north)
    along_way = (bearing(pos[source], pos[target]) - torch.atan2(east, north)).cos()
    defined = (km > 1e-3) & (km < 20_000)  # else the way has no direction
    alignment = WindAlignment()(edges)[:, 0]
    assert torch.allclose(alignment[defined & (speed >= 0.5)].double(), along_way[defined & (speed >= 0.5)], atol=1e-5)
    assert (alignment[speed < 0.5] == 0).all()
    assert (alignment.abs() <= 1 + 1e-6).all()
    assert torch.equal(WindAlignment()(along(network, wind=-wind)[0])[:, 0], -alignment)
    short, long = sorted([one, other])
    soon, late = TravelTime(short)(edges)[:, 0].double(), TravelTime(long)(edges)[:, 0].double()
    assert ((soon >= 0) & (soon <= 1)).all()
    assert (late <= soon + 1e-6).all()
    assert (soon[edges.km == 0] == 0).all()
    towards = defined & ((speed * along_way).abs() > 1e-3)
    hours = torch.where(along_way > 0, km / (3.6 * speed * along_way), torch.inf)
    assert torch.allclose(soon[towards], (hours / short).clamp(max=1)[towards], rtol=1e-3, atol=1e-4)


@given(networks(max_size=12), st.lists(st.integers(-100, 5000), min_size=12, max_size=12))
def test_elevation_difference_is_target_minus_source(network, meters):
    pos = network[0]
    edge_index = radius_edges(pos, 20_000.0)
    attributes = {"elevation": torch.tensor(meters[: len(pos)], dtype=torch.float32)}
    source, target = edge_index
    expected = (attributes["elevation"][target] - attributes["elevation"][source]) / 1000
    for edges in (Edges(edge_index, pos, src=attributes), Edges(edge_index, pos, pos.clone(), attributes, attributes)):
        assert torch.allclose(ElevationDifference()(edges)[:, 0], expected)
