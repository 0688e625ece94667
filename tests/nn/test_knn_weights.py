import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.graph import unit_sphere
from aqnet_pyg.nn import InverseDistance, LocalKriging
from aqnet_pyg.stations import EARTH_RADIUS_KM

WEIGHTS = [InverseDistance(), LocalKriging()]


def neighborhoods(seed, targets=4, k=6, steps=3):
    rng = np.random.default_rng(seed)
    source = torch.stack(
        [unit_sphere(torch.from_numpy(rng.uniform([115, 39], [118, 41], (k, 2)))) for _ in range(targets)]
    )
    target = unit_sphere(torch.from_numpy(rng.uniform([115, 39], [118, 41], (targets, 2))))
    return source, target, torch.from_numpy(rng.random((targets, k, steps)) < 0.7)


@pytest.mark.parametrize("weights", WEIGHTS)
@given(seed=st.integers(0, 10_000))
def test_weights_sum_to_one_and_are_zero_where_not_valid(weights, seed):
    source, target, valid = neighborhoods(seed)
    weight = weights(source, target, valid)
    assert (weight[~valid] == 0).all()
    expected = valid.any(dim=1).float()
    assert torch.allclose(weight.sum(dim=1), expected, atol=1e-5)


@pytest.mark.parametrize("weights", WEIGHTS)
@torch.no_grad()
def test_coincident_stations_share_and_a_station_at_the_target_wins(weights):
    pos = torch.tensor([[116.0, 40.0], [116.0, 40.0], [117.0, 40.0], [118.0, 41.0]], dtype=torch.float64)
    weight = weights(unit_sphere(pos)[None], unit_sphere(pos[:1]), torch.ones(1, 4, 1, dtype=torch.bool))[0, :, 0]
    assert weight[0] == pytest.approx(weight[1].item(), abs=1e-5)
    assert weight[:2].sum() > 0.9


@pytest.mark.parametrize("share", [0.2, 0.7, 0.95])
@given(seed=st.integers(0, 10_000), k=st.integers(1, 20))
def test_without_gradients_kriging_is_as_with_them(share, seed, k):
    weights = LocalKriging()
    source, target, _ = neighborhoods(seed, k=k, steps=8)
    valid = torch.rand(4, k, 8, generator=torch.Generator().manual_seed(seed)) < share
    found, expected = weights.at(source, target)(valid), weights(source, target, valid)
    assert expected.requires_grad
    assert not found.requires_grad
    assert torch.allclose(found, expected, atol=1e-4)


@given(seed=st.integers(0, 10_000))
def test_kriging_is_ordinary_kriging_of_the_valid_neighbors(seed):
    weights = LocalKriging(ranges_km=(150.0,), nugget=0.1)
    source, target, valid = neighborhoods(seed, targets=1, steps=1)
    use = valid[0, :, 0].numpy()
    if not use.any():
        return
    # The textbook system with a Lagrange multiplier, in float64.
    points, place = source[0].numpy()[use], target[0].numpy()
    between = np.linalg.norm(points[:, None] - points[None], axis=2) * EARTH_RADIUS_KM
    count = use.sum()
    system = np.ones((count + 1, count + 1))
    system[:count, :count] = np.exp(-between / 150.0) + 0.1 * np.eye(count)
    system[count, count] = 0
    towards = np.exp(-np.linalg.norm(points - place, axis=1) * EARTH_RADIUS_KM / 150.0)
    expected = np.linalg.solve(system, np.append(towards, 1.0))[:count]
    assert weights(source, target, valid)[0, :, 0].detach().numpy()[use] == pytest.approx(expected, abs=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("weights", WEIGHTS)
def test_steps_with_the_same_stations_are_as_each_alone(weights):
    source, target, valid = neighborhoods(5)
    same = valid[:, :, :1].expand(-1, -1, 4)
    weight = weights(source, target, same)
    assert weight.shape == same.shape
    assert torch.equal(weight, weights(source, target, same[:, :, :1]).expand(-1, -1, 4))


@torch.no_grad()
@pytest.mark.parametrize("k", [3, 6, 63])  # 63 neighbors are too many to group steps by them
@given(seed=st.integers(0, 10_000))
def test_kriging_of_many_steps_is_that_of_each_alone(k, seed):
    weights = LocalKriging()
    source, target, valid = neighborhoods(seed, k=k, steps=8)
    alone = [weights(source, target, step) for step in valid.split(1, dim=2)]
    assert torch.allclose(weights(source, target, valid), torch.cat(alone, dim=2), atol=1e-5)


@torch.no_grad()
def test_inverse_distance_by_hand():
    pos = torch.tensor([[0.0, 1.0], [0.0, -2.0]], dtype=torch.float64)
    weight = InverseDistance(2.0)(
        unit_sphere(pos)[None], unit_sphere(torch.zeros(1, 2)), torch.ones(1, 2, 1, dtype=torch.bool)
    )
    assert weight[0, :, 0].tolist() == pytest.approx([0.8, 0.2], abs=1e-3)


def test_repr():
    assert repr(InverseDistance()) == "InverseDistance(power=2.0)"
    assert repr(LocalKriging()) == "LocalKriging(ranges_km=(30.0, 300.0), nugget=0.05)"
