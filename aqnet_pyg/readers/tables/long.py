"""Tables with one row per station-hour, or one column per station: from files to station data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import BROKEN
from aqnet_pyg.readers.assembly.collect import record_different, station_data, step_of
from aqnet_pyg.readers.assembly.hourly_store import HourlyStore
from aqnet_pyg.readers.assembly.station_columns import StationColumns
from aqnet_pyg.readers.files.archive import Member, open_members
from aqnet_pyg.readers.files.long_files import Blocks, open_blocks
from aqnet_pyg.readers.files.times import AmbiguousDates
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.tables.long_layout import Layout
from aqnet_pyg.readers.tables.long_rows import LongRows
from aqnet_pyg.readers.tables.wide_tables import rows_of
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.text import counted

_TEXTS = (
    "station",
    "name",
    "city",
    "province",
    "instrument_class",
    "instrument",
    "parameter",
    "unit",
    "time",
    "date",
    "hour",
)
"""Columns that are read as text."""


_MUCH_CO = 20.0
"""Carbon monoxide in mg/m³ that is exceeded in few hours."""

_MANY_ROWS = 50
"""Number of rows from which on different codes in all rows are taken for numbers of rows."""


@dataclass(frozen=True)
class TableOptions:
    """Options of a long table that its files do not state.

    Args:
        day_first: Whether the day precedes the month in dates; None to find it.
        skip_rows: Number of lines before the header; None to find it.
        encoding: Encoding of text files; None to find it.
        resolution: Averaging period, as for :func:`aqnet_pyg.readers.assembly.collect.collect`.
        missing: Numbers that stand for missing values.
    """

    day_first: bool | None = None
    skip_rows: int | None = None
    encoding: str | None = None
    resolution: str | None = None
    missing: tuple[float, ...] = ()


def read_long(
    members: Sequence[Member],
    layout_of: Callable[[Sequence[str], str], Layout],
    table: pd.DataFrame | None,
    report: ReadReport,
    *,
    source: str,
    options: TableOptions = TableOptions(),
    keep_empty: bool = False,
) -> xr.Dataset:
    """Read long tables.

    Args:
        members: CSV and Parquet files.
        layout_of: Returns the layout, given the column names and the name of a file.
        table: Station table, one row per station, indexed by code, with coordinates; None if the files have coordinates.
        report: Read report that records every fault.
        source: Origin of the data, one line.
        options: What the files do not tell.
        keep_empty: Keep stations without measurements.

    Returns:
        Station data. Of several rows for the same station and hour, the first one with a value is used.

    Raises:
        InputError: If no file could be read, or at the first fault if the read report is strict.
    """
    reading = _Reading(layout_of, report, options, len(members) == 1)
    for member, stream in open_members(members, report):
        reading.read(member, stream, options.day_first)
    reading.read_postponed()
    report.require_files("a table with one row per station-hour")
    reading.record()
    reading.check()
    layout = reading.layouts[0]
    data = station_data(
        reading.store,
        reading.columns,
        report,
        time_zone=layout.time_zone,
        source=source,
        stations=table,
        resolution=options.resolution,
        attributes=layout.attributes,
        keep_empty=keep_empty,
    )
    report.notes += [note for name in reading.unstated if name in data and (note := doubtful_units(data[name]))]
    return data


def doubtful_units(values: xr.DataArray) -> str | None:
    """Return a note on values that are not usual in the units of the package; None if they are.

    Args:
        values: Values of a pollutant without stated units, shape ``[time, station]``.
    """
    name = str(values.name)
    if name in ("so2", "no2", "o3") and float(values.max()) < 1:
        others, found = "ppm", f"no value reaches 1 {values.attrs['units']}"
    elif name == "co" and float(values.median()) > _MUCH_CO:
        others, found = "ug/m3 or ppb", f"half of the values exceed {_MUCH_CO:g} mg m-3"
    else:
        return None
    return f"{name}: {found}, so that its units may be {others}; if so, state them with --units {{{name}: ...}}."


class _Reading:
    """Files that are read one by one into one store."""

    def __init__(
        self,
        layout_of: Callable[[Sequence[str], str], Layout],
        report: ReadReport,
        options: TableOptions,
        alone: bool,
    ) -> None:
        self.layout_of = layout_of
        self.report = report
        self.options = options
        self.alone = alone
        self.store = HourlyStore(step_of(options.resolution))
        self.columns = StationColumns()
        self.layouts: list[Layout] = []
        self.rows = 0
        self.notes: dict[str, None] = {}
        self.unstated: dict[str, None] = {}
        self.left_out: Counter[str] = Counter()
        self.missing: Counter[float] = Counter()
        self.nines: Counter[tuple[str, float]] = Counter()
        self.with_offset = self.without_offset = 0
        self.orders: dict[bool, str] = {}
        """Files whose dates tell the order of day and month, one for each order."""
        self.postponed: list[tuple[Member, AmbiguousDates]] = []

    def read(self, member: Member, stream: BinaryIO, day_first: bool | None) -> None:
        """Read a file, or postpone it if the order of day and month in its dates is not known."""
        before = len(self.report.skipped)
        try:
            blocks = open_blocks(
                member,
                stream,
                self.report,
                encoding=self.options.encoding,
                skip_rows=self.options.skip_rows,
                accepts=lambda names: self._accepts(names, member.label),
            )
            if blocks is None:
                return
            layout = self.layout_of(blocks.names, member.label)
            if blocks.skipped and self.options.skip_rows is None:
                self.report.notes.append(
                    f"{member.label}: {counted(blocks.skipped, 'line')} before the header skipped."
                )
            self._add(member, blocks, layout, day_first)
        except AmbiguousDates as error:
            self.postponed.append((member, error))
        except BROKEN as error:
            if len(self.report.skipped) == before:
                self.report.skip(member.label, f"cannot be read ({error})")
        except InputError as error:
            if self.alone or self.report.strict:
                raise
            self.report.skip(member.label, str(error).removeprefix(f"{member.label}: ").rstrip("."))

    def read_postponed(self) -> None:
        """Read the postponed files with the order of day and month that the other files have.

        Raises:
            InputError: If no other file has dates that tell it, or they differ.
        """
        if not self.postponed:
            return
        if len(self.orders) != 1:
            if len(self.orders) == 2:
                raise InputError(
                    f"{self.report.source}: the day comes first in {self.orders[True]}, and the month in {self.orders[False]}, "
                    f"and {self.postponed[0][0].label} does not tell; give day_first=True or False (--day_first true)."
                )
            raise InputError(str(self.postponed[0][1]))
        order, file = next(iter(self.orders.items()))
        self.report.notes.append(
            f"{'day before month' if order else 'month before day'}, as {file} shows, in "
            f"{counted(len(self.postponed), 'file')} with ambiguous dates."
        )
        for member, stream in open_members([member for member, _ in self.postponed], self.report):
            self.read(member, stream, order)

    def record(self) -> None:
        """Record columns and rows that are not read, and the rules that were applied.

        Raises:
            InputError: If a column ``id`` is another one in each row.
        """
        name = self.layouts[0].columns.get("station", "")
        if name.lower() == "id" and len(self.columns) == self.rows >= _MANY_ROWS and len(self.store.hours) > 1:
            raise InputError(
                f"{self.report.source}: each of the {self.rows} rows has another value in {name!r}, which numbers rows and not "
                "stations; declare the column of the codes, such as {station: NAME}, with columns= or --columns, or leave it out "
                "with ignore= or --ignore."
            )
        unused = list(dict.fromkeys(name for layout in self.layouts for name in layout.unused))
        if unused:
            self.report.notes.append(f"columns not used: {', '.join(unused)}.")
        if self.left_out:
            rows = ", ".join(f"{name} ({counted(count, 'row')})" for name, count in self.left_out.most_common())
            self.report.notes.append(f"parameters not read: {rows}.")
        if self.missing:
            codes = ", ".join(f"{code:g} ({counted(count, 'value')})" for code, count in self.missing.items())
            self.report.notes.append(f"numbers that stand for missing values: {codes}.")
        self.report.notes += self.notes
        for units, text in (("ug m-3", "µg/m³"), ("mg m-3", "mg/m³")):
            names = [
                name for name, pollutant in POLLUTANTS.items() if name in self.unstated and pollutant.units == units
            ]
            if names:
                self.report.notes.append(f"{', '.join(names)}: no unit stated, read as {text}.")
        layouts = {tuple(layout.columns_of_file.items()) for layout in self.layouts}
        if len(layouts) == 1:
            self.report.options["columns"] = self.layouts[0].columns_of_file
        self.report.options |= {"time_zone": self.layouts[0].time_zone}
        labels = {layout.hour_label for layout in self.layouts} - {None}
        self.report.options |= {"hour_label": labels.pop()} if len(labels) == 1 else {}
        for (name, code), count in self.nines.items():
            self.report.notes.append(
                f"{counted(count, 'value')} of {name} {'is' if count == 1 else 'are'} {code:g} in the units of the file, which "
                f"may stand for a missing value; if so, read the table with --missing {code:g}."
            )
        if self.with_offset and self.without_offset:
            self.report.notes.append(
                f"{counted(self.without_offset, 'row')} without a UTC offset among {self.with_offset:,} with one, read in "
                f"{self.layouts[0].time_zone}."
            )
        elif self.without_offset and any(layout.zone_assumed for layout in self.layouts):
            self.report.notes.append(
                "times have no UTC offset, and are read as UTC; if they are local, give their time zone, such as "
                "--time_zone Europe/Paris."
            )
        if len(self.orders) == 1:
            self.report.options["day_first"] = next(iter(self.orders))

    def check(self) -> None:
        """Check that there are values, and that codes are those of stations.

        Raises:
            InputError: If no parameter is read, or the codes number the rows.
        """
        if self.left_out and not self.store.variables:
            name = next(iter(self.left_out))
            column = self.layouts[0].columns.get("unit")
            advice = (
                f"give units= or --units {{pm25: ug/m3}}, and leave out the column {column!r} with ignore= or --ignore"
                if column is not None and " in '" in name
                else "give {pm25: ...} with columns= or --columns, or units that can be converted"
            )
            raise InputError(
                f"{self.report.source}: no row has a pollutant and units that can be read; found {name}; {advice}."
            )
        rows = sum(self.store.rows.values())
        codes, places = self.columns.count()
        if rows > 2 and rows == codes >= 2 * places:
            column = self.layouts[0].columns.get("station", "")
            raise InputError(
                f"{self.report.source}: the codes in {column!r} number the rows ({codes} rows at {counted(places, 'place')}); "
                f"leave them out with ignore={column!r} (--ignore {column}), or declare the codes, such as {{station: name}}."
            )

    def _accepts(self, names: list[str], file: str) -> bool:
        try:
            self.layout_of(names, file)
        except InputError:
            return False
        return True

    def _add(self, member: Member, blocks: Blocks, layout: Layout, day_first: bool | None) -> None:
        rows = LongRows(
            layout,
            member.label,
            self.store,
            self.columns,
            daily=self.options.resolution == "day",
            day_first=day_first,
            missing=self.options.missing,
        )
        columns = layout.columns_of_file
        texts = [columns[name] for name in _TEXTS if name in columns]
        different, damaged = self.store.different, len(self.report.damaged)
        waiting: list[pa.Table] = []
        ambiguous: AmbiguousDates | None = None
        for block in blocks.read(list(dict.fromkeys([*columns.values(), *layout.stations.values()])), texts):
            waiting.append(block)
            try:
                rows.find_day_first(block)
                ambiguous = None
            except AmbiguousDates as error:
                ambiguous = error
                continue
            for one in waiting:
                for part in rows_of(one, layout.stations) if layout.stations else [one]:
                    rows.add(part)
            waiting.clear()
        if ambiguous is not None:
            raise ambiguous
        if rows.day_first is not None and day_first is None:
            self.orders.setdefault(rows.day_first, member.label)
        record_different(member.label, self.store.different - different, self.report)
        faults = rows.fault_texts()
        if not rows.rows:
            faults += [fault for _, fault in self.report.damaged[damaged:]]
            self.report.skip(member.label, "; ".join(faults) or "no rows")
            return
        for fault in faults:
            self.report.damage(member.label, fault)
        self.report.files_read += 1
        self.rows += rows.rows
        self.layouts.append(layout)
        self.left_out += rows.left_out
        self.missing += rows.missing_values
        self.nines += rows.nines
        self.with_offset += rows.with_offset
        self.without_offset += rows.without_offset
        self.notes |= dict.fromkeys(layout.notes) | rows.notes
        self.unstated |= rows.unstated
