"""Long tables in CSV and Parquet files: the column names first, then selected columns."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from aqnet_pyg.readers.archive import Member
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.text_files import MISSING_VALUES, clean_text
from aqnet_pyg.text import counted

_DELIMITERS = (",", ";", "\t")
"""Column separators; the most frequent one in the first line is used."""

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
    if member.name.lower().endswith(".parquet"):
        return _open_parquet(member, data, report)
    text = clean_text(data, member.label, report)
    if text is None:
        return None
    first = text.splitlines()[0].decode()
    delimiter = max(_DELIMITERS, key=first.count)  # the first one in a tie
    header = next(csv.reader([first], delimiter=delimiter))
    return header, lambda columns, texts: _read_csv(text, header, delimiter, columns, texts, member.label, report)


def _open_parquet(member: Member, data: bytes, report: ReadReport) -> tuple[list[str], Loader] | None:
    try:
        file = pa.parquet.ParquetFile(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as error:
        report.skip(member.label, f"not a Parquet file ({_first_line(error)})" if data else "empty file")
        return None

    def load(columns: Sequence[str], texts: Sequence[str]) -> pa.Table | None:
        try:
            return file.read(columns=list(columns))
        except (pa.ArrowException, OSError) as error:
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
    except (pa.ArrowException, OSError) as error:
        report.skip(file, f"cannot be parsed ({_first_line(error)})")
        return None
    if incomplete:
        rows = counted(len(incomplete), "row")
        report.damage(file, f"{rows} with a wrong number of fields left out, such as {incomplete[0][:40]!r}")
    return table


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:100]
