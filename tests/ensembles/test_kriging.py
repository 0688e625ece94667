"""Kriging as a predictor."""

import numpy as np
import pytest
from station_samples import random_station_data

from aqnet_pyg.baselines import FirstGuessKriging, LocalSillKriging, OrdinaryKriging, SpaceTimeKriging
from aqnet_pyg.baselines.coordinates import coordinates_of
from aqnet_pyg.ensembles import KrigingPredictor, StackingWeights, kriging
from aqnet_pyg.ensembles.kriging import measurements_around, with_factors, with_parameters
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference import reanalysis, reanalyze
from aqnet_pyg.windows import Window

WINDOW = Window(12, margin=2)
BASE = LocalSillKriging(range_km=300.0, nugget=0.05)
OTHERS = (
    OrdinaryKriging(range_km=500.0, nugget=0.1, log=True),
    SpaceTimeKriging(range_km=300.0, nugget=0.1, tau_hours=6.0),
)


def stacked():
    weights = StackingWeights((2.0, 5.0), np.array([[0.2, 0.1], [0.5, 0.4]]))
    return KrigingPredictor("pm25", [BASE, *OTHERS], weights, WINDOW)


def test_hidden_stations_and_cells_are_kriged_from_the_visible_ones(station_data):
    data = station_data.sortby("station")
    hidden, visible = data.isel(station=slice(0, 3)), data.isel(station=slice(3, None))
    expected, std = BASE.fit(coordinates_of(visible), visible.pm25.values).predict(
        coordinates_of(hidden), visible.pm25.values, return_std=True
    )
    grid = Grid(hidden.longitude.values[:1], hidden.latitude.values[:1])
    model = KrigingPredictor("pm25", [BASE], window=WINDOW)
    stations, cells = reanalyze(model, station_data, hidden=hidden.station.values, grid=grid)
    at_hidden = stations.sel(station=hidden.station)
    np.testing.assert_allclose(at_hidden.pm25, np.maximum(expected, 0), rtol=1e-5)
    np.testing.assert_allclose(at_hidden.pm25_spread, std, rtol=1e-5)
    np.testing.assert_allclose(cells.pm25[:, 0, 0], at_hidden.pm25[:, 0], rtol=1e-5)
    assert stations.attrs["model"] == "kriging"


def test_a_visible_station_is_kriged_from_the_others(station_data):
    code = station_data.station.values[4]
    every, _ = reanalyze(stacked(), station_data)
    without, _ = reanalyze(stacked(), station_data, hidden=[code])
    measured = station_data.pm25.sel(station=code).notnull().values
    for name in ("pm25", "pm25_spread"):
        one, other = (each[name].sel(station=code).values for each in (every, without))
        np.testing.assert_allclose(one[measured], other[measured], rtol=1e-4)
        np.testing.assert_allclose(one[~measured], other[~measured], rtol=1e-4)


def test_measurements_of_hidden_stations_change_nothing(station_data):
    hidden = station_data.station.values[:3]
    changed = station_data.copy(deep=True)
    changed["pm25"].loc[{"station": hidden}] = 500.0
    for one, other in zip(
        *(reanalyze(stacked(), data, hidden=hidden) for data in (station_data, changed)), strict=True
    ):
        if one is not None:
            np.testing.assert_array_equal(one.pm25, other.pm25)


