"""Probabilities of exceedance, and the table and GeoJSON of them."""

import json
from dataclasses import replace

import numpy as np
import pytest
from inference.calibrated_models import calibrated
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.inference import calibrate, reanalyze
from aqnet_pyg.inference.averaging_periods import PERIODS, over_period
from aqnet_pyg.inference.exceedances import alert_features, alert_table, alerts, exceedance_days
from aqnet_pyg.nn import AQNet
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.training.checkpoint import load_model, save_model
from aqnet_pyg.windows import Window


@pytest.fixture(scope="module")
def reconstruction():
    return calibrated(Window(12, margin=2))


@pytest.mark.parametrize("task", ["reconstruct", "forecast"])
def test_alerts_are_daily_means_with_probabilities(task, reconstruction):
    model, stations, grid = calibrated(Window(24, horizon=48)) if task == "forecast" else reconstruction
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
    assert ("forecast_reference_time" in probability.dims) == (task == "forecast")


def test_a_limit_at_a_quantile_is_exceeded_with_its_probability(reconstruction):
    model, stations, _ = reconstruction
    (mean,) = over_period(stations, "pm25", PERIODS["24h"])
    km = np.broadcast_to(stations.station_distance.values, mean.value.shape)
    for level in (0.05, 0.5, 0.9):
        quantile = model.daily_intervals["24h"].quantiles(mean.value.values, mean.spread.values, km, levels=(level,))[0]
        day, place = np.unravel_index(np.nanargmax(quantile), quantile.shape)
        above = model.daily_intervals["24h"].probability_above(
            quantile[day, place], mean.value.values[day, place], mean.spread.values[day, place], km[day, place]
        )
        assert above == pytest.approx(1 - level, abs=1e-6)


def test_days_above_limits_are_measured_or_expected(reconstruction):
    model, stations, _ = reconstruction
    stations = stations.assign_coords(city=("station", ["A"] * stations.sizes["station"]))
    code = str(stations.station.values[2])
    unmeasured = stations.pm25_measured.where((stations.station != code) | (stations.time < stations.time[48]))
    found = alerts(stations.assign(pm25_measured=unmeasured), model, "who", level="IT3")
    days = exceedance_days(found).set_index("station")
    assert days.days_above.is_monotonic_decreasing
    row, place = days.loc[code], found.sel(station=code)
    known = place.pm25_24h_measured.notnull()
    assert 0 < row.measured_days == int(known.sum()) < row.days
    assert row.measured_above == int((place.pm25_24h_measured >= place.pm25_24h.attrs["threshold"]).sum())
    assert row.expected_above == pytest.approx(float(place.pm25_24h_probability.where(~known).sum()))
    assert row.expected_above > 0
    assert row.days_above == row.measured_above + row.expected_above
    assert (row.city, row.limit_value, row.units) == ("A", 37.5, "ug m-3")
    assert row.standard.endswith("IT3")


def test_days_of_forecasts_overlap_and_are_not_counted():
    model, stations, _ = calibrated(Window(24, horizon=48))
    assert exceedance_days(alerts(stations, model, "who")).empty


def test_table_and_features(reconstruction):
    model, stations, grid = reconstruction
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


def test_a_model_without_intervals_is_refused(reconstruction):
    model, stations, _ = reconstruction
    with pytest.raises(InputError, match="calibrate"):
        alerts(stations, replace(model, intervals=None))


def test_a_loaded_model_gives_the_same_probabilities(reconstruction, tmp_path):
    model, stations, _ = reconstruction
    save_model(model, tmp_path / "a.ckpt")
    again = load_model(tmp_path / "a.ckpt")
    np.testing.assert_array_equal(
        alerts(stations, again, "who").pm25_24h_probability, alerts(stations, model, "who").pm25_24h_probability
    )


@pytest.mark.parametrize(("change", "named"), [({"standard": "mars"}, "mars"), ({"level": "IT9"}, "IT9")])
def test_unknown_standards_and_levels_are_named(reconstruction, change, named):
    model, stations, _ = reconstruction
    with pytest.raises(InputError, match=named):
        alerts(stations, model, **{"standard": "who"} | change)


def test_rounding_is_part_of_the_threshold(reconstruction):
    model, stations, _ = reconstruction
    # GB/T 8170: 75.5 is rounded to 76.
    assert alerts(stations, model, "china").pm25_24h.attrs["threshold"] == pytest.approx(75.5, abs=0.01)
    assert alerts(stations, model, "who").pm25_24h.attrs["threshold"] == pytest.approx(15)


def test_the_table_has_limits_and_units(reconstruction):
    model, stations, _ = reconstruction
    table = alert_table(alerts(stations, model, "eu", level="from_2030"), 0.0)
    assert set(table.limit) == {"pm25_24h"}
    assert (table.limit_value == 25.0).all()
    assert set(table.units) == {stations.pm25.attrs["units"]}


def test_probabilities_need_a_minimum_of_station_days():
    data = random_station_data(stations=12, hours=24 * 5)
    hidden = data.station.values[:2]
    model = calibrate(AQNet(Window(12, margin=2), Scaler.fit(data, ["pm25"]), k=4, channels=8), data, [hidden])
    stations, _ = reanalyze(model, data, hidden=hidden)
    with pytest.raises(InputError, match="calibrated on 8 measured averages, and probabilities need at least 10"):
        alerts(stations, model)
