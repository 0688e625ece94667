"""Content of the page, and escaping of text from the data."""

import re

import numpy as np
import pandas as pd
import pytest
from report.html_runs import METRICS, script_data, synthetic_run

from aqnet_pyg.errors import InputError
from aqnet_pyg.report import report_page

EVIL = "</script><img src=x onerror=alert(1)>&\"'"


def text_of(page):
    """The page without its scripts and style."""
    return re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)


def test_content():
    stations, grid = synthetic_run()
    page = text_of(report_page(stations.assign_attrs(model_sha256="abc123"), grid, METRICS))
    for text in (
        *(
            "PM<sub>2.5</sub> reanalysis",
            "Measured data",
            "synthetic data for tests",
            "30 stations, 10 of them hidden",
            "1.23",
        ),
        *(
            "Ensemble (this run)",
            "1,000",
            "model.channels",
            "model.graph",
            "abc123",
            "it is empty",
            "Files skipped",
            "S0000",
        ),
    ):
        assert text in page, text
    assert "Simulated data" not in page
    assert 'id="alerts"' not in page


def test_notes_and_missing_skill_are_shown():
    stations, grid = synthetic_run()
    metrics = METRICS | {
        "notes": ["The 90 % intervals were calibrated at 2 stations."],
        "alerts": {
            "brier": 0.3,
            "brier_of_the_mean": 0.2,
            "reliability": [{"forecast": 0.5, "observed": 0.1, "count": 9}],
        },
    }
    page = text_of(report_page(stations, grid, metrics))
    assert "calibrated at 2 stations" in page
    assert "There are no alerts" in page


def test_simulated_data_are_labeled():
    stations, grid = synthetic_run()
    page = text_of(report_page(stations, grid, METRICS | {"dataset": "simulated by aqnet_pyg", "reader": None}))
    assert "Simulated data" in page
    assert "Measured data" not in page
    assert "no archive was read" in page


def test_text_from_the_data_is_escaped():
    stations, grid = synthetic_run()
    evil = np.full(stations.sizes["station"], EVIL, object)
    stations = stations.assign_coords(city=("station", evil), name=("station", evil))
    stations = stations.assign_coords(station=[EVIL, *stations.station.values[1:]])
    metrics = METRICS | {"dataset": EVIL, "settings": {EVIL: EVIL}, "reader": {"notes": [EVIL]}}
    metrics["split"] = METRICS["split"] | {"hidden": [EVIL]}
    alerts = pd.DataFrame({"limit": [EVIL], "station": [EVIL], "probability": [0.9]})
    page = report_page(stations, grid, metrics, alerts=alerts)
    assert "<img" not in page
    assert page.count("</script>") == 3
    about, _ = script_data(page)
    assert about["stations"]["name"][0] == about["stations"]["code"][0] == EVIL


def test_no_network_requests():
    page = report_page(*synthetic_run(), METRICS)
    addresses = re.findall(r"""\b(?:src|href|action|url)\s*[=(]\s*["']?([^"'\s)>]*)""", text_of(page))
    assert all(address.startswith("#") or address == "data:," for address in addresses)
    assert re.findall(r"https?://[^\"'\s]+", page) == ["http://www.w3.org/2000/svg"]  # a name of XML
    assert "default-src &#39;none&#39;" in page


def test_missing_parts_are_left_out():
    stations, _ = synthetic_run()
    stations = stations.drop_vars(["pm25_lower", "pm25_upper"])
    page = text_of(report_page(stations.assign(visible=stations.visible * 0 + 1), None, {}))
    assert "none of them hidden" in page
    assert "grid cell" not in page.split("<main>")[0]
    assert 'id="errors"' not in page
    assert "no read report" in page


def test_a_forecast_has_a_table_by_hours_ahead():
    stations, grid = synthetic_run(lead=24)
    page = text_of(report_page(stations, grid, METRICS))
    assert "PM<sub>2.5</sub> forecast" in page
    assert "4 forecasts of 24 hours" in page
    assert "21–24 h" in page


def test_alerts_and_their_reliability():
    alerts = pd.DataFrame({"limit": ["pm25_24h"], "day": ["2025-01-02"], "station": ["S0000"], "probability": [0.87]})
    rows = [{"forecast": 0.1, "observed": 0.12, "count": 40}, {"forecast": 0.9, "observed": 0.8, "count": 5}]
    metrics = METRICS | {"alerts": {"brier": 0.05, "brier_of_the_mean": 0.2, "reliability": rows}}
    page = text_of(report_page(*synthetic_run(), metrics, alerts=alerts))
    assert "1 alert;" in page
    assert "87%" in page
    assert page.count('class="dot"') == 2
    assert "0.0500" in page


def test_invalid_input():
    with pytest.raises(InputError, match=r"stations\.nc of a run"):
        report_page(synthetic_run()[1], None, METRICS)
