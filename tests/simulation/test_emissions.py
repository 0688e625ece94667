import numpy as np
import pandas as pd
import pytest

from aqnet_pyg.simulation.emissions import NO2, PRIMARY, Emissions
from aqnet_pyg.simulation.geography import ModelGrid

LONGITUDE, LATITUDE = ModelGrid(1.0).cells()


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


def test_strong_winds_raise_dust_in_spring():
    emissions = Emissions(np.random.SeedSequence(0), LONGITUDE, LATITUDE, 1)

    def coarse(day, speed):
        return emissions(0, pd.DatetimeIndex([day]), np.full((1, len(LONGITUDE)), speed))[0, :, 2].sum()

    assert coarse("2016-04-10", 12.0) > 1.5 * coarse("2016-04-10", 5.0)
    assert coarse("2016-04-10", 12.0) > coarse("2016-09-10", 12.0)


def test_inventory_is_biased_without_irregular_variation():
    seed, time = np.random.SeedSequence(0), pd.date_range("2016-12-01", periods=48, freq="h")
    calm = np.zeros((48, len(LONGITUDE)))
    true = Emissions(seed, LONGITUDE, LATITUDE, 48)(0, time, calm)
    inventory = Emissions(np.random.SeedSequence(0), LONGITUDE, LATITUDE, 48, np.random.SeedSequence(1))
    wrong = inventory(0, time, calm)
    assert 0.5 < wrong[..., PRIMARY].mean() / true[..., PRIMARY].mean() < 0.85
    assert np.allclose(inventory(0, time[[3]], calm[:1]), inventory(40, time[[3]], calm[:1]))
    ratio = wrong[3, :, NO2] / np.maximum(true[3, :, NO2], 1e-9)
    assert ratio[true[3, :, NO2] > 0.01].std() > 0.1
