"""How far networks are trusted, by distance."""

import numpy as np
import pytest
from conftest import random_station_data

from aqnet_pyg.evaluation.trust import AWAY_KM, Exam, Trust, exams


def exam(share, km, far=False, seed=0):
    added = np.random.default_rng(seed).normal(size=2000)
    return Exam(added, share * added, np.full(2000, km), far)


def test_trust_is_what_the_networks_earned_near_and_far():
    trust = Trust.fitted([exam(0.2, 5.0), exam(0.2, 5.0, seed=1), exam(0.9, 100.0, far=True)])
    np.testing.assert_allclose(trust(np.array([1.0, 5.0, 100.0, 500.0])), [0.2, 0.2, 0.9, 0.9], atol=1e-6)
    assert 0.2 < trust(np.array([30.0]))[0] < 0.9


@pytest.mark.parametrize(("share", "trusted"), [(0.4, 0.4), (-1.0, 0.0), (3.0, 1.0)])
def test_one_exam_makes_one_share_between_nothing_and_all(share, trusted):
    np.testing.assert_allclose(Trust.fitted([exam(share, 5.0)])(np.array([0.0, 50.0])), trusted, atol=1e-6)


def test_networks_that_add_nothing_are_not_trusted():
    assert Trust.fitted([Exam(np.zeros(3), np.ones(3), np.ones(3), False)])(np.array([1.0]))[0] == 0


def test_far_exams_hide_all_around_those_they_ask_for():
    from aqnet_pyg.baselines import great_circle_km

    data = random_station_data(stations=80)
    places = [str(code) for code in data.station.values[:8]]
    near, *far = exams(data, places)
    assert near == (places, places, False)
    assert sorted(place for asked, _, _ in far for place in asked) == sorted(places)
    for asked, hidden, is_far in far:
        assert is_far
        rest = data.drop_sel(station=hidden)
        there = data.sel(station=asked)
        km = great_circle_km(
            (there.longitude.values, there.latitude.values), (rest.longitude.values, rest.latitude.values)
        )
        assert km.min() >= AWAY_KM
        assert set(asked) <= set(hidden)


def test_in_one_town_there_is_no_far_exam():
    data = random_station_data(stations=30)
    data = data.assign_coords(longitude=data.longitude * 0.01 + 116, latitude=data.latitude * 0.01 + 40)
    assert len(list(exams(data, [str(code) for code in data.station.values[:5]]))) == 1


def test_two_near_exams_are_not_near_and_far():
    trust = Trust.fitted([exam(0.2, 5.0), exam(0.6, 6.0, seed=1)])
    shares = trust(np.array([1.0, 5.0, 6.0, 100.0]))
    np.testing.assert_allclose(shares, shares[0])
    assert 0.3 < shares[0] < 0.5
