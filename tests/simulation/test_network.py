import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.simulation import simulate_network
from aqnet_pyg.simulation.cities import CITIES
from aqnet_pyg.simulation.geography import BOX, at_sea
from aqnet_pyg.stations import EARTH_RADIUS_KM


def distances(network):
    """Great-circle distances in km, infinite from a station to itself."""
    longitude, latitude = np.radians(network.longitude.to_numpy()), np.radians(network.latitude.to_numpy())
    xyz = np.stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], 1)
    chord = np.linalg.norm(xyz[:, None] - xyz, axis=-1)
    km = 2 * EARTH_RADIUS_KM * np.arcsin(chord / 2)
    np.fill_diagonal(km, np.inf)
    return km


@settings(max_examples=30)
@given(stations=st.integers(2, 700), seed=st.integers(0, 2**32))
def test_any_number_of_stations_is_placed(stations, seed):
    network = simulate_network(stations, seed)
    assert len(network) == stations
    assert network.index.is_unique
    assert network.name.is_unique
    west, east, south, north = BOX
    assert network.longitude.between(west, east, inclusive="neither").all()
    assert network.latitude.between(south, north, inclusive="neither").all()
    assert network.elevation.between(1, 3500).all()
    assert network.city.isin(CITIES.city).all()


def test_same_seed_same_network_other_seed_other_network():
    assert simulate_network(50, 3).equals(simulate_network(50, 3))
    assert not simulate_network(50, 3).equals(simulate_network(50, 4))


def test_stations_cluster_in_cities_as_in_the_real_network():
    network = simulate_network()
    count = network.city.value_counts()
    assert list(network.index[[0, -1]]) == ["S0001", "S0584"]
    assert set(network.city) == set(CITIES.city)
    assert 22 <= count["Beijing"] <= 30
    assert count.median() in (3, 4, 5)
    nearest = distances(network).min(axis=1)
    assert 3 < np.median(nearest) < 5
    assert (nearest > 10).mean() > 0.05  # rural background stations


def test_number_of_close_pairs():
    close = np.triu(distances(simulate_network(584, 1)) < 0.2)
    assert close.sum() == 584 // 120


def test_stations_are_on_land():
    network = simulate_network()
    assert not at_sea(network.longitude.to_numpy(), network.latitude.to_numpy()).any()


@pytest.mark.parametrize(("stations", "seed", "named"), [(1, 0, "stations"), (0, 0, "stations"), (5, -1, "seed")])
def test_invalid_arguments(stations, seed, named):
    with pytest.raises(InputError, match=named):
        simulate_network(stations, seed)
