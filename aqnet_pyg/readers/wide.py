"""Daily wide files of the Chinese networks: ``date, hour, type`` and one column a station, in Beijing time.

The files of a month hold a million numbers and little else, and their station columns stay the same from day to day. So
the lines of many days are sorted out by their first three fields, and the numbers of all of them are parsed in one go, as
one long column: a tenth of the time of a data frame a day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from aqnet_pyg.readers.archive import Member, contents
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.text_files import MISSING_VALUES, clean_text
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.text import counted

__all__ = ["TIME_ZONE", "WideData", "read_wide"]

TIME_ZONE = "Asia/Shanghai"
"""The zone of these files."""

_AHEAD = 8
"""Hours that Beijing time is ahead of UTC, all year."""

_TYPES = {pollutant.label.encode(): number for number, pollutant in enumerate(POLLUTANTS.values())}
"""The types that are hourly measurements. ``AQI``, ``PM2.5_24h``, ``O3_8h`` and their like are computed from them."""

_HOURS = {text.encode(): hour for hour in range(24) for text in (f"{hour}", f"{hour:02d}")}
_ONE_A_LINE = bytes.maketrans(b",", b"\n")
_BATCH = 16_000_000
"""Bytes of numbers that are parsed at a time: about two months of the national network."""


@dataclass
class WideData:
    """Values of wide files.

    Args:
        values: Arrays of shape ``[time, station]`` in the units of the files, by pollutant.
        time: UTC hours, complete from the first to the last.
        codes: Station codes, shape ``[station]``.
        unused: Station columns of the files that were not asked for.
    """

    values: dict[str, np.ndarray]
    time: pd.DatetimeIndex
    codes: list[str]
    unused: list[str]


def read_wide(members: Sequence[Member], columns: Mapping[str, str], report: ReadReport) -> WideData:
    """Read daily wide files.

    Args:
        members: The files; the day is in their names.
        columns: Station codes by the name of the station's column. Other columns are not read.
        report: Takes note of every fault.

    Returns:
        The measurements. A line that occurs twice counts as it stands first.

    Raises:
        InputError: If no file could be read, or at the first fault when the report is strict.
    """
    batches: list[_Batch] = []
    unused: dict[str, None] = {}
    origin: dict[str, str] = {}
    days: dict[date, bool] = {}
    seen: set[tuple[int, int]] = set()
    for member, header, lines in _sound_files(members, columns, origin, days, unused, report):
        if not batches or batches[-1].header is not header or batches[-1].size > _BATCH:
            if batches:
                batches[-1].parse(report)
            batches.append(_Batch(header))
        if batches[-1].add(lines, member, seen, report):
            origin[member.name] = member.container.name
            report.files_read += 1
            days[member.day] = True
    report.require_files("a daily file that begins with 'date,hour,type,' and the station columns")
    batches[-1].parse(report)
    report.absent_days += _absent(days)
    return _assemble([batch for batch in batches if batch.hours], list(unused))


def _sound_files(
    members: Sequence[Member],
    columns: Mapping[str, str],
    origin: Mapping[str, str],
    days: dict[date, bool],
    unused: dict[str, None],
    report: ReadReport,
) -> Iterator[tuple[Member, _Header, list[bytes]]]:
    """Files with a day, a sound header and no copy among ``origin``, with their lines.

    Fills ``days`` with all days that files are named after, and ``unused`` with the columns that are not asked for.
    """
    headers: dict[bytes, _Header | None] = {}
    for member, data in contents(members, report):
        if member.day is None:
            report.skip(member.label, "no day (YYYYMMDD) in the file name")
            continue
        days.setdefault(member.day, False)
        if member.name in origin:
            report.skip(member.label, f"the same file was read from {origin[member.name]}")
            report.duplicates += 1
            continue
        text = clean_text(data, member.label, report)
        if text is None:
            continue
        # No field of these files needs its quotes; programs that saved them again may have added some.
        first, *lines = (text.replace(b'"', b"") if b'"' in text else text).splitlines()
        if first not in headers:
            headers[first] = _read_header(first, columns, member.label, unused, report)
        header = headers[first]
        if header is None:
            report.skip(member.label, "the first line is not 'date,hour,type,' and station columns")
            continue
        yield member, header, lines


@dataclass
class _Header:
    """The number of station columns, and the positions and codes of those that are wanted."""

    width: int
    positions: list[int]
    codes: list[str]


def _read_header(
    line: bytes, columns: Mapping[str, str], file: str, unused: dict[str, None], report: ReadReport
) -> _Header | None:
    names = [name.strip() for name in line.decode().split(",")]
    if [name.lower() for name in names[:3]] != ["date", "hour", "type"] or len(names) < 4:
        return None
    header = _Header(len(names) - 3, [], [])
    for position, name in enumerate(names[3:]):
        if name not in columns:
            if name:
                unused[name] = None
        elif columns[name] in header.codes:
            report.damage(file, f"station column {name!r} occurs more than once; the first is read")
            report.duplicates += 1
        else:
            header.positions.append(position)
            header.codes.append(columns[name])
    return header


@dataclass
class _Batch:
    """Lines under one header that are parsed together, and what they hold.

    ``hours`` (of the clock, since 1970) and ``types`` (numbers of pollutants) go with the lines; so do the texts ``rows``
    and the names ``files`` until ``values``, of shape ``[line, station]``, are parsed.
    """

    header: _Header
    hours: list[int] = field(default_factory=list)
    types: list[int] = field(default_factory=list)
    rows: list[bytes] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    size: int = 0
    values: np.ndarray | None = None

    def add(self, lines: Sequence[bytes], member: Member, seen: set[tuple[int, int]], report: ReadReport) -> bool:
        """Take the measurements out of the lines of one file, and say whether there are any."""
        day = f"{member.day:%Y%m%d}".encode()
        midnight = (member.day - date(1970, 1, 1)).days * 24
        commas = self.header.width - 1
        last = len(lines) + 1
        known = len(self.rows)
        torn: list[tuple[int, int]] = []
        other_day = no_hour = repeated = 0
        for number, line in enumerate(lines, 2):
            fields = line.split(b",", 3)
            if len(fields) < 4:
                if line.strip():
                    torn.append((number, len(fields)))
                continue
            when, hour, kind, row = fields
            kind = _TYPES.get(kind, _TYPES.get(kind.strip()))
            # A torn line in the middle matters where it is a measurement; the last one tells of a file cut short.
            if (kind is not None or number == last) and row.count(b",") != commas:
                torn.append((number, row.count(b",") + 4))
                continue
            if when != day and when.strip().replace(b"-", b"") != day:
                other_day += 1
                continue
            hour = _HOURS.get(hour, _HOURS.get(hour.strip()))
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
            self.files.append(member.label)
            self.size += len(row)
        faults = []
        if torn:
            number, found = torn[0]
            which = "the last line" if number == last else f"line {number}"
            more = f" and {counted(len(torn) - 1, 'more line')}" if len(torn) > 1 else ""
            faults.append(f"{which}{more} left out: {found} fields instead of {self.header.width + 3}")
        if other_day:
            faults.append(f"{counted(other_day, 'line')} of another day than the file name says")
        if no_hour:
            faults.append(f"{counted(no_hour, 'line')} with an hour outside 0-23")
        if repeated:
            faults.append(f"{counted(repeated, 'line')} repeated an earlier one")
            report.duplicates += repeated
        if len(self.rows) == known:
            report.skip(member.label, "; ".join(faults) or "no hourly measurement in it")
            return False
        for fault in faults:
            report.damage(member.label, fault)
        return True

    def parse(self, report: ReadReport) -> None:
        """Turn the texts into numbers."""
        if self.rows:
            try:
                numbers = _numbers(self.rows).reshape(len(self.rows), self.header.width)
                self.values = numbers[:, self.header.positions]
            except pa.ArrowInvalid:
                self.values = self._parse_singly(report)
            self.rows, self.files = [], []

    def _parse_singly(self, report: ReadReport) -> np.ndarray:
        """Turn the texts into numbers line by line, so that a field that is none costs no other."""
        values = np.full((len(self.rows), len(self.header.positions)), np.nan, np.float32)
        unreadable: dict[str, list[str]] = {}
        for number, (row, file) in enumerate(zip(self.rows, self.files, strict=True)):
            try:
                values[number] = _numbers([row])[self.header.positions]
            except pa.ArrowInvalid:
                fields = row.split(b",")
                for column, position in enumerate(self.header.positions):
                    try:
                        values[number, column] = _numbers([fields[position]])[0]
                    except pa.ArrowInvalid:
                        unreadable.setdefault(file, []).append(fields[position].decode().strip())
        for file, texts in unreadable.items():
            verb = f"{counted(len(texts), 'value')} {'is' if len(texts) == 1 else 'are'}"
            report.damage(file, f"{verb} no number, such as {texts[0]!r}")
        return values


def _numbers(rows: Sequence[bytes]) -> np.ndarray:
    """The comma-separated numbers of many lines, one after the other."""
    text = b"\n".join([*rows, b""]).translate(_ONE_A_LINE)
    table = pa.csv.read_csv(
        pa.py_buffer(text),
        read_options=pa.csv.ReadOptions(column_names=["value"]),
        parse_options=pa.csv.ParseOptions(quote_char=False, ignore_empty_lines=False),
        convert_options=pa.csv.ConvertOptions(column_types={"value": pa.float32()}, null_values=MISSING_VALUES),
    )
    return table["value"].to_numpy()


def _absent(days: Mapping[date, bool]) -> list[str]:
    """Days between the first and the last one of which nothing was read."""
    first, last = min(days), max(days)
    every = (first + timedelta(number) for number in range((last - first).days + 1))
    return [day.isoformat() for day in every if not days.get(day, False)]


def _assemble(batches: Sequence[_Batch], unused: list[str]) -> WideData:
    codes = list(dict.fromkeys(code for batch in batches for code in batch.header.codes))
    place = {code: number for number, code in enumerate(codes)}
    first = min(min(batch.hours) for batch in batches)
    last = max(max(batch.hours) for batch in batches)
    values = {name: np.full((last - first + 1, len(codes)), np.nan, np.float32) for name in POLLUTANTS}
    for batch in batches:
        stations = [place[code] for code in batch.header.codes]
        hours, types = np.array(batch.hours) - first, np.array(batch.types)
        for number, name in enumerate(POLLUTANTS):
            lines = np.flatnonzero(types == number)
            if batch.header.codes == codes:  # the common case, twice as fast
                values[name][hours[lines]] = batch.values[lines]
            else:
                values[name][np.ix_(hours[lines], stations)] = batch.values[lines]
    time = pd.date_range(pd.Timestamp(0) + pd.Timedelta(first - _AHEAD, "h"), periods=last - first + 1, freq="h")
    return WideData(values, time, codes, unused)
