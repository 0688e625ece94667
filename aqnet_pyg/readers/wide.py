"""Daily wide files of the Chinese networks: ``date, hour, type`` and one column per station, in Beijing time.

The files of a month hold about a million numbers, with the same station columns on most days. The lines of many days are selected
by their first three fields, and all their numbers are parsed at once as one long column, which takes a tenth of the time of one
data frame per day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from aqnet_pyg.io.csv_text import unescape_formula
from aqnet_pyg.readers.files.archive import Member, read_members
from aqnet_pyg.readers.files.text_files import MISSING_VALUES, clean_text
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.text import counted

TIME_ZONE = "Asia/Shanghai"
"""Time zone of the files."""

_UTC_OFFSET = 8
"""Beijing time minus UTC in hours, all year."""

_TYPES = {pollutant.label.encode(): number for number, pollutant in enumerate(POLLUTANTS.values())}
"""Types that are hourly measurements, numbered like the pollutants; ``AQI``, ``PM2.5_24h``, ``O3_8h`` etc. are derived values."""

_HOURS = {text.encode(): hour for hour in range(24) for text in (f"{hour}", f"{hour:02d}")}
_COMMAS_TO_LINES = bytes.maketrans(b",", b"\n")
_BATCH_BYTES = 16_000_000
"""Bytes of text that are parsed at once: about two months of the national network."""


@dataclass
class WideData:
    """Values of wide files.

    Args:
        values: Arrays of shape ``[time, station]`` in the units of the files, by pollutant.
        time: UTC hours, complete from the first to the last.
        codes: Station codes, shape ``[station]``.
        unused: Station columns of the files that were not requested.
    """

    values: dict[str, np.ndarray]
    time: pd.DatetimeIndex
    codes: list[str]
    unused: list[str]


def read_wide(members: Sequence[Member], columns: Mapping[str, str], report: ReadReport) -> WideData:
    """Read daily wide files.

    Args:
        members: The files, with the day in their names.
        columns: Station codes by column name. Other columns are not read.
        report: Read report that records every fault.

    Returns:
        The measurements. Of repeated lines, the first is used.

    Raises:
        InputError: If no file could be read, or at the first fault if the read report is strict.
    """
    batches: list[_Batch] = []
    unused: dict[str, None] = {}
    origin: dict[str, str] = {}
    days: dict[date, bool] = {}
    seen: set[tuple[int, int]] = set()
    for member, day, header, lines in _valid_files(members, columns, origin, days, unused, report):
        if not batches or batches[-1].header is not header or batches[-1].size > _BATCH_BYTES:
            if batches:
                batches[-1].parse(report)
            batches.append(_Batch(header))
        if batches[-1].add(lines, day, member.label, seen, report):
            origin[member.name] = member.container.name
            report.files_read += 1
            days[day] = True
    report.require_files("a daily file that begins with 'date,hour,type,' and the station columns")
    batches[-1].parse(report)
    report.absent_days += _days_without_data(days)
    return _merge([batch for batch in batches if batch.hours], list(unused))


def _valid_files(
    members: Sequence[Member],
    columns: Mapping[str, str],
    origin: Mapping[str, str],
    days: dict[date, bool],
    unused: dict[str, None],
    report: ReadReport,
) -> Iterator[tuple[Member, date, _Header, list[bytes]]]:
    """Files with a day, a valid header and no copy among ``origin``, with their lines.

    Adds the days of all files to ``days``, and the columns that are not requested to ``unused``.
    """
    headers: dict[bytes, _Header | None] = {}
    for member, data in read_members(members, report):
        if member.day is None:
            report.skip(member.label, "no day (YYYYMMDD) in the file name")
            continue
        days.setdefault(member.day, False)
        if member.name in origin:
            report.skip(member.label, f"already read from {origin[member.name]}")
            report.duplicates += 1
            continue
        text = clean_text(data, member.label, report)
        if text is None:
            continue
        # No field of these files needs quotes, but programs that saved them again may have added some.
        first, *lines = (text.replace(b'"', b"") if b'"' in text else text).splitlines() or [b""]
        if first not in headers:
            headers[first] = _read_header(first, columns, member.label, unused, report)
        header = headers[first]
        if header is None:
            report.skip(member.label, "the first line is not 'date,hour,type,' and station columns")
            continue
        yield member, member.day, header, lines


@dataclass
class _Header:
    """The number of station columns, and the positions and codes of the requested ones."""

    width: int
    positions: list[int]
    codes: list[str]


def _read_header(
    line: bytes, columns: Mapping[str, str], file: str, unused: dict[str, None], report: ReadReport
) -> _Header | None:
    names = [unescape_formula(name.strip()) for name in line.decode().split(",")]
    if [name.lower() for name in names[:3]] != ["date", "hour", "type"] or len(names) < 4:
        return None
    header = _Header(len(names) - 3, [], [])
    for position, name in enumerate(names[3:]):
        if name not in columns:
            if name:
                unused[name] = None
        elif columns[name] in header.codes:
            report.damage(file, f"station column {name!r} occurs more than once; the first is used")
            report.duplicates += 1
        else:
            header.positions.append(position)
            header.codes.append(columns[name])
    return header


@dataclass
class _Batch:
    """Lines with the same header that are parsed together.

    Args:
        header: The header.
        hours: Local hours since 1970, by line.
        types: Numbers of the pollutants, by line.
        rows: Texts of the values, by line; empty once parsed.
        files: Names of the files, by line; empty once parsed.
        size: Bytes of text.
        values: Parsed values, shape ``[line, station]``.
    """

    header: _Header
    hours: list[int] = field(default_factory=list)
    types: list[int] = field(default_factory=list)
    rows: list[bytes] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    size: int = 0
    values: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))

    def add(self, lines: Sequence[bytes], day: date, file: str, seen: set[tuple[int, int]], report: ReadReport) -> bool:
        """Add the measurements in the lines of a file; return whether there are any."""
        day_text = f"{day:%Y%m%d}".encode()
        midnight = (day - date(1970, 1, 1)).days * 24
        commas = self.header.width - 1
        last = len(lines) + 1
        before = len(self.rows)
        incomplete: list[tuple[int, int]] = []
        other_day = no_hour = repeated = 0
        for number, line in enumerate(lines, 2):
            fields = line.split(b",", 3)
            if len(fields) < 4:
                if line.strip():
                    incomplete.append((number, len(fields)))
                continue
            date_text, hour_text, type_text, row = fields
            kind = _TYPES.get(type_text, _TYPES.get(type_text.strip()))
            # Only measurements must be complete, and the last line of any type: otherwise the file is truncated.
            if (kind is not None or number == last) and row.count(b",") != commas:
                incomplete.append((number, row.count(b",") + 4))
                continue
            if date_text != day_text and date_text.strip().replace(b"-", b"") != day_text:
                other_day += 1
                continue
            hour = _HOURS.get(hour_text, _HOURS.get(hour_text.strip()))
            if hour is None:
                no_hour += 1
                continue
            if kind is None:
                continue
            if (midnight + hour, kind) in seen:
                repeated += 1
                continue
            seen.add((midnight + hour, kind))
            self.rows.append(row)
            self.hours.append(midnight + hour)
            self.types.append(kind)
            self.files.append(file)
            self.size += len(row)
        faults = []
        if incomplete:
            number, width = incomplete[0]
            which = "the last line" if number == last else f"line {number}"
            more = f" and {counted(len(incomplete) - 1, 'more line')}" if len(incomplete) > 1 else ""
            faults.append(f"{which}{more} left out: {width} fields instead of {self.header.width + 3}")
        if other_day:
            faults.append(f"{counted(other_day, 'line')} of another day than in the file name")
        if no_hour:
            faults.append(f"{counted(no_hour, 'line')} with an hour outside 0-23")
        if repeated:
            faults.append(counted(repeated, "repeated line"))
            report.duplicates += repeated
        if len(self.rows) == before:
            report.skip(file, "; ".join(faults) or "no hourly measurements")
            return False
        for fault in faults:
            report.damage(file, fault)
        return True

    def parse(self, report: ReadReport) -> None:
        """Convert the texts to numbers."""
        if self.rows:
            try:
                numbers = _numbers(self.rows).reshape(len(self.rows), self.header.width)
                self.values = numbers[:, self.header.positions]
            except pa.ArrowInvalid:
                self.values = self._parse_by_line(report)
            self.rows, self.files = [], []

    def _parse_by_line(self, report: ReadReport) -> np.ndarray:
        """Convert the texts to numbers line by line, so that an invalid field affects no other."""
        values = np.full((len(self.rows), len(self.header.positions)), np.nan, np.float32)
        invalid: dict[str, list[str]] = {}
        for number, (row, file) in enumerate(zip(self.rows, self.files, strict=True)):
            try:
                values[number] = _numbers([row])[self.header.positions]
            except pa.ArrowInvalid:
                fields = row.split(b",")
                for column, position in enumerate(self.header.positions):
                    try:
                        values[number, column] = _numbers([fields[position]])[0]
                    except pa.ArrowInvalid:
                        invalid.setdefault(file, []).append(fields[position].decode().strip())
        for file, texts in invalid.items():
            report.damage(file, f"{counted(len(texts), 'value')} not numeric, such as {texts[0]!r}")
        return values


def _numbers(rows: Sequence[bytes]) -> np.ndarray:
    """Parse the comma-separated numbers of many lines into one array."""
    text = b"\n".join([*rows, b""]).translate(_COMMAS_TO_LINES)
    table = pa.csv.read_csv(
        pa.py_buffer(text),
        read_options=pa.csv.ReadOptions(column_names=["value"]),
        parse_options=pa.csv.ParseOptions(quote_char=False, ignore_empty_lines=False),
        convert_options=pa.csv.ConvertOptions(column_types={"value": pa.float32()}, null_values=MISSING_VALUES),
    )
    return table["value"].to_numpy()


def _days_without_data(days: Mapping[date, bool]) -> list[str]:
    """Days between the first and the last one without data."""
    first, last = min(days), max(days)
    every = (first + timedelta(number) for number in range((last - first).days + 1))
    return [day.isoformat() for day in every if not days.get(day, False)]


def _merge(batches: Sequence[_Batch], unused: list[str]) -> WideData:
    codes = list(dict.fromkeys(code for batch in batches for code in batch.header.codes))
    position = {code: number for number, code in enumerate(codes)}
    first = min(min(batch.hours) for batch in batches)
    last = max(max(batch.hours) for batch in batches)
    values = {name: np.full((last - first + 1, len(codes)), np.nan, np.float32) for name in POLLUTANTS}
    for batch in batches:
        stations = np.array([position[code] for code in batch.header.codes], dtype=np.int64)  # also without stations
        hours, types = np.array(batch.hours) - first, np.array(batch.types)
        for number, name in enumerate(POLLUTANTS):
            lines = np.flatnonzero(types == number)
            if batch.header.codes == codes:  # the most frequent case; twice as fast
                values[name][hours[lines]] = batch.values[lines]
            else:
                values[name][np.ix_(hours[lines], stations)] = batch.values[lines]
    time = pd.date_range(pd.Timestamp(0) + pd.Timedelta(first - _UTC_OFFSET, "h"), periods=last - first + 1, freq="h")
    return WideData(values, time, codes, unused)
