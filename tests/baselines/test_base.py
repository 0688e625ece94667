import numpy as np
import pytest

from aqnet_pyg.baselines import distance_matrix_km
from aqnet_pyg.baselines.base import (
    TUNING_HOURS,
    chord_matrix_km,
    coordinates_of,
    nearest_km,
    tuning_hours,
    values_of,
)
from aqnet_pyg.stations import EARTH_RADIUS_KM


def test_distance_matrix_km():
    # Beijing to Shanghai, 1067 km; and half way around the Earth.
    assert distance_matrix_km((np.array([116.4]), np.array([39.9])), (np.array([121.47]), np.array([31.23]))) == (
        pytest.approx(1067, abs=1)
    )
    assert distance_matrix_km((np.array([0.0]), np.array([0.0])), (np.array([180.0]), np.array([0.0]))) == (
        pytest.approx(20015.1, abs=0.1)
    )


def test_distances_to_the_nearest_and_chords():
    rng = np.random.default_rng(0)
    points, others = ((rng.uniform(-180, 180, n), rng.uniform(-90, 90, n)) for n in (30, 40))
    distances = distance_matrix_km(points, others)
    np.testing.assert_allclose(nearest_km(points, others), distances.min(axis=1))
    chords = 2 * EARTH_RADIUS_KM * np.sin(distances / (2 * EARTH_RADIUS_KM))
    np.testing.assert_allclose(chord_matrix_km(points, others), chords)
    among = distance_matrix_km(points, points)
    np.fill_diagonal(among, np.inf)
    np.testing.assert_allclose(nearest_km(points), among.min(axis=1))
    assert nearest_km((np.array([1.0, 1.0]), np.array([2.0, 2.0]))).tolist() == [0, 0]
    assert nearest_km((np.array([1.0]), np.array([2.0]))).tolist() == [np.inf]
    assert nearest_km((np.empty(0), np.empty(0)), others).tolist() == []


def test_values_and_coordinates_of_station_data(station_data):
    swapped = station_data.transpose("station", "time")
    values = values_of(swapped, "pm10")
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, station_data.pm10.values)
    np.testing.assert_array_equal(coordinates_of(swapped.pm10), [station_data.longitude, station_data.latitude])


def test_tuning_hours_have_two_measurements_and_are_always_the_same():
    values = np.ones((3 * TUNING_HOURS, 4))
    values[::2, 1:] = np.nan
    hours = tuning_hours(values, "k")
    assert len(hours) == TUNING_HOURS == len(set(hours))
    assert (hours % 2 == 1).all()
    np.testing.assert_array_equal(hours, tuning_hours(values, "k"))
    np.testing.assert_array_equal(tuning_hours(values[:9], "k"), [1, 3, 5, 7])
