import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.readers.files.national_encodings import decode_text
from aqnet_pyg.readers.read_report import ReadReport


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp950", "測站,豐原\n"),
        ("cp949", "측정소명,중구\n"),
        ("latin-1", "Estación;Ñuñoa\n"),
        ("cp1252", "PM10 (µg/m³)\n"),
    ],
)
def test_utf8_and_the_encoding_of_the_archive(encoding, text):
    report = ReadReport("test", strict=True)
    for kind in ("utf-8", "utf-8-sig", encoding):
        assert decode_text(text.encode(kind), encoding, "a.csv", report) == text


def test_characters_of_neither_encoding_are_counted():
    report = ReadReport("test")
    found = decode_text("測站,1\n".encode("cp950") + b"\xff\xff,2\n", "cp950", "a.csv", report)
    assert found is not None
    assert found.splitlines()[0] == "測站,1"
    assert report.damaged == [("a.csv", "2 characters neither UTF-8 nor cp950")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"<html>", "HTML page instead of a table"),
        (gzip.compress(b"a,b", mtime=0), "binary data instead of a table"),
        (b"\xff\xfea\x00b\x00", "binary data instead of a table"),
    ],
)
def test_other_files_are_skipped(data, reason):
    report = ReadReport("test")
    assert decode_text(data, "cp949", "a.csv", report) is None
    assert report.skipped == [("a.csv", reason)]


@given(data=st.binary(max_size=30), encoding=st.sampled_from(["cp950", "cp949", "latin-1", "cp1252"]))
def test_any_bytes_are_text_or_skipped(data, encoding):
    report = ReadReport("test")
    found = decode_text(data, encoding, "a.csv", report)
    assert (found is None) == bool(report.skipped)
