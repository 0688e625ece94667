"""The ensemble of forecasts."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from model_samples import sample_forecasters, sample_model
from station_samples import random_station_data

from aqnet_pyg.baselines.coordinates import coordinates_of
from aqnet_pyg.ensembles import ForecastEnsemblePredictor, fit_forecast_ensemble
from aqnet_pyg.ensembles.forecast_ensemble import weights_by_day
from aqnet_pyg.ensembles.kriging import with_parameters
from aqnet_pyg.ensembles.station_forecasters import forecast_stations
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference import reanalyze
from aqnet_pyg.windows import Window

WINDOW = Window(30, horizon=36)
DATA = random_station_data(hours=120).sortby("station")
MODEL = sample_model("ensemble", DATA, WINDOW).predictor
GRID = Grid.around(DATA, 3.0)
CODES = [str(code) for code in DATA.station.values]


def weighted(*weights):
    return ForecastEnsemblePredictor(MODEL.network, MODEL.forecasters, np.array(weights))


def forecast(model, data=DATA, **options):
    return reanalyze(model, data, **{"hidden": CODES[:2], "grid": GRID} | options)


def test_weights_move_it_from_the_regression_to_the_mean_of_the_others():
    regression, mean, mixed = (forecast(weighted(*each)) for each in ((0, 0), (1, 1), (0.25, 1)))
    network = forecast(MODEL.network)
    for place in (0, 1):
        np.testing.assert_array_equal(mixed[place].pm25_spread, network[place].pm25_spread)
        expected = regression[place].pm25 + 0.25 * (mean[place].pm25 - regression[place].pm25)
        np.testing.assert_allclose(mixed[place].pm25[:, :24], expected[:, :24], rtol=1e-4, atol=1e-3)
        np.testing.assert_array_equal(mixed[place].pm25[:, 24:], mean[place].pm25[:, 24:])
    visible, end = DATA.sel(station=CODES[2:]), DATA.indexes["time"][[29]]
    kriging = with_parameters(MODEL.forecasters.kriging).fit(coordinates_of(visible), np.empty((0, len(CODES) - 2)))
    places = tuple(GRID.pos.T)
    lags, persistence = (
        forecast_stations(each, kriging, visible.pm25.values[None, :30], end, places)
        for each in (MODEL.forecasters.regression, *MODEL.forecasters.others)
    )
    np.testing.assert_allclose(regression[0].pm25[0, :, 2:], lags[0][0], rtol=1e-5)
    cells = regression[1].pm25.stack(cell=("latitude", "longitude"))[0]
    np.testing.assert_allclose(cells, lags[1][0], rtol=1e-5)
    of_network = network[1].pm25.stack(cell=("latitude", "longitude"))[0]
    mean_cells = mean[1].pm25.stack(cell=("latitude", "longitude"))[0]
    np.testing.assert_allclose(mean_cells, (of_network + persistence[1][0]) / 2, rtol=1e-5)


@settings(max_examples=15)
@given(
    hidden=st.sets(st.sampled_from(CODES), min_size=1, max_size=4),
    first=st.integers(0, 120 - WINDOW.length),
    seed=st.integers(0, 99),
)
def test_neither_hidden_stations_nor_the_future_change_anything(hidden, first, seed):
    data = DATA.isel(time=slice(first, first + WINDOW.length))
    rng, changed = np.random.default_rng(seed), data.copy(deep=True)
    future = xr.DataArray(np.arange(WINDOW.length) >= WINDOW.history, dims="time")
    secret = future | data.station.isin(list(hidden))
    for name in data.data_vars:
        other = rng.uniform(0, 300, data[name].shape)
        other[rng.random(other.shape) < 0.3] = np.nan
        changed[name] = data[name].where(~secret.transpose("time", "station"), other.astype(np.float32))
    for one, other in zip(*(forecast(MODEL, each, hidden=hidden) for each in (data, changed)), strict=True):
        assert np.isfinite(one.pm25).all()
        np.testing.assert_array_equal(one.pm25, other.pm25)
        np.testing.assert_array_equal(one.pm25_spread, other.pm25_spread)


def test_a_cell_on_a_hidden_station_is_that_station():
    place = DATA.sel(station=CODES[0])
    grid = Grid(place.longitude.values[None], place.latitude.values[None])
    stations, cells = forecast(MODEL, grid=grid)
    np.testing.assert_allclose(stations.pm25.sel(station=CODES[0]), cells.pm25[:, :, 0, 0], rtol=1e-4, atol=1e-3)


def test_a_window_is_independent_of_the_others():
    whole, _ = forecast(MODEL, stride=7)
    data = DATA.isel(time=slice(14, 14 + WINDOW.length))
    one, _ = forecast(MODEL, data)
    np.testing.assert_allclose(one.pm25[0], whole.pm25[2], rtol=1e-5)


def test_where_nothing_was_measured_there_is_no_forecast():
    data = DATA.isel(time=slice(0, WINDOW.length)).copy(deep=True)
    data["pm25"][: WINDOW.history] = np.nan
    for result in forecast(MODEL, data):
        assert result.pm25.isnull().all()


def test_fitted_weights_are_those_of_the_validation_forecasts():
    validation = DATA.where(DATA.time >= DATA.time[10])
    fitted = fit_forecast_ensemble(MODEL.forecasters, MODEL.network, validation)
    regression, mean = (
        reanalyze(weighted(*each), validation, start=validation.time[10 + 29].values)[0] for each in ((0, 0), (1, 1))
    )
    assert regression.sizes["forecast_reference_time"] == 2
    expected = weights_by_day(*(each.pm25.values for each in (regression, mean)), regression.pm25_measured.values)
    np.testing.assert_allclose(fitted.weights, expected, rtol=1e-4)


def test_a_validation_without_room_for_a_window_is_refused():
    short = DATA.isel(time=slice(0, WINDOW.length + 3)).copy(deep=True)
    short["pm25"][:5] = np.nan
    with pytest.raises(InputError, match=r"no window of 30 \+ 36 hours fits into its 64 measured hours"):
        fit_forecast_ensemble(sample_forecasters(DATA, WINDOW), MODEL.network, short)


def shifted(*errors):
    """A forecast of two days with a constant error on each."""
    return TRUTH + np.repeat(errors, 24)[:, None]


TRUTH = np.random.default_rng(0).uniform(0, 100, (5, 48, 3))


def test_each_day_has_a_weight():
    # The second forecast is 30 off on the first day and right on the second.
    np.testing.assert_allclose(weights_by_day(shifted(0, 30), shifted(30, 0), TRUTH), [0, 1], atol=1e-6)


def test_errors_that_are_opposite_cancel():
    truth = np.where(np.arange(3) > 0, TRUTH, np.nan)
    np.testing.assert_allclose(weights_by_day(shifted(-10, 20), shifted(30, -20), truth), [0.25, 0.5])


def test_weights_are_not_above_one_nor_below_zero():
    np.testing.assert_array_equal(weights_by_day(shifted(20, 10), shifted(10, 20), TRUTH), [1.0, 0.0])
    np.testing.assert_array_equal(weights_by_day(shifted(5, 5), shifted(5, 5), TRUTH), [0.0, 0.0])
