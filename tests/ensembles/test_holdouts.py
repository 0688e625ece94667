"""Which stations are hidden for exams."""

import numpy as np
from station_samples import random_station_data

from aqnet_pyg.baselines import distance_matrix_km
from aqnet_pyg.ensembles.holdouts import AWAY_KM, every_station, unknown_stations


def test_far_exams_hide_all_around_those_they_ask_for():
    data = random_station_data(stations=80)
    places = [str(code) for code in data.station.values[:8]]
    near, *far = unknown_stations(data, places)
    assert near == (places, places, False)
    assert sorted(place for asked, _, _ in far for place in asked) == sorted(places)
    for asked, hidden, is_far in far:
        assert is_far
        rest = data.drop_sel(station=hidden)
        there = data.sel(station=asked)
        km = distance_matrix_km(
            (there.longitude.values, there.latitude.values), (rest.longitude.values, rest.latitude.values)
        )
        assert km.min() >= AWAY_KM
        assert set(asked) <= set(hidden)


def test_in_one_town_there_is_no_far_exam():
    data = random_station_data(stations=30)
    data = data.assign_coords(longitude=data.longitude * 0.01 + 116, latitude=data.latitude * 0.01 + 40)
    assert len(list(unknown_stations(data, [str(code) for code in data.station.values[:5]]))) == 1


def test_every_station_is_hidden_once_with_others_and_once_with_its_block():
    data = random_station_data(stations=40)
    hidden = list(every_station(data))
    for far in (False, True):
        dealt = [code for each in hidden if each.far == far for code in each.asked]
        assert sorted(dealt) == sorted(data.station.values)
    assert all(each.asked == each.hidden for each in hidden)


def test_in_one_place_there_are_no_blocks():
    data = random_station_data(stations=12)
    data = data.assign_coords(
        longitude=data.longitude * 0 + 116, latitude=np.linspace(40, 40.001, 12) + 0 * data.latitude
    )
    assert not any(each.far for each in every_station(data))
