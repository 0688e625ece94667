import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from aqnet_pyg.readers.files.archive import Member
from aqnet_pyg.readers.files.long_files import open_blocks, open_table
from aqnet_pyg.readers.read_report import ReadReport


def table(data, name="data.csv", columns=("code", "pm25"), texts=("code",)):
    """Names and rows of a table, and the read report."""
    report = ReadReport("test")
    opened = open_table(Member(Path(name)), data, report)
    if opened is None:
        return None, None, report
    names, load = opened
    rows = load(columns, texts)
    return names, None if rows is None else rows.to_pydict(), report


@pytest.mark.parametrize(("separator", "decimal"), [(";", ","), (";", "."), ("\t", "."), (",", ".")])
def test_separators_and_decimal_commas(separator, decimal):
    lines = [["code", "other", "pm25"], ["007", "x", f"12{decimal}5"], ["8", "y", "NA"]]
    names, rows, report = table("\n".join(separator.join(line) for line in lines).encode())
    assert names == ["code", "other", "pm25"]
    assert rows["code"] == ["007", "8"]
    values = [None if value is None else float(value) for value in rows["pm25"]]
    assert values == [12.5, None]
    assert not report.damaged


def test_rows_with_a_wrong_number_of_fields_are_left_out():
    _, rows, report = table(b"code,pm25\nA,1\nB\nC,3,4\nD,5\n")
    assert rows == {"code": ["A", "D"], "pm25": [1, 5]}
    assert report.damaged == [("data.csv", "2 rows with a wrong number of fields left out, such as 'B'")]


def test_a_last_row_truncated_inside_quotes_is_left_out():
    _, rows, report = table(b'code,pm25\n"A",1\n"B')
    assert rows == {"code": ["A"], "pm25": [1]}
    assert report.damaged == [("data.csv", "1 row with a wrong number of fields left out, such as '\"B'")]


def test_parquet():
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(pa.table({"code": ["A"], "pm25": [1.5], "other": [2]}), sink)
    data = sink.getvalue().to_pybytes()
    assert table(data, "data.parquet")[:2] == (["code", "pm25", "other"], {"code": ["A"], "pm25": [1.5]})
    damaged = data[:4] + b"\xff" * 40 + data[44:]
    names, rows, report = table(damaged, "data.PARQUET")
    assert names == ["code", "pm25", "other"]
    assert rows is None
    assert report.skipped[0][1].startswith("damaged Parquet file")


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "data.csv", "empty file"),
        (b"", "data.parquet", "empty file"),
        (b"code,pm25\n", "data.parquet", "not a Parquet file"),
    ],
)
def test_files_that_are_not_tables_are_skipped(data, name, reason):
    names, _, report = table(data, name)
    assert names is None
    assert report.skipped[0][0] == name
    assert report.skipped[0][1].startswith(reason)


@pytest.mark.parametrize(("old", "new"), [(b"wxyz", b"\xff\xfe\xff\xff"), (b"ABCDE", b"AB\xff\xffE")])
def test_a_parquet_file_whose_names_or_texts_are_not_utf8(old, new):
    sink = pa.BufferOutputStream()
    options = {"store_schema": False, "use_dictionary": False, "compression": "none", "write_statistics": False}
    pa.parquet.write_table(pa.table({"code": ["ABCDE"], "wxyz": [1.5]}), sink, **options)
    data = sink.getvalue().to_pybytes().replace(old, new)
    report, member = ReadReport("test"), Member(Path("data.parquet"))
    blocks = open_blocks(member, io.BytesIO(data), report, encoding=None, skip_rows=None, accepts=lambda names: True)
    if old == b"wxyz":
        assert blocks is None
        assert report.skipped[0][1].startswith("not a Parquet file")
    else:
        assert list(blocks.read(["code", "wxyz"], ["code"])) == []
        assert report.damaged[0][1].startswith("damaged Parquet file")
