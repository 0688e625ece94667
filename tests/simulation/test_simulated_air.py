"""The parts of the model, each by what it is for."""

import numpy as np
import pandas as pd
import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.simulation.air import CHUNK, Air, six_pollutants
from aqnet_pyg.simulation.emissions import NO2, OXYGEN, PRIMARY, Emissions
from aqnet_pyg.simulation.fields import BOX, KM_PER_DEGREE, Grid, barriers
from aqnet_pyg.simulation.network import simulate_network
from aqnet_pyg.simulation.noise import wander
from aqnet_pyg.simulation.weather import Hours, Weather

LONGITUDE, LATITUDE = Grid(1.0).cells()


def weather_of(seed, hours=240, start="2016-12-01"):
    weather = Weather(np.random.SeedSequence(seed), LONGITUDE, LATITUDE, pd.Timestamp(start), hours)
    return weather(0, hours)


def emitted(days, north=True, seed=0):
    """Primary particles and NO2 emitted in still air on some days (local noon), summed over the north or the south."""
    emissions = Emissions(np.random.SeedSequence(seed), LONGITUDE, LATITUDE, 1)
    time = pd.DatetimeIndex([f"{day} 04:00" for day in days])
    values = [emissions(0, time[[row]], np.zeros((1, len(LONGITUDE))))[0] for row in range(len(time))]
    where = LATITUDE > 36 if north else LATITUDE < 33
    return np.stack([value[where].sum(axis=0) for value in values])[:, [PRIMARY, NO2]]


def test_north_is_heated_from_mid_november_to_mid_march():
    # all Wednesdays
    autumn, before, after, winter, late, spring = emitted(
        ["2016-10-12", "2016-11-09", "2016-11-23", "2017-01-11", "2017-03-08", "2017-03-22"]
    )[:, 0]
    assert before == pytest.approx(autumn)
    assert after > 1.2 * before
    assert winter > after
    assert late > 1.2 * spring


def test_south_is_not_heated():
    autumn, winter = emitted(["2016-10-12", "2017-01-11"], north=False)[:, 0]
    assert winter == pytest.approx(autumn, rel=0.05)


def test_weekends_have_less_traffic():
    wednesday, sunday = emitted(["2016-10-12", "2016-10-16"])[:, 1]
    assert sunday < 0.92 * wednesday


def test_gales_raise_dust_in_spring():
    emissions = Emissions(np.random.SeedSequence(0), LONGITUDE, LATITUDE, 1)

    def coarse(day, speed):
        return emissions(0, pd.DatetimeIndex([day]), np.full((1, len(LONGITUDE)), speed))[0, :, 2].sum()

    assert coarse("2016-04-10", 12.0) > 1.5 * coarse("2016-04-10", 5.0)
    assert coarse("2016-04-10", 12.0) > coarse("2016-09-10", 12.0)


def test_series_are_standard_normal_persist_and_forget():
    series = wander(np.random.default_rng(0), 4000, 10.0, np.zeros(20)).real
    assert series.std() == pytest.approx(1, abs=0.1)
    assert series.mean() == pytest.approx(0, abs=0.1)
    assert np.corrcoef(series[1:].ravel(), series[:-1].ravel())[0, 1] > 0.95
    assert abs(np.corrcoef(series[80:].ravel(), series[:-80].ravel())[0, 1]) < 0.1


def test_wind_is_smooth_in_space_and_turns_slowly():
    weather = weather_of(1, 480)
    speed = np.hypot(weather.east, weather.north)
    assert 3 < speed.mean() < 8
    for component in (weather.east, weather.north):
        hourly = np.corrcoef(component[1:].ravel(), component[:-1].ravel())[0, 1]
        five_days = np.corrcoef(component[120:].ravel(), component[:-120].ravel())[0, 1]
        assert hourly > 0.95
        assert five_days < 0.5
    rows = weather.east.reshape(len(speed), 12, 21)
    assert np.corrcoef(rows[..., 1:].ravel(), rows[..., :-1].ravel())[0, 1] > 0.7