def test_without_weights_it_is_ordinary_kriging(station_data):
    unweighted = KrigingPredictor("pm25", [BASE, *OTHERS], window=WINDOW)
    plain = KrigingPredictor("pm25", [BASE], window=WINDOW)
    for one, other in zip(*(reanalyze(model, station_data)[0].pm25 for model in (unweighted, plain)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_chunks_of_hours_change_nothing(monkeypatch):
    data = random_station_data(hours=24 * 5)
    whole, _ = reanalyze(stacked(), data)
    monkeypatch.setattr(kriging, "VALUES_PER_CHUNK", 1)
    chunked, _ = reanalyze(stacked(), data)
    np.testing.assert_allclose(whole.pm25, chunked.pm25, rtol=1e-5)


@pytest.mark.parametrize("dense", [50, 1000])
def test_a_large_grid_is_computed_in_boxes_without_seams(dense, monkeypatch):
    pytest.importorskip("dask")
    monkeypatch.setattr("aqnet_pyg.baselines.kriging.DENSE_STATIONS", dense)
    data = random_station_data(stations=100, hours=24)
    model, grid = KrigingPredictor("pm25", [BASE], window=WINDOW), Grid.around(data, 1.0)
    whole = reanalyze(model, data, grid=grid)
    monkeypatch.setattr(reanalysis, "BLOCK_VALUES", 2 * grid.longitude.size * WINDOW.steps + 1)
    lazy = reanalyze(model, data.chunk(time=24), grid=grid)
    assert lazy[1].pm25.chunks[0] == (8, 8, 8)
    assert set(lazy[1].pm25.chunks[1][:-1]) == {2}
    assert len(lazy[1].pm25.chunks[1]) > 2
    for one, other in zip(whole, lazy, strict=True):
        for name in ("pm25", "pm25_spread"):
            np.testing.assert_allclose(one[name], other[name], rtol=1e-6)


def test_visible_stations_can_be_left_out(station_data):
    hidden = list(station_data.station.values[:3])
    whole, _ = reanalyze(stacked(), station_data, hidden=hidden)
    some, _ = reanalyze(stacked(), station_data, hidden=hidden, at_visible=False)
    np.testing.assert_array_equal(whole.pm25.sel(station=hidden), some.pm25.sel(station=hidden))
    assert some.pm25.where(some.visible == 1, drop=True).isnull().all()


def test_a_forecast_is_refused():
    with pytest.raises(InputError, match="does not forecast"):
        KrigingPredictor("pm25", [BASE], window=Window(24, horizon=12))


def test_a_margin_shorter_than_a_kriging_reads_is_refused():
    # Results would depend on where the blocks of lazy data begin.
    for krigings, least in (([BASE], 2), ([BASE, SpaceTimeKriging(4, 300.0, 6.0, 0.1)], 4)):
        KrigingPredictor("pm25", krigings, window=Window(24, margin=least))
        with pytest.raises(InputError, match=f"margin: {least - 1} hours .* at least {least}"):
            KrigingPredictor("pm25", krigings, window=Window(24, margin=least - 1))


def test_the_chosen_parameters_are_kept(station_data):
    fitted = OrdinaryKriging(log=True).fit(coordinates_of(station_data), station_data.pm25.values)
    again = with_parameters(fitted)
    assert (again.range_km, again.nugget, again.log) == (fitted.range_km_, fitted.nugget_, True)
    assert not hasattr(again, "range_km_")


def test_measurements_come_with_the_hours_around(station_data):
    hours = station_data.indexes["time"][[30, 33]]
    values, rows = measurements_around(station_data, "pm25", hours)
    np.testing.assert_array_equal(values[rows], station_data.pm25.values[[30, 33]].astype(np.float64))
    assert rows.tolist() == [24, 27]
    assert len(values) == 24 + 4 + 24


def test_chosen_factors_are_kept_where_first_guesses_are_used():
    rng = np.random.default_rng(0)
    coordinates = rng.uniform(110, 118, 25), rng.uniform(32, 39, 25)
    guess = rng.uniform(10, 90, (12, 25, 1))
    for log in (False, True):
        useful = FirstGuessKriging(log=log).fit(coordinates, 2 * guess[..., 0] + rng.uniform(0, 5, (12, 25)), guess)
        again = with_factors(useful)
        assert again.factors == useful.factors_
        assert again.log == log
        assert again.interpolator.range_km == useful.interpolator_.range_km_
        useful.factors_ = None  # as of a first guess that is not used
        alone = with_factors(useful)
        assert isinstance(alone, OrdinaryKriging)
        assert alone.log == log
