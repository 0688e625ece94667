"""First worksheet of spreadsheet files (Office Open XML, ``.xlsx``) as rows of text, without a spreadsheet package."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.etree import ElementTree

from aqnet_pyg.readers.files.archive import checked_size
from aqnet_pyg.readers.read_report import ReadReport

_SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
"""Numbers of the built-in formats of dates and times (ECMA-376, part 1, 18.8.30)."""

_EPOCH = datetime(1899, 12, 30)
"""Day zero of dates in spreadsheets."""


def read_xlsx(data: bytes, file: str, report: ReadReport) -> list[list[str]] | None:
    """Read the first worksheet of a spreadsheet file.

    Args:
        data: The bytes of the file.
        file: Its name, for the read report.
        report: Read report that records faults.

    Returns:
        Rows of texts, empty cells as empty text, dates as ``2024-04-03 10:00:00``; None if the file is not a spreadsheet (it is
        then recorded as skipped).
    """
    if not data:
        report.skip(file, "empty file")
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                checked_size(archive, name)
            return list(_rows(archive))
    except OSError as error:
        report.skip(file, f"cannot be read ({error})")
        return None
    except (
        zipfile.BadZipFile,
        zlib.error,
        ElementTree.ParseError,
        KeyError,
        ValueError,
        IndexError,
        EOFError,
        NotImplementedError,  # another compression
        RuntimeError,  # encrypted
    ) as error:
        kind = "HTML page instead of a spreadsheet" if data.lstrip()[:1] == b"<" else "not a readable xlsx file"
        report.skip(file, f"{kind} ({type(error).__name__})")
        return None


def _rows(archive: zipfile.ZipFile) -> Iterator[list[str]]:
    names = set(archive.namelist())
    shared = _shared_texts(archive) if "xl/sharedStrings.xml" in names else []
    dates = _date_styles(archive) if "xl/styles.xml" in names else set()
    with archive.open(_first_sheet(archive)) as sheet:
        for _, element in ElementTree.iterparse(sheet):
            if element.tag == f"{_SPREADSHEET}row":
                row: list[str] = []
                for cell in element.iter(f"{_SPREADSHEET}c"):
                    reference = cell.get("r")
                    column = len(row) if reference is None else _column(reference)
                    row += [""] * (column - len(row))
                    row.append(_text(cell, shared, dates))
                yield row
                element.clear()


def _text(cell: ElementTree.Element, shared: list[str], dates: set[int]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _joined(cell)
    value = cell.findtext(f"{_SPREADSHEET}v") or ""
    if kind == "s":
        return shared[int(value)]
    if kind == "n" and value:
        if int(cell.get("s", "0")) in dates:
            return str(_EPOCH + timedelta(seconds=round(float(value) * 86400)))
        return value.removesuffix(".0")
    return value


def _column(reference: str) -> int:
    """Position of a column from the reference of a cell: 0 for ``A7``, 27 for ``AB7``."""
    number = 0
    for letter in reference.rstrip("0123456789"):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _first_sheet(archive: zipfile.ZipFile) -> str:
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    sheet = workbook.find(f"{_SPREADSHEET}sheets/{_SPREADSHEET}sheet")
    identifier = None if sheet is None else sheet.get(_RELATION)
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    target = targets[identifier]
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    with archive.open("xl/sharedStrings.xml") as stream:
        return [_joined(item) for _, item in ElementTree.iterparse(stream) if item.tag == f"{_SPREADSHEET}si"]


def _joined(element: ElementTree.Element) -> str:
    """The text of a cell, without phonetic readings."""
    parts = element.findall(f"{_SPREADSHEET}t") + element.findall(f"{_SPREADSHEET}is/{_SPREADSHEET}t")
    parts += element.findall(f"{_SPREADSHEET}r/{_SPREADSHEET}t") + element.findall(
        f"{_SPREADSHEET}is/{_SPREADSHEET}r/{_SPREADSHEET}t"
    )
    return "".join(part.text or "" for part in parts)


def _date_styles(archive: zipfile.ZipFile) -> set[int]:
    """Numbers of the cell styles that show a number as a date."""
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))
    formats = set(_DATE_FORMATS)
    for element in root.iter(f"{_SPREADSHEET}numFmt"):
        code = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", element.get("formatCode", ""))
        if re.search(r"[ymdhs]", code, re.IGNORECASE):
            formats.add(int(element.get("numFmtId", "-1")))
    cells = root.find(f"{_SPREADSHEET}cellXfs")
    styles = [] if cells is None else list(cells)
    return {number for number, style in enumerate(styles) if int(style.get("numFmtId", "0")) in formats}
