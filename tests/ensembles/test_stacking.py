"""Stacking weights by distance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.ensembles.stacking import HoldOutErrors, StackingWeights


def errors(share, km, far=False, seed=0, stations=20, days=20, noise=0.0, weather=0.0):
    """Errors of a member whose best weight is a share, which varies by ``noise`` between stations and by ``weather`` between
    days."""
    rng = np.random.default_rng(seed)
    increments = rng.normal(size=(5 * days, stations))
    day = np.repeat(np.arange(days), 5)[:, None]
    residual = increments * (
        share + noise * rng.normal(size=stations) + weather * rng.normal(size=(days, 1))[day[:, 0]]
    )
    station = [f"{km} {number}" for number in range(stations)]
    station, day = (np.broadcast_to(each, increments.shape).ravel() for each in (station, day))
    return HoldOutErrors(increments.reshape(-1, 1), residual.ravel(), np.full(increments.size, km), station, day, far)


def test_weights_differ_near_and_far():
    weights = StackingWeights.fit([errors(0.2, 5.0), errors(0.2, 5.0, seed=1), errors(0.9, 100.0, far=True)], prior=0.5)
    np.testing.assert_allclose(weights(np.array([0.0, 5.0, 100.0, 500.0]))[:, 0], [0.0, 0.2, 0.9, 0.9], atol=1e-6)
    assert 0.0 < weights(np.array([1.0]))[0, 0] < 0.2 < weights(np.array([30.0]))[0, 0] < 0.9


@pytest.mark.parametrize(("share", "weight"), [(0.4, 0.4), (-1.0, 0.0), (3.0, 1.0)])
def test_one_holdout_gives_one_weight_between_0_and_1(share, weight):
    weights = StackingWeights.fit([errors(share, 5.0, stations=500)], prior=0.5)
    np.testing.assert_allclose(weights(np.array([5.0, 50.0])), weight, atol=5e-3)


@given(
    share=st.floats(-1.0, 2.0),
    noise=st.floats(0.0, 3.0),
    prior=st.floats(0.0, 1.0),
    stations=st.integers(1, 30),
    seed=st.integers(0, 100),
)
def test_a_weight_is_between_the_prior_and_least_squares(share, noise, prior, stations, seed):
    holdout = errors(share, 5.0, seed=seed, stations=stations, noise=noise)
    increments = holdout.increments[:, 0]
    best = np.clip(increments @ holdout.residual / (increments @ increments), 0.0, 1.0)
    weight = StackingWeights.fit([holdout], prior).weights.item()
    assert min(prior, best) - 1e-6 <= weight <= max(prior, best) + 1e-6


@pytest.mark.parametrize(("units", "apart"), [("stations", "noise"), ("days", "weather")])
def test_few_stations_or_days_that_disagree_move_the_weights_less_than_many(units, apart):
    def away(number, by=1.0):
        holdouts = (errors(1.0, 5.0, seed=seed, **{units: number, apart: by}) for seed in range(8))
        return np.mean([abs(StackingWeights.fit([each], 0.5).weights.item() - 0.5) for each in holdouts])

    assert away(4) < 0.6 * away(100)
    assert away(4, by=0.01) > 0.45


def test_repeated_hours_do_not_count_as_stations():
    once = errors(1.0, 5.0, stations=6, noise=0.8)
    often = HoldOutErrors(*(np.concatenate([part] * 50) for part in once[:-1]), once.far)
    np.testing.assert_allclose(StackingWeights.fit([often], 0.5).weights, StackingWeights.fit([once], 0.5).weights)


@pytest.mark.parametrize("holdout", [errors(1.0, 5.0, stations=1), errors(1.0, 5.0, days=1), None])
def test_without_evidence_the_prior_remains(holdout):
    if holdout is None:
        holdout = errors(1.0, 5.0)._replace(increments=np.zeros((2000, 1)))
    assert StackingWeights.fit([holdout], prior=0.3)(np.array([5.0])) == 0.3


def test_two_near_holdouts_have_one_knot():
    weights = StackingWeights.fit([errors(0.2, 5.0), errors(0.6, 6.0, seed=1)], prior=0.5)
    shares = weights(np.array([5.6, 6.0, 100.0]))
    np.testing.assert_allclose(shares[:, 0], shares[0, 0])
    assert 0.3 < shares[0, 0] < 0.5


def test_members_share_the_residual_and_no_weight_is_negative():
    rng = np.random.default_rng(0)
    increments = rng.normal(size=(5000, 3))
    residual = increments @ [0.7, 0.3, -0.4]
    holdout = HoldOutErrors(
        increments, residual, np.full(5000, 5.0), np.arange(5000) % 500, np.arange(5000) // 500, far=False
    )
    weights = StackingWeights.fit([holdout], prior=1 / 3)
    np.testing.assert_allclose(weights.weights, [[0.7, 0.3, 0.0]], atol=0.02)


def test_weights_come_back_from_their_state():
    weights = StackingWeights.fit([errors(0.2, 5.0), errors(0.9, 100.0, far=True)], prior=0.5)
    again = StackingWeights.from_state(weights.state())
    distance = np.array([0.0, 3.0, 50.0])
    np.testing.assert_array_equal(again(distance), weights(distance))
