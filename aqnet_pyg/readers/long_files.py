"""Opening long tables in CSV and parquet files: column names first, then the columns that are wanted."""

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

__all__ = ["open_table"]

DELIMITERS = (",", ";", "\t")
"""What may stand between the columns: whichever is most often in the first line."""

Loader = Callable[[Sequence[str], Sequence[str]], pa.Table | None]


def open_table(member: Member, data: bytes, report: ReadReport) -> tuple[list[str], Loader] | None:
    """Open a table.

    Args:
        member: The file; a name in ``.parquet`` means parquet, any other CSV.
        data: Its bytes.
        report: Takes note of what is wrong with it.

    Returns:
        The column names, and a function that reads the columns it is given and takes its second argument, some of them,
        for text whatever they look like (None, and a skip in the report, where that fails). None where the file is no
        table at all, which is in the report.
    """
    if member.name.lower().endswith(".parquet"):
        return _open_parquet(member, data, report)
    text = clean_text(data, member.label, report)
    if text is None:
        return None
    first = text.splitlines()[0].decode()
    delimiter = max(DELIMITERS, key=first.count)  # the first of equals
    header = next(csv.reader([first], delimiter=delimiter))
    return header, lambda columns, texts: _read_csv(text, header, delimiter, columns, texts, member.label, report)


def _open_parquet(member: Member, data: bytes, report: ReadReport) -> tuple[list[str], Loader] | None:
    try:
        file = pa.parquet.ParquetFile(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as error:
        report.skip(member.label, f"not a parquet file ({_first_line(error)})" if data else "empty file")
        return None

    def load(columns: Sequence[str], texts: Sequence[str]) -> pa.Table | None:
        try:
            return file.read(columns=list(columns))
        except (pa.ArrowException, OSError) as error:
            report.skip(member.label, f"a damaged parquet file ({_first_line(error)})")
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
    torn: list[str] = []

    def leave_out(row: pa.csv.InvalidRow) -> str:
        torn.append(row.text)
        return "skip"

    last = text[text.rfind(b"\n") + 1 :]
    if last.count(b'"') % 2:  # cut inside quotes, which the parser would close by itself
        torn.append(last.decode())
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
                # Where commas are decimal, semicolons are between the columns; points are understood as text later.
                decimal_point="," if delimiter == ";" else ".",
            ),
        )
    except (pa.ArrowException, OSError) as error:
        report.skip(file, f"cannot be parsed ({_first_line(error)})")
        return None
    if torn:
        report.damage(
            file,
            f"{counted(len(torn), 'row')} with another number of fields than the header left out, such as {torn[0][:40]!r}",
        )
    return table


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:100]
