"""Errors are at the distances of their stations."""

import json

import numpy as np
import pytest
from report.report_data import made_up_result, texts

from aqnet_pyg.conformal import BINS_KM, bin_names, bin_of
from aqnet_pyg.errors import InputError
from aqnet_pyg.report import plot_coverage, plot_error_by_distance, save_figure


def evaluation(tables=("random", "blocked"), bins=("2-5 km", "10-20 km")):
    """As ``aqnet evaluate`` writes it."""
    rng = np.random.default_rng(0)

    def score():
        return {"mean": rng.uniform(5, 20), "sd": rng.uniform(0, 1)}

    rows = ("kriging", "aqnet")
    distance = {
        table: {
            name: {"n": 1000 * (i + 1), "rows": {row: {m: score() for m in ("mae", "rmse", "r2")} for row in rows}}
            for i, name in enumerate(bins)
        }
        for table in tables
    }
    intervals = {
        table: {
            row: {"n": 9, "coverage": score(), "distance": {name: {"n": 7, "coverage": score()} for name in bins}}
            for row in rows
        }
        for table in tables
    }
    return {"protocol": "station-folds", "data": "made up", "distance": distance, "intervals": intervals}


@pytest.mark.parametrize("measure", ["rmse", "mae"])
def test_stations(measure):
    result = made_up_result(60)
    result["pm25_measured"][:, 3] = np.nan
    result["pm25_measured"][:10, 6] = np.nan
    ax = plot_error_by_distance(result, measure=measure).axes[0]
    error = (result.pm25 - result.pm25_measured).astype(float)
    power = 2 if measure == "rmse" else 1
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
    assert ax.get_ylabel() == f"{measure.upper()} of PM$_{{2.5}}$ (µg m$^{{-3}}$)"
    assert texts(ax.figure.legends[0]) == [
        *("visible station, from the others (40)", "hidden station (19)", "hidden stations of a bin"),
    ]


def test_in_a_forecast_visible_stations_are_not_interpolated():
    ax = plot_error_by_distance(made_up_result(9, lead=6)).axes[0]
    assert [len(dots.get_offsets()) for dots in ax.collections] == [3]


@pytest.mark.parametrize("count", [1, 1000])
def test_few_and_many_stations(tmp_path, count):
    save_figure(plot_error_by_distance(made_up_result(count, hours=3)), tmp_path / "distance.png")


def test_an_evaluation(tmp_path):
    content = evaluation()
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps(content))
    figure = plot_error_by_distance(path, measure="mae")
    assert [ax.get_title() for ax in figure.axes] == ["random", "blocked"]
    assert figure._suptitle.get_text() == "station-folds, made up"
    for ax in figure.axes:
        bins = content["distance"][ax.get_title()]
        assert [label.get_text() for label in ax.get_xticklabels()] == ["2-5\n1,000", "10-20\n2,000"]
        for container, row in zip(ax.containers, ("kriging", "aqnet"), strict=True):
            assert container.get_label() == row
            means = [part["rows"][row]["mae"]["mean"] for part in bins.values()]
            np.testing.assert_allclose(container.lines[0].get_xydata()[:, 1], means)
            (bars,) = container.lines[2]
            low = [segment[0, 1] for segment in bars.get_segments()]
            np.testing.assert_allclose(low, np.subtract(means, [p["rows"][row]["mae"]["sd"] for p in bins.values()]))
    assert texts(figure.legends[0]) == ["kriging", "aqnet"]


def test_coverage_of_an_evaluation():
    content = evaluation(tables=("random",))
    (ax,) = plot_coverage(content).axes
    for container, (row, scores) in zip(ax.containers, content["intervals"]["random"].items(), strict=True):
        assert container.get_label() == row
        means = [part["coverage"]["mean"] for part in scores["distance"].values()]
        np.testing.assert_allclose(container.lines[0].get_xydata()[:, 1], means)
    assert ax.lines[-1].get_ydata() == [0.9, 0.9]


def test_all_bins_and_many_rows(tmp_path):
    content = evaluation(bins=bin_names())
    bins = content["distance"]["random"]
    for part in bins.values():
        part["rows"] |= {f"row {i}": part["rows"]["aqnet"] for i in range(8)}
    save_figure(plot_error_by_distance(content), tmp_path / "rows.png")


def test_input_that_cannot_be(tmp_path):
    result = made_up_result(6)
    with pytest.raises(InputError, match="measure: 'bias'"):
        plot_error_by_distance(result, measure="bias")
    with pytest.raises(InputError, match="no station measured"):
        plot_error_by_distance(result.assign(pm25_measured=result.pm25_measured * np.nan))
    with pytest.raises(InputError, match=r"none\.json: it cannot be read"):
        plot_error_by_distance(tmp_path / "none.json")
    with pytest.raises(InputError, match="not what aqnet evaluate writes"):
        plot_coverage({"rows": {}})
    with pytest.raises(InputError, match="long-term has no such table"):
        plot_error_by_distance({"protocol": "long-term", "distance": {}})
    with pytest.raises(InputError, match="long-term has no such table"):
        plot_coverage({"protocol": "long-term"})
