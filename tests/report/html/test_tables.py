"""Tables of the page: scores, errors at hidden stations, alerts."""

import numpy as np
import pytest
from report.html_runs import synthetic_run

from aqnet_pyg.report.hidden_station_scores import hidden_pairs
from aqnet_pyg.report.html.tables import (
    Column,
    Table,
    error_tables,
    score_tables,
)

SCORE = {"mae": 1.0, "rmse": 2.0, "r2": 0.5, "n": 10}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ({"model": "kriging"}, ["Ensemble", "Ordinary kriging (this run)", "Ordinary kriging of logarithms", "mine"]),
        ({}, ["Ensemble (this run)", "Ordinary kriging", "Ordinary kriging of logarithms", "mine"]),
    ],
)
def test_the_row_of_the_model_is_marked(model, expected):
    rows = dict.fromkeys(("ensemble", "kriging", "kriging-log", "mine"), SCORE)
    metrics = model | {"tasks": {"reconstruct": {"stations": rows, "grid": None}}}
    (table,) = score_tables(metrics, "µg m⁻³")
    assert [row[0] for row in table.rows] == expected
    assert table.rows[0][1:] == [1.0, 2.0, 0.5, 10]
    assert table.caption == "Reconstruction in the test hours, hidden stations"
    assert score_tables({}, "") == []
    rows = {"network": {"mae": 1.0, "coverage": 0.89, "width": 30.0}, "idw": {"mae": 2.0}}
    (table,) = score_tables({"tasks": {"reconstruct": {"stations": rows}}}, "")
    assert [row[-2:] for row in table.rows] == [[0.89, 30.0], [None, None]]


def test_cells_have_text_and_sort_keys():
    table = Table("", [Column("a"), Column("b", ".1f")], [])
    assert [cell[1:] for cell in table.cells(["x", -2.04])] == [("x", "x"), ("−2.0", "-2.04")]
    assert [cell[1:] for cell in table.cells([None, np.nan])] == [("–", ""), ("–", "")]


def test_errors_by_distance_and_station():
    stations, _ = synthetic_run()
    pairs = hidden_pairs(stations)
    by_distance, by_station = error_tables(stations, "µg m⁻³")
    overall = by_distance.rows[-1]
    assert overall[0] == "All hidden stations"
    assert overall[2] == sum(row[2] for row in by_distance.rows[:-1]) == len(pairs)
    assert overall[4] == pytest.approx(pairs.error.abs().mean())
    assert len(by_station.rows) == overall[1] == 10
    assert by_station.columns[0].station
    assert all(len(row) == len(by_station.columns) for row in by_station.rows)
    assert error_tables(stations.assign(visible=stations.visible * 0 + 1), "") == []


def test_errors_by_hours_ahead():
    _, by_lead, _ = error_tables(synthetic_run(lead=24)[0], "µg m⁻³")
    assert [row[0] for row in by_lead.rows][::6] == ["1–4 h", "All hidden stations"]
