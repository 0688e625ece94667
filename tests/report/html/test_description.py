"""Description of a run: heading, settings, split, provenance and problems in the data."""

from report.html_runs import synthetic_run

from aqnet_pyg.readers import ReadReport
from aqnet_pyg.report.html.description import data_problems, headline, provenance, settings_rows, split_rows


def test_headline():
    stations, grid = synthetic_run()
    head = headline(stations, grid, {"dataset": "Simulated network"})
    facts = dict(head["facts"])
    assert (head["name"], head["kind"], head["simulated"]) == (("PM", "2.5"), "reanalysis", True)
    assert facts["Content"] == "30 stations, 10 of them hidden; 396 grid cells of 0.5°; every hour"
    assert facts["Area"].endswith("°E")
    assert facts["Period"].endswith("(Asia/Shanghai)")
    assert dict(headline(*synthetic_run(lead=6), {})["facts"])["Content"].endswith("; 4 forecasts of 6 hours")


def test_areas_on_both_sides_of_equator_and_meridian():
    stations, _ = synthetic_run(count=2)
    stations["latitude"], stations["longitude"] = ("station", [-1.0, 2.0]), ("station", [-3.0, 4.0])
    assert dict(headline(stations, None, {})["facts"])["Area"] == "1.0°S to 2.0°N, 3.0°W to 4.0°E"


def test_settings():
    rows, unset = settings_rows({"seed": 0, "path": None, "network": {"channels": 32, "graph": None}})
    assert rows == [("seed", "0"), ("network.channels", "32")]
    assert unset == ["path", "network.graph"]


def test_split():
    split = {"stations": {"visible": 1200, "hidden": 10}, "time": {"train": ["2025-01-01", "2025-01-02"]}}
    assert split_rows(split) == [
        *(("Visible stations", "1,200"), ("Hidden stations", "10")),
        ("Hours of training", "2025-01-01 to 2025-01-02 UTC"),
    ]
    assert split_rows({}) == []


def test_provenance():
    rows = dict(provenance({"dataset": "CNEMC", "versions": {"torch": "2.9"}}, {"model_sha256": "abc"}))
    assert rows == {"Data source": "CNEMC", "SHA-256 of the model": "abc", "Version of torch": "2.9"}


def test_every_entry_of_a_read_report_is_shown():
    report = ReadReport("archive.zip", files_read=1234, notes=["A note."])
    report.skip("a.csv", "it is empty")
    report.damage("b.csv", "line 3")
    for name in ("absent_days", "without_coordinates"):
        getattr(report, name).extend(f"entry {number}" for number in range(201))
    report.absent_hours = report.duplicates = report.stations_without_measurements = 7
    report.masked = {"pm25": 5, "o3": 0}
    found = {name: (count, entries) for name, count, entries in data_problems(report.to_dict())}
    assert found["Files read"] == ("1,234", [])
    assert found["Files skipped"] == ("1", ["a.csv: it is empty"])
    assert found["Files read in part"] == ("1", ["b.csv: line 3"])
    assert found["Impossible values masked"] == ("5", ["PM₂.₅: 5"])
    assert found["Notes"] == ("1", ["A note."])
    assert sum(count == "7" for count, _ in found.values()) == 3
    long = [entries for count, entries in found.values() if count == "201"]
    assert len(long) == 2
    assert all(len(entries) == 201 and entries[-1] == "and 1 more" for entries in long)
    assert [name for name, *_ in data_problems({})] == ["Files read"]
