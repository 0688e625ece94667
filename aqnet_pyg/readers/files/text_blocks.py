"""Text tables of any size and encoding: blocks of whole lines, the header, and the separator of the columns."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.csv_text import unescape_formula
from aqnet_pyg.levels.units import is_concentration_unit
from aqnet_pyg.readers.files.times import is_zone
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.text import counted

BLOCK_BYTES = 1 << 23
"""Size of a block."""

_SEPARATORS = (",", ";", "\t", "|")
"""Column separators; the most frequent one in the header is used."""

_HEAD_LINES = 60
"""Number of lines among which the header is searched."""

_LONGEST_HEADER = 20
"""Number of lines of a header whose names are broken into lines."""

_FALLBACKS = ("gb18030", "cp1252")
"""Encodings of files that are not UTF-8: Chinese if all bytes above 127 come in pairs as in GB 2312, otherwise Western."""

_BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Header(NamedTuple):
    """Header of a text table.

    Args:
        names: Column names.
        separator: Separator of the columns.
        skipped: Number of lines before the header.
        lines: Number of lines of the header: more than one if names are broken into lines, or if units follow.
    """

    names: list[str]
    separator: str
    skipped: int
    lines: int = 1


def text_blocks(stream: BinaryIO, encoding: str | None, file: str, report: ReadReport) -> Iterator[bytes]:
    """Yield the whole lines of a text file in UTF-8, in blocks.

    Args:
        stream: The file.
        encoding: Its encoding, such as ``big5``; default UTF-8 (or UTF-16 by its mark), or one of the fallbacks, which the
            report names.
        file: Its name.
        report: Read report that records the fallback, and lines that are not text.

    Raises:
        InputError: If there is no such encoding.
    """
    if encoding is not None:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise InputError(
                f"encoding: {encoding!r} does not exist; use one such as utf-8, cp1252, gb18030, big5, cp949."
            ) from None
    first = stream.read(BLOCK_BYTES)
    for mark, name in _BYTE_ORDER_MARKS.items():
        if first.startswith(mark):
            first, encoding = first.removeprefix(mark), name
    if encoding is None and (found := _utf16_without_mark(first)):
        encoding = found
        report.notes.append(f"{file}: read as {encoding}, since every other byte is zero.")
    if b"\r" in first and b"\n" not in first:  # lines as on old Macs
        yield (first + stream.read()).decode(encoding or "utf-8", errors="replace").replace("\r", "\n").encode()
        return
    if encoding is not None and encoding.startswith("utf-16"):
        yield (first + stream.read()).decode(encoding, errors="replace").encode()
        return
    rest, invalid, is_first = b"", 0, True
    data: bytes = first
    while data or rest:
        following = stream.read(BLOCK_BYTES)
        block = rest + data
        cut = len(block) if not following else block.rfind(b"\n") + 1
        block, rest, data = block[:cut], block[cut:], following
        if not following and not block:
            break
        if encoding is None and not _decodes(block, "utf-8") and is_first:
            encoding = guess_encoding(block)
            example = _example(block, encoding) if encoding else ""
            if encoding is not None:
                report.notes.append(
                    f"{file}: not UTF-8; read as {encoding}, such as {example!r} (encoding= or --encoding for another)."
                )
        block, bad = _utf8(block, encoding or "utf-8")
        invalid, is_first = invalid + bad, False
        if block:
            yield block
    if invalid:
        report.damage(
            file,
            f"{counted(invalid, 'line')} left out that {'is' if invalid == 1 else 'are'} not {encoding or 'UTF-8'} text",
        )


def find_header(block: bytes, skip_rows: int | None, accepts: Callable[[list[str]], bool]) -> Header | None:
    """Find the header of a text table: the first of its lines whose column names are accepted.

    Args:
        block: First block of the file.
        skip_rows: Number of lines before the header; default as found.
        accepts: Whether column names are those of a table.

    Returns:
        The header; if no line is accepted, the first line with the most columns. None if there is no line.
    """
    lines = [line.removesuffix("\r") for line in block[: 1 << 20].decode(errors="replace").split("\n")]
    if skip_rows is not None:
        return _with_next_line(_header(lines, skip_rows), lines) if any(map(str.strip, lines[skip_rows:])) else None
    headers = [_header(lines, number) for number, line in enumerate(lines[:_HEAD_LINES]) if line.strip()]
    for header in headers:
        if len(header.names) > 1 and accepts(header.names):
            return _with_next_line(header, lines)
    return max(headers, key=lambda header: len(header.names), default=None)


def _header(lines: list[str], number: int) -> Header:
    """The header that starts in a line; with the lines after it as far as a quoted name continues."""
    text, count = lines[number], 1
    for following in lines[number + 1 : number + _LONGEST_HEADER] if text.count('"') % 2 else ():
        text, count = f"{text}\n{following}", count + 1
        if text.count('"') % 2 == 0:
            break
    if text.count('"') % 2:  # a quotation mark that is no quote
        text, count = lines[number], 1
    separator = max(_SEPARATORS, key=text.count)  # the first one in a tie
    names = [unescape_formula(re.sub(r"\s*\n\s*", " ", name).strip()) for name in _fields(text, separator)]
    if len(names) > 1:
        names[0] = names[0].lstrip("#").strip()
    return Header(names, separator, number, count)


def _with_next_line(header: Header, lines: list[str]) -> Header:
    """The header with units from the line after it, if they stand there, and with as many fields as that line.

    Spreadsheets end lines with separators in which no column follows.
    """
    start = header.skipped + header.lines
    number = next((number for number, line in enumerate(lines[start:], start=start) if line.strip()), None)
    if number is None:
        return header
    names, fields = header.names, [field.strip() for field in _fields(lines[number], header.separator)]
    more = len(fields) - len(names)
    if more > 0 and not any(fields[len(names) :]):
        names = names + [""] * more
    elif more < 0 and not any(names[more:]):
        names = names[:more]
    header = header._replace(names=names)
    units = [is_concentration_unit(field) or is_zone(field) for field in fields]
    digits = any(re.search(r"\d", field) for field, unit in zip(fields, units, strict=True) if not unit)
    if digits or len(fields) != len(names) or not any(map(is_concentration_unit, fields)):
        return header
    names = [
        f"{name} ({field})" if unit and "(" not in name else name
        for name, field, unit in zip(names, fields, units, strict=True)
    ]
    return header._replace(names=names, lines=number + 1 - header.skipped)


def _fields(line: str, separator: str) -> list[str]:
    return next(csv.reader(io.StringIO(line, newline=""), delimiter=separator), [])


def without_lines(block: bytes, count: int) -> bytes:
    """Return a block without its first lines.

    Args:
        block: Whole lines.
        count: Number of lines to leave out.
    """
    start = 0
    for _ in range(count):
        start = block.find(b"\n", start) + 1
        if not start:
            return b""
    return block[start:]


def _utf16_without_mark(start: bytes) -> str | None:
    """UTF-16 in which every other byte of a file without byte order mark is zero, as with Latin letters."""
    sample = start[:2000]
    half = len(sample) // 2
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if half and sample[offset::2].count(0) > 0.9 * half and not sample[1 - offset :: 2].count(0):
            return name
    return None


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return b"\x00" not in data


def guess_encoding(block: bytes) -> str | None:
    """Return the fallback encoding of text that is not UTF-8; None if lines of UTF-8 are damaged, or it is no text.

    Args:
        block: Whole lines.
    """
    if b"\x00" in block:
        return None
    high = re.findall(rb"[\x80-\xff]+", block)
    utf8 = sum(_decodes(run, "utf-8") for run in high)
    if utf8 > len(high) / 2:  # UTF-8 with damaged lines
        return None
    pairs = sum(len(run) % 2 == 0 and min(run) >= 0xA1 for run in high)
    for encoding in _FALLBACKS if pairs == len(high) else _FALLBACKS[::-1]:
        if _decodes(block, encoding):
            return encoding
    return None


def _example(block: bytes, encoding: str) -> str:
    """The first field with a byte above 127."""
    match = re.search(rb"[^,;\t|\"\r\n]*[\x80-\xff][^,;\t|\"\r\n]*", block)
    return "" if match is None else match[0].decode(encoding, errors="replace").strip()[:40]


def _utf8(block: bytes, encoding: str) -> tuple[bytes, int]:
    """The valid lines of a block in UTF-8, and the number of the others."""
    if _decodes(block, encoding):
        return (block if encoding == "utf-8" else block.decode(encoding).encode()), 0
    lines = block.splitlines(keepends=True)
    valid = [line.decode(encoding).encode() for line in lines if _decodes(line, encoding)]
    return b"".join(valid), len(lines) - len(valid)
