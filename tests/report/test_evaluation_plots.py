"""Scores of ``aqnet evaluate`` by distance."""

import json

import numpy as np
import pytest
from report.report_data import drawn_aspect, texts

from aqnet_pyg.conformal import bin_names
from aqnet_pyg.errors import InputError
from aqnet_pyg.report import plot_coverage, plot_error_by_distance


def evaluation(tables=("random", "blocked"), bins=("2-5 km", "10-20 km")):
    """Content of a file of ``aqnet evaluate``."""
    rng = np.random.default_rng(0)

    def score():
        return {"mean": rng.uniform(5, 20), "sd": rng.uniform(0, 1)}

    rows = ("kriging", "ensemble")
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
    return {"protocol": "station-folds", "data": "synthetic", "distance": distance, "intervals": intervals}


def test_an_evaluation(tmp_path):
    content = evaluation()
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps(content))
    figure = plot_error_by_distance(path, metric="mae")
    assert [ax.get_title() for ax in figure.axes] == ["random", "blocked"]
    assert figure._suptitle.get_text() == "station-folds, synthetic"
    for ax in figure.axes:
        bins = content["distance"][ax.get_title()]
        assert [label.get_text() for label in ax.get_xticklabels()] == ["2-5\n1,000", "10-20\n2,000"]
        for container, row in zip(ax.containers, ("kriging", "ensemble"), strict=True):
            assert container.get_label() == row
            means = [part["rows"][row]["mae"]["mean"] for part in bins.values()]
            np.testing.assert_allclose(container.lines[0].get_xydata()[:, 1], means)
            (bars,) = container.lines[2]
            low = [segment[0, 1] for segment in bars.get_segments()]
            np.testing.assert_allclose(low, np.subtract(means, [p["rows"][row]["mae"]["sd"] for p in bins.values()]))
    assert texts(figure.legends[0]) == ["kriging", "ensemble"]


def test_simulated_data_are_marked():
    for data, marks in (("simulated", 1), ("synthetic", 0)):
        figure = plot_error_by_distance(evaluation() | {"data": data})
        assert [text.get_text() for ax in figure.axes for text in ax.texts] == ["simulated data"] * marks


def test_coverage_of_an_evaluation():
    content = evaluation(tables=("random",))
    (ax,) = plot_coverage(content).axes
    for container, (row, scores) in zip(ax.containers, content["intervals"]["random"].items(), strict=True):
        assert container.get_label() == row
        means = [part["coverage"]["mean"] for part in scores["distance"].values()]
        np.testing.assert_allclose(container.lines[0].get_xydata()[:, 1], means)
    assert ax.lines[-1].get_ydata() == [0.9, 0.9]


def test_all_bins_and_many_rows():
    content = evaluation(bins=bin_names())
    bins = content["distance"]["random"]
    for part in bins.values():
        part["rows"] |= {f"row {i}": part["rows"]["ensemble"] for i in range(8)}
    drawn_aspect(plot_error_by_distance(content))


def test_invalid_input(tmp_path):
    with pytest.raises(InputError, match=r"none\.json: it cannot be read"):
        plot_error_by_distance(tmp_path / "none.json")
    with pytest.raises(InputError, match="not a result of aqnet evaluate"):
        plot_coverage({"rows": {}})
    with pytest.raises(InputError, match="long-term has no scores by distance"):
        plot_error_by_distance({"protocol": "long-term", "distance": {}})
    with pytest.raises(InputError, match="long-term has no scores by distance"):
        plot_coverage({"protocol": "long-term"})
