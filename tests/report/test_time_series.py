"""Time series of stations and cities in local time."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from report.report_data import drawn_aspect, synthetic_result, texts

from aqnet_pyg.errors import InputError
from aqnet_pyg.report import plot_series, plot_slots

EIGHT = np.timedelta64(8, "h")  # Beijing is eight hours ahead of UTC


def curves(ax):
    return {line.get_label(): line.get_ydata() for line in ax.lines}


def test_a_station():
    result = synthetic_result(6)
    result["pm25_measured"][10:13, 1] = np.nan
    ax = plot_series(result, "S0001").axes[0]
    one = result.sel(station="S0001")
    measured, predicted = ax.lines
    np.testing.assert_array_equal(measured.get_ydata(), one.pm25_measured)
    np.testing.assert_array_equal(predicted.get_ydata(), one.pm25)
    np.testing.assert_array_equal(pd.DatetimeIndex(predicted.get_xdata()), one.time.values + EIGHT)
    corners = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert set(one.pm25_lower.values.tolist()) | set(one.pm25_upper.values.tolist()) == set(corners.tolist())
    assert texts(ax.get_legend()) == ["90 % interval", "measured", "reconstructed"]
    assert ax.get_title() == "S0001 (visible)"
    assert ax.get_ylabel() == "PM$_{2.5}$ (µg m$^{-3}$)"
    assert ax.get_xlabel() == "local time (Asia/Shanghai), 2025"
    assert plot_series(result, "S0003").axes[0].get_title() == "S0003 (hidden)"


def test_a_week_of_several():
    result = synthetic_result(6)
    codes = ["S0001", "S0003", "S0004"]
    drawn = curves(plot_series(result, codes, time="2025-01-02").axes[0])
    np.testing.assert_allclose(
        drawn["reconstructed"], result.pm25.sel(station=codes, time="2025-01-02").mean("station"), rtol=1e-6
    )


def test_a_city_is_the_mean_of_its_stations():
    city = np.array(["A", "B"])[np.arange(12) % 2]
    result = synthetic_result(12, city=city)
    result["pm25_measured"][:4, :6] = np.nan  # three of the six in A: enough
    result["pm25_measured"][4:8, :8] = np.nan  # four of them: too few
    ax = plot_series(result, "A").axes[0]
    drawn, of_city = curves(ax), result.isel(station=city == "A")
    np.testing.assert_allclose(drawn["reconstructed"], of_city.pm25.mean("station"), rtol=1e-6)
    expected = of_city.pm25_measured.mean("station").values
    expected[4:8] = np.nan
    np.testing.assert_allclose(drawn["measured"], expected, rtol=1e-6)
    assert ax.get_title() == "A (6 stations, 2 of them hidden)"
    assert texts(ax.get_legend())[0] == "mean of the stations' 90 % intervals"


def test_missing_hours_are_gaps():
    result = synthetic_result(3)
    ax = plot_series(result.isel(time=np.r_[:10, 20:48]), "S0001").axes[0]
    drawn = curves(ax)["reconstructed"]
    assert len(drawn) == 48
    np.testing.assert_array_equal(np.isnan(drawn), (np.arange(48) >= 10) & (np.arange(48) < 20))


def test_forecasts():
    result = synthetic_result(3, hours=48, lead=24)
    ax = plot_series(result, "S0001").axes[0]
    assert list(curves(ax)) == ["measured", "forecast, the newest for each hour"]
    # Issued every twelve hours: the first twelve hours of each, and all of the last.
    one = result.pm25.sel(station="S0001")
    expected = np.append(one.isel(lead=slice(12)).values.ravel(), one.values[-1, 12:])
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), expected)
    ax = plot_series(result, "S0001", issued=result.forecast_reference_time.values[1]).axes[0]
    np.testing.assert_array_equal(curves(ax)["forecast of 2025-01-01 20:00"], one[1])


def test_slots_of_the_day():
    result = synthetic_result(3, hours=72)
    result["pm25_measured"].loc["2025-01-02T02:00":"2025-01-02T03:00", "S0001"] = np.nan
    figure = plot_slots(result, "S0001")
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["09–12 h", "16–19 h"]
    one = result.sel(station="S0001")
    for ax, first in zip(figure.axes, (9, 16), strict=True):
        days = pd.date_range("2025-01-01", "2025-01-03")
        expected = []
        for day in days:
            # Hours are labeled by their ends: 10, 11 and 12 o'clock in Beijing are from 9 to 12.
            hours = [day + pd.Timedelta(hours=first + step) - pd.Timedelta(hours=8) for step in (1, 2, 3)]
            expected.append(one.reindex(time=hours))
        drawn = {line.get_label(): line for line in ax.lines}
        predicted = ax.containers[0].lines[0].get_xydata()
        np.testing.assert_allclose(predicted[:, 1], [float(part.pm25.mean()) for part in expected], rtol=1e-6)
        np.testing.assert_array_equal(predicted[:, 0], date2num(days))
        means = [float(part.pm25_measured.mean()) for part in expected]
        if first == 9:
            means[1] = np.nan  # two of its three hours are missing
        np.testing.assert_allclose(drawn["measured"].get_ydata(), means, rtol=1e-6)
        low = [segment[0, 1] for segment in ax.containers[0].lines[2][0].get_segments()]
        np.testing.assert_allclose(low, [float(part.pm25_lower.mean()) for part in expected], rtol=1e-5)
    assert figure._suptitle.get_text() == "S0001 (visible)"


def test_slots_of_a_forecast_without_intervals():
    result = synthetic_result(3, hours=72, lead=24).drop_vars(["pm25_lower", "pm25_upper"])
    figure = plot_slots(result, ["S0000", "S0001"], slots=[(0, 24)])
    assert len(figure.axes) == 1
    assert len(figure.axes[0].lines) == 2


@pytest.mark.parametrize("hours", [1, 1000])
def test_few_and_many_hours_and_stations(hours):
    result = synthetic_result(1 if hours == 1 else 1000, hours=min(hours, 100))
    drawn_aspect(plot_series(result, "Beijing"))
    drawn_aspect(plot_slots(result, "Beijing", slots=[(0, 24)]))


def test_without_measurements_predictions_are_drawn():
    result = synthetic_result(3)
    result["pm25_measured"][:] = np.nan
    drawn = curves(plot_series(result, "S0001").axes[0])
    assert np.isnan(drawn["measured"]).all()
    assert np.isfinite(drawn["reconstructed"]).all()


def test_given_axes():
    figure = Figure()
    ax = figure.subplots(2)[1]
    assert plot_series(synthetic_result(3), "S0001", ax=ax, title="Mine") is figure
    assert ax.get_title() == "Mine"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"where": "X"},
            "where: 'X' is neither a station nor a city; use codes such as 'S0000' and cities such as 'Beijing'",
        ),
        ({"where": ["S0001", "X"]}, "where: 'X' is not a station; use"),
        ({"where": []}, r"where: \[\] is not a station"),
        ({"where": "S0001", "time": "2030-01-01"}, "time: 2030-01-01"),
    ],
)
def test_invalid_input(options, message):
    result = synthetic_result(3)
    for draw in (plot_series, plot_slots):
        with pytest.raises(InputError, match=message):
            draw(result, **options)


def test_no_prediction_and_no_hour():
    result = synthetic_result(3)
    with pytest.raises(InputError, match="there are no predictions at S0001"):
        plot_series(xr.where(result.station_distance < 0, result, np.nan).assign(visible=result.visible), "S0001")
    with pytest.raises(InputError, match="there are no hours from 3 to 4"):
        plot_slots(result.isel(time=slice(3)), "S0001", slots=[(3, 4)])
    with pytest.raises(InputError, match="slots: "):
        plot_slots(result, "S0001", slots=[(12, 9)])
