"""Errors by distance to the nearest visible station."""

import numpy as np
import pytest
from report.report_data import drawn_aspect, synthetic_result, texts

from aqnet_pyg.conformal import BINS_KM, bin_of
from aqnet_pyg.errors import InputError
from aqnet_pyg.report import plot_error_by_distance


@pytest.mark.parametrize("metric", ["rmse", "mae"])
def test_stations(metric):
    result = synthetic_result(60)
    result["pm25_measured"][:, 3] = np.nan
    result["pm25_measured"][:10, 6] = np.nan
    ax = plot_error_by_distance(result, metric=metric).axes[0]
    error = (result.pm25 - result.pm25_measured).astype(float)
    power = 2 if metric == "rmse" else 1
    by_station = (np.abs(error) ** power).mean("time") ** (1 / power)
    visible, hidden = (dots.get_offsets() for dots in ax.collections)
    for drawn, these in ((visible, result.visible == 1), (hidden, (result.visible == 0) & by_station.notnull())):
        np.testing.assert_allclose(drawn[:, 0], result.station_distance[these])
        np.testing.assert_allclose(drawn[:, 1], by_station[these])
    number = np.where(result.visible == 0, bin_of(result.station_distance.values), -1)
    assert len(ax.lines) == len(set(number[number >= 0]))
    for line in ax.lines:
        left, right = line.get_xdata()
        here = error[:, number == bin_of(np.array(left * 1.001))]
        assert right in (*BINS_KM, 150)
        np.testing.assert_allclose(line.get_ydata(), float((np.abs(here) ** power).mean()) ** (1 / power))
    assert ax.get_ylabel() == f"{metric.upper()} of PM$_{{2.5}}$ (µg m$^{{-3}}$)"
    assert texts(ax.figure.legends[0]) == [
        *("visible station, from the others (40)", "hidden station (19)", "hidden stations of a bin"),
    ]


def test_in_a_forecast_visible_stations_are_not_interpolated():
    ax = plot_error_by_distance(synthetic_result(9, lead=6)).axes[0]
    assert [len(dots.get_offsets()) for dots in ax.collections] == [3]


@pytest.mark.parametrize("count", [1, 1000])
def test_few_and_many_stations(count):
    drawn_aspect(plot_error_by_distance(synthetic_result(count, hours=3)))


def test_invalid_input():
    result = synthetic_result(6)
    with pytest.raises(InputError, match="metric: 'bias'"):
        plot_error_by_distance(result, metric="bias")
    with pytest.raises(InputError, match="no station has both predictions and measurements"):
        plot_error_by_distance(result.assign(pm25_measured=result.pm25_measured * np.nan))
