"""Coverage and reliability are observed frequencies."""

import numpy as np
import pandas as pd
import pytest
from report.report_data import drawn_aspect, synthetic_result

from aqnet_pyg.conformal import LEVELS, ConformalIntervals, bin_of
from aqnet_pyg.errors import InputError
from aqnet_pyg.report import (
    plot_coverage,
    plot_reliability,
    reliability_of_intervals,
    reliability_of_probabilities,
)


def test_coverage_by_distance():
    result = synthetic_result(90)
    result["pm25_measured"][:, 3] = np.nan
    coverage, width = plot_coverage(result).axes
    hidden = result.isel(station=(result.visible == 0).values & (np.arange(90) != 3))
    inside = (hidden.pm25_lower <= hidden.pm25_measured) & (hidden.pm25_measured <= hidden.pm25_upper)
    number = bin_of(hidden.station_distance.values)
    present = np.unique(number)
    expected = [float(inside[:, number == i].mean()) for i in present]
    np.testing.assert_allclose(coverage.containers[0].lines[0].get_xydata()[:, 1], expected)
    widths = (hidden.pm25_upper - hidden.pm25_lower).astype(float)
    np.testing.assert_allclose(
        width.containers[0].lines[0].get_xydata()[:, 1],
        [float(widths[:, number == i].mean()) for i in present],
        rtol=1e-5,
    )
    (bars,) = coverage.containers[0].lines[2]
    by_station = inside[:, number == present[-1]].mean("time").values
    top = expected[-1] + 2 * by_station.std(ddof=1) / len(by_station) ** 0.5
    np.testing.assert_allclose(bars.get_segments()[-1][1, 1], top)
    counts = [label.get_text().split("\n")[1] for label in coverage.get_xticklabels()]
    assert counts == [f"{inside[:, number == i].size:,}" for i in present]
    total = float(inside.mean())
    assert coverage.figure._suptitle.get_text() == (
        f"29 hidden stations: {100 * total:.1f} % of {inside.size:,} values in the interval"
    )
    assert coverage.lines[-1].get_ydata() == [0.9, 0.9]
    assert width.get_ylabel() == "mean width (µg m$^{-3}$) of the 90 % interval"


def test_coverage_by_value_and_by_lead():
    result = synthetic_result(12, lead=30)
    hidden = result.isel(station=(result.visible == 0).values)
    inside = (hidden.pm25_lower <= hidden.pm25_measured) & (hidden.pm25_measured <= hidden.pm25_upper)
    coverage, _ = plot_coverage(result, by="lead").axes
    drawn = coverage.containers[0].lines[0].get_xydata()[:, 1]
    labels = [label.get_text().split("\n")[0] for label in coverage.get_xticklabels()]
    assert labels == ["1–5", "6–10", "11–15", "16–20", "21–25", "26–30"]
    np.testing.assert_allclose(drawn[1], inside.sel(lead=slice(6, 10)).mean())
    coverage, _ = plot_coverage(result, by="value").axes
    value = hidden.pm25.values.ravel()
    lowest = value <= np.quantile(value.astype(float), 0.2)
    np.testing.assert_allclose(
        coverage.containers[0].lines[0].get_xydata()[:, 1][0], inside.values.ravel()[lowest].mean()
    )
    assert len(coverage.get_xticks()) == 5
    with pytest.raises(InputError, match="by: 'lead'"):
        plot_coverage(synthetic_result(12), by="lead")


@pytest.mark.parametrize("count", [1, 1000])
def test_few_and_many_stations(count):
    result = synthetic_result(count, hours=3)
    for by in ("distance", "value"):
        drawn_aspect(plot_coverage(result, by=by))


def test_nothing_to_cover():
    result = synthetic_result(6)
    for draw in (plot_coverage, lambda result: reliability_of_intervals(result, ConformalIntervals())):
        with pytest.raises(InputError, match="has no intervals"):
            draw(result.drop_vars("pm25_lower"))
        with pytest.raises(InputError, match="no hidden station has both"):
            draw(result.assign(pm25_measured=result.pm25_measured * np.nan))
        with pytest.raises(InputError, match="no hidden station has both"):
            draw(synthetic_result(6, hidden=[]))


def test_levels_of_intervals_are_those_of_the_model():
    result = synthetic_result(30)
    rng = np.random.default_rng(0)
    value, km = rng.uniform(20, 90, 4000), rng.choice(np.linspace(0.5, 60, 50), 4000)
    spread = rng.uniform(1, 5, 4000)
    intervals = ConformalIntervals().fit(value, spread, km, value + rng.normal(0, 2, 4000) * spread)
    shape = result.pm25.shape
    std = rng.uniform(1, 5, shape).astype(np.float32)
    quantiles = intervals.quantiles(result.pm25.values, std, result.station_distance.values)
    with pytest.raises(InputError, match="spread"):
        reliability_of_intervals(result.drop_vars("pm25_spread", errors="ignore"), intervals)
    result["pm25_spread"] = result.pm25.dims, std
    result["pm25_lower"] = result.pm25.dims, quantiles[4].astype(np.float32)
    result["pm25_upper"] = result.pm25.dims, quantiles[94].astype(np.float32)
    hidden = (result.visible == 0).values
    below = (result.pm25_measured.values <= quantiles)[:, :, hidden]
    table = reliability_of_intervals(result, intervals)
    np.testing.assert_array_equal(table.forecast, LEVELS)
    np.testing.assert_allclose(table.observed, below.mean(axis=(1, 2)), atol=0.002)
    assert table.observed.is_monotonic_increasing
    simulated = reliability_of_intervals(result.assign_attrs(source="Kriging of simulated by aqnet_pyg"), intervals)
    for tables, marks in (({"a": table}, 0), ({"a": table, "b": simulated}, 1)):
        written = [text.get_text() for text in plot_reliability(tables).axes[0].texts]
        assert written == ["simulated data"] * marks


def test_probabilities():
    probability = np.array([[0.05, 0.15, 0.95], [1.0, 0.12, 0.5]])
    happened = np.array([[0, 1, 1], [1, 0, np.nan]])
    table = reliability_of_probabilities(probability, happened)
    np.testing.assert_allclose(table.forecast, [0.05, 0.135, 0.975])
    np.testing.assert_allclose(table.observed, [0, 0.5, 1])
    assert table["count"].tolist() == [1, 2, 2]


def test_promises_that_are_kept_lie_on_the_diagonal():
    rng = np.random.default_rng(0)
    probability = rng.random(100_000)
    table = reliability_of_probabilities(probability, rng.random(100_000) < probability)
    np.testing.assert_allclose(table.forecast, table.observed, atol=0.02)
    main, below = plot_reliability({"kept": table, "too sure": table.assign(observed=0.5)}, title="Mine").axes
    diagonal, kept, unkept = main.lines
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    np.testing.assert_array_equal(kept.get_xydata(), table[["forecast", "observed"]])
    assert set(unkept.get_ydata()) == {0.5}
    np.testing.assert_array_equal(below.lines[0].get_ydata(), table["count"])
    assert main.get_title() == "Mine"


def test_levels_have_no_counts():
    table = pd.DataFrame({"forecast": LEVELS, "observed": LEVELS})
    (ax,) = plot_reliability(table).axes
    assert ax.get_legend() is None
    for nothing, message in (
        ({}, "no table"),
        (table.iloc[:0], "the table has no rows"),
        ({"a": table.iloc[:0]}, "a has no rows"),
    ):
        with pytest.raises(InputError, match=f"tables: {message}"):
            plot_reliability(nothing)
