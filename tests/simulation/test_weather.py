import numpy as np
import pandas as pd
import pytest

from aqnet_pyg.simulation.geography import ModelGrid
from aqnet_pyg.simulation.weather import Weather

LONGITUDE, LATITUDE = ModelGrid(1.0).cells()


def weather_of(seed, hours=240, start="2016-12-01"):
    weather = Weather(np.random.SeedSequence(seed), LONGITUDE, LATITUDE, pd.Timestamp(start), hours)
    return weather(0, hours)


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


def test_a_weather_model_is_better_in_winds_than_in_mixing():
    true = weather_of(1)
    model = Weather(
        np.random.SeedSequence(1), LONGITUDE, LATITUDE, pd.Timestamp("2016-12-01"), 240, np.random.SeedSequence(9)
    )(0, 240)
    for name, least, most in (
        ("east", 0.8, 0.97),
        ("north", 0.8, 0.97),
        ("stagnation", 0.35, 0.75),
        ("mixing", 0.35, 0.75),
    ):
        right, wrong = getattr(true, name), getattr(model, name)
        assert least < np.corrcoef(right.ravel(), wrong.ravel())[0, 1] < most
        assert wrong.std() == pytest.approx(right.std(), rel=0.3)
    assert np.array_equal(true.sun, model.sun)
