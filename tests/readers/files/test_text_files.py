import gzip

import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.files.text_files import clean_text
from aqnet_pyg.readers.read_report import ReadReport


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b" \r\n\n", "empty file"),
        (b"\xef\xbb\xbf", "empty file"),
        (b"\x1c\n\xc2\xa0\n", "no line of text"),
        (b"\n\xff\n", "no line of text"),
        (b"\n <!DOCTYPE html><html><body>404</body></html>", "HTML page instead of a table"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "gzip file with the name of a text file"),
        (b"PK\x03\x04rest", "zip file with the name of a text file"),
        (b"date,\xff\xfe\n1,2\n", "the first line is not UTF-8 text"),
    ],
)
def test_files_that_are_not_text_are_skipped(data, reason):
    report = ReadReport("test")
    assert clean_text(data, "x.csv", report) is None
    assert report.skipped == [("x.csv", reason)]
    with pytest.raises(InputError, match=r"x\.csv"):
        clean_text(data, "x.csv", ReadReport("test", strict=True))


def test_valid_text_is_returned_without_byte_order_mark():
    report = ReadReport("test")
    assert clean_text("东四,1\r\n".encode("utf-8-sig"), "x.csv", report) == "东四,1\r\n".encode()
    assert not report.skipped
    assert not report.damaged


@pytest.mark.parametrize("bad", [b"\xe4\xb8,3", b"\x00\x00\x00"])
def test_undecodable_lines_are_left_out(bad):
    report = ReadReport("test")
    assert clean_text(b"a,b\n1,2\n" + bad + b"\n5,6\n", "x.csv", report) == b"a,b\n1,2\n5,6\n"
    assert report.damaged == [("x.csv", "1 of 4 lines are not UTF-8 text")]
    with pytest.raises(InputError, match=r"x\.csv"):
        clean_text(b"a,b\n" + bad, "x.csv", ReadReport("test", strict=True))
