"""Intervals of a model, and what comes out of them."""

from dataclasses import replace

import numpy as np
import pytest
from inference.calibrated_models import calibrated
from station_samples import random_station_data

from aqnet_pyg.grid import Grid
from aqnet_pyg.inference.calibration import calibrate, calibration_notes
from aqnet_pyg.inference.network import NetworkPredictor
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.nn import AQNet
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.training.checkpoint import load_model, save_model
from aqnet_pyg.windows import Window


@pytest.mark.parametrize("window", [Window(12, margin=2), Window(24, horizon=12)])
def test_a_calibrated_model_has_intervals(window, tmp_path):
    data = random_station_data(stations=30)
    hidden = data.station.values[:6]
    model = calibrate(AQNet(window, Scaler.fit(data, ["pm25", "pm10"]), k=4, channels=8), data, [hidden])
    stations, grid = reanalyze(model, data, hidden=hidden, grid=Grid.around(data, 3.0))
    for product in (stations, grid):
        assert (product.pm25_lower <= product.pm25_upper).all()
        assert (product.pm25_lower >= 0).all()
        assert product.pm25_lower.dims == product.pm25.dims
        assert product.pm25.attrs["ancillary_variables"] == "pm25_spread pm25_lower pm25_upper station_distance"
    if not window.task.own_history:
        stations = stations.sel(station=hidden)
    known = stations.pm25_measured.notnull()
    covered = (stations.pm25_lower <= stations.pm25_measured) & (stations.pm25_measured <= stations.pm25_upper)
    # More than nine tenths where stations are few and errors have short tails: the quantiles are shrunk toward expected ones.
    assert 0.88 < float(covered.where(known).mean()) < 0.96
    assert model.intervals.stations_ == (30 if window.task.own_history else 6)

    save_model(model, tmp_path / "a.ckpt")
    again, _ = reanalyze(load_model(tmp_path / "a.ckpt"), data, hidden=hidden)
    np.testing.assert_array_equal(again.pm25_upper.sel(station=hidden), stations.pm25_upper.sel(station=hidden))


def test_calibration_uses_hidden_stations_only():
    data = random_station_data(stations=30)
    hidden = list(data.station.values[:6])
    model = AQNet(Window(12, margin=2), Scaler.fit(data, ["pm25", "pm10"]), k=4, channels=8).eval()
    first = calibrate(model, data, [hidden]).intervals.state()
    shuffled = calibrate(model, data.isel(station=np.random.default_rng(0).permutation(30)), [hidden])
    np.testing.assert_allclose(shuffled.intervals.state()["residual"], first["residual"], rtol=1e-4, atol=1e-3)
    other = data.copy(deep=True)
    other["pm25"].loc[{"station": hidden}] = other.pm25.sel(station=hidden) + 100
    changed = calibrate(model, other, [hidden])
    assert np.mean(changed.intervals.state()["residual"]) > np.mean(first["residual"]) + 0.3


def test_predictions_at_visible_stations_are_not_used(monkeypatch):
    data = random_station_data(stations=30)
    predictor = NetworkPredictor(AQNet(Window(12, margin=2), Scaler.fit(data, ["pm25"]), k=4, channels=8))
    expected = calibrate(predictor, data, [data.station.values[:6]]).intervals.state()
    predict = predictor.predict
    monkeypatch.setattr(  # predictors may return them although they are not wanted
        predictor,
        "predict",
        lambda stations, request, *others: predict(stations, replace(request, at_visible=True), *others),
    )
    assert calibrate(predictor, data, [data.station.values[:6]]).intervals.state() == expected


def test_intervals_beyond_their_calibration_are_noted():
    model, stations, _ = calibrated(Window(12, margin=2), hours=24 * 4)
    (few,) = calibration_notes(model, stations)
    assert "calibrated at 6 stations" in few
    names = ["pm25", "pm25_lower", "pm25_upper"]
    elsewhere = stations.assign({name: stations[name] / 20 for name in names})
    _, level, coverage = calibration_notes(model, elsewhere)
    assert "outside that range" in level
    assert coverage.startswith("The 90 % intervals contain")
    far = stations.assign_coords(station_distance=stations.station_distance + 1000)
    assert any("more than twice as far" in note for note in calibration_notes(model, far))
    (none,) = calibration_notes(replace(model, intervals=None), stations)
    assert "no intervals" in none


def test_coverage_is_that_of_measurements_at_hidden_stations():
    model, stations, _ = calibrated(Window(12, margin=2), hours=24 * 4)
    hidden = ~stations.visible.astype(bool)

    def notes(where):
        """With intervals that contain nothing at some stations."""
        ends = {name: stations[name].where(~where, -1) for name in ("pm25_lower", "pm25_upper")}
        return [note for note in calibration_notes(model, stations.assign(ends)) if "contain" in note]

    assert notes(~hidden) == []
    assert notes(hidden) == ["The 90 % intervals contain 0% of the measurements at hidden stations."]
    gaps = stations.assign(pm25_measured=stations.pm25_measured.where(stations.time.dt.hour < 6))
    assert not any("contain" in note for note in calibration_notes(model, gaps))


def test_stations_hidden_one_after_the_other_are_told_apart():
    data = random_station_data(stations=30)
    model = AQNet(Window(12, margin=2), Scaler.fit(data, ["pm25"]), k=4, channels=8)
    codes = data.station.values
    assert calibrate(model, data, [codes[:6], codes[6:12]]).intervals.stations_ == 12
    assert calibrate(model, data, [codes[:6], codes[3:9]]).intervals.stations_ == 9
