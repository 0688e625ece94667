"""Weights of methods, by distance."""

import numpy as np
import pytest

from aqnet_pyg.evaluation.mixture import Exam, Mixture


def exam(share, km, far=False, seed=0):
    said = np.random.default_rng(seed).normal(size=2000)
    return Exam(said[:, None], share * said, np.full(2000, km), far)


def test_weights_are_what_a_method_earned_near_and_far():
    weights = Mixture.fitted([exam(0.2, 5.0), exam(0.2, 5.0, seed=1), exam(0.9, 100.0, far=True)])
    np.testing.assert_allclose(weights(np.array([1.0, 5.0, 100.0, 500.0]))[:, 0], [0.2, 0.2, 0.9, 0.9], atol=1e-6)
    assert 0.2 < weights(np.array([30.0]))[0, 0] < 0.9


@pytest.mark.parametrize(("share", "trusted"), [(0.4, 0.4), (-1.0, 0.0), (3.0, 1.0)])
def test_one_exam_makes_one_share_between_nothing_and_all(share, trusted):
    np.testing.assert_allclose(Mixture.fitted([exam(share, 5.0)], most=1.0)(np.array([0.0, 50.0])), trusted, atol=1e-6)


def test_a_method_that_says_nothing_has_no_weight():
    assert Mixture.fitted([Exam(np.zeros((3, 1)), np.ones(3), np.ones(3), False)])(np.array([1.0]))[0] == 0


def test_two_near_exams_are_not_near_and_far():
    weights = Mixture.fitted([exam(0.2, 5.0), exam(0.6, 6.0, seed=1)])
    shares = weights(np.array([1.0, 5.0, 6.0, 100.0]))
    np.testing.assert_allclose(shares[:, 0], shares[0, 0])
    assert 0.3 < shares[0, 0] < 0.5


def test_methods_share_what_is_wanted_and_never_against_it():
    rng = np.random.default_rng(0)
    said = rng.normal(size=(5000, 3))
    wanted = said @ [0.7, 0.3, -0.4]
    weights = Mixture.fitted([Exam(said, wanted, np.full(5000, 5.0), False)])
    np.testing.assert_allclose(weights.near, [0.7, 0.3, 0.0], atol=0.02)
    assert weights.near == weights.far
    np.testing.assert_allclose(weights.shrunk().near, [0.7 / 2 + 1 / 6, 0.3 / 2 + 1 / 6, 1 / 6], atol=0.01)