def test_mixing_is_deep_by_day_and_in_summer():
    winter, summer = weather_of(2), weather_of(2, start="2016-06-20")
    local = (np.arange(240) + 8) % 24
    land = slice(0, 21 * 12, 21)  # the western edge
    assert winter.mixing[local == 14][:, land].mean() > 1.5 * winter.mixing[local == 2][:, land].mean()
    assert summer.mixing.mean() > 1.2 * winter.mixing.mean()
    assert summer.sun.max() > winter.sun.max()
    assert (winter.sun[local == 0] == 0).all()


def test_mountains_bar_the_way_across_them():
    share, across = barriers(np.array([114.0, 118.0]), np.array([37.8, 37.0]))  # the Taihang, the plain
    assert share[0] > 0.9
    assert share[1] < 0.05
    assert abs(across[0, 0]) > 0.9  # the chain runs north, so the way across is east
    assert np.linalg.norm(across, axis=1) == pytest.approx(1)


def air_in_steady_wind(east, north, spacing=0.5):
    """An Air with nothing emitted and nothing lost, in the same wind everywhere and always."""
    grid = Grid(spacing)
    air = Air(grid, simulate_network(5), np.random.SeedSequence(0), pd.Timestamp("2016-12-01"), CHUNK)
    shape = (CHUNK, grid.longitude.size * grid.latitude.size)
    full = {name: np.full(shape, value, np.float32) for name, value in (("east", east), ("north", north))}
    still = Hours(**full, mixing=np.full(shape, 500, np.float32), sun=np.zeros(shape), haze=np.zeros(shape))
    air._weather = lambda first, last: still
    air._emissions = lambda first, time, speed: np.zeros((*shape, air._air.shape[-1]), np.float32)
    return air, grid


def test_wind_carries_the_air_as_far_as_it_blows():
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


def test_a_gale_from_the_north_west_leaves_clean_air():
    air, _ = air_in_steady_wind(15.0, -8.0)
    air._air[1:-1, 1:-1] += 300
    last = air.advance().particles[-1]
    assert last.max() < 20
    assert last.min() > 3


def test_air_near_the_ground_is_fouler_under_a_shallow_layer():
    air, _ = air_in_steady_wind(0.0, 0.0)
    deep = air.advance().particles[0]
    shallow_air, _ = air_in_steady_wind(0.0, 0.0)
    weather = shallow_air._weather(0, CHUNK)
    weather.mixing[:] = 125
    shallow = shallow_air.advance().particles[0]
    assert (shallow > 1.5 * deep).all()


def test_a_deep_layer_lets_more_go():
    left = []
    for depth in (200, 1500):
        air, _ = air_in_steady_wind(0.0, 0.0)
        air._weather(0, CHUNK).mixing[:] = depth
        air._air[..., PRIMARY] += 300
        air.advance()
        left.append(air._air[1:-1, 1:-1, PRIMARY].mean())
    assert left[1] < 0.5 * left[0]


def test_fresh_no2_eats_ozone():
    species = np.zeros((3, 7), np.float32)
    species[:, OXYGEN] = 80
    species[:, NO2] = [0, 40, 120]
    ozone = six_pollutants(species)[:, 4]
    assert ozone[0] > ozone[1] > ozone[2] > 0


@pytest.mark.parametrize("spacing", [0.3, 0.01, 2.0, -1.0])
def test_grids_that_do_not_fit_the_box_are_refused(spacing):
    with pytest.raises(InputError, match="spacing"):
        Grid(spacing)


def test_grid_covers_the_box():
    grid = Grid(0.25)
    assert (grid.longitude[0], grid.longitude[-1], grid.latitude[0], grid.latitude[-1]) == BOX
    assert np.diff(grid.longitude) == pytest.approx(0.25)
    longitude, latitude = grid.cells()
    assert longitude.shape == latitude.shape == (81 * 45,)
