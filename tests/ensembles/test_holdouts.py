"""Which stations are held out."""

import numpy as np
from station_samples import random_station_data

from aqnet_pyg.baselines import distance_matrix_km
from aqnet_pyg.ensembles.holdouts import FAR_KM, all_stations_in_turn, untrained_stations


def test_far_holdouts_hide_all_stations_around_the_predicted_ones():
    data = random_station_data(stations=80)
    places = [str(code) for code in data.station.values[:8]]
    near, *far = untrained_stations(data, places)
    assert near == (places, places, False)
    assert sorted(place for predicted, _, _ in far for place in predicted) == sorted(places)
    for predicted, hidden, is_far in far:
        assert is_far
        rest = data.drop_sel(station=hidden)
        there = data.sel(station=predicted)
        km = distance_matrix_km(
            (there.longitude.values, there.latitude.values), (rest.longitude.values, rest.latitude.values)
        )
        assert km.min() >= FAR_KM
        assert set(predicted) <= set(hidden)


def test_in_one_town_there_is_no_far_holdout():
    data = random_station_data(stations=30)
    data = data.assign_coords(longitude=data.longitude * 0.01 + 116, latitude=data.latitude * 0.01 + 40)
    assert len(list(untrained_stations(data, [str(code) for code in data.station.values[:5]]))) == 1


def test_every_station_is_held_out_at_random_and_with_its_block():
    data = random_station_data(stations=40)
    hidden = list(all_stations_in_turn(data))
    for far in (False, True):
        dealt = [code for each in hidden if each.far == far for code in each.predicted]
        assert sorted(dealt) == sorted(data.station.values)
    assert all(each.predicted == each.hidden for each in hidden)


def test_in_one_place_there_are_no_blocks():
    data = random_station_data(stations=12)
    data = data.assign_coords(
        longitude=data.longitude * 0 + 116, latitude=np.linspace(40, 40.001, 12) + 0 * data.latitude
    )
    assert not any(each.far for each in all_stations_in_turn(data))


def test_monitors_are_held_out_and_other_instruments_hidden_with_their_block():
    data = random_station_data(stations=40)
    monitor = np.arange(40) % 2 == 0
    data = data.assign_coords(instrument=("station", np.where(monitor, "monitor", "sensor").astype(object)))
    monitors = set(data.station.values[monitor])
    for each in all_stations_in_turn(data):
        assert set(each.predicted) == set(each.hidden) & monitors
        assert each.far or set(each.hidden) <= monitors
