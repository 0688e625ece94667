"""Long tables in CSV and Parquet files: the column names first, then selected columns."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from aqnet_pyg.io.csv_text import unescape_columns
from aqnet_pyg.readers.files.archive import Member, plain_name
from aqnet_pyg.readers.files.text_blocks import Header, find_header, text_blocks, without_lines
from aqnet_pyg.readers.files.text_files import MISSING_NUMBERS, MISSING_VALUES, clean_text, reason_not_text
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.text import counted

_DELIMITERS = (",", ";", "\t")
"""Column separators; the most frequent one in the first line is used."""

_BATCH = 1 << 22
"""Number of values of a batch of a Parquet file."""

Loader = Callable[[Sequence[str], Sequence[str]], pa.Table | None]
"""Function that reads the given columns, some of them as text."""


def open_table(member: Member, data: bytes, report: ReadReport) -> tuple[list[str], Loader] | None:
    """Open a table.

    Args:
        member: The file; Parquet if its name ends in ``.parquet``, otherwise CSV.
        data: Its bytes.
        report: Read report that records faults.

    Returns:
        The column names, and a function ``load(columns, texts)`` that reads ``columns``, those in ``texts`` as text (None if
        that fails; the file is then recorded as skipped). None if the file is not a table; it is then recorded as skipped.
    """
    if plain_name(member.name).lower().endswith(".parquet"):
        return _open_parquet(member, data, report)
    text = clean_text(data, member.label, report)
    if text is None:
        return None
    first = text.splitlines()[0].decode()
    delimiter = max(_DELIMITERS, key=first.count)  # the first one in a tie
    names = next(csv.reader([first], delimiter=delimiter))
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        report.notes.append(f"{member.label}: several columns {', '.join(repeated)}; the first one is used.")
    header = distinct_names(names)
    return header, lambda columns, texts: _read_csv(text, header, delimiter, columns, texts, member.label, report)


_DAMAGED = pa.ArrowException, OSError, UnicodeDecodeError
"""Exceptions of Arrow for damaged Parquet files; the last one for names of columns."""


def _open_parquet(member: Member, data: bytes, report: ReadReport) -> tuple[list[str], Loader] | None:
    try:
        file = pa.parquet.ParquetFile(pa.BufferReader(data))
    except _DAMAGED as error:
        report.skip(member.label, f"not a Parquet file ({_first_line(error)})" if data else "empty file")
        return None

    def load(columns: Sequence[str], texts: Sequence[str]) -> pa.Table | None:
        try:
            table = file.read(columns=list(columns))
            table.validate(full=True)  # text in UTF-8, among others
            return table
        except _DAMAGED as error:
            report.skip(member.label, f"damaged Parquet file ({_first_line(error)})")
            return None

    return file.schema_arrow.names, load


def _read_csv(
    text: bytes,
    header: list[str],
    delimiter: str,
    columns: Sequence[str],
    texts: Sequence[str],
    file: str,
    report: ReadReport,
) -> pa.Table | None:
    incomplete: list[str] = []

    def leave_out(row: pa.csv.InvalidRow) -> str:
        incomplete.append(row.text)
        return "skip"

    last = text[text.rfind(b"\n") + 1 :]
    if last.count(b'"') % 2:  # truncated inside quotes, which the parser would close
        incomplete.append(last.decode())
        text = text[: -len(last)]
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(text),
            read_options=pa.csv.ReadOptions(column_names=header, skip_rows=1),
            parse_options=pa.csv.ParseOptions(delimiter=delimiter, invalid_row_handler=leave_out),
            convert_options=pa.csv.ConvertOptions(
                include_columns=list(columns),
                column_types=dict.fromkeys(texts, pa.string()),
                null_values=MISSING_VALUES,
                strings_can_be_null=True,
                # With decimal commas, columns are separated by semicolons; decimal points are converted from text later.
                decimal_point="," if delimiter == ";" else ".",
            ),
        )
    except _DAMAGED as error:
        report.skip(file, f"cannot be parsed ({_first_line(error)})")
        return None
    if incomplete:
        rows = counted(len(incomplete), "row")
        report.damage(file, f"{rows} with a wrong number of fields left out, such as {incomplete[0][:40]!r}")
    return table


def distinct_names(names: list[str]) -> list[str]:
    """Return column names, the empty ones numbered, and the repeated ones with their number behind.

    Args:
        names: Column names of a file, in order.
    """
    result: list[str] = []
    for number, name in enumerate(names, start=1):
        again = f"{name} (column {number})" if name else f"column {number}"
        result.append(name if name and name not in result else again)
    return result


class Blocks(NamedTuple):
    """A table that is read block by block.

    Args:
        names: Its column names.
        skipped: Number of lines before the header.
        read: Function of the columns to read and of those that are text. It yields tables with dictionary-encoded texts; other
            columns are numbers, or text where some are not.
    """

    names: list[str]
    skipped: int
    read: Callable[[Sequence[str], Sequence[str]], Iterator[pa.Table]]


def open_blocks(
    member: Member,
    stream: BinaryIO,
    report: ReadReport,
    *,
    encoding: str | None,
    skip_rows: int | None,
    accepts: Callable[[list[str]], bool],
) -> Blocks | None:
    """Open a table of any size.

    Args:
        member: The file; Parquet if its name ends in ``.parquet``, otherwise CSV.
        stream: Its content.
        report: Read report that records faults.
        encoding: Encoding of text; default as found.
        skip_rows: Number of lines before the header; default as found.
        accepts: Whether column names are those of a table.

    Returns:
        The table. None if the file is not a table; it is then recorded as skipped.
    """
    if plain_name(member.name).lower().endswith(".parquet"):
        return _parquet_blocks(member, stream, report)
    start = stream.peek(200)[:200] if hasattr(stream, "peek") else b""
    reason = reason_not_text(start)
    if reason:
        report.skip(member.label, reason)
        return None
    blocks = text_blocks(stream, encoding, member.label, report)
    first = next(blocks, b"")
    header = find_header(first, skip_rows, accepts) if first and not first.isspace() else None
    if header is None:
        report.skip(member.label, "empty file" if not first else "no line that is text")
        return None
    names = distinct_names(header.names)

    def read(columns: Sequence[str], texts: Sequence[str]) -> Iterator[pa.Table]:
        decimal = "," if header.separator == ";" else "."
        block: bytes | None = without_lines(first, header.skipped + header.lines)
        while block is not None:
            table, decimal = _read_block(block, names, header, columns, texts, decimal, member.label, report)
            if table is not None:
                yield table
            block = next(blocks, None)

    return Blocks(names, header.skipped, read)


def _read_block(
    block: bytes,
    names: list[str],
    header: Header,
    columns: Sequence[str],
    texts: Sequence[str],
    decimal: str,
    file: str,
    report: ReadReport,
) -> tuple[pa.Table | None, str]:
    """Rows of a block, and the decimal point by which its numbers were read; ``text`` if some columns are no numbers."""
    incomplete: list[str] = []

    def leave_out(row: pa.csv.InvalidRow) -> str:
        incomplete.append(f"{row.text or ''}")
        return "skip"

    last = block[block.rfind(b"\n") + 1 :]
    cut = last.decode() if last.count(b'"') % 2 else ""  # truncated inside quotes, which the parser would close
    if cut:
        block = block[: -len(last)]
    if not block or block.isspace():
        table = None
    for point in dict.fromkeys((decimal, ".", "text")) if block and not block.isspace() else ():
        incomplete.clear()
        numbers = pa.float64() if point != "text" else pa.string()
        types = {name: pa.dictionary(pa.int32(), pa.string()) if name in texts else numbers for name in columns}
        try:
            table = pa.csv.read_csv(
                pa.BufferReader(block),
                read_options=pa.csv.ReadOptions(column_names=names),
                parse_options=pa.csv.ParseOptions(delimiter=header.separator, invalid_row_handler=leave_out),
                convert_options=pa.csv.ConvertOptions(
                    include_columns=list(columns),
                    column_types=types,
                    null_values=MISSING_NUMBERS,
                    strings_can_be_null=False,
                    decimal_point="." if point == "text" else point,
                ),
            )
        except _DAMAGED as error:
            if point != "text":
                continue
            report.damage(file, f"lines that cannot be parsed ({_first_line(error)})")
            table = None
        decimal = point
        break
    if table is not None:
        table = unescape_columns(table, [name for name in table.column_names if name in texts])
    if table is not None and decimal == "text":
        table = _with_numbers(table, [name for name in columns if name not in texts], header.separator == ";")
    incomplete += [cut] if cut else []
    if incomplete:
        rows = counted(len(incomplete), "row")
        report.damage(file, f"{rows} with a wrong number of fields left out, such as {incomplete[0][:40]!r}")
    return table, decimal


def _with_numbers(table: pa.Table, columns: Sequence[str], commas: bool) -> pa.Table:
    """Convert those columns of text to numbers in which all texts are numbers."""
    for name in columns:
        text = table[name]
        text = pc.if_else(pc.is_in(text, pa.array(MISSING_NUMBERS)), pa.scalar(None, pa.string()), text)
        if pc.any(pc.match_substring(text, ",")).as_py() and pc.any(pc.match_substring(text, ".")).as_py():
            continue
        try:
            numbers = pc.cast(pc.replace_substring(text, ",", ".") if commas else text, pa.float64())
        except pa.ArrowInvalid:
            continue
        table = table.set_column(table.schema.get_field_index(name), name, numbers)
    return table


def _parquet_blocks(member: Member, stream: BinaryIO, report: ReadReport) -> Blocks | None:
    try:
        file = pa.parquet.ParquetFile(stream if stream.seekable() else pa.BufferReader(stream.read()))
    except _DAMAGED as error:
        empty = not _size(stream)
        report.skip(member.label, "empty file" if empty else f"not a Parquet file ({_first_line(error)})")
        return None
    names = file.schema_arrow.names
    if len(set(names)) < len(names):
        report.skip(member.label, f"several columns {next(name for name in names if names.count(name) > 1)!r}")
        return None

    def read(columns: Sequence[str], texts: Sequence[str]) -> Iterator[pa.Table]:
        del texts
        try:
            for batch in file.iter_batches(columns=list(columns), batch_size=_BATCH // max(len(columns), 16)):
                batch.validate(full=True)  # text in UTF-8, among others
                yield pa.Table.from_batches([batch])
        except _DAMAGED as error:
            report.damage(member.label, f"damaged Parquet file ({_first_line(error)})")

    return Blocks(names, 0, read)


def _size(stream: BinaryIO) -> int:
    return stream.seek(0, 2) if stream.seekable() else 1


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:100]
