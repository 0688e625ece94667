"""Columns of large delimited text files, block by block, each as its different texts and their positions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.units import conversion_factor
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.text import counted

_BLOCK = 16 << 20
"""Bytes of a block."""

_MISSING = {"", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "-"}


def to_utf8(data: bytes, encoding: str = "latin-1") -> bytes:
    """Return text in UTF-8.

    Args:
        data: The text.
        encoding: Its encoding if it is not UTF-8.
    """
    if data.isascii():
        return data
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode(encoding, errors="replace").encode()
    return data


def read_columns(
    text: bytes,
    names: Sequence[str],
    wanted: Sequence[str],
    file: str,
    report: ReadReport,
    *,
    delimiter: str = ",",
    quoted: bool = True,
    header: bool = True,
) -> Iterator[dict[str, pd.Categorical]]:
    """Read columns of a delimited text file; the texts of each are stored once.

    Args:
        text: The file, in UTF-8.
        names: Names of all its columns.
        wanted: Names of the columns to read.
        file: Its name, for the read report.
        report: Read report that records rows with a wrong number of fields, and a file without any other row as skipped.
        delimiter: Column separator.
        quoted: Whether fields can be in quotes.
        header: Whether the first line has the names.

    Yields:
        For each block of rows, the columns by name.
    """
    incomplete: list[str] = []

    def leave_out(row: pa.csv.InvalidRow) -> str:
        incomplete.append(row.text)
        return "skip"

    last = text[text.rfind(b"\n") + 1 :]
    if quoted and last.count(b'"') % 2:  # truncated inside quotes, which the parser would close
        incomplete.append(last.decode())
        text = text[: -len(last)]
    rows, fault = 0, ""
    try:
        blocks = pa.csv.open_csv(
            pa.BufferReader(text),
            read_options=pa.csv.ReadOptions(column_names=list(names), skip_rows=int(header), block_size=_BLOCK),
            parse_options=pa.csv.ParseOptions(
                delimiter=delimiter, quote_char='"' if quoted else False, invalid_row_handler=leave_out
            ),
            convert_options=pa.csv.ConvertOptions(
                include_columns=list(wanted),
                column_types=dict.fromkeys(wanted, pa.dictionary(pa.int32(), pa.string())),
            ),
        )
        for block in blocks:
            if block.num_rows:
                rows += block.num_rows
                yield {name: _categorical(block.column(name)) for name in wanted}
    except (pa.ArrowException, OSError) as error:
        fault = str(error).splitlines()[0][:100]
    if incomplete:
        example = f"{counted(len(incomplete), 'row')} with a wrong number of fields, such as {incomplete[0][:40]!r}"
        if not rows:
            report.skip(file, f"no valid row, {example}")
            return
        report.damage(file, f"{example}, left out")
    elif not rows:
        report.skip(file, "no rows" if not fault or "Empty CSV" in fault else f"cannot be parsed ({fault})")
    if rows and fault:
        report.damage(file, f"cannot be parsed to the end ({fault})")


def first_line(text: bytes) -> str:
    """Return the first line of a text file in UTF-8."""
    return text.split(b"\n", 1)[0].decode().rstrip("\r")


def per_text(column: pd.Categorical, values: np.ndarray) -> np.ndarray:
    """Return the values of the rows of a column, given those of its texts, shape ``[row]``.

    Args:
        column: The column.
        values: Value of each text, in the order of ``column.categories``.
    """
    return values[np.asarray(column.codes)]


def texts(column: pd.Categorical) -> np.ndarray:
    """Return a column as text without surrounding blanks, shape ``[row]``."""
    return per_text(column, np.asarray(column.categories.str.strip(), object))


def is_in(column: pd.Categorical, chosen: Collection[str]) -> np.ndarray:
    """Return whether the text of each row is one of those chosen, shape ``[row]``.

    Args:
        column: The column.
        chosen: Texts without surrounding blanks.
    """
    return per_text(column, np.asarray(column.categories.str.strip().isin(list(chosen))))


def rows_by_text(column: pd.Categorical) -> dict[str, int]:
    """Return the number of rows of each text that occurs in a column."""
    counts = np.bincount(column.codes, minlength=len(column.categories))
    return {text.strip(): int(count) for text, count in zip(column.categories, counts, strict=True) if count}


def numbers(column: pd.Categorical, faults: Counter[str] | None = None) -> np.ndarray:
    """Return a column as float64, NaN where missing or not numeric, shape ``[row]``.

    Args:
        column: The column.
        faults: Numbers of rows by fault, to which text that is not numeric is added.
    """
    text = column.categories.str.strip()
    values = np.asarray(pd.to_numeric(pd.Series(text, dtype=object), errors="coerce"), np.float64)
    if faults is not None:
        wrong = np.isnan(values) & ~np.asarray(text.isin(list(_MISSING)))
        count = int(per_text(column, wrong).sum())
        if count:
            faults[f"not numeric, such as {text[wrong][0]!r}"] += count
    return per_text(column, values)


def days(column: pd.Categorical, *formats: str) -> np.ndarray:
    """Return a column of dates as datetime64[s], NaT where not valid, shape ``[row]``.

    Args:
        column: The column.
        formats: Formats of the dates; the first one that fits.
    """
    text = pd.Series(column.categories.str.strip(), dtype=object)
    dates = pd.Series(np.full(len(text), "NaT", "datetime64[s]"))
    for one in formats:
        dates = dates.fillna(pd.to_datetime(text, format=one, errors="coerce").astype("datetime64[s]"))
    return per_text(column, dates.to_numpy("datetime64[s]"))


def clock(column: pd.Categorical) -> np.ndarray:
    """Return a column of times of the day such as 09:00 as timedelta64[s], NaT where not valid, shape ``[row]``."""
    parts = pd.Series(column.categories.str.strip(), dtype=object).str.extract(r"^(\d{1,2}):(\d{2})$").astype(float)
    valid = (parts[0] <= 24) & (parts[1] < 60)
    seconds = (parts[0] * 3600 + parts[1] * 60).where(valid)
    return per_text(column, pd.to_timedelta(seconds, unit="s").to_numpy("timedelta64[s]"))


def unit_factors(units: pd.Categorical, pollutants: np.ndarray, faults: Counter[str]) -> np.ndarray:
    """Return the factors from the units of each row to those of the package, NaN where units are unknown, shape ``[row]``.

    Mixing ratios are converted at 25 °C and 1013.25 hPa, the reference conditions of the US EPA.

    Args:
        units: Units of each row.
        pollutants: Pollutant of each row, a key of :data:`~aqnet_pyg.stations.POLLUTANTS`.
        faults: Numbers of rows by fault, added to.
    """
    factors = np.full(len(pollutants), np.nan)
    for number, text in enumerate(units.categories):
        has_units = np.asarray(units.codes) == number
        for name, pollutant in POLLUTANTS.items():
            rows = has_units & (pollutants == name)
            if rows.any():
                try:
                    factors[rows] = conversion_factor(name, text.strip(), pollutant.units)
                except InputError:
                    faults[f"of {pollutant.label} in {text.strip()!r}, which are not its units"] += int(rows.sum())
    return factors


def _categorical(column: pa.DictionaryArray) -> pd.Categorical:
    texts = pd.Index(column.dictionary.to_numpy(zero_copy_only=False), dtype=object)
    return pd.Categorical.from_codes(column.indices.to_numpy(), categories=texts)
