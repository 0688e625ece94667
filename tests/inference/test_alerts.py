"""Probabilities of exceedance, and the table and GeoJSON of them."""

import json

import numpy as np
import pytest
from station_samples import random_station_data

from aqnet_pyg.commands.alerts import alert_reliability, run_alerts
from aqnet_pyg.commands.main import main
from aqnet_pyg.commands.settings import AlertSettings
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference.alerts import alert_features, alert_table, alerts
from aqnet_pyg.inference.averaging_periods import PERIODS, over_period
from aqnet_pyg.inference.calibration import calibrate
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.io.files import write_dataset, write_json
from aqnet_pyg.nn import AQNet
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.training.checkpoint import load_model, save_model
from aqnet_pyg.windows import Window


def calibrated(window, hours=24 * 8):
    data = random_station_data(stations=30, hours=hours)
    hidden = data.station.values[:6]
    model = AQNet(window, Scaler.fit(data, ["pm25", "pm10"]), k=4, channels=8).eval()
    model = calibrate(model, data, [hidden])
    stations, grid = reanalyze(model, data, hidden=hidden, grid=Grid.around(data, 3.0))
    return model, stations, grid


@pytest.mark.parametrize("window", [Window(12, margin=2), Window(24, horizon=48)])
def test_alerts_are_daily_means_with_probabilities(window):
    model, stations, grid = calibrated(window)
    for product in (stations, grid):
        found = alerts(product, model, "who", level="IT3")
        probability = found.pm25_24h_probability
        assert probability.dims == found.pm25_24h.dims
        assert "day" in probability.dims
        there = found.pm25_24h.notnull()
        assert there.any()
        assert (probability.notnull() == there).all()
        assert float(probability.min()) >= 0
        assert float(probability.max()) <= 1
        strict, mild = (alerts(product, model, "who", level=level).pm25_24h_probability for level in ("AQG", "IT1"))
        assert (strict.where(there, 0) >= mild.where(there, 0)).all()
        assert found.pm25_24h.attrs["units"] == product.pm25.attrs["units"]
    assert ("forecast_reference_time" in probability.dims) == (window.task == "forecast")


def test_a_limit_at_a_quantile_is_exceeded_with_its_probability():
    model, stations, _ = calibrated(Window(12, margin=2))
    (mean,) = over_period(stations, "pm25", PERIODS["24h"])
    km = np.broadcast_to(stations.station_distance.values, mean.value.shape)
    for level in (0.05, 0.5, 0.9):
        quantile = model.daily_intervals["24h"].quantiles(mean.value.values, mean.spread.values, km, levels=(level,))[0]
        day, place = np.unravel_index(np.nanargmax(quantile), quantile.shape)
        above = model.daily_intervals["24h"].probability_above(
            quantile[day, place], mean.value.values[day, place], mean.spread.values[day, place], km[day, place]
        )
        assert above == pytest.approx(1 - level, abs=1e-6)


def test_probabilities_at_the_stations_of_the_calibration_are_calibrated():
    model, stations, _ = calibrated(Window(12, margin=2), hours=24 * 20)
    report = alert_reliability(stations.sel(station=stations.station[:6]), model)
    assert report["brier"] < report["brier_of_the_mean"]
    rows = report["reliability"]
    off = sum(row["count"] * (row["forecast"] - row["observed"]) for row in rows) / sum(row["count"] for row in rows)
    assert abs(off) < 0.05


def test_table_and_features():
    model, stations, grid = calibrated(Window(12, margin=2))
    table = alert_table(alerts(stations, model, "who"), 0.2)
    assert (table.probability >= 0.2).all()
    assert table.probability.is_monotonic_decreasing
    assert {"limit", "day", "station", "longitude", "latitude", "visible", "predicted", "measured"} <= set(table)
    assert len(alert_table(alerts(stations, model, "who"), 0.9)) <= len(table)
    cells = alert_table(alerts(grid, model, "who"), 0.2)
    assert "station" not in cells
    features = json.loads(json.dumps(alert_features(cells)))["features"]
    assert len(features) == len(cells)
    assert features[0]["geometry"]["coordinates"] == [cells.longitude[0], cells.latitude[0]]
    assert features[0]["properties"]["limit"] == "pm25_24h"


def a_run(folder):
    model, stations, grid = calibrated(Window(12, margin=2))
    write_dataset(stations, folder / "stations.nc")
    write_dataset(grid, folder / "grid.nc")
    write_json({}, folder / "metrics.json")
    save_model(model, folder / "aqnet.ckpt")
    return model


def test_the_command_writes_csv_and_geojson(tmp_path, capsys):
    a_run(tmp_path)
    assert main(["alerts", str(tmp_path), "--standard", "who", "--probability", "0.3"]) == 0
    assert "alerts.csv" in capsys.readouterr().out
    rows = (tmp_path / "alerts.csv").read_text(encoding="utf-8").splitlines()
    features = json.loads((tmp_path / "alerts.geojson").read_text(encoding="utf-8"))["features"]
    assert len(features) == len(rows) - 1 > 0
    assert "no limit" in run_alerts(AlertSettings(str(tmp_path), "epa", probability=1.0)).lower()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"standard": "mars"}, "mars"),
        ({"level": "IT9"}, "IT9"),
        ({"probability": 5.0}, "probability"),
    ],
)
def test_bad_settings_are_named(tmp_path, change, named):
    a_run(tmp_path)
    with pytest.raises(InputError, match=named):
        run_alerts(AlertSettings(**{"run": str(tmp_path), "standard": "who"} | change))


def test_files_missing_from_a_run_are_named(tmp_path):
    with pytest.raises(InputError, match=r"metrics\.json"):
        run_alerts(AlertSettings(str(tmp_path)))
    write_json({}, tmp_path / "metrics.json")
    with pytest.raises(InputError, match=r"aqnet\.ckpt"):
        run_alerts(AlertSettings(str(tmp_path)))
    a_run(tmp_path)
    (tmp_path / "stations.nc").unlink()
    with pytest.raises(InputError, match=r"stations\.nc"):
        run_alerts(AlertSettings(str(tmp_path)))


def test_a_model_without_intervals_is_refused(tmp_path):
    model, stations, _ = calibrated(Window(12, margin=2))
    save_model(model, tmp_path / "a.ckpt")
    again = load_model(tmp_path / "a.ckpt")
    np.testing.assert_array_equal(
        alerts(stations, again, "who").pm25_24h_probability, alerts(stations, model, "who").pm25_24h_probability
    )
    again.intervals = None
    with pytest.raises(InputError, match="calibrate"):
        alerts(stations, again)


def test_rounding_is_part_of_the_threshold():
    model, stations, _ = calibrated(Window(12, margin=2))
    # GB/T 8170: 75.5 is rounded to 76.
    assert alerts(stations, model, "china").pm25_24h.attrs["threshold"] == pytest.approx(75.5, abs=0.01)
    assert alerts(stations, model, "who").pm25_24h.attrs["threshold"] == pytest.approx(15)
