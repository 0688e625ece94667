import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aqnet_pyg.baselines.coordinates import distance_matrix_km, unit_vectors
from aqnet_pyg.baselines.neighborhoods import LocalStations, candidate_order
from aqnet_pyg.errors import InputError


def points(seed, count, west=100.0):
    rng = np.random.default_rng(seed)
    return rng.uniform(west, west + 20, count), rng.uniform(25, 45, count)


@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
@settings(max_examples=30, deadline=None)
def test_each_other_station_once(seed, count):
    order = candidate_order(points(seed, count))
    assert order.shape == (count, 96)
    assert order.dtype == np.int64
    for station, row in enumerate(order):
        assert sorted(row[row >= 0]) == [other for other in range(count) if other != station]
        assert (row[count - 1 :] == -1).all()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_relabeling_and_turns_of_longitude(seed):
    stations, places = points(seed, 300), points(seed + 1, 5)
    expected = candidate_order(stations, places)
    order = np.random.default_rng(seed).permutation(300)
    relabeled = candidate_order(tuple(axis[order] for axis in stations), places)
    np.testing.assert_array_equal(order[relabeled], expected)
    turned = candidate_order(((stations[0] - 120) % 360, stations[1]), ((places[0] - 120) % 360, places[1]))
    np.testing.assert_array_equal(turned, expected)


def test_the_nearest_station_is_first_and_most_are_near():
    stations = points(0, 2000)
    order = candidate_order(stations)
    distances = distance_matrix_km(stations, stations)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argsort(distances, axis=1, kind="stable")
    np.testing.assert_array_equal(order[:, 0], nearest[:, 0])
    for row, near in zip(order[:, :32], nearest[:, :8], strict=True):
        assert set(near) <= set(row)


def test_all_directions_beyond_a_dense_town():
    rng = np.random.default_rng(1)
    town = rng.normal(110, 0.05, 120), rng.normal(35, 0.05, 120)
    ring = np.radians(np.arange(0, 360, 45) + 20.0)
    stations = np.append(town[0], 113 + 2 * np.sin(ring)), np.append(town[1], 35 + 2 * np.cos(ring))
    order = candidate_order(stations, ([113.0], [35.0]), 24)[0]
    assert set(range(120, 128)) <= set(order)


def test_stations_over_the_whole_network_are_among_them():
    stations = points(2, 5000)
    order = candidate_order(stations, ([100.0], [25.0]))[0]
    distance = distance_matrix_km(([100.0], [25.0]), stations)[0]
    assert (distance[order] > 1500).sum() >= 4


def test_coincident_stations_in_the_order_given():
    order = candidate_order((np.full(5, 110.0), np.full(5, 35.0)))
    np.testing.assert_array_equal(order[2, :4], [0, 1, 3, 4])


def test_invalid_places():
    with pytest.raises(InputError, match=r"^coordinates"):
        candidate_order(points(0, 3), ([110.0], [95.0]))


def test_what_local_kriging_estimates_is_places_or_stations():
    coordinates, places = points(0, 30), points(1, 4)
    stations = LocalStations(coordinates)
    _, order, own = stations.around(places, None)
    np.testing.assert_array_equal(order, candidate_order(coordinates, places))
    assert own is None
    left_out = np.array([3, 8])
    at, order, own = stations.around(None, left_out)
    np.testing.assert_array_equal(at, unit_vectors(coordinates)[left_out])
    np.testing.assert_array_equal(order, candidate_order(coordinates)[left_out])
    np.testing.assert_array_equal(own, left_out)
    assert len(stations.around(None, None)[2]) == 30
