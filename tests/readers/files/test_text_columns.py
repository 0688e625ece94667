import gzip
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.readers.files import text_blocks, text_columns
from aqnet_pyg.readers.files.archive import find_members
from aqnet_pyg.readers.files.text_columns import TextColumn, first_line, read_columns, to_utf8, unit_factors
from aqnet_pyg.readers.files.times import NO_TIME
from aqnet_pyg.readers.read_report import ReadReport


def choose(names):
    """The columns a and b, as first and second."""
    return {"first": "a", "second": "b"} if {"a", "b"} <= {*names} else "no columns a and b"


def read(folder):
    """Rows of all files, by file, and the read report."""
    report, found = ReadReport(str(folder)), {}
    for member, columns in text_columns.text_columns(
        find_members(folder, r".*\.csv(\.gz)?", "*.csv", report), choose, report
    ):
        rows = zip(*(columns[key].map(str, object) for key in ("first", "second")), strict=True)
        found.setdefault(member.label, []).append([*rows])
    return found, report


def test_files_are_read_block_by_block(tmp_path, monkeypatch):
    rows = [(f"x{number % 3}", str(number)) for number in range(100)]
    (tmp_path / "one.csv").write_text("b,c,a\n" + "".join(f"{second},0, {first}\n" for first, second in rows))
    (tmp_path / "two.csv").write_text("a;b\nNA;\n")
    monkeypatch.setattr(text_blocks, "BLOCK_BYTES", 100)
    found, report = read(tmp_path)
    assert len(found["one.csv"]) > 5
    assert [one for block in found["one.csv"] for one in block] == rows
    assert found["two.csv"] == [[("NA", "")]]
    assert not report.skipped


