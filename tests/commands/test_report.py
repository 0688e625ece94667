"""`aqnet report`: a folder in, a page out."""

import json
from hashlib import sha256

import pandas as pd
import pytest
from report.html_runs import METRICS, script_data, synthetic_run, write_run

from aqnet_pyg.commands import report as report_runs
from aqnet_pyg.commands.main import main
from aqnet_pyg.commands.report import run_report
from aqnet_pyg.commands.settings import ReportSettings
from aqnet_pyg.errors import InputError


def about(folder):
    return script_data((folder / "report.html").read_text(encoding="utf-8"))[0]


def test_a_run_becomes_a_page(tmp_path, capsys):
    write_run(tmp_path, *synthetic_run(city="北京"))
    pd.DataFrame({"limit": ["pm25_24h"], "station": ["0001"], "probability": [0.9]}).to_csv(tmp_path / "alerts.csv")
    csv_sha256 = sha256((tmp_path / "alerts.csv").read_bytes()).hexdigest()
    (tmp_path / "alerts.geojson").write_text(json.dumps({"csv_sha256": csv_sha256}))
    assert main(["report", str(tmp_path)]) == 0
    assert "report.html (0." in capsys.readouterr().out
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "北京" in page
    assert ">0001<" in page
    assert len(about(tmp_path)["hours"][0]) == 48
    assert about(tmp_path)["grid"]["rows"] == 18


def test_days_are_local(tmp_path):
    write_run(tmp_path, *synthetic_run())
    run_report(ReportSettings(str(tmp_path), start="2025-01-02", end="2025-01-02"))
    (hours,) = about(tmp_path)["hours"]
    assert len(hours) == 24
    assert hours[-1] == pd.Timestamp("2025-01-02 16:00").timestamp() / 3600  # midnight in Shanghai
    run_report(ReportSettings(str(tmp_path), end="2025-01-01"))
    assert len(about(tmp_path)["hours"][0]) == 17


def test_forecasts_issued_in_some_days(tmp_path):
    write_run(tmp_path, *synthetic_run(lead=6))
    run_report(ReportSettings(str(tmp_path), start="2025-01-02", end="2025-01-02"))
    assert len(about(tmp_path)["issued"]) == 2


def test_without_a_grid_stations_are_shown(tmp_path):
    write_run(tmp_path, synthetic_run()[0])
    run_report(ReportSettings(str(tmp_path)))
    assert about(tmp_path)["grid"] is None


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"start": "2026-01-01", "end": "2026-01-02"}, "it covers 2025-01-01 to 2025-01-03"),
        ({"start": "yesterday"}, "start, end: 'yesterday/2025-01-03' is not a date"),
        ({"borders": "missing.geojson"}, "missing.geojson: the borders cannot be read"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, options, match):
    write_run(tmp_path, *synthetic_run())
    with pytest.raises(InputError, match=match):
        run_report(ReportSettings(str(tmp_path), **options))
    assert not (tmp_path / "report.html").exists()


def test_a_long_period_wants_days_to_be_chosen(tmp_path, monkeypatch):
    write_run(tmp_path, *synthetic_run())
    monkeypatch.setattr(report_runs, "MAX_VALUES", 40_000)
    with pytest.raises(InputError, match=r"48 hours are too many for one page; .*--start YYYY-MM-DD"):
        run_report(ReportSettings(str(tmp_path)))
    run_report(ReportSettings(str(tmp_path), start="2025-01-02", end="2025-01-02"))


def test_no_run(tmp_path, capsys):
    assert main(["report", str(tmp_path)]) == 1
    assert "no metrics.json" in capsys.readouterr().err
    (tmp_path / "metrics.json").write_text(json.dumps(METRICS))
    with pytest.raises(InputError, match=r"neither stations\.nc nor stations\.zarr"):
        run_report(ReportSettings(str(tmp_path)))


@pytest.mark.parametrize("name", ["metrics.json", "stations.nc", "grid.nc", "alerts.csv"])
@pytest.mark.parametrize("damage", ["cut", "empty", "bytes", "another form"])
def test_damaged_results_are_refused_in_a_sentence(tmp_path, capsys, name, damage):
    write_run(tmp_path, *synthetic_run())
    pd.DataFrame({"limit": ["pm25_24h"], "station": ["0001"], "probability": [0.9]}).to_csv(tmp_path / "alerts.csv")
    content = (tmp_path / name).read_bytes()
    damages = {
        "cut": content[: len(content) // 2],
        "empty": b"",
        "bytes": bytes(range(256)) * 40,
        "another form": b"[1]",
    }
    (tmp_path / name).write_bytes(damages[damage])
    status = main(["report", str(tmp_path)])
    error = capsys.readouterr().err
    if name == "alerts.csv" and damage in ("cut", "another form"):
        return  # possible tables
    assert status == 1
    assert error.startswith("aqnet: ")
    assert error.count("\n") == 1
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize("entry", ["settings", "split", "tasks", "alerts", "reader", "versions"])
def test_metrics_of_another_form_are_refused_in_a_sentence(tmp_path, capsys, entry):
    write_run(tmp_path, *synthetic_run())
    (tmp_path / "metrics.json").write_text(json.dumps(METRICS | {entry: [5]}))
    assert main(["report", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(f"aqnet: {tmp_path}: metrics.json, or another file: damaged")
