"""Metadata and values for the script of the page."""

import json

import numpy as np
import pytest
import torch
import xarray as xr
from report.html_runs import synthetic_run, unpack, with_distances
from report.report_data import synthetic_result

from aqnet_pyg.graph import great_circle_distance
from aqnet_pyg.report.html.payload import payload
from aqnet_pyg.report.land import on_land


def opened(stations, grid=None, borders=None):
    about, text = payload(stations, grid, borders)
    return json.loads(json.dumps(about)), unpack(about["arrays"], text)


def test_values_are_those_of_the_run():
    stations, grid = synthetic_run()
    about, arrays = opened(stations, grid)
    for name, wanted in (("value", "pm25"), ("measured", "pm25_measured"), ("lower", "pm25_lower")):
        np.testing.assert_allclose(arrays[f"station_{name}"], stations[wanted], atol=0.051)
    np.testing.assert_allclose(arrays["cell_upper"], grid.pm25_upper.values.reshape(48, -1), atol=0.051)
    np.testing.assert_allclose(arrays["cell_distance"], 30.0)
    cells = np.stack(np.meshgrid(grid.longitude, grid.latitude), axis=-1).reshape(-1, 2)
    np.testing.assert_array_equal(arrays["cell_sea"][0], ~on_land(*cells.T))
    assert 0 < arrays["cell_sea"].mean() < 1
    assert about["issued"] is None
    assert about["hours"][0][0] == stations.time.values[0].astype("datetime64[h]").astype(int)
    assert about["stations"]["code"] == list(stations.station.values)
    assert about["stations"]["visible"] == stations.visible.values.tolist()
    assert (about["pollutant"], about["units"]) == ("PM₂.₅", "µg m⁻³")


def test_departures_from_kriging_are_those_of_the_grid():
    stations, grid = synthetic_run()
    departure = np.random.default_rng(0).normal(0, 5, grid.pm25.shape)
    about, arrays = opened(stations, grid.assign(pm25_background=grid.pm25 - departure))
    np.testing.assert_allclose(arrays["cell_departure"], departure.reshape(48, -1), atol=0.051)
    scale = about["scales"]["departure"]
    assert scale["low"] == -scale["high"]
    assert "cell_departure" not in opened(stations, grid)[1]


def test_neighbors_are_the_nearest_visible_stations():
    stations, grid = synthetic_run()
    about, arrays = opened(stations, grid)
    places = torch.tensor([about["stations"]["longitude"], about["stations"]["latitude"]], dtype=torch.float64).T
    cells = np.stack(np.meshgrid(grid.longitude, grid.latitude), axis=-1).reshape(-1, 2)
    visible = np.flatnonzero(stations.visible.values)
    for name, targets in (("station", places), ("cell", torch.from_numpy(cells))):
        target, source = np.indices((len(targets), len(visible))).reshape(2, -1)
        km = great_circle_distance(targets[target], places[visible[source]]).numpy().reshape(len(targets), -1)
        km[km < 1e-6] = np.inf  # itself
        np.testing.assert_array_equal(arrays[f"{name}_neighbors"], visible[np.argsort(km, axis=1)[:, :4]])


def test_with_few_stations_neighbors_are_missing():
    stations, _ = synthetic_run(count=3, hidden=["S0000"])
    _, arrays = opened(stations)
    np.testing.assert_array_equal(arrays["station_neighbors"][1], [2, np.nan, np.nan, np.nan])


@pytest.mark.parametrize("hidden", [[], ["S0000"]])
def test_one_station(hidden):
    stations, grid = synthetic_run(count=1, hidden=hidden)
    about, arrays = opened(stations, grid)
    assert "station_neighbors" not in arrays
    assert ("cell_neighbors" in arrays) == (not hidden)
    assert about["bounds"][0] < about["bounds"][1]
    assert opened(stations)[1].keys() == {"station_value", "station_measured", "station_lower", "station_upper"}


def test_without_measurements():
    stations, _ = synthetic_run(count=2)
    about, arrays = opened(stations.assign(pm25_measured=stations.pm25_measured * np.nan))
    assert np.isnan(arrays["station_measured"]).all()
    assert np.isfinite([about["scales"]["error"][end] for end in ("low", "high")]).all()
    assert not about["scales"]["error"]["above"]


def test_the_start_is_the_hour_with_the_highest_mean_prediction():
    stations, _ = synthetic_run()
    stations["pm25"][7] += 500
    stations["pm25"][9] = np.nan
    stations["pm25"][9, 0] = 9999  # at one station only
    assert opened(stations)[0]["start"] == {"round": 0, "step": 7}
    forecasts, _ = synthetic_run(lead=6)
    forecasts["pm25"].transpose("forecast_reference_time", "lead", ...)[2, 5] += 500
    assert opened(forecasts)[0]["start"] == {"round": 2, "step": 5}


def test_scales_name_the_ends_that_values_exceed():
    stations, _ = synthetic_run()
    scale = opened(stations)[0]["scales"]["value"]
    values = np.stack([stations.pm25, stations.pm25_measured])
    assert scale["above"] == bool(np.nanmax(values) > scale["high"])
    assert opened(stations)[0]["scales"]["distance"]["below"] is False


def test_forecasts_are_concatenated():
    stations, grid = synthetic_run(lead=6)
    about, arrays = opened(stations, grid)
    assert len(about["hours"]) == len(about["issued"]) == 4
    assert [hours[0] - issued for hours, issued in zip(about["hours"], about["issued"], strict=True)] == [1] * 4
    np.testing.assert_allclose(arrays["station_value"][7], stations.pm25[1, 1], atol=0.051)
    np.testing.assert_allclose(arrays["cell_value"][7], grid.pm25[1, 1].values.ravel(), atol=0.051)


def test_longitudes_of_stations_match_those_of_the_cells():
    stations, grid = synthetic_run()
    turned = grid.assign_coords(longitude=grid.longitude + 360)
    about, _ = opened(stations, turned)
    assert about["grid"]["west"] < min(about["stations"]["longitude"]) < about["grid"]["east"]


def test_borders_are_cut_to_the_map(tmp_path):
    line = {"type": "LineString", "coordinates": [[-170.0, 38.0], [170.0, 38.0]]}
    (tmp_path / "borders.json").write_text(json.dumps(line))
    about, _ = opened(synthetic_run()[0], borders=tmp_path / "borders.json")
    (found,) = about["borders"]
    assert 80 < found[0] < found[2] < 140


def test_a_week_of_584_stations_and_a_quarter_degree_is_small():
    rng = np.random.default_rng(0)
    hours, latitude, longitude = 168, np.arange(32, 43.25, 0.25), np.arange(104, 124.25, 0.25)
    stations = synthetic_result(count=584, hours=hours)
    field = 80 + 60 * np.sin(np.arange(hours) / 9)[:, None, None] * np.cos(latitude / 3)[:, None] * np.sin(
        longitude / 4
    )
    # Rougher than any real field: neighbors in space and time differ by noise.
    value = (field + rng.normal(0, 3, field.shape)).astype(np.float32)
    dims = ("time", "latitude", "longitude")
    parts = {"pm25": value, "pm25_lower": 0.6 * value, "pm25_upper": 1.5 * value + rng.normal(0, 1, field.shape)}
    grid = xr.Dataset(
        {name: (dims, array) for name, array in parts.items()},
        {"time": stations.time, "latitude": latitude, "longitude": longitude},
    )
    about, text = payload(stations.assign_attrs(neighbors=16), with_distances(grid))
    assert len(json.dumps(about)) + len(text) < 7_500_000
