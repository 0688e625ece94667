"""Forecasters of single stations as members of an ensemble."""

import sys

import numpy as np
import pytest
from model_samples import sample_forecasters
from station_samples import random_station_data

from aqnet_pyg.baselines import DampedPersistence, LinearLags, OrdinaryKriging, Persistence
from aqnet_pyg.baselines.coordinates import coordinates_of
from aqnet_pyg.ensembles import StationForecasters, fit_station_forecasters
from aqnet_pyg.ensembles.station_forecasters import fit_forecaster, forecast_stations
from aqnet_pyg.errors import InputError
from aqnet_pyg.windows import Window

WINDOW = Window(30, horizon=12)


def test_a_state_gives_the_same_forecasters():
    data = random_station_data()
    made = sample_forecasters(data, WINDOW)
    again = StationForecasters.from_state(made.state())
    assert [type(each) for each in (again.regression, *again.others)] == [LinearLags, DampedPersistence]
    assert again.kriging.get_params() == made.kriging.get_params()
    history, end = data.pm25.values[None, :30], data.indexes["time"][[29]]
    for one, other in zip((made.regression, *made.others), (again.regression, *again.others), strict=True):
        np.testing.assert_array_equal(one.predict(history, end), other.predict(history, end))


def test_regression_and_patchtst_are_fitted_to_the_training_hours():
    pytest.importorskip("transformers")
    data = random_station_data(stations=6, hours=120)
    whole = data.reindex(time=np.concatenate([data.time.values, data.time.values + np.timedelta64(120, "h")]))
    made, empty_hours = (fit_station_forecasters(each, "pm25", WINDOW, seed=1) for each in (data, whole))
    assert [type(each).__name__ for each in (made.regression, *made.others)] == ["LinearLags", "PatchTSTForecaster"]
    assert made.regression.utc_offset == 8.0
    assert made.kriging.range_km is not None
    history, end = data.pm25.values[None, :30], data.indexes["time"][[29]]
    for one, other in zip((made.regression, *made.others), (empty_hours.regression, *empty_hours.others), strict=True):
        assert one.seed == 1
        np.testing.assert_array_equal(one.predict(history, end), other.predict(history, end))


def test_a_history_shorter_than_a_patch_is_refused():
    pytest.importorskip("transformers")
    with pytest.raises(InputError, match="history: 24 hours were given, but PatchTST takes patches of 24"):
        fit_station_forecasters(random_station_data(), "pm25", Window(24, horizon=6), seed=0)


def test_without_transformers_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    monkeypatch.delitem(sys.modules, "aqnet_pyg.baselines.patchtst", raising=False)
    with pytest.raises(ModuleNotFoundError, match=r"transformers is not installed; use: .*evaluation"):
        fit_station_forecasters(random_station_data(), "pm25", WINDOW, seed=0)


def test_a_station_without_measurements_is_not_interpolated():
    data = random_station_data(stations=6, missing=0.0)
    persistence = fit_forecaster(Persistence, data, "pm25", WINDOW, seed=0)
    kriging = OrdinaryKriging(range_km=300.0, nugget=0.1).fit(coordinates_of(data), data.pm25.values)
    history, places = data.pm25.values[None, :30].copy(), (np.array([115.0]), np.array([38.0]))
    history[:, :, 0] = np.nan
    visible, elsewhere = forecast_stations(persistence, kriging, history, data.indexes["time"][[29]], places)
    assert np.isfinite(visible).all()
    left_out = np.where(np.arange(6) == 0, np.nan, visible[0])
    np.testing.assert_allclose(elsewhere[0], kriging.predict(places, left_out))
    nowhere = np.empty(0), np.empty(0)
    assert forecast_stations(persistence, kriging, history, data.indexes["time"][[29]], nowhere)[1].shape == (1, 12, 0)
