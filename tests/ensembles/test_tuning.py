"""Interpolators that are tuned once."""

import numpy as np
import pytest

from aqnet_pyg.baselines import IDW, LinearInTime, OrdinaryKriging
from aqnet_pyg.ensembles import tuning
from aqnet_pyg.ensembles.tuning import TunedInterpolators


@pytest.fixture
def fits(monkeypatch):
    calls = []
    fit = OrdinaryKriging.fit
    monkeypatch.setattr(OrdinaryKriging, "fit", lambda self, *data: calls.append(1) or fit(self, *data))
    return calls


COORDINATES = np.linspace(110, 112, 8), np.linspace(35, 36, 8)
VALUES = np.random.default_rng(0).normal(50, 5, (30, 8))


def test_the_same_measurements_are_not_fitted_again(fits):
    tuned = TunedInterpolators()
    one, again = (tuned.fit(OrdinaryKriging(nugget=0.1), COORDINATES, VALUES) for _ in range(2))
    assert len(fits) == 1
    assert one.range_km_ == again.range_km_
    single = VALUES.astype(np.float32)
    for values in (single, single.astype(np.float64)):
        tuned.fit(OrdinaryKriging(nugget=0.3), COORDINATES, values)
    assert len(fits) == 2
    tuned.fit(OrdinaryKriging(nugget=0.2), COORDINATES, VALUES)
    tuned.fit(OrdinaryKriging(nugget=0.1), COORDINATES, VALUES + 1)
    tuned.fit(IDW(), COORDINATES, VALUES)
    assert len(fits) == 4


def test_gap_fillers_are_fitted_once_for_the_same_hours(monkeypatch):
    calls, fit = [], LinearInTime.fit
    monkeypatch.setattr(LinearInTime, "fit", lambda self, *data: calls.append(1) or fit(self, *data))
    tuned, time = TunedInterpolators(), np.datetime64("2020-01-01T00") + np.arange(30)
    for hours in (time, time, time + 1):
        assert isinstance(tuned.fit(LinearInTime(), COORDINATES, VALUES, hours), LinearInTime)
    assert len(calls) == 2


def test_what_is_returned_is_a_copy():
    tuned, interpolator = TunedInterpolators(), OrdinaryKriging(range_km=300, nugget=0.1)
    tuned.fit(interpolator, COORDINATES, VALUES).range_km_ = 1.0
    assert tuned.fit(interpolator, COORDINATES, VALUES).range_km_ == 300
    assert not hasattr(interpolator, "range_km_")


def test_the_oldest_is_dropped(fits, monkeypatch):
    monkeypatch.setattr(tuning, "CAPACITY", 2)
    tuned = TunedInterpolators()
    for nugget in (0.1, 0.2, 0.3, 0.1):
        tuned.fit(OrdinaryKriging(nugget=nugget), COORDINATES, VALUES)
    assert len(fits) == 4