def test_faults_of_files(tmp_path):
    contents = {
        "a.csv": b"",
        "b.csv": b"a,c\n1,2\n",
        "c.csv": b"a,b\n",
        "d.csv.gz": b"none",
        "e.csv": b"<html>",
        "f.csv": b"a,b\n1,2\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    whole = gzip.compress("".join(f"{number},{number**3}\n" for number in range(50000)).encode())
    (tmp_path / "g.csv.gz").write_bytes(gzip.compress(b"a,b\n") + whole[: len(whole) // 2])
    found, report = read(tmp_path)
    assert found["f.csv"] == [[("1", "2")]]
    reasons = dict(report.skipped)
    assert set(reasons) >= {"a.csv", "b.csv", "c.csv", "d.csv.gz", "e.csv"}
    assert reasons["b.csv"] == "no columns a and b"
    assert reasons["c.csv"] == "no rows"
    assert "g.csv.gz" in reasons | dict(report.damaged)


def test_lines_before_the_header(tmp_path):
    (tmp_path / "a.csv").write_text("Downloaded on Monday\n\na,b\n1,2\n")
    found, report = read(tmp_path)
    assert found == {"a.csv": [[("1", "2")]]}
    assert report.notes == ["a.csv: 2 lines before the header skipped."]


def column(*texts):
    half = len(texts) // 2
    return TextColumn.of(pa.chunked_array([pa.array(texts[:half], pa.string()), pa.array(texts[half:], pa.string())]))


def second(text):
    return NO_TIME if text is None else int(np.datetime64(text, "s").astype(np.int64))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022-05-03T13:00:00-06:00", "2022-05-03T19:00:00"),
        ("2021-12-16 01:00:00+00:00", "2021-12-16T01:00:00"),
        ("2025-01-01T05:45:00+05:30", "2025-01-01T00:15:00"),
        ("2025-01-01T05:45:00+0545", "2025-01-01T00:00:00"),
        (" 2025-10-04T00:00:00Z ", "2025-10-04T00:00:00"),
        ("2016-10-10T00:00:01.123456+00:00", "2016-10-10T00:00:01"),
        ("2020-01-01T01:00:00.000Z", "2020-01-01T01:00:00"),
        ("2022-05-03", None),
        ("2022-05-03T13:00:00", None),
        ("1667336400", None),
        ("", None),
        (None, None),
        ("2022-13-03T13:00:00Z", None),
        ("not a time", None),
    ],
)
def test_times_with_an_offset(text, expected):
    found = column("2020-01-01T00:00:00Z", text, "2020-01-01T00:00:00Z").utc_seconds(naive=False)
    assert found.tolist() == [second("2020-01-01"), second(expected), second("2020-01-01")]


def test_times_without_offset_can_be_utc():
    found = column("2022-05-03T13:00:00", "2022-05-03T13:00:00+02:00").utc_seconds(naive=True)
    assert found.tolist() == [second("2022-05-03T13"), second("2022-05-03T11")]


def test_seconds_and_milliseconds_since_1970():
    texts = ["1667336400", "1667336400000", "1667336400.6", "-5", "1e30", "2022-11-01T21:00:00Z", None]
    expected = ["2022-11-01T21:00", "2022-11-01T21:00", "2022-11-01T21:00:01", None, None, "2022-11-01T21:00", None]
    assert column(*texts).utc_seconds(naive=True, epoch=True).tolist() == list(map(second, expected))


def test_numbers():
    found = column("1.5", " -2 ", "1e3", "", None, "NaN", "inf", "1_000", "2,5", "x").numbers()
    np.testing.assert_array_equal(found, [1.5, -2, 1000] + [np.nan] * 7)


def test_blocks_are_the_whole_file(monkeypatch):
    monkeypatch.setattr(text_columns, "_BLOCK", 64)
    rows = [(f"{number:03d}", number / 4) for number in range(200)]
    text = "a,b,c\n" + "".join(f'"{a}", {b} ,\n' for a, b in rows)
    report = ReadReport("x")
    blocks = list(read_columns(text.encode(), ["a", "b", "c"], ["b", "a"], "x", report))
    assert len(blocks) > 5
    assert TextColumn.joined([block["a"] for block in blocks]).values().tolist() == [a for a, _ in rows]
    assert TextColumn.joined([block["b"] for block in blocks]).numbers().tolist() == [b for _, b in rows]
    assert not report.damaged


def test_texts_that_are_no_numbers_are_faults():
    faults = Counter()
    assert np.isnan(column("", "NA", "x", "x").numbers(faults)).all()
    assert faults == {"not numeric, such as 'x'": 2}


def test_dates_and_times_of_day():
    dates = column("01/02/23", "01/02/2023", "2/30/2023").days("%m/%d/%y", "%m/%d/%Y")
    assert dates.astype(str).tolist() == ["2023-01-02T00:00:00", "2023-01-02T00:00:00", "NaT"]
    times = column("9:05", "24:00", "25:00", "x").clock()
    assert times.astype("timedelta64[m]").astype(str).tolist() == ["545 minutes", "1440 minutes", "NaT", "NaT"]


def test_unit_factors():
    faults = Counter()
    pollutants = np.array(["pm25", "pm25", "co"], object)
    converted = set()
    factors = unit_factors(column("ug/m3", "ppb", "ug/m3"), pollutants, converted, faults)
    np.testing.assert_array_equal(factors, [1, np.nan, 0.001])
    assert not converted
    unit_factors(column("ppm"), np.array(["co"], object), converted, faults)
    assert converted == {"co"}
    assert faults == {"of PM2.5 in 'ppb', which are not its units": 1}


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_encoding(encoding):
    assert to_utf8("é\n".encode(encoding)) == "é\n".encode()
    assert first_line(b"a,b\r\n1") == "a,b"


@given(st.lists(st.text(max_size=3) | st.none(), min_size=2, max_size=20), st.data())
def test_texts_of_rows(texts, data):
    expected = np.array(["" if text is None else text.strip() for text in texts], object)
    encoded = column(*texts)
    assert encoded.map(str, object).tolist() == expected.tolist()
    assert encoded.categories().tolist() == expected.tolist()
    rows = np.array(data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts))))
    assert encoded[rows].map(str, object).tolist() == expected[rows].tolist()
    assert encoded[rows].map(len, int).tolist() == [len(text) for text in expected[rows]]
    assert encoded.counts() == Counter(expected.tolist())
    assert encoded.is_in(["", expected[0]]).tolist() == [text in ("", expected[0]) for text in expected]
