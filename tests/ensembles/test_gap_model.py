"""Filling the gaps of stations with an ensemble."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from gap_samples import NetworkMean, random_gap_model, series
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.baselines import SpaceTimeFiller
from aqnet_pyg.ensembles import GapIntervals, GapModel
from aqnet_pyg.inference import STATUS
from aqnet_pyg.nn import GapNetwork
from aqnet_pyg.nn.gap_features import REACH
from aqnet_pyg.nn.gap_network import LARGEST_LOGARITHM, bounded


def intervals():
    rng = np.random.default_rng(0)
    value, length = rng.uniform(20, 100, 5000), rng.integers(1, 60, 5000)
    truth = value + rng.normal(0, 5 + length / 4)
    return GapIntervals().fit(value, np.full(5000, 5.0), length, np.ceil(length / 2), truth)


def test_without_networks_it_is_the_background():
    coordinates, values, time = series(hours=60)
    model = random_gap_model(coordinates, values, time, networks=0)
    np.testing.assert_allclose(model.fill(values, time).value, model.filler.fill(values, time))


def test_estimates_are_the_mean_of_the_networks():
    coordinates, values, time = series(hours=60)
    model = random_gap_model(coordinates, values, time)
    singles = [GapModel(model.filler, [network], model.scaler).fill(values, time).value for network in model.networks]
    assert not np.allclose(*singles, equal_nan=True)
    np.testing.assert_allclose(model.fill(values, time).value, np.mean(singles, axis=0))


def test_weights_are_those_of_hours_with_and_without_neighbors_that_measured():
    coordinates, values, time = series(hours=60)
    model = random_gap_model(coordinates, values, time)
    background = SpaceTimeFiller().fit(coordinates, values, time)
    values[20:25] = np.nan
    full, near = (
        GapModel(background, model.networks, model.scaler, weights=weights).fill(values, time).value
        for weights in ((1.0, 1.0), (0.5, 0.0))
    )
    start = background.fill(values, time)
    gap = np.isnan(values)
    np.testing.assert_allclose(near[20:25], start[20:25])
    gap[20:25] = False
    positive = gap & (np.minimum(full, near) > 0)
    np.testing.assert_allclose((near - start)[positive], 0.5 * (full - start)[positive], rtol=1e-5, atol=1e-5)
    assert np.abs(full[20:25] - start[20:25]).max() > 0.1


def test_a_known_background_is_not_estimated_again():
    coordinates, values, time = series(hours=200)
    model = random_gap_model(coordinates, values, time)
    model = GapModel(SpaceTimeFiller().fit(coordinates, values, time), model.networks, model.scaler, intervals())
    chosen = np.arange(len(time)) // 20 == 5
    around = np.convolve(chosen, np.ones(2 * REACH + 1), "same") > 0
    background = model.filler.estimate(values, time, around)
    model.filler, expected = None, model.fill(values, time)
    filled = model.fill(values, time, background=background)
    for one, other in zip(filled, expected, strict=True):
        np.testing.assert_array_equal(one[chosen], other[chosen])
    outside = np.isnan(values) & ~around[:, None]
    assert outside.any()
    assert np.isnan(filled.value[outside]).all()


def test_error_networks_scale_the_intervals():
    coordinates, values, time = series(hours=60)
    model = random_gap_model(coordinates, values, time, networks=0)
    model.intervals = intervals()
    constants = []
    for logarithm in (0.2, 0.6, 1e6):
        network = GapNetwork(8).eval()
        torch.nn.init.constant_(network.layers[-1].bias, logarithm)
        constants.append(network)
    first, second, extreme = constants
    filled, larger, largest = (
        replace(model, error_networks=each).fill(values, time) for each in ((), (first, second), (extreme,))
    )
    np.testing.assert_array_equal(filled.value, larger.value)
    gap = (filled.status == STATUS["filled"]) & (filled.value > 0)
    width, wider, widest = ((each.upper - each.value)[gap] for each in (filled, larger, largest))
    factor = np.exp(bounded(torch.tensor([0.2, 0.6])).mean().item())
    np.testing.assert_allclose(wider, factor * width, rtol=1e-5)
    np.testing.assert_allclose(widest, np.exp(LARGEST_LOGARITHM) * width, rtol=1e-5)


@given(st.integers(0, 1000), st.floats(0.05, 0.6))
def test_a_measured_value_comes_back_bit_for_bit(seed, missing):
    coordinates, values, time = series(hours=30, seed=seed, missing=missing)
    values = values.astype(np.float32)
    model = random_gap_model(coordinates, values, time)
    model.intervals = intervals()
    before = values.copy()
    filled = model.fill(values, time)
    np.testing.assert_array_equal(values, before)
    measured = np.isfinite(values)
    for each in filled[:3]:
        assert (each[measured].astype(np.float32) == values[measured]).all()
    np.testing.assert_array_equal(filled.status == STATUS["measured"], measured)
    gap = filled.status == STATUS["filled"]
    assert (filled.value[gap] >= 0).all()
    assert (filled.lower[gap] <= filled.upper[gap]).all()


def test_hours_without_an_estimate_are_not_filled():
    coordinates, values, time = series(hours=60)
    values[20:25] = np.nan
    filled = random_gap_model(coordinates, values, time).fill(values, time)
    assert (filled.status[20:25] == STATUS["not_filled_nothing_measured_near"]).all()
    for each in filled[:3]:
        assert np.isnan(each[20:25]).all()
    assert (filled.status[:20][np.isnan(values[:20])] == STATUS["filled"]).all()


def test_without_intervals_there_are_none_in_gaps():
    coordinates, values, time = series(hours=60)
    filled = random_gap_model(coordinates, values, time).fill(values, time)
    gap = filled.status == STATUS["filled"]
    assert np.isnan(filled.lower[gap]).all()
    assert np.isnan(filled.upper[gap]).all()
    assert np.isfinite(filled.value[gap]).all()


@given(st.integers(0, 100), st.permutations(range(8)))
def test_relabeled_stations_have_relabeled_values(seed, order):
    (longitude, latitude), values, time = series(hours=40, seed=seed)
    one = random_gap_model((longitude, latitude), values, time)
    other = random_gap_model((longitude[order], latitude[order]), values[:, order], time)
    for model in (one, other):
        model.filler.std_, model.intervals = 30.0, intervals()
        model.scaler = one.scaler
        model.__post_init__()
    for first, second in zip(one.fill(values, time), other.fill(values[:, order], time), strict=True):
        np.testing.assert_allclose(second, first[:, order], rtol=1e-4)


def test_full_turns_of_longitude_have_no_effect():
    (longitude, latitude), values, time = series(hours=60)
    longitude = 205 + np.round(longitude * 4) / 4 - 115 + np.arange(8) / 32  # differences from 360 are exact
    one, other = (
        random_gap_model((degrees, latitude), values, time).fill(values, time)
        for degrees in (longitude, longitude - 360)
    )
    for first, second in zip(one, other, strict=True):
        np.testing.assert_array_equal(first, second)


def test_the_state_restores_the_model(monkeypatch):
    monkeypatch.setattr("aqnet_pyg.ensembles.gap_model.FILLERS", {"NetworkMean": NetworkMean})
    coordinates, values, time = series(hours=60)
    model = random_gap_model(coordinates, values, time)
    model.intervals, model.error_networks = intervals(), model.networks[:1]
    again = GapModel.from_state(model.state())
    assert (again.target, again.stations) == (model.target, model.stations)
    for one, other in zip(model.fill(values, time), again.fill(values, time), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_model_of_an_earlier_version_is_refused():
    state = random_gap_model(*series(hours=60)).state()
    del state["error_networks"]
    with pytest.raises(ValueError, match="saved by an earlier version"):
        GapModel.from_state(state)


def test_an_unknown_filler_is_refused():
    model = random_gap_model(*series(hours=60))
    with pytest.raises(ValueError, match="'NetworkMean' is unknown"):
        GapModel.from_state(model.state())
