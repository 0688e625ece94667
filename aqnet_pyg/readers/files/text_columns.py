"""Columns of text in delimited files, of which each different text is converted once: numbers, times, dates and units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import BROKEN
from aqnet_pyg.levels.units import conversion_factor, plain_units
from aqnet_pyg.readers.files.archive import Member, open_members
from aqnet_pyg.readers.files.long_files import open_blocks
from aqnet_pyg.readers.files.text_files import MISSING_NUMBERS
from aqnet_pyg.readers.files.times import NO_TIME, parse_dates
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.text import counted

_BLOCK = 16 << 20
"""Bytes of a block."""

_MILLISECONDS = 100_000_000_000
"""Numbers from this on (the year 5138 in seconds) are milliseconds."""


@dataclass(frozen=True)
class TextColumn:
    """A column of text.

    Args:
        texts: The different texts without surrounding blanks, shape ``[text]``.
        codes: Position of the text of each row, shape ``[row]``.
    """

    texts: Sequence[str]
    codes: np.ndarray

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> TextColumn:
        """Return a column of a table; missing values are empty texts.

        Args:
            column: Text, dictionary-encoded or not.
        """
        encoded = column.dictionary_encode().unify_dictionaries().combine_chunks()
        if isinstance(encoded, pa.ChunkedArray):  # without rows, or by pyarrow before 17
            encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], pa.string()).dictionary_encode()
        texts = [text.strip() for text in encoded.dictionary.to_pylist()]
        codes = encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
        return cls([*texts, ""], codes)

    @classmethod
    def joined(cls, parts: Sequence[TextColumn]) -> TextColumn:
        """Return one column of the rows of several, in their order."""
        starts = np.cumsum([0, *(len(part.texts) for part in parts)])
        codes = [part.codes + start for part, start in zip(parts, starts, strict=False)]
        return cls([text for part in parts for text in part.texts], np.concatenate(codes))

    def __getitem__(self, rows: np.ndarray) -> TextColumn:
        """Return some rows.

        Args:
            rows: Positions, or whether each row is wanted, shape ``[row]``.
        """
        return TextColumn(self.texts, self.codes[rows])

    def map(self, function: Callable[[str], float | bool | str | None], dtype: type) -> np.ndarray:
        """Return a value for each row, shape ``[row]``.

        Args:
            function: Value of a text.
            dtype: Type of the values.
        """
        return np.array([function(text) for text in self.texts], dtype)[self.codes]

    def categories(self) -> pd.Categorical:
        """Return the texts of the rows as categories, shape ``[row]``."""
        different = list(dict.fromkeys(self.texts))
        position = {text: number for number, text in enumerate(different)}
        codes = np.array([position[text] for text in self.texts])[self.codes]
        return pd.Categorical.from_codes(codes, categories=pd.Index(different, dtype=object))

    def values(self) -> np.ndarray:
        """Return the text of each row, shape ``[row]``."""
        return self.map(str, object)

    def is_in(self, chosen: Collection[str]) -> np.ndarray:
        """Return whether the text of each row is one of those chosen, shape ``[row]``."""
        return self.map(lambda text: text in chosen, bool)

    def counts(self) -> Counter[str]:
        """Return the number of rows of each text that occurs."""
        rows = np.bincount(self.codes, minlength=len(self.texts))
        result: Counter[str] = Counter()
        for text, count in zip(self.texts, rows.tolist(), strict=True):
            if count:
                result[text] += count
        return result

    def numbers(self, faults: Counter[str] | None = None) -> np.ndarray:
        """Return numbers, NaN where the text is not a finite number, shape ``[row]``.

        Args:
            faults: Numbers of rows by fault, to which text that is neither a number nor a marker of a missing value is added.
        """
        numbers = self.map(_number, np.float64)
        if faults is not None:
            wrong = np.isnan(numbers) & ~self.is_in(MISSING_NUMBERS)
            if wrong.any():
                faults[f"not numeric, such as {self[wrong].values()[0]!r}"] += int(wrong.sum())
        return numbers

    def days(self, *formats: str) -> np.ndarray:
        """Return dates as datetime64[s], NaT where not valid, shape ``[row]``.

        Args:
            formats: Formats of the dates; the first one that fits.
        """
        text = pd.Series(self.texts, dtype=object)
        dates = pd.Series(np.full(len(text), "NaT", "datetime64[s]"))
        for one in formats:
            dates = dates.fillna(parse_dates(text, one).astype("datetime64[s]"))
        return dates.to_numpy("datetime64[s]")[self.codes]

    def clock(self) -> np.ndarray:
        """Return times of the day such as 09:00 as timedelta64[s], NaT where not valid, shape ``[row]``."""
        parts = pd.Series(self.texts, dtype=object).str.extract(r"^(\d{1,2}):(\d{2})$").astype(float)
        valid = (parts[0] <= 24) & (parts[1] < 60)
        seconds = (parts[0] * 3600 + parts[1] * 60).where(valid)
        return pd.to_timedelta(seconds, unit="s").to_numpy("timedelta64[s]")[self.codes]

    def utc_seconds(self, *, naive: bool, epoch: bool = False) -> np.ndarray:
        """Return times in seconds since 1970 in UTC, NO_TIME where the text is not a time, shape ``[row]``.

        Args:
            naive: Whether times of ISO 8601 without UTC offset are UTC; otherwise they are not times.
            epoch: Whether numbers are seconds (or milliseconds) since 1970.
        """
        return self.map(lambda text: _utc_second(text, naive, epoch), np.int64)


def text_columns(
    members: Sequence[Member], choose: Callable[[Sequence[str]], Mapping[str, str] | str], report: ReadReport
) -> Iterator[tuple[Member, dict[str, TextColumn]]]:
    """Read columns of delimited files of any size, block by block.

    Args:
        members: The files.
        choose: Given the column names of a file, the names of the columns to read by key, or the reason why it cannot be read.
        report: Read report that records faults.

    Yields:
        The file, and the columns of a block of its rows by key.
    """
    for member, stream in open_members(members, report):
        before, rows = len(report.skipped), 0
        try:
            blocks = open_blocks(
                member,
                stream,
                report,
                encoding=None,
                skip_rows=None,
                accepts=lambda names: not isinstance(choose(names), str),
            )
            if blocks is None:
                continue
            chosen = choose(blocks.names)
            if isinstance(chosen, str):
                report.skip(member.label, chosen)
                continue
            if blocks.skipped:
                report.notes.append(f"{member.label}: {counted(blocks.skipped, 'line')} before the header skipped.")
            names = list(dict.fromkeys(chosen.values()))
            for table in blocks.read(names, names):
                rows += table.num_rows
                if table.num_rows:
                    yield member, {key: TextColumn.of(table[name]) for key, name in chosen.items()}
        except BROKEN as error:
            if rows:
                report.damage(member.label, f"cannot be read to its end ({error})")
            elif len(report.skipped) == before:
                report.skip(member.label, f"cannot be read ({error})")
            continue
        if not rows and len(report.skipped) == before:
            report.skip(member.label, "no rows")


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
) -> Iterator[dict[str, TextColumn]]:
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
                table = pa.Table.from_batches([block])
                yield {name: TextColumn.of(table[name]) for name in wanted}
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
    return text.split(b"\n", 1)[0].decode().rstrip("\r").replace("\r", " ")


def unit_factors(units: TextColumn, pollutants: np.ndarray, converted: set[str], faults: Counter[str]) -> np.ndarray:
    """Return the factors from the units of each row to those of the package, NaN where units are unknown, shape ``[row]``.

    Mixing ratios are converted at 25 °C and 1013.25 hPa, the reference conditions of the US EPA.

    Args:
        units: Units of each row.
        pollutants: Pollutant of each row, a key of :data:`~aqnet_pyg.stations.POLLUTANTS`.
        converted: Pollutants in mixing ratios, added to.
        faults: Numbers of rows by fault, added to.
    """
    factors = np.full(len(pollutants), np.nan)
    for number, text in enumerate(units.texts):
        has_units = units.codes == number
        for name, pollutant in POLLUTANTS.items():
            rows = has_units & (pollutants == name)
            if rows.any():
                try:
                    factors[rows] = conversion_factor(name, text, pollutant.units)
                    converted |= {name} if plain_units(text).startswith("pp") else set()
                except InputError:
                    faults[f"of {pollutant.label} in {text!r}, which are not its units"] += int(rows.sum())
    return factors


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


def _number(text: str) -> float:
    try:
        number = float(text) if "_" not in text else np.nan
    except ValueError:
        return np.nan
    return number if np.isfinite(number) else np.nan


def _utc_second(text: str, naive: bool, epoch: bool) -> int:
    if epoch and not np.isnan(number := _number(text)):
        seconds = number if number < _MILLISECONDS else number / 1000
        return round(seconds) if 0 <= seconds < _MILLISECONDS / 10 else NO_TIME
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return NO_TIME
    if time.tzinfo is None:
        if not naive:
            return NO_TIME
        time = time.replace(tzinfo=UTC)
    return int(time.timestamp())
