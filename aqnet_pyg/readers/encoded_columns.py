"""Columns of text in delimited files, of which each different text is converted once: numbers, and times in UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa

from aqnet_pyg.readers.archive import BROKEN, Member, open_members
from aqnet_pyg.readers.long_files import open_blocks
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.times import NO_TIME
from aqnet_pyg.text import counted

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

    def numbers(self) -> np.ndarray:
        """Return numbers, NaN where the text is not a finite number, shape ``[row]``."""
        return self.map(_number, np.float64)

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
