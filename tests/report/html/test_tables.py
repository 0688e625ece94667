"""Tables of the page: scores, errors at hidden stations, alerts."""

import numpy as np
import pandas as pd
import pytest
from report.html_runs import synthetic_run

from aqnet_pyg.report.hidden_station_scores import hidden_pairs
from aqnet_pyg.report.html.tables import (
    MAX_ALERTS,
    Column,
    Table,
    alert_table,
    error_tables,
    grouped_alerts,
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


def test_alerts():
    alerts = pd.DataFrame(
        {"station": ["S"] * (MAX_ALERTS + 1), "probability": 0.5, "visible": False, "measured": np.nan}
    )
    table = alert_table(alerts)
    assert table.caption.startswith("501 alerts, the first 500;")
    assert [column.name for column in table.columns] == ["Station", "Probability", "Visible"]
    assert [text for _, text, _ in table.cells(table.rows[0])] == ["S", "50%", "hidden"]


def test_alerts_are_grouped():
    stations, _ = synthetic_run(count=4)
    stations = stations.assign_coords(city=("station", ["A", "A", "B", ""]))
    alerts = pd.DataFrame(
        {
            "limit": "pm25_24h",
            "day": ["2025-01-01", "2025-01-01", "2025-01-02", "2025-01-02", "2025-01-02"],
            "station": ["S0000", "S0001", "S0000", "S0002", "S0003"],
            "probability": [0.9, 0.8, 0.7, 0.6, 0.5],
            "measured": [80.0, 70.0, np.nan, 90.0, 10.0],
            "limit_value": 75.0,
        }
    )
    by_city, by_station = grouped_alerts(alerts, stations)
    assert by_city.rows == [
        ["pm25_24h", "2025-01-01", "A", 2, 0.9, 1],
        ["pm25_24h", "2025-01-02", "A", 1, 0.7, 0],
        ["pm25_24h", "2025-01-02", "B", 1, 0.6, 1],
    ]
    assert by_station.rows[0] == ["pm25_24h", "S0000", "A", 2, 1, 1]
    assert [row[1] for row in by_station.rows] == ["S0000", "S0001", "S0002", "S0003"]
    assert len(grouped_alerts(alerts, stations.drop_vars("city"))) == 1
    assert grouped_alerts(alerts[:0], stations) == grouped_alerts(alerts[["station"]], stations) == []
