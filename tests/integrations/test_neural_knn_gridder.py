"""The gridder that is fitted to its points alone."""

import doctest
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from integrations.gridder_data import bands, mercator, points, smooth
from sklearn.base import clone

from aqnet_pyg.baselines import OrdinaryKriging
from aqnet_pyg.integrations import NeuralKNNGridder
from aqnet_pyg.integrations import neural_knn_gridder as module
from aqnet_pyg.training import snapshots as training

SNAPSHOTS = module.MIN_SNAPSHOTS


def test_known_points_are_recovered():
    here = points()
    values = smooth(here)
    exact = NeuralKNNGridder(nugget=0).fit(here, values)
    np.testing.assert_allclose(exact.predict(here), values, atol=1e-3)
    np.testing.assert_allclose(NeuralKNNGridder().fit(here, values).predict(here), values, atol=1.0)


def test_the_examples_run():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("steps", [None, 0])
def test_one_snapshot_is_ordinary_kriging(steps):
    here, others = points(), points(30, seed=1)
    values = smooth(here) + np.random.default_rng(0).normal(0, 3, len(here[0]))
    gridder = NeuralKNNGridder(steps=steps).fit(here, values)
    kriging = OrdinaryKriging().fit(here, values[None])
    assert (gridder.range_km_, gridder.nugget_) == (kriging.range_km_, kriging.nugget_)
    np.testing.assert_allclose(gridder.predict(others), kriging.predict(others, values[None])[0], atol=1e-8)


def test_training_improves_on_kriging_where_the_field_depends_on_the_direction():
    here, others = points(60), points(60, seed=1)
    error = {}
    for steps in (0, None):
        predicted = NeuralKNNGridder(steps=steps).fit(here, bands(here, SNAPSHOTS)).predict(others)
        error[steps] = np.sqrt(np.mean(np.square(np.array(predicted) - bands(others, SNAPSHOTS))))
    assert error[None] < 0.9 * error[0]


def test_in_training_no_point_depends_on_itself_nor_on_a_hidden_one():
    here = points(20)
    interpolator = NeuralKNNGridder(steps=5, k=4).fit(here, bands(here, SNAPSHOTS)).interpolator_
    snapshots, visible = torch.arange(SNAPSHOTS), torch.arange(20) != 3
    before = interpolator(snapshots, visible).value
    interpolator.value[3] += 100
    assert torch.equal(before, interpolator(snapshots, visible).value)
    interpolator.value[5] += 100
    changed = (before != interpolator(snapshots, visible).value).any(dim=1)
    assert not changed[5]
    assert changed.sum() == 19


def test_chunks_do_not_change_predictions(monkeypatch):
    here, others = points(), points(30, seed=1)
    gridder = NeuralKNNGridder(steps=2).fit(here, bands(here, SNAPSHOTS))
    whole = gridder.predict(others)
    monkeypatch.setattr(training, "CELLS_PER_CHUNK", 7)
    monkeypatch.setattr(training, "SNAPSHOTS_PER_CHUNK", 3)
    np.testing.assert_allclose(gridder.predict(others), whole, atol=1e-4)


def test_missing_values_are_left_out():
    here, others = points(), points(30, seed=1)
    values, absent = smooth(here), np.arange(60) % 4 == 0
    some = tuple(axis[~absent] for axis in here)
    expected = NeuralKNNGridder(steps=2).fit(some, values[~absent]).predict(others)
    gapped = np.where(absent, np.nan, values)
    np.testing.assert_array_equal(NeuralKNNGridder(steps=2).fit(here, gapped).predict(others), expected)
    # In each snapshot independently.
    kriging = NeuralKNNGridder(range_km=200, nugget=0.05, steps=0)
    both = kriging.fit(here, (gapped, values)).predict(others)
    np.testing.assert_allclose(both[0], kriging.fit(some, values[~absent]).predict(others), atol=1e-8)
    np.testing.assert_allclose(both[1], kriging.fit(here, values).predict(others), atol=1e-8)


