import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.files import text_blocks as module
from aqnet_pyg.readers.files.text_blocks import Header, find_header, guess_encoding, text_blocks, without_lines
from aqnet_pyg.readers.read_report import ReadReport


def blocks(data, encoding=None):
    report = ReadReport("test")
    return list(text_blocks(io.BytesIO(data), encoding, "data.csv", report)), report


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n\ufeff"))),
    st.integers(1, 30),
    st.booleans(),
)
def test_blocks_are_whole_lines_of_the_file(lines, size, ends):
    data = ("\n".join(lines) + "\n" * ends).encode()
    before = module.BLOCK_BYTES
    module.BLOCK_BYTES = size
    try:
        found, report = blocks(data, "utf-8")
    finally:
        module.BLOCK_BYTES = before
    assert b"".join(found) == data
    assert all(block.endswith(b"\n") for block in found[:-1])
    assert not report.damaged


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "cp1252"])
def test_encodings_are_found(encoding):
    text = "name,value\n" + ("北京,1\n" if encoding == "gb18030" else "Málaga,1\nCádiz,2\n")
    found, report = blocks(text.encode(encoding))
    assert b"".join(found).decode() == text
    noted = encoding in ("gb18030", "cp1252", "utf-16-le", "utf-16-be")
    assert [encoding in note for note in report.notes] == [True] * noted


def test_declared_encodings():
    assert blocks("臺北,1\n".encode("big5"), "big5")[0] == ["臺北,1\n".encode()]
    with pytest.raises(InputError, match="encoding: 'utf-99' does not exist"):
        blocks(b"a", "utf-99")


def test_damaged_lines_are_left_out():
    found, report = blocks("Málaga,1\nCádiz,2\n".encode() + b"\xff\xfe\xfd,3\nA,4\n")
    assert b"".join(found).decode() == "Málaga,1\nCádiz,2\nA,4\n"
    assert report.damaged == [("data.csv", "1 line left out that is not UTF-8 text")]


def test_old_line_ends():
    assert blocks(b"a,b\r1,2\r")[0] == [b"a,b\n1,2\n"]
    assert blocks(b"a,b\r\n1,2\r\n")[0] == [b"a,b\r\n1,2\r\n"]


def test_guessed_encodings():
    assert guess_encoding("北京市,上海市\n".encode("gb18030")) == "gb18030"
    assert guess_encoding("São Paulo,Zürich\n".encode("cp1252")) == "cp1252"
    assert guess_encoding(b"a\x00b\xff") is None
    assert guess_encoding("São Paulo,Zürich".encode() + b",\xff") is None


def accepts(names):
    return "time" in names


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("time,a\n1,2\n", Header(["time", "a"], ",", 0)),
        ("time;a\r\n1;2\r\n", Header(["time", "a"], ";", 0)),
        ("time\ta\n", Header(["time", "a"], "\t", 0)),
        ("made by X\n\ntime|a\n", Header(["time", "a"], "|", 2)),
        ("form\x0cfeed\u2028line\ntime,a\n", Header(["time", "a"], ",", 1)),
        ("# time,a\n1,2\n", Header(["time", "a"], ",", 0)),
        ('time,"a\n(b)"\n1,2\n', Header(["time", "a (b)"], ",", 0, 2)),
        ('5" pipe,x\ntime,a\n', Header(["time", "a"], ",", 1)),
        ("time,a,,\n1,2\n", Header(["time", "a"], ",", 0)),
        ("time,a\n1,2,,\n", Header(["time", "a", "", ""], ",", 0)),
        ("time,a\n1,2,3\n", Header(["time", "a"], ",", 0)),
        ("time,a,o3\nUTC,,ppb\n1,2,3\n", Header(["time (UTC)", "a", "o3 (ppb)"], ",", 0, 2)),
        ("time,a,o3\n\n,deg,ppb\n1,2,3\n", Header(["time", "a", "o3 (ppb)"], ",", 0, 3)),
        ("time,parameter,unit\n2020-01-01,o3,ppb\n", Header(["time", "parameter", "unit"], ",", 0)),
        ("a,b\n1,2,3\n", Header(["1", "2", "3"], ",", 1)),
    ],
)
def test_headers(text, header):
    assert find_header(text.encode(), None, accepts) == header


def test_declared_lines_before_the_header():
    text = b"time,a\nx,y\n1,2\n"
    assert find_header(text, 1, accepts) == Header(["x", "y"], ",", 1)
    assert find_header(text, 3, accepts) is None
    assert find_header(text, 30, accepts) is None


def test_lines_are_left_out():
    assert without_lines(b"a\nb\nc\n", 2) == b"c\n"
    assert without_lines(b"a\nb", 5) == b""
