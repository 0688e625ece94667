import numpy as np
import pandas as pd
import pytest

from aqnet_pyg.simulation.air import CHUNK, Air, six_pollutants
from aqnet_pyg.simulation.emissions import NO2, OXYGEN, PRIMARY
from aqnet_pyg.simulation.geography import KM_PER_DEGREE, ModelGrid
from aqnet_pyg.simulation.network import simulate_network
from aqnet_pyg.simulation.weather import WeatherHours


def air_in_steady_wind(east, north, spacing=0.5):
    """An Air without emissions, in a uniform and constant wind."""
    grid = ModelGrid(spacing)
    air = Air(grid, simulate_network(5), np.random.SeedSequence(0), pd.Timestamp("2016-12-01"), CHUNK)
    shape = (CHUNK, grid.longitude.size * grid.latitude.size)
    full = {name: np.full(shape, value, np.float32) for name, value in (("east", east), ("north", north))}
    constant = WeatherHours(
        **full, mixing=np.full(shape, 500, np.float32), sun=np.zeros(shape), stagnation=np.zeros(shape)
    )
    air._weather = lambda first, last: constant
    air._emissions = lambda first, time, speed: np.zeros((*shape, air._air.shape[-1]), np.float32)
    return air, grid


def test_advection_distance_is_that_of_the_wind():
    without, grid = air_in_steady_wind(1.0, 0.5)
    loaded, _ = air_in_steady_wind(1.0, 0.5)
    longitude, latitude = grid.cells()
    puff = 1e4 * np.exp(-((longitude - 108) ** 2 + (latitude - 36) ** 2) / 0.5)
    loaded._air[1:-1, 1:-1, PRIMARY] += puff.reshape(grid.latitude.size, -1)
    carried = loaded.advance().particles[-1] - without.advance().particles[-1]
    north = 0.5 * 3.6 * CHUNK / KM_PER_DEGREE
    east = 1.0 * 3.6 * CHUNK / (KM_PER_DEGREE * np.cos(np.radians(36 + north / 2)))
    assert (carried * longitude).sum() / carried.sum() == pytest.approx(108 + east, abs=0.15)
    assert (carried * latitude).sum() / carried.sum() == pytest.approx(36 + north, abs=0.15)


def test_strong_north_westerly_wind_leaves_clean_air():
    air, _ = air_in_steady_wind(15.0, -8.0)
    air._air[1:-1, 1:-1] += 300
    last = air.advance().particles[-1]
    assert last.max() < 20
    assert last.min() > 3


def test_concentrations_near_the_ground_are_higher_under_a_shallow_layer():
    air, _ = air_in_steady_wind(0.0, 0.0)
    deep = air.advance().particles[0]
    shallow_air, _ = air_in_steady_wind(0.0, 0.0)
    weather = shallow_air._weather(0, CHUNK)
    weather.mixing[:] = 125
    shallow = shallow_air.advance().particles[0]
    assert (shallow > 1.5 * deep).all()


def test_losses_are_larger_under_a_deep_layer():
    remaining = []
    for depth in (200, 1500):
        air, _ = air_in_steady_wind(0.0, 0.0)
        air._weather(0, CHUNK).mixing[:] = depth
        air._air[..., PRIMARY] += 300
        air.advance()
        remaining.append(air._air[1:-1, 1:-1, PRIMARY].mean())
    assert remaining[1] < 0.5 * remaining[0]


def test_no2_reduces_ozone():
    species = np.zeros((3, 7), np.float32)
    species[:, OXYGEN] = 80
    species[:, NO2] = [0, 40, 120]
    ozone = six_pollutants(species)[:, 4]
    assert ozone[0] > ozone[1] > ozone[2] > 0