@settings(max_examples=5)
@given(st.permutations(range(15)))
def test_the_order_of_points_does_not_matter(order):
    here, others = points(15), points(5, seed=1)
    data = bands(here, 2)
    gridder = NeuralKNNGridder(steps=2, k=4)
    expected = np.array(gridder.fit(here, data).predict(others))
    permuted = gridder.fit(tuple(axis[order] for axis in here), tuple(part[order] for part in data))
    np.testing.assert_array_equal(permuted.predict(others), expected)


@pytest.mark.parametrize("shifted", [np.ones(30, bool), np.arange(30) % 2 == 0], ids=["all", "some"])
def test_adding_360_degrees_does_not_matter(shifted):
    here, others = ((longitude - 200, latitude.round()) for longitude, latitude in (points(30), points(10, seed=1)))
    gridder = NeuralKNNGridder(steps=2)
    expected = gridder.fit(here, bands(here, 2)).predict(others)
    gridder.fit((here[0] + 360 * shifted, here[1]), bands(here, 2))
    np.testing.assert_allclose(gridder.predict(others), expected, atol=1e-9)
    np.testing.assert_allclose(gridder.predict((others[0] + 360, others[1])), expected, atol=1e-9)


def test_the_date_line_does_not_matter():
    longitude, latitude, values = np.array([179.5, -179.5, 179.0]), np.array([0.0, 0.0, 2.0]), np.array([1.0, 3.0, 9.0])
    gridder = NeuralKNNGridder(range_km=100, nugget=0.01)
    across = gridder.fit((longitude, latitude), values).predict((180.0, 0.0))
    inland = gridder.fit((longitude % 360 - 90, latitude), values).predict((90.0, 0.0))
    np.testing.assert_allclose(across, inland, atol=1e-9)


def test_training_is_seeded_and_restores_the_generator():
    here, others = points(30), points(10, seed=1)
    torch.manual_seed(0)
    state = torch.get_rng_state()
    first, second, other = (
        NeuralKNNGridder(range_km=200, nugget=0.1, steps=3, random_state=seed).fit(here, bands(here, 4)).predict(others)
        for seed in (0, 0, 1)
    )
    assert torch.equal(state, torch.get_rng_state())
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("snapshots", [1, SNAPSHOTS])
@pytest.mark.parametrize("steps", [None, 2])
def test_few_points_suffice(number, snapshots, steps):
    here = points(number)
    predicted = NeuralKNNGridder(steps=steps).fit(here, bands(here, snapshots)).predict(points(5, seed=1))
    assert np.isfinite(predicted).all()
    if number == 1:
        np.testing.assert_allclose(predicted, np.array(bands(here, snapshots)).reshape(-1, 1).repeat(5, 1).squeeze())


def test_coincident_points():
    here = tuple(np.tile(axis, 3) for axis in points(20))
    values = smooth(here) + np.repeat([-1.0, 0.0, 1.0], 20)
    for options in ({"range_km": 200, "nugget": 0}, {"steps": 2}):
        predicted = NeuralKNNGridder(**options).fit(here, values).predict(points(20))
        np.testing.assert_allclose(predicted, smooth(points(20)), atol=2.0)
    everything = np.full(4, 112.0), np.full(4, 35.0)
    assert np.isfinite(NeuralKNNGridder().fit(everything, np.arange(4.0)).predict(points(2))).all()


def test_a_constant_stays_constant():
    np.testing.assert_allclose(
        NeuralKNNGridder(steps=2).fit(points(), np.full(60, 7.0)).predict(points(5, seed=1)), 7.0
    )


def test_parameters_and_clones():
    gridder = NeuralKNNGridder(k=5, projection=mercator)
    copied = clone(gridder)
    assert copied.get_params() == gridder.get_params()
    assert repr(NeuralKNNGridder(maxdist_km=50)) == "NeuralKNNGridder(maxdist_km=50)"
    here = points(10)
    fitted = NeuralKNNGridder().fit(here, smooth(here))
    assert not hasattr(clone(fitted), "interpolator_")
    assert fitted.set_params(maxdist_km=10).maxdist_km == 10


def test_a_fitted_gridder_is_pickled():
    here, others = points(30), points(10, seed=1)
    gridder = NeuralKNNGridder(steps=2).fit(here, bands(here, 2))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(gridder)).predict(others), gridder.predict(others))
