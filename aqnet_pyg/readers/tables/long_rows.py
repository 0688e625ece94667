"""Rows of a long table, block by block, into a store of hourly values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.units import conversion_factor, is_concentration_unit, plain_units
from aqnet_pyg.readers.assembly.collect import doubtful_codes
from aqnet_pyg.readers.assembly.hourly_store import HOUR, HourlyStore
from aqnet_pyg.readers.assembly.station_columns import ATTRIBUTES, StationColumns
from aqnet_pyg.readers.files.times import (
    DAY,
    NO_TIME,
    day_first,
    is_clock,
    parse_clocks,
    parse_times,
    possible,
    to_local,
    to_utc,
)
from aqnet_pyg.readers.tables.column_names import pollutant_of, split_units
from aqnet_pyg.readers.tables.long_columns import floats, seconds_of_parts, texts
from aqnet_pyg.readers.tables.long_layout import Layout, conversion_note
from aqnet_pyg.stations import MONITOR, POLLUTANTS, SENSOR
from aqnet_pyg.text import counted

_LATE = re.compile(r"\D24(:00)+$")
"""End of the text of a time at the end of the day."""

_POSITION_DECIMALS = 5
"""Decimals of the coordinates in degrees (about one meter) that identify stations without codes."""


class LongRows:
    """Rows of one file, added to a store.

    Args:
        layout: Layout of the file.
        file: Its name.
        store: Store of the values.
        columns: Stations and instruments.
        daily: Whether values are daily means.
        day_first: Whether the day precedes the month in dates; None to find it in the dates.
        missing: Numbers that stand for missing values.
    """

    def __init__(
        self,
        layout: Layout,
        file: str,
        store: HourlyStore,
        columns: StationColumns,
        *,
        daily: bool = False,
        day_first: bool | None = None,
        missing: Sequence[float] = (),
    ) -> None:
        self.layout = layout
        self.file = file
        self.store = store
        self.columns = columns
        self.daily = daily
        self.day_first = day_first
        self._find_order = day_first is None
        self.missing = missing
        self.faults: Counter[str] = Counter()
        """Number of rows or values by fault."""
        self.examples: dict[str, str] = {}
        """Example of a fault."""
        self.notes: dict[str, None] = {}
        """Rules that were applied to rows, in order."""
        self.unstated: dict[str, None] = dict.fromkeys(layout.unstated)
        """Pollutants without units, in order."""
        self.left_out: Counter[str] = Counter()
        """Number of rows of other parameters and of units that cannot be converted."""
        self.missing_values: Counter[float] = Counter()
        """Number of values that stand for missing ones."""
        self.nines: Counter[tuple[str, float]] = Counter()
        """Number of values by pollutant and number, before conversion, that may stand for missing ones."""
        self.with_offset = self.without_offset = 0
        """Number of rows whose times have a UTC offset, or none."""
        self.rows = 0
        """Number of rows with a station and a time."""
        self._factors: dict[tuple[str, str], tuple[str, float] | None] = {}

    def find_day_first(self, rows: pa.Table) -> None:
        """Find the order of day and month in the dates of rows.

        Args:
            rows: A block.

        Raises:
            AmbiguousDates: If the dates are ambiguous, and those of earlier blocks were, too.
            InputError: If dates contradict each other.
        """
        for name in ("date", "time") if self._find_order else ():
            if name not in self.layout.columns:
                continue
            column = rows[self.layout.columns[name]]
            if pa.types.is_temporal(column.type):
                continue
            self.day_first = day_first(texts(column)[1], self.file, self.day_first)

    def add(self, rows: pa.Table) -> None:
        """Add a block.

        Args:
            rows: Columns of the layout.

        Raises:
            InputError: If the column of times has times of day, and there is no column of dates.
        """
        data = {variable: rows[column] for variable, column in self.layout.columns.items()}
        seconds = self._seconds(data)
        keys, codes = self._stations(data)
        keep = (seconds != NO_TIME) & (keys >= 0)
        if not keep.any():
            return
        if not keep.all():
            data = {name: column.filter(pa.array(keep)) for name, column in data.items()}
            seconds, keys = seconds[keep], keys[keep]
        self.rows += len(seconds)
        columns = self._columns(data, keys, codes)
        steps = self.store.steps(columns, seconds)
        if self.layout.hour_label == "beginning" and not self.daily:
            seconds = seconds + np.minimum(np.where(np.isfinite(steps), steps, HOUR)[columns], HOUR).astype(np.int64)
        if "parameter" in data:
            self._add_parameters(data, columns, seconds, steps)
            return
        values = {}
        for name in self.layout.variables:
            factor = self.layout.factors.get(name, 1.0)
            values[name] = self._converted(name, self._values(data[name]), factor)
        self.store.add(columns, seconds, values, steps)

    def _add_parameters(
        self, data: Mapping[str, pa.ChunkedArray], columns: np.ndarray, seconds: np.ndarray, steps: np.ndarray
    ) -> None:
        """Add the rows of each pollutant."""
        parameter, parameters = _with_missing(data["parameter"])
        unit, units = _with_missing(data["unit"]) if "unit" in data else (np.zeros(len(parameter), np.int64), [""])
        kind = parameter * len(units) + unit
        values = self._values(data["value"])
        for number in np.unique(kind):
            rows = np.flatnonzero(kind == number)
            name, units_text = parameters[number // len(units)], units[number % len(units)]
            read = self._factor(name, units_text)
            if read is None:
                stated = self._units(name, units_text) if pollutant_of(name) else ""
                self.left_out[f"{name} in {stated!r}" if stated else name or "(empty)"] += len(rows)
            else:
                numbers = self._converted(read[0], values[rows], read[1])
                self.store.add(columns[rows], seconds[rows], {read[0]: numbers}, steps)

    def _factor(self, name: str, units: str) -> tuple[str, float] | None:
        """Pollutant and conversion factor of rows; None if they are not read."""
        if (name, units) not in self._factors:
            variable = pollutant_of(name)
            found: tuple[str, float] | None = None
            if variable is not None and (not self.layout.wanted or variable in self.layout.wanted):
                stated = self._units(name, units)
                present = stated or POLLUTANTS[variable].units
                try:
                    factor = conversion_factor(
                        variable, present, POLLUTANTS[variable].units, temperature=self.layout.temperature
                    )
                except InputError:
                    factor = np.nan
                if np.isfinite(factor):
                    found = (variable, factor)
                    if not stated:
                        self.unstated[variable] = None
                    if plain_units(present) in ("ppb", "ppm"):
                        self.notes[conversion_note(variable, present, self.layout.temperature)] = None
            self._factors[name, units] = found
        return self._factors[name, units]

    def _values(self, column: pa.ChunkedArray) -> np.ndarray:
        """Numbers of a variable, without those that stand for missing values."""
        values = self._numbers(column)
        for code in self.missing:
            is_code = values.astype(np.float32) == np.float32(code)  # files also store numbers in single precision
            if is_code.any():
                self.missing_values[code] += int(is_code.sum())
                values = np.where(is_code, np.nan, values)
        return values

    def _converted(self, name: str, values: np.ndarray, factor: float) -> np.ndarray:
        """Values in the units of the package."""
        if factor == 1:  # those values are counted when all files are read
            return values
        for code in doubtful_codes(name):
            count = int((values.astype(np.float32) == np.float32(code)).sum())
            if count:
                self.nines[name, code] += count
        return values * factor

    def _units(self, name: str, units: str) -> str:
        """Units of the rows of a parameter: their own, those in its name, or declared; empty if none are stated."""
        in_name = split_units(name)[1] or ""
        return units or (
            in_name if is_concentration_unit(in_name) else self.layout.units.get(pollutant_of(name) or "", "")
        )

    def _numbers(self, column: pa.ChunkedArray) -> np.ndarray:
        faults: list[tuple[int, str]] = []
        numbers = floats(column, faults)
        for count, example in faults:
            self._fault("value", " not numeric", count, example)
        return numbers

    def _fault(self, noun: str, what: str, count: int, example: str = "") -> None:
        if not count:
            return
        key = f"{noun}|{what}"
        self.faults[key] += count
        if example:
            self.examples.setdefault(key, example)

    def fault_texts(self) -> list[str]:
        """Return the faults in words."""
        result = []
        for key, count in self.faults.items():
            noun, _, what = key.partition("|")
            example = f", such as {self.examples[key]!r}" if key in self.examples else ""
            result.append(counted(count, noun) + what + example)
        return result

    def _seconds(self, data: Mapping[str, pa.ChunkedArray]) -> np.ndarray:
        """Times of the rows in UTC, NO_TIME where invalid, shape ``[row]``."""
        clock_column = next((data[name] for name in ("hour", "time") if name in data), None)
        is_utc: np.ndarray | bool
        invalid, dates = " without a valid time", False
        if "year" in data:
            days, bad = seconds_of_parts(data)
            seconds, out = self._with_clock(days, clock_column)
            self._fault("row", " without a valid date", bad)
            self._fault("row", " with an hour outside 0-24", out)
            is_utc, invalid, late = False, "", seconds - days == DAY
        else:
            column = data["time"] if "time" in data else data["date"]
            if "time" in data and "date" in data and self._is_clock(column):
                column, clock_column = data["date"], column
            elif "hour" not in data:
                clock_column = None
            if "date" not in data and self._is_clock(column):
                raise InputError(
                    f"{self.file}: the times in {self.layout.columns['time']!r} have no date; declare its column, such as "
                    "{date: Day}, with columns= or --columns."
                )
            seconds, is_utc, dates = self._times(column)
            late = self._is_late(column) if self.daily else np.zeros(len(seconds), bool)
            if clock_column is not None and (dates or (seconds[seconds != NO_TIME] % DAY == 0).all()):
                days, dates = seconds, False
                seconds, out = self._with_clock(days, clock_column)
                late = seconds - days == DAY
                self._fault("row", " with an hour outside 0-24", out)
        if invalid:
            without = np.flatnonzero(seconds == NO_TIME)
            example = str(column[int(without[0])].cast(pa.string()).as_py() or "") if len(without) else ""
            self._fault("row", invalid, len(without) - self.faults["row| with an hour outside 0-24"], example)
        valid, aware = seconds != NO_TIME, np.broadcast_to(np.asarray(is_utc), seconds.shape)
        self.with_offset += int((valid & aware).sum())
        self.without_offset += int((valid & ~aware).sum())
        if self.without_offset and self.layout.zone_column is not None:
            raise InputError(
                f"{self.file}: times have no UTC offset, and the column {self.layout.zone_column!r} has time zones: times are in "
                "these, or in UTC; give their zone, such as time_zone='Europe/Paris' or 'UTC' (--time_zone)."
            )
        zone = self.layout.times_zone or self.layout.time_zone
        if self.daily:
            seconds, is_utc = (
                self._ends_of_days(np.where(valid & late, seconds - DAY, seconds), is_utc, dates, late, zone),
                False,
            )
        different, inverse = np.unique(seconds, return_inverse=True)
        utc = to_utc(different, zone)[inverse]
        utc = np.where(is_utc, seconds, utc)
        lost = int(((utc == NO_TIME) & (seconds != NO_TIME)).sum())
        self._fault("row", f" in hours that are skipped or repeated by clock changes in {zone}", lost)
        return utc

    def _ends_of_days(
        self, seconds: np.ndarray, is_utc: np.ndarray | bool, dates: bool, late: np.ndarray, zone: str
    ) -> np.ndarray:
        """Local ends of the days of daily means, NO_TIME where invalid, shape ``[row]``."""
        valid = seconds != NO_TIME
        aware = valid & np.broadcast_to(np.asarray(is_utc), seconds.shape)
        if aware.any():
            seconds = np.where(aware, to_local(seconds, zone), seconds)
            off = np.flatnonzero(aware & (seconds % DAY != 0))
            if len(off):
                clock = str(np.datetime64(int(seconds[off[0]]), "s")).replace("T", " ")
                raise InputError(
                    f"{self.file}: times of daily means are not at midnight in {zone}, such as {clock} there; give the zone in "
                    "which their days begin, such as time_zone='+05:30' (--time_zone), or dates without a time of day."
                )
        ended = not dates and self.layout.hour_label == "ending"
        days = -(-seconds // DAY) if ended else seconds // DAY + 1
        days = np.where(late, seconds // DAY + 1, days)
        return np.where(valid, days * DAY, NO_TIME)

    def _is_late(self, column: pa.ChunkedArray) -> np.ndarray:
        """Whether each time is written as 24:00, shape ``[row]``."""
        if pa.types.is_temporal(column.type):
            return np.zeros(len(column), bool)
        index, different = texts(column)
        return np.append([bool(_LATE.search(text)) for text in different], False)[index].astype(bool)

    def _is_clock(self, column: pa.ChunkedArray) -> bool:
        return pa.types.is_time(column.type) or (not pa.types.is_temporal(column.type) and is_clock(texts(column)[1]))

    def _times(self, column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray | bool, bool]:
        """Seconds since 1970 of each row, whether they are UTC, and whether all are dates."""
        if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
            stamps = column.cast(pa.timestamp("s", getattr(column.type, "tz", None)), safe=False)
            seconds = stamps.cast(pa.int64()).to_pandas().fillna(NO_TIME).to_numpy(np.int64)
            seconds = np.where(column.is_null().to_numpy(), NO_TIME, possible(seconds))
            return seconds, getattr(column.type, "tz", None) is not None, pa.types.is_date(column.type)
        index, different = texts(column)
        times = parse_times(pa.array(different, pa.string()), self.day_first)
        seconds = np.append(times.seconds, NO_TIME)[index]
        return seconds, np.append(times.is_utc, False)[index], times.dates

    def _with_clock(self, days: np.ndarray, clock: pa.ChunkedArray | None) -> tuple[np.ndarray, int]:
        """Dates with the time of day in seconds, and the number of invalid times of day."""
        if clock is None:
            return days, 0
        index, different = texts(clock)
        seconds = np.append(parse_clocks(different, beginning=self.layout.hour_label == "beginning"), NO_TIME)[index]
        invalid = (days != NO_TIME) & (seconds == NO_TIME)
        return np.where((days == NO_TIME) | (seconds == NO_TIME), NO_TIME, days + seconds), int(invalid.sum())

    def _stations(self, data: Mapping[str, pa.ChunkedArray]) -> tuple[np.ndarray, list[str]]:
        """Station of each row as a position among codes, -1 if missing, shape ``[row]``, and the codes."""
        if "station" in data:
            index, codes = texts(data["station"])
            empty = np.array([not code for code in codes] + [True])
            keys = np.where(empty[index], -1, index)
            if self.layout.labels is not None:
                codes = self.layout.labels.add(codes, self.file)
        else:
            longitude, latitude = (self._numbers(data[name]) for name in ("longitude", "latitude"))
            scale = 10**_POSITION_DECIMALS
            valid = np.isfinite(longitude) & np.isfinite(latitude)
            east, north = (np.round(axis[valid] * scale).astype(np.int64) for axis in (longitude, latitude))
            keys = np.full(len(valid), -1)
            keys[valid], positions = pd.factorize(east * (1000 * scale) + north + 500 * scale)
            codes = [
                "_".join(
                    f"{degrees:.{_POSITION_DECIMALS}f}"
                    for degrees in (position // (1000 * scale) / scale, position % (1000 * scale) / scale - 500)
                )
                for position in positions
            ]
        self._fault("row", " without a station", int((keys < 0).sum()))
        return keys, codes

    def _columns(self, data: Mapping[str, pa.ChunkedArray], keys: np.ndarray, codes: list[str]) -> np.ndarray:
        """Column of each row in the store."""
        instruments = [""]
        data = _with_classes(data)
        if "instrument" in data:
            instrument, instruments = _with_missing(data["instrument"])
            keys = keys * len(instruments) + instrument
        classes = [""]
        if "instrument_class" in data:
            number, classes = _with_missing(data["instrument_class"])
            keys = keys * len(classes) + number
        width = len(instruments) * len(classes)
        places = None
        if "longitude" in data and "latitude" in data:
            # 0.001 degrees: coordinates that are rounded in other ways are no other place.
            places = [self._numbers(data[name]) for name in ("longitude", "latitude")]
            known, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
            same = [
                (axis == axis[first][inverse]) | (np.isnan(axis) & np.isnan(axis[first][inverse])) for axis in places
            ]
            if not (same[0] & same[1]).all():
                east, north = (np.nan_to_num(np.round(axis * 1000), nan=-1e6).astype(np.int64) for axis in places)
                position = pd.factorize((east + 10**6) * 10**7 + north + 10**6)[0]
                combined = keys * (int(position.max()) + 1) + position
                known, first, inverse = np.unique(combined, return_index=True, return_inverse=True)
        else:
            known, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        rows = keys[first]
        attributes: dict[str, Any] = {
            name: data[name].take(pa.array(first))
            for name in ATTRIBUTES
            if name in data and name not in ("longitude", "latitude")
        }
        tables: dict[str, Any] = {
            name: floats(column, []) if name == "elevation" else column.cast(pa.string()).to_pylist()
            for name, column in attributes.items()
        }
        if places is not None:
            tables |= {"longitude": places[0][first], "latitude": places[1][first]}
        # Columns are numbered in the order of the rows.
        numbers = np.empty(len(known), np.int64)
        for position in np.argsort(first, kind="stable"):
            key = int(rows[position])
            own = {name: column[position] for name, column in tables.items()}
            numbers[position] = self.columns.number(codes[key // width], instruments[key % width // len(classes)], own)
        return numbers[inverse]


def _with_classes(data: Mapping[str, pa.ChunkedArray]) -> Mapping[str, pa.ChunkedArray]:
    """The columns; one of instruments that has nothing but ``monitor`` and ``sensor`` is that of their classes."""
    if "instrument" not in data or "instrument_class" in data:
        return data
    different = {text.lower() for text in texts(data["instrument"])[1]}
    if not different & {MONITOR, SENSOR} or not different <= {MONITOR, SENSOR, ""}:
        return data
    renamed = {name: column for name, column in data.items() if name != "instrument"}
    return renamed | {"instrument_class": data["instrument"]}


def _with_missing(column: pa.ChunkedArray) -> tuple[np.ndarray, list[str]]:
    """Position of the text of each row, shape ``[row]``, and the texts, of which the last one is empty, for missing ones."""
    index, different = texts(column)
    return np.where(index < 0, len(different), index), [*different, ""]
