"""Content checks: whether a downloaded file is complete, and the file that it should be."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from aqnet_pyg.archives.faults import Damaged, Failed, Missing
from aqnet_pyg.io.files import BROKEN

Check = Callable[[Path], None]
"""Function of the path of a file that raises Missing, Damaged or Failed if it is not the expected one."""

_CHUNK = 1 << 20


def gzip_table(first: bytes) -> Check:
    """Return the check of a gzip file of text: complete, with the right checksum, and with this beginning.

    Args:
        first: Beginning of the first line.
    """

    def check(path: Path) -> None:
        _reject_pages(path)
        try:
            with gzip.open(path) as file:
                head = file.read(_CHUNK)
                while file.read(_CHUNK):
                    pass
        except BROKEN as error:
            raise Damaged(f"a damaged or truncated gzip file ({error})") from None
        _expect(head, first)

    return check


def zip_of(pattern: str, first: bytes = b"") -> Check:
    """Return the check of a zip file: complete, with the right checksums, and with a member of this name.

    Args:
        pattern: Regular expression that the name of a member must match, with its folders, regardless of case.
        first: Beginning of these members. Parquet files are opened.
    """
    matches = re.compile(pattern, re.IGNORECASE).fullmatch

    def check(path: Path) -> None:
        _reject_pages(path)
        try:
            with zipfile.ZipFile(path) as archive:
                members = [name for name in archive.namelist() if matches(name)]
                if not archive.namelist():
                    raise Missing("the server returned an empty zip file")
                if not members:
                    raise Failed(f"the zip file holds {archive.namelist()[0]}, not the expected file")
                if damaged := archive.testzip():
                    raise Damaged(f"a zip file whose member {damaged} is damaged")
                for name in members:
                    if name.lower().endswith(".parquet"):
                        pq.read_metadata(io.BytesIO(archive.read(name)))
                    else:
                        with archive.open(name) as file:
                            _expect(file.read(len(first) + 3), first)
        except BROKEN as error:
            raise Damaged(f"a damaged or truncated zip file ({error})") from None

    return check


def table(separator: bytes, columns: int, *beginnings: bytes) -> Check:
    """Return the check of a text file: the beginnings of its lines, and as many columns in the last line as in the first.

    Args:
        separator: Character between columns.
        columns: Least number of columns.
        beginnings: Beginnings of the first lines.
    """

    def check(path: Path) -> None:
        _reject_pages(path)
        with path.open("rb") as file:
            lines = [file.readline() for _ in range(max(len(beginnings), 1))]
            file.seek(max(path.stat().st_size - _CHUNK, 0))
            last = file.read().rstrip(b"\r\n").rsplit(b"\n", 1)[-1]
        for line, beginning in zip(lines, beginnings, strict=False):
            _expect(line, beginning)
        counts = [line.count(separator) + 1 for line in (lines[0], last)]
        if counts[0] < columns:
            raise Failed(f"the server returned something else: it begins with {lines[0][:20]!r}")
        if counts[1] < counts[0]:
            raise Damaged(f"a truncated file: its last line has {counts[1]} of {counts[0]} columns")

    return check


def _expect(head: bytes, first: bytes) -> None:
    if not head.removeprefix(b"\xef\xbb\xbf").startswith(first):
        raise Failed(f"the server returned something else: a line begins with {head[:20]!r}")


def _reject_pages(path: Path) -> None:
    """Reject empty files and web pages, which servers also return with the status 200."""
    with path.open("rb") as file:
        head = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not head:
        raise Damaged("an empty file")
    if head.startswith((b"<!doctype html", b"<html")):
        raise Failed("the server returned an HTML page")
    if head.startswith(b"<"):
        raise Failed("the server returned an XML message")
