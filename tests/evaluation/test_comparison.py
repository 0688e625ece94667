"""Scores of a model beside those of classical interpolators."""

import numpy as np
import pytest
import xarray as xr
from station_samples import random_station_data

from aqnet_pyg.baselines import IDW, OrdinaryKriging
from aqnet_pyg.ensembles.tuning import TunedInterpolators
from aqnet_pyg.evaluation.comparison import Comparison, table
from aqnet_pyg.evaluation.metrics import scores

TRAIN = slice(0, 48)


@pytest.fixture(scope="module")
def data():
    return random_station_data()


@pytest.fixture(scope="module")
def tuned():
    return TunedInterpolators()


def visible_and_hidden(data):
    pm25 = data.pm25
    return pm25.isel(station=slice(0, -3)), pm25.isel(station=slice(-3, None))


def test_all_rows_are_scored_at_the_values_that_each_predicts(data, tuned):
    visible, hidden = visible_and_hidden(data)
    truth = hidden.isel(time=slice(48, None))
    predicted = truth + 2.0
    predicted[:5] = np.nan
    rows = Comparison(visible, TRAIN, "network", tuned)(truth, predicted)
    assert list(rows) == ["network", "idw", "kriging", "kriging-log", "climatology"]
    known = truth.values[5:]
    assert rows["network"] == {
        **{name: pytest.approx(2.0, rel=1e-6) for name in ("mae", "rmse")},
        "r2": pytest.approx(1 - 4 / np.nanvar(known), rel=1e-5),
        "n": np.isfinite(known).sum(),
    }
    idw = IDW().fit((visible.longitude, visible.latitude), visible.values[TRAIN])
    expected = idw.predict((hidden.longitude.values, hidden.latitude.values), visible.values[48:])
    assert rows["idw"] == scores(known, expected[5:])


def test_an_interval_is_scored_where_the_rows_are(data, tuned):
    visible, hidden = visible_and_hidden(data)
    predicted = hidden.copy()
    predicted[:5] = np.nan
    lower, upper = hidden - 1.0, hidden + 3.0
    upper[::2] = hidden[::2] - 0.5
    rows = Comparison(visible, TRAIN, "network", tuned)(hidden, predicted, interval=(lower, upper))
    known = np.isfinite(hidden.values[5:])
    assert rows["network"]["coverage"] == pytest.approx(known[::2].sum() / known.sum())
    assert 0.5 < rows["network"]["width"] < 4
    assert "coverage" not in rows["idw"]


def test_a_kriging_model_takes_the_place_of_tuned_kriging(data, tuned):
    visible, hidden = visible_and_hidden(data)
    rows = Comparison(visible, TRAIN, "kriging", tuned)(hidden, hidden + 1.0)
    assert list(rows) == ["kriging", "idw", "kriging-log", "climatology"]
    assert rows["kriging"]["mae"] == pytest.approx(1.0)


def test_the_order_of_dimensions_does_not_matter(data, tuned):
    visible, hidden = visible_and_hidden(data)
    one, other = (
        Comparison(each, TRAIN, "network", tuned)(hidden, hidden)
        for each in (visible, visible.transpose("station", "time"))
    )
    assert one == other


def forecast_of(pm25, time, leads=6):
    """The truth of two forecasts, in the form of a prediction."""
    issued, lead = time.values[[30, 45]], np.arange(1, leads + 1)
    valid = issued[:, None] + lead * np.timedelta64(1, "h")
    return xr.DataArray(
        pm25.sel(time=valid.ravel()).values.reshape(2, leads, pm25.sizes["station"]),
        dims=("forecast_reference_time", "lead", "station"),
        coords={"forecast_reference_time": issued, "lead": lead}
        | {name: pm25[name] for name in ("longitude", "latitude", "station")},
    )


