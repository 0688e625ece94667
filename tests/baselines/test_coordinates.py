import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics.pairwise import haversine_distances

from aqnet_pyg.baselines.coordinates import chord_matrix_km, coordinates_of, distance_matrix_km, nearest_km, values_of
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


def test_distances_are_those_of_scikit_learn():
    rng = np.random.default_rng(1)
    longitude, latitude = rng.uniform(-180, 360, 40), rng.uniform(-90, 90, 40)
    longitude[1], latitude[1] = longitude[0] + 1e-7, latitude[0]  # a centimeter or less
    longitude[2], latitude[2] = longitude[0] + 180, -latitude[0]  # the antipode
    points = np.radians(np.stack([latitude, longitude], axis=1))
    expected = haversine_distances(points) * EARTH_RADIUS_KM
    measured = distance_matrix_km((longitude, latitude), (longitude, latitude))
    np.testing.assert_allclose(measured, expected, rtol=1e-7, atol=1e-9)
    np.testing.assert_array_equal(measured, measured.T)
    assert (np.diagonal(measured) == 0).all()


def test_scikit_learn_is_not_imported():
    code = (
        "import sys, aqnet_pyg.baselines.coordinates; print({'sklearn', 'gstools', 'scipy.stats'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
