"""Edge features, against formulas of their own."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_geometric.data import Data

from aqnet_pyg.baselines import IDW
from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import (
    Bearing,
    Distance,
    EdgeFeatures,
    Edges,
    ElevationDifference,
    GaussianWeight,
    InverseDistanceWeight,
    TravelTime,
    WindAlignment,
    bearing,
    knn,
    knn_edges,
)
from aqnet_pyg.graph import edges as edges_module
from aqnet_pyg.graph import tie_breaking as order_module
from aqnet_pyg.testing import coordinates, haversine_km, networks

POWER, SPEED = st.floats(0, 50), st.floats(-30, 30)
EVERY = [
    Distance(),
    Bearing(),
    ElevationDifference(),
    GaussianWeight(30.0),
    InverseDistanceWeight(1.5),
    WindAlignment(0.2),
    TravelTime(12.0),
]


def connected(network, k=4, **known):
    """A network, its edges, and the brute-force distance of each."""
    pos, visible = network
    edge_index = knn_edges(pos, k, visible=visible)
    km = torch.from_numpy(haversine_km(pos))[edge_index[1], edge_index[0]]
    return pos, Edges(edge_index, pos, src=known), km


def blowing(east, north):
    """Two stations, the second 111 km north of the first, with the same wind at both: edges south, then north."""
    pos = torch.tensor([[10.0, 0.0], [10.0, 1.0]])
    wind = torch.tensor([[east, north]] * 2)
    return Edges(torch.tensor([[1, 0], [0, 1]]), pos, src={"wind": wind})


@given(networks())
def test_gaussian_weight_is_that_of_the_distance(network):
    _, edges, km = connected(network)
    expected = torch.exp(-((km / 700.0) ** 2) / 2)
    assert torch.allclose(GaussianWeight(700.0)(edges)[:, 0].double(), expected, atol=1e-6)


@given(networks(), POWER)
def test_inverse_distance_weights_of_a_target_sum_to_one(network, power):
    pos, edges, _ = connected(network)
    weight = InverseDistanceWeight(power)(edges)[:, 0]
    assert ((weight >= 0) & (weight <= 1)).all()
    total = torch.zeros(len(pos)).index_add_(0, edges.edge_index[1], weight)
    has = torch.bincount(edges.edge_index[1], minlength=len(pos)) > 0
    assert torch.allclose(total[has], torch.ones(int(has.sum())), atol=1e-5)


def test_inverse_distance_weights_are_those_of_the_baseline():
    rng = np.random.default_rng(0)
    pos, cells = (torch.from_numpy(rng.uniform([110, 35], [112, 37], (n, 2))) for n in (30, 9))
    values = rng.normal(size=30)
    baseline = IDW(k=5, power=2.0).fit(tuple(pos.numpy().T), values[None]).predict(tuple(cells.numpy().T), values[None])
    edges = knn(pos, 5, pos_dst=cells)
    weight = InverseDistanceWeight(2.0)(edges)[:, 0].double()
    ours = torch.zeros(9, dtype=torch.float64).index_add_(
        0, edges.edge_index[1], weight * torch.from_numpy(values)[edges.edge_index[0]]
    )
    np.testing.assert_allclose(ours, np.asarray(baseline)[0], rtol=1e-5)


@given(networks(), st.integers(0, 2**16))
def test_elevation_difference_is_how_much_higher_the_target_lies(network, seed):
    pos, visible = network
    height = torch.rand(len(pos), generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 4000
    source, target = edge_index = knn_edges(pos, 3, visible=visible)
    expected = (height[target] - height[source]) / 1000
    for features in (
        ElevationDifference()(Edges(edge_index, pos, src={"elevation": height})),
        ElevationDifference()(Edges(edge_index, pos, pos.clone(), {"elevation": height}, {"elevation": height})),
        EdgeFeatures([ElevationDifference()])(Edges(edge_index, pos, src={"elevation": height})),
    ):
        assert torch.allclose(features[:, 0].double(), expected, atol=1e-6)


@given(networks(), SPEED, SPEED)
def test_wind_alignment_is_the_cosine_of_the_angle_between_wind_and_way(network, east, north):
    pos, _ = network
    wind = torch.tensor([[east, north]]).expand(len(pos), 2)
    _, edges, km = connected(network, wind=wind)
    speed = float(np.hypot(np.float32(east), np.float32(north)))
    alignment = WindAlignment(calm=0.5)(edges)[:, 0].double()
    if speed < 0.5:
        assert (alignment == 0).all()
        return
    source, target = edges.edge_index
    angle = bearing(pos[source], pos[target]) - np.arctan2(east, north)
    sure = (km > 1e-3) & (km < 20_000)  # elsewhere the way has no direction
    assert torch.allclose(alignment[sure], angle.cos()[sure], atol=1e-5)
    assert (alignment.abs() <= 1 + 1e-6).all()


@given(networks(), SPEED, SPEED)
def test_travel_time_is_distance_over_wind_up_to_the_limit(network, east, north):
    pos, _ = network
    _, edges, km = connected(network, wind=torch.tensor([[east, north]], dtype=torch.float64).expand(len(pos), 2))
    hours = 10.0 * TravelTime(10.0)(edges)[:, 0].double()
    assert ((hours >= 0) & (hours <= 10)).all()
    source, target = edges.edge_index
    along = np.hypot(east, north) * (bearing(pos[source], pos[target]) - np.arctan2(east, north)).cos()
    sure = (km > 1e-3) & (km < 20_000) & (along.abs() > 1e-3)
    expected = torch.where(along > 0, km / (3.6 * along), torch.inf).clamp(max=10.0)
    assert torch.allclose(hours[sure], expected[sure], rtol=1e-3, atol=1e-3)


def test_a_south_wind_carries_air_north():
    edges = blowing(0.0, 5.0)
    assert WindAlignment()(edges)[:, 0].tolist() == pytest.approx([-1, 1])
    assert TravelTime(24.0)(edges)[:, 0].tolist() == pytest.approx([1, 111.195 / 18 / 24], rel=1e-4)


def test_in_calm_nothing_arrives_and_no_way_is_better():
    edges = blowing(0.0, 0.0)
    assert WindAlignment()(edges)[:, 0].tolist() == [0, 0]
    assert TravelTime()(edges)[:, 0].tolist() == [1, 1]


def test_in_the_same_place_air_is_there_already():
    pos = torch.tensor([[10.0, 1.0], [10.0, 1.0]])
    for wind in (torch.zeros(2, 2), torch.ones(2, 2)):
        edges = Edges(torch.tensor([[1], [0]]), pos, src={"wind": wind})
        assert TravelTime()(edges).item() == 0
        assert WindAlignment()(edges).item() == 0


@given(networks())
def test_direction_there_and_back_are_opposite_over_short_ways(network):
    _, edges, _ = connected((network[0] / 1000, network[1]))  # some hundred kilometers about the equator
    there, back = torch.stack(edges.to_source), torch.stack(edges.to_target)
    # Meridians turn by less than a thousandth over so short a way.
    assert torch.allclose(there, -back, atol=0.02)


@given(networks(), coordinates(1), st.integers(0, 2**16))
def test_edges_in_any_order_are_measured_alike(network, cells, seed):
    """However many at a time."""
    pos, visible = network
    edge_index = knn_edges(pos, 3, visible=visible, pos_dst=cells)
    order = torch.randperm(edge_index.size(1), generator=torch.Generator().manual_seed(seed))
    with pytest.MonkeyPatch.context() as patch:
        for module in (edges_module, order_module):
            patch.setattr(module, "_AT_ONCE", 1 + seed % 9)
        assert torch.equal(knn_edges(pos, 3, visible=visible, pos_dst=cells), edge_index)
        few = measured(Edges(edge_index[:, order], pos, cells))
    for ours, theirs in zip(measured(Edges(edge_index, pos, cells)), few, strict=True):
        assert torch.equal(ours[order], theirs)


def measured(edges):
    return edges.km, *edges.to_source, *edges.to_target


def test_features_follow_positions():
    """They can be differentiated by them."""
    pos = torch.tensor([[0.0, 0.0], [1.0, 1.0]], requires_grad=True)
    features = EdgeFeatures([Distance(), Bearing(), GaussianWeight(100.0)])(Edges(torch.tensor([[1], [0]]), pos))
    assert torch.autograd.grad(features.sum(), pos)[0].isfinite().all()


def test_edges_found_and_edges_given_have_the_same_features():
    pos = torch.rand(50, 2, dtype=torch.float64) * 10 + 30
    known = {"elevation": torch.rand(50), "wind": torch.rand(50, 2)}
    for edges in (knn(pos, 5), knn(pos, 5, visible=torch.arange(50) < 3), knn(pos, 5, pos_dst=pos[:7] + 1)):
        cells = pos if len(pos) == len(edges.sphere[1]) else pos[:7] + 1
        assert torch.equal(EdgeFeatures()(edges), EdgeFeatures()(Edges(edges.edge_index, pos, cells)))
    assert EdgeFeatures(EVERY)(Edges(knn_edges(pos, 5), pos, src=known)).shape == (250, 8)


def test_at_a_pole_directions_are_those_of_the_meridians():
    pos = torch.tensor([[30.0, 90.0], [30.0, 89.0], [120.0, 89.0], [30.0, -90.0], [30.0, -89.0]], dtype=torch.float64)
    edges = Edges(torch.tensor([[1, 2, 4], [0, 0, 3]]), pos)
    east, north = edges.to_source
    assert east.tolist() == pytest.approx([0, 1, 0], abs=1e-6)
    assert north.tolist() == pytest.approx([-1, 0, 1], abs=1e-6)


def test_attributes_come_from_data():
    data = Data(pos=torch.tensor([[0.0, 0.0], [1.0, 0.0]]), elevation=torch.tensor([100.0, 300.0]))
    edges = Edges(torch.tensor([[0], [1]]), data.pos, src=data)
    assert ElevationDifference()(edges).item() == pytest.approx(0.2)
    assert edges.source("pos").tolist() == [[0, 0]]
    assert edges.target("pos").tolist() == [[1, 0]]


def test_targets_apart_have_attributes_of_their_own():
    edges = Edges(torch.tensor([[0], [0]]), torch.zeros(1, 2), torch.ones(1, 2), {"elevation": torch.zeros(1)})
    with pytest.raises(InputError, match="elevation: the targets have no such attribute"):
        ElevationDifference()(edges)


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({}, "wind: the sources have no such attribute; give it as data.wind"),
        ({"wind": torch.tensor([[1.0, 1.0], [1.0, torch.nan]])}, "wind: it is not known at row 1 of the sources"),
        ({"wind": torch.ones(2)}, r"wind: shape \[N\] was given; use \[N, 2\]"),
        ({"wind": torch.ones(2, 3)}, r"wind: shape \[N, 3\] was given; use \[N, 2\]"),
    ],
)
def test_a_wind_that_cannot_be_used_is_refused(known, message):
    edges = Edges(torch.tensor([[1], [0]]), torch.rand(2, 2), src=known)
    with pytest.raises(InputError, match=message):
        WindAlignment()(edges)


def test_a_wind_that_no_source_needs_may_be_unknown():
    edges = Edges(
        torch.tensor([[1], [0]]), torch.rand(2, 2), src={"wind": torch.tensor([[torch.nan, torch.nan], [3.0, 4.0]])}
    )
    assert WindAlignment()(edges).isfinite().all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GaussianWeight(0.0), "length_km: 0.0"),
        (lambda: InverseDistanceWeight(-1.0), "power: -1.0"),
        (lambda: WindAlignment(0.0), "calm: 0.0"),
        (lambda: TravelTime(float("nan")), "limit_hours: nan"),
    ],
)
def test_parameters_out_of_range_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize("feature", EVERY, ids=repr)
def test_features_can_be_written_down_and_pickled(feature):
    assert eval(repr(feature)) == feature
    assert pickle.loads(pickle.dumps(feature)) == feature


def test_an_own_feature_takes_five_lines():
    class Northing:
        dim = 1

        def __call__(self, edges):
            return (edges.source("pos")[:, 1] - edges.target("pos")[:, 1]).float()[:, None]

    pos = torch.tensor([[0.0, 0.0], [0.0, 1.0]])
    assert EdgeFeatures([Distance(), Northing()])(Edges(torch.tensor([[1], [0]]), pos))[0, 1] == 1
