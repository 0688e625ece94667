import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readers.spreadsheets import write_xlsx

from aqnet_pyg.readers.files.xlsx import read_xlsx
from aqnet_pyg.readers.read_report import ReadReport

TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cn"]), max_size=8)


def read(path):
    report = ReadReport("test")
    return read_xlsx(path.read_bytes(), path.name, report), report


@pytest.mark.parametrize("inline", [False, True])
def test_texts_numbers_and_dates(tmp_path, inline):
    rows = [["측정일시", "a <b>", None, 1.5], [], [None, 7.0, 44197.5]]
    found, report = read(write_xlsx(tmp_path / "a.xlsx", rows, inline, dates={2}))
    assert found == [["측정일시", "a <b>", "", "1.5"], [], ["", "7", "2021-01-01 12:00:00"]]
    assert not report.skipped


def test_numbers_without_the_style_of_dates_stay_numbers(tmp_path):
    found, _ = read(write_xlsx(tmp_path / "a.xlsx", [[2021010124, 44197.5]]))
    assert found == [["2021010124", "44197.5"]]


def test_columns_beyond_z_keep_their_place(tmp_path):
    row = [None] * 27 + ["last"]
    found, _ = read(write_xlsx(tmp_path / "a.xlsx", [row]))
    assert found == [[""] * 27 + ["last"]]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"<html>", "HTML page instead of a spreadsheet (BadZipFile)"),
        (b"PK\x03\x04 cut", "not a readable xlsx file (BadZipFile)"),
    ],
)
def test_other_files_are_skipped(tmp_path, content, reason):
    (tmp_path / "a.xlsx").write_bytes(content)
    found, report = read(tmp_path / "a.xlsx")
    assert found is None
    assert report.skipped == [("a.xlsx", reason)]


def test_a_zip_file_without_a_workbook_is_skipped(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("a.csv", "1,2")
    found, report = read(tmp_path / "a.xlsx")
    assert found is None
    assert report.skipped[0][1].startswith("not a readable xlsx file")


@pytest.mark.parametrize(("at", "value"), [(6, 1), (8, 99)])
def test_encrypted_and_differently_compressed_files_are_skipped(tmp_path, at, value):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    content = bytearray((tmp_path / "a.xlsx").read_bytes())
    content[at] = value  # of the file, and of the directory of the archive
    content[content.index(b"PK\x01\x02") + at + 2] = value
    (tmp_path / "a.xlsx").write_bytes(content)
    found, report = read(tmp_path / "a.xlsx")
    assert found is None
    assert report.skipped[0][1].startswith("not a readable xlsx file")


@given(rows=st.lists(st.lists(TEXTS, max_size=4), max_size=4), inline=st.booleans())
def test_texts_read_back(rows, inline):
    buffer = io.BytesIO()
    write_xlsx(buffer, rows, inline)
    found = read_xlsx(buffer.getvalue(), "a.xlsx", ReadReport("test"))
    filled = [row[: max((n for n, cell in enumerate(row, 1) if cell), default=0)] for row in rows]
    assert found == filled
