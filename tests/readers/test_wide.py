import gzip
import tempfile
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import readers.fake_archives as fake
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import wide
from aqnet_pyg.readers.files.archive import find_members
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.wide import read_wide

COLUMNS = ("1001A", "1002A", "1003A")
FIRST = pd.Timestamp("2024-12-31 16:00")
"""First hour of write_month in UTC: midnight in Beijing."""


def read(path, columns=COLUMNS, strict=False):
    report = ReadReport("test", strict)
    members = find_members(path, r"china_sites_\d{8}\.csv", "china_sites_YYYYMMDD.csv", report)
    return read_wide(members, {name: name for name in columns}, report), report


def change(folder, number, function):
    """Change the lines of a day."""
    path = folder / f"china_sites_202501{number:02d}.csv"
    lines = function(path.read_text(encoding="utf-8").splitlines())
    path.write_bytes(("\n".join(lines) + "\n").encode())


def faults(report):
    """Faults by file; each file occurs once."""
    listed = report.skipped + report.damaged
    assert len(dict(listed)) == len(listed)
    return dict(listed)


def equal(data, days, hours=slice(None)):
    for name in fake.TYPES:
        expected = np.concatenate([day[name] for day in days])[hours]
        np.testing.assert_array_equal(data.values[name][hours], expected, strict=True)


def test_good_month(tmp_path):
    days = fake.write_month(tmp_path)
    data, report = read(tmp_path)
    assert data.codes == list(COLUMNS)
    assert data.time.equals(pd.date_range(FIRST, periods=72, freq="h"))
    assert data.values["pm25"][5, 2] == np.float32(10.9)  # day 0, hour 5, station 2
    assert data.values["co"][25, 0] == np.float32(71.1)  # day 1, hour 1, station 0
    equal(data, days)
    assert report == ReadReport("test", files_read=3)


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
@pytest.mark.parametrize("quoted", [True, False])
def test_line_ends_quotes_padding_and_no_final_line_end(tmp_path, newline, quoted):
    day = fake.simulated_day(0, 3)
    lines = fake.wide_lines(date(2025, 1, 1), COLUMNS, day)
    if quoted:
        lines = [",".join(f'"{field}"' for field in line.split(",")) for line in lines]
    else:
        lines = [line.replace(",", " , ") for line in lines]
    (tmp_path / "china_sites_20250101.csv").write_bytes(newline.join(lines).encode("utf-8-sig"))
    data, report = read(tmp_path)
    equal(data, [day])
    assert not faults(report)


def test_columns_may_change_from_day_to_day(tmp_path):
    one, two = fake.simulated_day(0, 2), fake.simulated_day(1, 3)
    fake.write_wide(tmp_path, date(2025, 1, 1), ["B", "A"], one)
    fake.write_wide(tmp_path, date(2025, 1, 2), ["A", "X", "C"], two)
    fake.write_wide(tmp_path, date(2025, 1, 3), ["B", "A"], one)
    data, _ = read(tmp_path, columns="ABC")
    assert data.codes == ["B", "A", "C"]
    assert data.unused == ["X"]
    np.testing.assert_array_equal(data.values["no2"][:24, :2], one["no2"])
    np.testing.assert_array_equal(data.values["no2"][24:48, 1:], two["no2"][:, [0, 2]])
    np.testing.assert_array_equal(data.values["no2"][48:, :2], one["no2"])
    assert np.isnan(data.values["no2"][:24, 2]).all()
    assert np.isnan(data.values["no2"][24:48, 0]).all()


def test_columns_may_change_their_order(tmp_path):
    one, two = fake.simulated_day(0, 2), fake.simulated_day(1, 2)
    fake.write_wide(tmp_path, date(2025, 1, 1), ["B", "A"], one)
    fake.write_wide(tmp_path, date(2025, 1, 2), ["A", "B"], two)
    data, _ = read(tmp_path, columns="AB")
    assert data.codes == ["B", "A"]
    np.testing.assert_array_equal(data.values["no2"], np.concatenate([one["no2"], two["no2"][:, ::-1]]))


def test_batch_size_changes_nothing(tmp_path, monkeypatch):
    days = fake.write_month(tmp_path, days=5)
    monkeypatch.setattr(wide, "_BATCH_BYTES", 1_000)
    data, _ = read(tmp_path)
    equal(data, days)