def test_forecasts_are_compared_with_the_mean_of_the_last_day_and_climatology(data, tuned):
    visible, hidden = visible_and_hidden(data)
    truth = forecast_of(hidden, data.time)
    rows = Comparison(visible, TRAIN, "network", tuned)(truth, truth)
    assert list(rows) == ["network", "persistence", "climatology"]
    last_day = np.stack([np.nanmean(visible.values[end - 23 : end + 1], axis=0) for end in (30, 45)])
    places = (visible.longitude.values, visible.latitude.values)
    kriging = OrdinaryKriging().fit(places, visible.values[TRAIN])
    expected = kriging.predict((hidden.longitude.values, hidden.latitude.values), last_day)
    found = {name: score for name, score in rows["persistence"].items() if name != "leads"}
    assert found == pytest.approx(scores(truth.values, np.repeat(expected[:, None], 6, axis=1)), rel=1e-5)
    assert rows["network"]["mae"] == 0


def test_forecasts_at_visible_stations_are_compared_with_their_own_history(data, tuned):
    visible, _ = visible_and_hidden(data)
    truth = forecast_of(visible, data.time)
    rows = Comparison(visible, TRAIN, "network", tuned)(truth, truth)
    last_day = np.stack([np.nanmean(visible.values[end - 23 : end + 1], axis=0) for end in (30, 45)])
    expected = scores(truth.values, np.repeat(last_day[:, None], 6, axis=1))
    assert rows["persistence"]["mae"] == pytest.approx(expected["mae"], rel=1e-5)


def test_scores_by_lead_time_add_up(data, tuned):
    visible, hidden = visible_and_hidden(data)
    truth = forecast_of(hidden, data.time, leads=9)
    rows = Comparison(visible, TRAIN, "network", tuned)(truth, truth + truth.lead)
    leads = rows["network"]["leads"]
    assert list(leads) == ["1-6", "7-9"]
    assert sum(score["n"] for score in leads.values()) == rows["network"]["n"]
    mean = sum(score["n"] * score["mae"] for score in leads.values()) / rows["network"]["n"]
    assert mean == pytest.approx(rows["network"]["mae"])
    assert 1 <= leads["1-6"]["mae"] <= 6 < leads["7-9"]["mae"] <= 9


def test_climatology_is_the_mean_of_the_training_hours_by_hour_of_the_day(data, tuned):
    visible, hidden = visible_and_hidden(data)
    truth = hidden.isel(time=slice(48, None))
    rows = Comparison(visible, TRAIN, "network", tuned)(truth, truth)
    hours = visible.time.dt.hour.values
    normal = np.array([np.nanmean(visible.values[TRAIN][hours[TRAIN] == hour]) for hour in hours[48:]])
    assert rows["climatology"]["mae"] == pytest.approx(np.nanmean(np.abs(truth.values - normal[:, None])), rel=1e-5)


def test_a_visible_station_has_a_climatology_of_its_own(data, tuned):
    visible, _ = visible_and_hidden(data)
    higher = visible.copy()
    higher[:, 0] += 500
    one, other = (Comparison(each, TRAIN, "network", tuned)(each[48:, :1], each[48:, :1]) for each in (visible, higher))
    assert other["climatology"]["mae"] == pytest.approx(one["climatology"]["mae"], rel=0.5)


def test_the_table_of_a_run():
    row = {"mae": 1.234, "rmse": 2.0, "r2": 0.9876, "n": 1000}
    metrics = {
        "dataset": "made up",
        "seed": 3,
        "tasks": {"reconstruct": {"stations": {"network": row, "idw": row | {"mae": 12.5}}, "grid": None}},
    }
    first, title, network, idw = table(metrics).splitlines()
    assert first == "made up, seed 3"
    assert title.split() == ["reconstruct,", "hidden", "stations", "MAE", "RMSE", "R2", "n"]
    assert network.split() == ["network", "1.23", "2.00", "0.988", "1000"]
    assert idw.split()[1] == "12.50"
    assert len(title) == len(network) == len(idw)


def test_the_table_has_intervals_and_notes():
    row = {"mae": 1.0, "rmse": 2.0, "r2": 0.9, "n": 10}
    rows = {"network": row | {"coverage": 0.8765, "width": 31.4}, "idw": row}
    metrics = {"dataset": "made up", "seed": 0, "tasks": {"reconstruct": {"stations": rows}}, "notes": ["Mind this."]}
    _, title, network, idw, note = table(metrics).splitlines()
    assert title.split()[-4:] == ["n", "in", "90", "%", "width"][-4:]
    assert network.split()[-2:] == ["87.6%", "31.40"]
    assert len(idw.split()) == 5
    assert note == "Mind this."
