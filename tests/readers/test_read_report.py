import json

import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import ReadReport


@pytest.fixture
def report():
    found = ReadReport("archive.zip", files_read=1_234, absent_hours=30, absent_days=["2025-01-02"], duplicates=2)
    for number in range(9):
        found.skip(f"day_{number}.csv", "empty file")
    found.damage("day_9.csv", "the last line left out")
    found.masked = {"pm25": 6, "co": 0}
    found.impossible = [f"pm25 at {code}: 1 value (-1), 2025-01-01 01:00 UTC" for code in "ABCDEF"]
    found.without_coordinates = ["9999A"]
    found.stations_without_measurements = 127
    found.notes.append("a remark.")
    return found


def test_prints_compactly(report):
    assert str(report) == "\n".join(
        [
            "archive.zip: 1,234 files read",
            "  skipped     empty file: day_0.csv, day_1.csv, day_2.csv, day_3.csv, day_4.csv and 4 more",
            "  damaged     the last line left out: day_9.csv",
            "  absent      30 hours without measurements; 1 day (2025-01-02)",
            "  masked      impossible values: pm25 6",
            *(f"              pm25 at {code}: 1 value (-1), 2025-01-01 01:00 UTC" for code in "ABCDE"),
            "              and at 1 more station",
            "  duplicates  2 (the first is kept)",
            "  left out    1 station without coordinates: 9999A",
            "              127 stations without measurements",
            "  note        a remark.",
        ]
    )


def test_many_kinds_of_fault_are_counted():
    found = ReadReport("a")
    for number in range(20):
        found.damage(f"{number}.csv", f"fault {number}")
    lines = str(found).splitlines()
    assert lines[-1].split() == ["and", "15", "more", "kinds", "of", "fault"]
    assert len(lines) == 1 + 5 + 1


def test_a_clean_archive_is_one_line():
    assert str(ReadReport("a", files_read=1)) == "a: 1 file read"


def test_to_dict_goes_through_json(report):
    found = report.to_dict()
    assert json.loads(json.dumps(found)) == found
    assert found["skipped"][0] == {"file": "day_0.csv", "reason": "empty file"}
    assert found["files_read"] == 1_234
    assert found["masked"] == {"pm25": 6, "co": 0}
    assert "strict" not in found


@pytest.mark.parametrize("note", ["skip", "damage"])
def test_strict_raises_and_names_the_file(note):
    with pytest.raises(InputError, match=r"^day\.csv: empty file; .*strict"):
        getattr(ReadReport("a", strict=True), note)("day.csv", "empty file")


def test_require_files():
    found = ReadReport("a")
    with pytest.raises(InputError, match="no file to read"):
        found.require_files("a table")
    found.skip("x.csv", "empty file")
    found.skip("y.csv", "HTML page")
    with pytest.raises(InputError, match=r"x\.csv: empty file \(and 1 more file.* a table is needed"):
        found.require_files("a table")
    found.files_read = 1
    found.require_files("a table")
