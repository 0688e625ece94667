"""Selection of hours and stations."""

import numpy as np
import pytest
from report.report_data import layers, synthetic_grid, synthetic_result, synthetic_stations
from station_samples import random_station_data

from aqnet_pyg.conformal import ConformalIntervals
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference import TrainedModel, reanalyze
from aqnet_pyg.io.cf import from_cf, to_cf
from aqnet_pyg.nn import AQNet
from aqnet_pyg.report import map_errors, map_field, plot_coverage, plot_series
from aqnet_pyg.report.selection import measurements, newest_forecasts, predicted_pollutant
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.windows import Window


def test_the_newest_forecast_of_each_hour():
    result = synthetic_result(3, hours=36, lead=30)
    hourly = newest_forecasts(result)
    np.testing.assert_array_equal(hourly.time, np.unique(result.time))
    for hour in hourly.time.values:
        rounds, leads = np.nonzero(result.time.values == hour)
        newest = rounds.argmax()
        assert hourly.lead.sel(time=hour) == result.lead.values[leads[newest]] == result.lead.values[leads].min()
        np.testing.assert_array_equal(hourly.pm25.sel(time=hour), result.pm25.values[rounds[newest], leads[newest]])


def test_one_forecast():
    result = synthetic_result(3, hours=36, lead=30)
    issued = result.forecast_reference_time.values[1]
    hourly = newest_forecasts(result, issued)
    np.testing.assert_array_equal(hourly.time, result.time[1])
    np.testing.assert_array_equal(hourly.pm25, result.pm25[1])
    with pytest.raises(InputError, match="no forecast was issued at 2020-01-01; choose one from 2025-01-01T00 to"):
        newest_forecasts(result, "2020-01-01")
    with pytest.raises(InputError, match="this is a reconstruction"):
        newest_forecasts(synthetic_result(3), issued)


def test_measurements_and_predicted_pollutant():
    stations, result = synthetic_stations(5), synthetic_result(5)
    assert measurements(stations, "pm25").identical(stations.pm25)
    assert measurements(result, "pm25").identical(result.pm25_measured)
    assert predicted_pollutant(result) == "pm25"
    with pytest.raises(InputError, match="none of pm25 has both predictions and measurements"):
        predicted_pollutant(stations)


@pytest.mark.parametrize("window", [Window(12, margin=2), Window(24, horizon=12)])
def test_synthetic_results_have_the_format_of_reanalyze(window):
    data = random_station_data(hours=48)
    cells = Grid(np.array([112.0, 113.0, 114.0]), np.array([35.0, 36.0]))
    model = AQNet(window, Scaler.fit(data, ("pm25", "o3")), k=4)
    rng = np.random.default_rng(0)
    model = TrainedModel.of(model)
    model.intervals = ConformalIntervals().fit(*rng.uniform(1, 90, (4, 5000)))
    real, grid = reanalyze(model, data, hidden=data.station.values[:3], grid=cells, stride=12)
    synthetic = synthetic_result(12, lead=window.horizon)
    for name, variable in synthetic.data_vars.items():
        assert (real[name].dims, real[name].dtype) == (variable.dims, variable.dtype), name
    assert set(synthetic.attrs) <= set(real.attrs)
    synthetic_cells = synthetic_grid(synthetic)
    assert all(grid[name].dims == variable.dims for name, variable in synthetic_cells.data_vars.items())
    # From memory and from a file alike.
    stored, stored_grid = (from_cf(to_cf(part.copy())) for part in (real, grid))
    for stations, field in ((real, grid), (stored, stored_grid)):
        assert len(layers(map_errors(stations).axes[0])) == 2
        assert map_field(field, stations, max_width=200).axes[0].get_title().startswith("PM$_{2.5}$, mean of 2016-12-0")
        assert plot_series(stations, str(data.station.values[0])).axes[0].get_title().endswith("(hidden)")
        assert plot_coverage(stations).axes


def test_results_opened_lazily():
    pytest.importorskip("dask")
    result = synthetic_result(6).chunk(time=10)
    drawn = plot_series(result, "S0001").axes[0].lines[0].get_ydata()
    np.testing.assert_array_equal(drawn, result.pm25_measured.sel(station="S0001"))
