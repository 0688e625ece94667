import numpy as np
import pytest
import torch

from aqnet_pyg.nn import KrigingBackground
from aqnet_pyg.training.snapshots import fit_snapshots


@pytest.fixture(scope="module")
def points():
    random = np.random.default_rng(0)
    values = random.normal(size=(20, 8))
    values[3, 2:4] = np.nan
    return np.stack([random.uniform(112, 114, 20), random.uniform(36, 38, 20)], axis=1), values


PLACES = torch.tensor([[113.01, 37.02], [112.5, 36.7]], dtype=torch.float64)


def fitted(points, steps, seed=0):
    return fit_snapshots(*points, KrigingBackground(), k=4, steps=steps, seed=seed)


def test_untrained_it_is_the_kriging(points):
    interpolator = fitted(points, 0)
    expected = interpolator.background(interpolator.value, interpolator.valid, interpolator.pos, PLACES)
    torch.testing.assert_close(interpolator.predict(PLACES), expected)


def test_a_training_depends_on_its_seed_only(points):
    state = torch.random.get_rng_state()
    first = fitted(points, 3).predict(PLACES)
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.rand(1)
    assert torch.equal(fitted(points, 3).predict(PLACES), first)
    assert not torch.equal(fitted(points, 3, seed=1).predict(PLACES), first)
    assert not torch.equal(fitted(points, 0).predict(PLACES), first)


def test_missing_and_invisible_values_have_no_effect(points):
    interpolator = fitted(points, 3)
    visible = torch.ones(len(points[0]), dtype=torch.bool)
    visible[5] = False
    snapshots = torch.arange(8)
    before = interpolator(snapshots, visible).value
    interpolator.value[5] += 100
    interpolator.value[3, 2:4] = 100
    assert torch.equal(interpolator(snapshots, visible).value, before)