def test_absent_days_are_gaps_and_listed(tmp_path):
    days = fake.write_month(tmp_path, days=4)
    (tmp_path / "china_sites_20250102.csv").unlink()
    (tmp_path / "china_sites_20250104.csv").write_bytes(b"")
    data, report = read(tmp_path)
    assert len(data.time) == 72
    assert np.isnan(data.values["o3"][24:48]).all()
    equal(data, days, slice(48, 72))
    assert report.absent_days == ["2025-01-02", "2025-01-04"]


NO_HEADER = "the first line is not 'date,hour,type,' and station columns"
BROKEN = {
    "empty": (lambda good: b"", "empty file"),
    "quotes": (lambda good: b'""', "the first line is not 'date,hour,type,' and station columns"),
    "html": (lambda good: b"<html><head><title>404 Not Found</title>", "HTML page instead of a table"),
    "gzip": (gzip.compress, "gzip file with the name of a text file"),
    "plain 404": (lambda good: b"404 page not found\n", NO_HEADER),
    "no stations": (lambda good: b"date,hour,type\n20250102,0,CO\n", NO_HEADER),
    "undecodable header": (lambda good: good.replace(b"1001A", b"\xff\xff"), "the first line is not UTF-8 text"),
    "only a header": (lambda good: good.splitlines()[0], "no hourly measurements"),
    "another day": (lambda good: good.replace(b"20250102", b"20240102"), "288 lines of another day than in the file name"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_only_the_damaged_day_is_skipped(tmp_path, kind):
    days = fake.write_month(tmp_path)
    path = tmp_path / "china_sites_20250102.csv"
    breaks, reason = BROKEN[kind]
    path.write_bytes(breaks(path.read_bytes()))
    data, report = read(tmp_path)
    assert report.skipped == [(path.name, reason)]
    assert not report.damaged
    assert report.files_read == 2
    equal(data, days, slice(24))
    equal(data, days, slice(48, 72))
    assert np.isnan(data.values["pm25"][24:48]).all()
    with pytest.raises(InputError, match=rf"^{path.name}: {reason}"):
        read(tmp_path, strict=True)


DAMAGED = {
    "last line cut": (
        lambda lines: [*lines[:-1], lines[-1][:16]],
        "the last line left out: 4 fields instead of 6",
        [("co", 47)],
    ),
    "last line of a computed type cut": (
        lambda lines: [*lines, "20250102,23,O3_24h,1"],
        "the last line left out: 4 fields instead of 6",
        [],
    ),
    "last line cut in the type": (
        lambda lines: [*lines[:-1], lines[-1][:12]],
        "the last line left out: 3 fields instead of 6",
        [("co", 47)],
    ),
    "lines torn": (
        lambda lines: [*lines[:7], lines[7] + ",5", lines[8].rpartition(",")[0], *lines[9:]],
        "line 8 and 1 more line left out: 7 fields instead of 6",
        [("pm25", 24), ("pm10", 24)],
    ),
    "one line of another day": (
        lambda lines: [*lines[:7], lines[7].replace("20250102", "20250103"), *lines[8:]],
        "1 line of another day than in the file name",
        [("pm25", 24)],
    ),
    "hour 24": (
        lambda lines: [line.replace("20250102,23,", "20250102,24,") for line in lines],
        "12 lines with an hour outside 0-23",
        [(name, 47) for name in fake.TYPES],
    ),
    "hour without number": (
        lambda lines: [*lines[:7], lines[7].replace(",0,", ",noon,"), *lines[8:]],
        "1 line with an hour outside 0-23",
        [("pm25", 24)],
    ),
    "repeated line": (
        lambda lines: [*lines, "20250102,23,CO,1,1,1"],
        "1 repeated line",
        [],
    ),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_only_damaged_lines_are_left_out(tmp_path, kind):
    days = fake.write_month(tmp_path)
    damages, what, lost = DAMAGED[kind]
    change(tmp_path, 2, damages)
    data, report = read(tmp_path)
    assert report.damaged == [("china_sites_20250102.csv", what)]
    assert not report.skipped
    assert report.files_read == 3
    assert report.duplicates == (kind == "repeated line")
    for name in fake.TYPES:
        expected = np.concatenate([day[name] for day in days])
        expected[[hour for which, hour in lost if which == name]] = np.nan
        np.testing.assert_array_equal(data.values[name], expected)
    with pytest.raises(InputError, match=rf"^china_sites_20250102\.csv: {what}"):
        read(tmp_path, strict=True)


def replace_line(start, new, lines):
    return [new if line.startswith(start) else line for line in lines]


def test_only_the_invalid_value_is_missing(tmp_path):
    days = fake.write_month(tmp_path)
    for number, text in enumerate(["3o.5", "--", "—"]):
        one, _, three = days[number]["pm10"][3]
        days[number]["pm10"][3, 1] = np.nan
        start = f"2025010{number + 1},3,PM10,"
        spoilt = f"{start}{one},{text},{three}"
        change(tmp_path, number + 1, partial(replace_line, start, spoilt))
    data, report = read(tmp_path)
    assert report.damaged == [("china_sites_20250101.csv", "1 value not numeric, such as '3o.5'")]
    equal(data, days)


def test_station_column_that_occurs_twice(tmp_path):
    day = fake.simulated_day(0, 3)
    fake.write_wide(tmp_path, date(2025, 1, 1), ["A", "A", "B"], day)
    data, report = read(tmp_path, columns="AB")
    assert data.codes == ["A", "B"]
    np.testing.assert_array_equal(data.values["o3"], day["o3"][:, [0, 2]])
    assert report.damaged == [
        ("china_sites_20250101.csv", "station column 'A' occurs more than once; the first is used")
    ]
    assert report.duplicates == 1


def test_same_day_in_two_archives(tmp_path):
    days = fake.write_month(tmp_path)
    files = sorted(tmp_path.glob("*.csv"))
    one = fake.pack(tmp_path / "one.zip", files[:2])
    change(tmp_path, 2, lambda lines: [line.replace(",11", ",7") for line in lines])
    two = fake.pack(tmp_path / "two.zip", files[1:])
    data, report = read([one, two])
    assert report.skipped == [("two.zip/china_sites_20250102.csv", "already read from one.zip")]
    assert report.duplicates == 1
    equal(data, days)
    with pytest.raises(InputError, match=r"two\.zip/china_sites_20250102\.csv"):
        read([one, two], strict=True)


def test_a_valid_copy_replaces_a_damaged_one(tmp_path):
    days = fake.write_month(tmp_path, days=1)
    path = tmp_path / "china_sites_20250101.csv"
    good = fake.pack(tmp_path / "b.zip", [path])
    path.write_bytes(b"")
    bad = fake.pack(tmp_path / "a.zip", [path])
    data, report = read([bad, good])
    assert report.skipped == [("a.zip/china_sites_20250101.csv", "empty file")]
    assert not report.absent_days
    equal(data, days)


def test_nothing_to_read(tmp_path):
    (tmp_path / "china_sites_20250101.csv").write_bytes(b"")
    (tmp_path / "china_sites_20250102.csv").write_bytes(b"")
    with pytest.raises(InputError, match=r"china_sites_20250101\.csv: empty file \(and 1 more file skipped\)"):
        read(tmp_path)


def test_a_last_file_with_another_header_and_no_measurements(tmp_path):
    days = fake.write_month(tmp_path, days=1)
    (tmp_path / "china_sites_20250102.csv").write_text("date,hour,type,9999A\n")
    data, report = read(tmp_path)
    equal(data, days)
    assert report.skipped == [("china_sites_20250102.csv", "no hourly measurements")]


measurements = st.one_of(
    st.just(np.nan),
    st.floats(0, 1e4, width=32),
    st.integers(0, 999).map(float),
    st.integers(0, 999).map(lambda tenths: float(np.float32(tenths / 10))),
)


@given(data=st.data(), stations=st.integers(1, 5), days=st.integers(1, 2))
@settings(max_examples=25, deadline=None)
def test_reads_back_what_was_written(data, stations, days):
    columns = data.draw(st.permutations(["1001A", "东四", "天坛", "X 1", "Z"]))[:stations]
    written = [
        {
            name: data.draw(npst.arrays(np.float32, (24, stations), elements=measurements, fill=st.just(np.float32(7))))
            for name in ("pm25", "co")
        }
        for _ in range(days)
    ]
    with tempfile.TemporaryDirectory() as folder:
        for number, values in enumerate(written):
            fake.write_wide(folder, date(2024, 2, 28 + number), columns, values)
        found, report = read(Path(folder), columns=columns)
    assert found.codes == list(columns)
    for name in ("pm25", "co"):
        np.testing.assert_array_equal(found.values[name], np.concatenate([day[name] for day in written]))
    assert np.isnan(found.values["so2"]).all()
    assert not faults(report)
