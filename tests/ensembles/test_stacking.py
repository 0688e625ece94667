"""Weights of methods, by distance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.ensembles.stacking import Exam, Mixture


def exam(share, km, far=False, seed=0, stations=20, days=20, noise=0.0, weather=0.0):
    """Stations at which a method is worth a share of what it adds, apart by ``noise`` from place to place, and by
    ``weather`` from day to day."""
    rng = np.random.default_rng(seed)
    added = rng.normal(size=(5 * days, stations))
    day = np.repeat(np.arange(days), 5)[:, None]
    wanted = added * (share + noise * rng.normal(size=stations) + weather * rng.normal(size=(days, 1))[day[:, 0]])
    station = [f"{km} {number}" for number in range(stations)]
    station, day = (np.broadcast_to(each, added.shape).ravel() for each in (station, day))
    return Exam(added.reshape(-1, 1), wanted.ravel(), np.full(added.size, km), station, day, far)


def test_weights_are_what_a_method_earned_near_and_far():
    weights = Mixture.fitted([exam(0.2, 5.0), exam(0.2, 5.0, seed=1), exam(0.9, 100.0, far=True)], guess=0.5)
    np.testing.assert_allclose(weights(np.array([0.0, 5.0, 100.0, 500.0]))[:, 0], [0.0, 0.2, 0.9, 0.9], atol=1e-6)
    assert 0.0 < weights(np.array([1.0]))[0, 0] < 0.2 < weights(np.array([30.0]))[0, 0] < 0.9


@pytest.mark.parametrize(("share", "trusted"), [(0.4, 0.4), (-1.0, 0.0), (3.0, 1.0)])
def test_one_exam_makes_one_share_between_nothing_and_all(share, trusted):
    weights = Mixture.fitted([exam(share, 5.0, stations=500)], guess=0.5)
    np.testing.assert_allclose(weights(np.array([5.0, 50.0])), trusted, atol=5e-3)


@given(
    share=st.floats(-1.0, 2.0),
    noise=st.floats(0.0, 3.0),
    guess=st.floats(0.0, 1.0),
    stations=st.integers(1, 30),
    seed=st.integers(0, 100),
)
def test_a_weight_is_between_the_guess_and_what_was_earned(share, noise, guess, stations, seed):
    examined = exam(share, 5.0, seed=seed, stations=stations, noise=noise)
    added = examined.added[:, 0]
    earned = np.clip(added @ examined.wanted / (added @ added), 0.0, 1.0)
    weight = Mixture.fitted([examined], guess).weights.item()
    assert min(guess, earned) - 1e-6 <= weight <= max(guess, earned) + 1e-6


@pytest.mark.parametrize(("units", "apart"), [("stations", "noise"), ("days", "weather")])
def test_few_stations_or_days_that_disagree_say_less_than_many(units, apart):
    def away(number, by=1.0):
        exams = (exam(1.0, 5.0, seed=seed, **{units: number, apart: by}) for seed in range(8))
        return np.mean([abs(Mixture.fitted([each], 0.5).weights.item() - 0.5) for each in exams])

    assert away(4) < 0.6 * away(100)
    assert away(4, by=0.01) > 0.45


def test_hours_do_not_stand_for_stations():
    once = exam(1.0, 5.0, stations=6, noise=0.8)
    often = Exam(*(np.concatenate([part] * 50) for part in once[:-1]), once.far)
    np.testing.assert_allclose(Mixture.fitted([often], 0.5).weights, Mixture.fitted([once], 0.5).weights)


@pytest.mark.parametrize("examined", [exam(1.0, 5.0, stations=1), exam(1.0, 5.0, days=1), None])
def test_where_nothing_was_learned_the_guess_is_left(examined):
    if examined is None:
        examined = exam(1.0, 5.0)._replace(added=np.zeros((2000, 1)))
    assert Mixture.fitted([examined], guess=0.3)(np.array([5.0])) == 0.3


def test_two_near_exams_are_not_near_and_far():
    weights = Mixture.fitted([exam(0.2, 5.0), exam(0.6, 6.0, seed=1)], guess=0.5)
    shares = weights(np.array([5.6, 6.0, 100.0]))
    np.testing.assert_allclose(shares[:, 0], shares[0, 0])
    assert 0.3 < shares[0, 0] < 0.5


def test_methods_share_what_is_wanted_and_never_against_it():
    rng = np.random.default_rng(0)
    added = rng.normal(size=(5000, 3))
    wanted = added @ [0.7, 0.3, -0.4]
    examined = Exam(added, wanted, np.full(5000, 5.0), np.arange(5000) % 500, np.arange(5000) // 500, far=False)
    weights = Mixture.fitted([examined], guess=1 / 3)
    np.testing.assert_allclose(weights.weights, [[0.7, 0.3, 0.0]], atol=0.02)
