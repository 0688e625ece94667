"""Tables of alerts and of days above limits."""

import numpy as np
import pandas as pd
from report.html_runs import synthetic_run

from aqnet_pyg.report.html.alert_tables import MAX_ROWS, alert_table, day_tables, grouped_alerts


def test_alerts():
    alerts = pd.DataFrame({"station": ["S"] * (MAX_ROWS + 1), "probability": 0.5, "visible": False, "measured": np.nan})
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


DAYS = pd.DataFrame(
    {
        "limit": "pm25_24h",
        "station": ["S0001", "S0000", "S0002"],
        "name": ["b", "a", "c"],
        "city": ["A", "A", None],
        "days": [5, 5, 4],
        "measured_days": [5, 3, 0],
        "measured_above": [3, 1, 0],
        "expected_above": [0.0, 0.6, 0.4],
        "days_above": [3.0, 1.6, 0.4],
        "limit_value": 75.0,
        "units": "ug m-3",
        "standard": "GB 3095-2012: grade_2",
    }
)


def test_days_above_a_limit_by_city_and_station():
    by_city, by_station = day_tables(DAYS)
    assert by_city.caption == "Days above 75 µg m⁻³ (pm25_24h of GB 3095-2012: grade_2) by city"
    assert by_city.rows == [["A", 2, 2.3, 3.0, 5]]
    assert by_station.rows[1] == ["S0000", "a", "A", 1.6, 1, 3, 0.6, 5]
    assert by_city.sortable
    assert by_station.sortable
    (alone,) = day_tables(DAYS.drop(columns=["name", "city"]))
    assert alone.rows[0] == ["S0001", 3.0, 3, 5, 0.0, 5]
    assert day_tables(DAYS[:0]) == day_tables(DAYS[["station"]]) == []
