"""What must hold of edge features, whatever the edges."""

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
    knn,
    knn_edges,
    radius_edges,
    unit_sphere,
)
from aqnet_pyg.graph import edges as graph_edges
from aqnet_pyg.testing import coordinates, haversine_km, networks

SEED = st.integers(0, 2**16)
WINDS = st.lists(st.tuples(st.integers(-20, 20), st.integers(-20, 20)), min_size=12, max_size=12)


def along(network, cells=None, k=4, **known):
    """Edges of a network, and their lengths by haversine."""
    pos, visible = network
    edge_index = knn_edges(pos, k, visible=visible, pos_dst=cells)
    km = haversine_km(pos, cells)[edge_index[1].numpy(), edge_index[0].numpy()]
    return Edges(edge_index, pos, cells, known or None), torch.from_numpy(km)


def winds_at(network, winds):
    return torch.tensor(winds[: len(network[0])], dtype=torch.float32)


@given(networks(), coordinates(1))
def test_distance_is_that_of_source_and_target(network, cells):
    edges, km = along(network, cells)
    np.testing.assert_allclose(10 * torch.expm1(2 * Distance()(edges).double()[:, 0]), km, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(edges.km, km, rtol=1e-9, atol=1e-3)


@given(networks(), coordinates(1))
def test_bearing_points_from_the_target_to_the_source(network, cells):
    edges, _ = along(network, cells)
    source, target = unit_sphere(network[0])[edges.edge_index[0]], unit_sphere(cells)[edges.edge_index[1]]
    assert_points_to(Bearing()(edges), cells[edges.edge_index[1]], target, source)


@given(networks())
def test_directions_are_seen_from_either_end(network):
    edges, _ = along(network)
    pos = network[0]
    source, target = unit_sphere(pos)[edges.edge_index]
    assert_points_to(torch.stack(edges.to_source, dim=1), pos[edges.edge_index[1]], target, source)
    assert_points_to(torch.stack(edges.to_target, dim=1), pos[edges.edge_index[0]], source, target)


def assert_points_to(direction, pos, here, there):
    """East and north parts are those of the way to there, in the plane that touches the sphere here."""
    longitude = torch.deg2rad(pos[:, 0])
    to_east = torch.stack([-longitude.sin(), longitude.cos(), torch.zeros_like(longitude)], dim=1)
    to_north = torch.linalg.cross(here, to_east)
    plane = torch.stack([(there * to_east).sum(dim=1), (there * to_north).sum(dim=1)], dim=1)
    assert torch.allclose(plane, direction.double() * plane.norm(dim=1, keepdim=True), rtol=0, atol=1e-6)


@given(networks())
def test_bearing_is_a_unit_vector_or_zero_where_stations_coincide(network):
    edges, km = along(network)
    length = Bearing()(edges).norm(dim=1)
    # From the antipodes, all directions are the same way.
    sure = km < 20_000
    assert torch.allclose(length[sure], (km > 1e-3).float()[sure])


@given(networks(), SEED)
def test_features_go_with_their_edges(network, seed):
    edges, _ = along(network)
    order = torch.randperm(edges.edge_index.size(1), generator=torch.Generator().manual_seed(seed))
    features = EdgeFeatures([Distance(), Bearing(), GaussianWeight()])
    shuffled = Edges(edges.edge_index[:, order], network[0])
    assert torch.equal(features(shuffled), features(edges)[order])


@given(networks(), st.none() | coordinates(0))
def test_edges_may_be_measured_in_parts(network, cells):
    whole, _ = along(network, cells)
    # As is done where there are many.
    with mock.patch.object(graph_edges, "_AT_ONCE", 5):
        parts, _ = along(network, cells)
        assert torch.equal(parts.km, whole.km)
        assert torch.equal(EdgeFeatures()(parts), EdgeFeatures()(whole))


@given(networks(), st.permutations([Distance(), Bearing(), GaussianWeight(), Distance()]))
def test_features_stand_side_by_side(network, parts):
    edges, _ = along(network)
    together = EdgeFeatures(parts)(edges)
    assert together.shape == (edges.edge_index.size(1), EdgeFeatures(parts).dim)
    assert together.dtype == torch.float32
    assert torch.equal(together, torch.cat([part(edges) for part in parts], dim=1))


@given(networks(), st.integers(-2, 2))
def test_full_turns_leave_features_as_they_are(network, turns):
    edges, km = along(network)
    turned = Edges(edges.edge_index, network[0] + torch.tensor([360.0 * turns, 0.0], dtype=torch.float64))
    # Not where the direction is a matter of rounding: at the antipodes.
    sure = km < 20_000
    assert torch.allclose(EdgeFeatures()(edges)[sure], EdgeFeatures()(turned)[sure], atol=1e-5)


@given(networks(), st.none() | coordinates(0), st.integers(1, 8))
def test_what_was_measured_to_find_neighbors_is_what_is_measured_of_their_edges(network, cells, k):
    pos, visible = network
    found = knn(pos, k, visible=visible, pos_dst=cells)
    anew = Edges(knn_edges(pos, k, visible=visible, pos_dst=cells), pos, cells)
    assert torch.equal(found.edge_index, anew.edge_index)
    assert torch.allclose(found.km, anew.km, rtol=0, atol=1e-8)
    assert torch.equal(EdgeFeatures()(found), EdgeFeatures()(anew))


@given(networks(), st.none() | coordinates(0), st.integers(1, 8))
def test_the_graph_of_a_model_is_its_edges_and_their_features(network, cells, k):
    pos, visible = network
    edge_index, edge_attr = KNNGraphBuilder(k)(pos, visible, cells)
    assert torch.equal(edge_index, knn_edges(pos, k, visible=visible, pos_dst=cells))
    assert torch.equal(edge_attr, EdgeFeatures()(Edges(edge_index, pos, cells)))


@given(networks(), st.sampled_from([1.0, 50.0, 5000.0]))
def test_gaussian_weights_fall_with_distance(network, length_km):
    edges, km = along(network)
    weight = GaussianWeight(length_km)(edges)[:, 0]
    assert torch.allclose(weight.double(), torch.exp(-0.5 * (km / length_km) ** 2), atol=1e-6)


@given(networks(), st.none() | coordinates(1), st.sampled_from([0.0, 1.0, 2.0, 30.0]))
def test_inverse_distance_weights_sum_to_one_at_each_target(network, cells, power):
    edges, km = along(network, cells)
    weight, target = InverseDistanceWeight(power)(edges)[:, 0].double(), edges.edge_index[1]
    targets = len(network[0] if cells is None else cells)
    total = torch.zeros(targets, dtype=torch.float64).index_add(0, target, weight)
    assert torch.allclose(total[target], torch.ones(len(target), dtype=torch.float64), atol=1e-5)
    # Ratios are those of the definition, where no weight is too small to be divided by.
    plain = km.clamp(min=1e-3) ** -power
    expected = plain / torch.zeros(targets, dtype=torch.float64).index_add(0, target, plain)[target]
    assert torch.allclose(weight, expected, rtol=1e-3, atol=1e-5)


@given(networks(max_size=12), WINDS)
def test_wind_helps_as_much_as_the_opposite_wind_hinders(network, winds):
    wind = winds_at(network, winds)
    with_it, against = (WindAlignment()(along(network, wind=each)[0]) for each in (wind, -wind))
    assert torch.equal(with_it, -against)
    assert (with_it.abs() <= 1 + 1e-6).all()
    edges, _ = along(network)
    calm = wind[edges.edge_index[0]].norm(dim=1) < 0.5
    assert (with_it[calm] == 0).all()


@given(networks(max_size=12), st.integers(1, 20))
def test_wind_straight_to_the_target_is_aligned_with_it(network, speed):
    pos = network[0]
    edges, km = along((pos, torch.ones(len(pos), dtype=torch.bool)), k=1)
    # Each station has the wind that blows to the first target that hears it.
    wind, towards = torch.zeros(len(pos), 2), torch.stack(edges.to_target, dim=1)
    first = {int(source): edge for edge, source in reversed(list(enumerate(edges.edge_index[0])))}
    for source, edge in first.items():
        wind[source] = speed * towards[edge]
    blown = Edges(edges.edge_index, pos, src={"wind": wind})
    chosen = [edge for edge in first.values() if 1e-2 < km[edge] < 20_000]
    assert torch.allclose(WindAlignment()(blown)[chosen], torch.ones(len(chosen), 1), atol=1e-5)
    hours = km[chosen] / (3.6 * speed)
    assert torch.allclose(TravelTime()(blown)[chosen, 0].double(), (hours / 24).clamp(max=1), rtol=1e-4)


@given(networks(max_size=12), WINDS, st.floats(0.1, 100), st.floats(0.1, 100))
def test_travel_time_is_a_share_of_the_limit(network, winds, one, other):
    edges, km = along(network, wind=winds_at(network, winds))
    short, long = sorted([one, other])
    soon, late = TravelTime(short)(edges)[:, 0], TravelTime(long)(edges)[:, 0]
    assert ((soon >= 0) & (soon <= 1)).all()
    assert (late <= soon + 1e-6).all()
    assert (soon[edges.km == 0] == 0).all()
    from_behind = WindAlignment()(edges)[:, 0] < 0
    assert (soon[from_behind & (km > 1e-3)] == 1).all()


@given(networks(max_size=12), st.lists(st.integers(-100, 5000), min_size=12, max_size=12))
def test_what_is_up_one_way_is_down_the_other(network, meters):
    pos = network[0]
    edge_index = radius_edges(pos, 20_000.0)
    known = {"elevation": torch.tensor(meters[: len(pos)], dtype=torch.float32)}
    there, back = (ElevationDifference()(Edges(each, pos, src=known)) for each in (edge_index, edge_index.flip(0)))
    assert torch.equal(there, -back)
    source, target = edge_index
    assert torch.allclose(there[:, 0], (known["elevation"][target] - known["elevation"][source]) / 1000)
