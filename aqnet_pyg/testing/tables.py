"""Hypothesis strategy for station data written as tables in the dialects of many archives, with the options to read them."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xarray as xr
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

_CODES = ("A", "b2", "NA", "007", "7", "null", "1001.0", "São José", "Zürich-Süd", "DE-HH 1", "北京1")
_NAMES = {
    "station": ("station", "station_id", "Station ID", "site", "code", "SITE_CODE", "Location ID"),
    "time": ("time", "datetime", "Date/Time", "timestamp", "DateTime", "Date"),
    "date": ("date", "Date", "Fecha"),
    "clock": ("time", "Time", "hour", "Hora"),
    "hour": ("hour", "Hour", "Hora"),
    "longitude": ("longitude", "lon", "Longitude", "LON", "lng"),
    "latitude": ("latitude", "lat", "Latitude", "LAT"),
    "instrument": ("POC", "instrument"),
    "parameter": ("parameter", "Pollutant", "Parameter Name"),
    "value": ("value", "Concentration", "Sample Measurement"),
    "unit": ("unit", "Units", "Units of Measure"),
    "pm25": ("pm25", "PM2.5", "PM2_5", "PM 2.5", "pm2p5"),
    "o3": ("o3", "O3", "Ozone"),
    "co": ("co", "CO", "Carbon monoxide"),
}
"""Names of columns and parameters."""

_UNITS = {
    "ug m-3": ("µg/m³", "ug/m3", "UG/M3", "μg m-3"),
    "mg m-3": ("mg/m3", "mg/m³"),
    "ppb": ("ppb",),
    "ppm": ("ppm", "PPM"),
}
_OWN = {"pm25": "ug m-3", "o3": "ug m-3", "co": "mg m-3"}
_MICROGRAMS = {"ug m-3": 1.0, "mg m-3": 1000.0}
_MOLAR_MASS = {"o3": 47.998, "co": 28.010}
_LITERS = 8.314462618 * 298.15 / 101325 * 1000
"""Volume of a mole at 25 °C and 1013.25 hPa."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ZONES = ("UTC", "Asia/Shanghai", "Asia/Kolkata", "Europe/Berlin", "America/Bogota", "+01:00", "-03:30", "+08")
_DATES: dict[str, Callable[[datetime], str]] = {
    "year-month-day": lambda t: f"{t:%Y-%m-%d}",
    "year/month/day": lambda t: f"{t.year}/{t.month}/{t.day}",
    "day.month.year": lambda t: f"{t:%d.%m.%Y}",
    "day/month/year": lambda t: f"{t:%d/%m/%Y}",
    "day-month-year": lambda t: f"{t.day}-{t.month}-{t.year}",
    "day/month/yy": lambda t: f"{t:%d/%m/}{t.year % 100:02}",
    "month/day/year": lambda t: f"{t.month}/{t.day}/{t.year}",
    "month/day/yy": lambda t: f"{t:%m/%d/}{t.year % 100:02}",
    "yearmonthday": lambda t: f"{t:%Y%m%d}",
    "day name year": lambda t: f"{t.day}-{_MONTHS[t.month - 1]}-{t.year}",
    "name day, year": lambda t: f"{_MONTHS[t.month - 1]} {t.day}, {t.year}",
}
"""Spellings of dates."""

_CLOCKS: dict[str, Callable[[datetime], str]] = {
    "01:00": lambda t: f"{t:%H:%M}",
    "1:00": lambda t: f"{t.hour}:{t.minute:02}",
    "01:00:00": lambda t: f"{t:%H:%M:%S}",
    "1:00 AM": lambda t: f"{t.hour % 12 or 12}:{t.minute:02} {'AM' if t.hour < 12 else 'PM'}",
}
"""Spellings of times of day."""

_OPENERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}
_MISSING = ("", "NA", "NaN", "-", "null")
_MISSING_NUMBERS = (999.9, 999.0, -1.0, 0.0)


class WrittenTable(NamedTuple):
    """Station data as tables.

    Args:
        files: Content of each file by name.
        options: Options of :func:`aqnet_pyg.readers.read_table` that read it; a station table is one of the files.
        data: Values by pollutant in the units of :data:`~aqnet_pyg.stations.POLLUTANTS`, shape ``[time, station]``, with the
            hours that end at ``time`` (UTC), and the coordinates of the stations in degrees.
    """

    files: dict[str, bytes]
    options: dict[str, Any]
    data: xr.Dataset

    def write(self, folder: Path) -> tuple[Path, dict[str, Any]]:
        """Write the files, and return the path to read and the options.

        Args:
            folder: An empty folder.
        """
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        options = dict(self.options)
        if "stations" in options:
            options["stations"] = folder / options["stations"]
        return folder, options


class _Row(NamedTuple):
    time: datetime
    """End of the averaging period, UTC."""
    station: int
    instrument: int
    values: dict[str, float]


@st.composite
def _written_tables(draw: DrawFn) -> WrittenTable:
    data = draw(_data())
    pollutants = [str(name) for name in data.data_vars]
    options: dict[str, Any] = {}
    minutes = draw(st.sampled_from([60, 60, 60, 30, 20, 15, 10]))
    form = draw(st.sampled_from(["column per pollutant", "row per pollutant", "column per station"]))
    wide = form == "column per station"
    parquet = draw(st.sampled_from([False, False, False, True]))
    rows = _rows(draw, data, minutes, instruments=1 if wide else draw(st.sampled_from([1, 1, 2])))
    if minutes < 60 and draw(st.booleans()):
        options["resolution"] = f"{minutes}min"
    columns: dict[str, Callable[[_Row], Any]] = {}
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    comma = draw(st.booleans())
    kind = draw(st.sampled_from(["text", "float", "decimal"])) if parquet else "text"

    def number(value: float, decimals: int) -> Any:
        text = f"{value:.{decimals}f}"
        if kind == "text":
            return text.replace(".", ",") if comma else text
        return float(text) if kind == "float" else Decimal(text)

    codes = [str(code) for code in data.station.values]
    named = [f"Station {place}" for place in range(len(codes))] if draw(st.booleans()) else []
    listed = wide or draw(st.booleans())
    labels = named if named and listed and draw(st.booleans()) else codes
    if not wide:
        columns[_name(draw, "station")] = lambda row: labels[row.station]
    columns |= _time_columns(draw, rows, minutes, options, parquet)
    if wide and len(columns) == 1 and draw(st.booleans()):
        unnamed = "__index_level_0__" if parquet else draw(st.sampled_from(["", "Unnamed: 0"]))
        columns = {unnamed: next(iter(columns.values()))}
    files: dict[str, bytes] = {}
    places = [(float(x), float(y)) for x, y in zip(data.longitude.values, data.latitude.values, strict=True)]
    if not listed:
        columns[_name(draw, "longitude")] = lambda row: number(places[row.station][0], 2)
        columns[_name(draw, "latitude")] = lambda row: number(places[row.station][1], 2)
    else:
        mark = draw(st.sampled_from([";", "\t"])) if comma and kind == "text" else ","
        lines = [mark.join(["code", "longitude", "latitude", *(["name"] if named else [])])]
        for place, (x, y) in enumerate(places):
            lines.append(mark.join([codes[place], f"{number(x, 2)}", f"{number(y, 2)}", *named[place : place + 1]]))
        files["stations.csv"] = "\n".join(lines).encode()
        options["stations"] = "stations.csv"
    if any(row.instrument > 1 for row in rows) or (not wide and draw(st.booleans())):
        columns[_name(draw, "instrument")] = lambda row: str(row.instrument)
    code = draw(st.sampled_from([None, None, *_MISSING_NUMBERS]))
    markers = _MISSING if kind == "text" else (None, np.nan) if kind == "float" else (None,)
    missing = draw(st.sampled_from(markers)) if code is None else number(code, 1)
    if code is not None:
        options["missing"] = code
    split = draw(st.sampled_from(["", "pollutant", "day", "station"]))
    in_rows = form == "row per pollutant"
    units = {name: draw(st.sampled_from([unit for unit in _UNITS if _can_be(name, unit)])) for name in pollutants}

    def text(name: str, value: float) -> Any:
        return missing if np.isnan(value) else number(_converted(name, value, units[name]), 9)

    spelled = {name: draw(st.sampled_from(_UNITS[units[name]])) for name in pollutants}
    spellings = {name: _name(draw, name) for name in pollutants}
    groups: dict[str, list[tuple[_Row, list[str]]]] = {}
    in_header = not wide or draw(st.booleans())
    if not in_header:
        options["units"] = dict(units)
    stated = wide and len(pollutants) == 1 and draw(st.booleans())
    if stated:
        options["parameter"] = spellings[pollutants[0]]
    sets = [[name] for name in pollutants] if in_rows or wide or split == "pollutant" else [pollutants]
    for row in rows:
        for names in sets:
            key = {
                "": "data",
                "pollutant": names[0],
                "day": f"{row.time - timedelta(minutes=1):%Y%m%d}",
                "station": f"station{row.station}",
            }[split]
            if wide and not stated:
                spelling = spellings[names[0]].replace("/", "")
                key = f"{spelling}_{key}" if split != "pollutant" else spelling
            groups.setdefault(key, []).append((row, names))
    extra = draw(st.sampled_from(["", "", "trailing separators", "a column of notes"]))
    head = draw(st.sampled_from([0, 0, 1, 3]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    everything = "".join(labels) + "".join(spelled.values())
    encodings = ["utf-8", "utf-8-sig", "utf-16", "gb18030"]
    encodings += ["cp1252"] if everything.encode("cp1252", "ignore").decode("cp1252") == everything else []
    encoding = draw(st.sampled_from(encodings))
    if encoding in ("gb18030", "cp1252") and not parquet:
        options["encoding"] = encoding
    if head and not parquet and draw(st.booleans()):
        options["skip_rows"] = head
    suffix = draw(st.sampled_from(list(_OPENERS)))
    for key, group in groups.items():
        lines_of_file: list[list[Any]] = []
        names = group[0][1]
        here = sorted({row.station for row, _ in group})
        if wide:
            header = [f"{labels[place]} ({spelled[names[0]]})" if in_header else labels[place] for place in here]
        elif in_rows:
            header = [_NAMES["parameter"][0], _NAMES["value"][0], _NAMES["unit"][0]]
        else:
            header = [f"{spellings[name]} ({spelled[name]})" for name in names]
        header = [*columns, *header, *{"trailing separators": [""], "a column of notes": ["notes"]}.get(extra, [])]
        for beside, own in _lines(group) if wide else [({row.station: row}, own) for row, own in group]:
            row = next(iter(beside.values()))
            fields = [column(row) for column in columns.values()]
            if wide:
                fields += [text(own[0], beside[place].values[own[0]]) if place in beside else missing for place in here]
            elif in_rows:
                fields += [spellings[own[0]], text(own[0], row.values[own[0]]), spelled[own[0]]]
            else:
                fields += [text(name, row.values[name]) for name in own]
            fields += {"trailing separators": [""], "a column of notes": ["calm; dry, 5°"]}.get(extra, [])
            lines_of_file.append(fields)
        if parquet:
            files[f"{key}.parquet"] = _as_parquet(header, lines_of_file)
            continue
        file = io.StringIO(newline="")
        for line in ("Hourly values", "", "Created: 1 March 2023")[:head]:
            file.write(line + end)
        writer = csv.writer(file, delimiter=separator, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
        writer.writerows([header, *lines_of_file])
        files[f"{key}.csv{suffix}"] = _OPENERS[suffix](file.getvalue().encode(encoding))
    return WrittenTable(files, options, data)


def written_tables() -> SearchStrategy[WrittenTable]:
    """Small station data, written as text or Parquet in the dialects of many archives.

    Separators, decimal commas, types of numbers and times, encodings, compressed files, lines before the header, names of
    columns, spellings of dates and times of day, time zones, labels of the hour, units, numbers for missing values, a column per
    pollutant or station or a row per pollutant, several files, several instruments, repeated, empty and unsorted rows, readings
    within the hour, stations by name, an index without a name, and stations without measurements are drawn; with the options of
    :func:`aqnet_pyg.readers.read_table` that state what the files do not.

    Examples:
        >>> from hypothesis import given
        >>> from aqnet_pyg.testing import written_tables
        >>> @given(written_tables())
        ... def test_reader(table): ...
    """
    return _written_tables()


@st.composite
def _data(draw: DrawFn) -> xr.Dataset:
    """One to four stations with one to thirty hours; the first one has all values of the first pollutant."""
    codes = draw(st.lists(st.sampled_from(_CODES), min_size=1, max_size=4, unique=True))
    place = st.tuples(st.integers(-17900, 17900), st.integers(-8000, 8000))
    places = np.array(draw(st.lists(place, min_size=len(codes), max_size=len(codes), unique=True))) / 100
    hours = draw(st.integers(1, 30))
    start = datetime(draw(st.integers(1999, 2030)), draw(st.sampled_from([1, 2, 5, 7, 12])), draw(st.integers(1, 28)))
    first = np.datetime64(start, "h") + draw(st.integers(0, 23))
    names = draw(st.sampled_from([["pm25"], ["o3"], ["pm25", "o3"], ["pm25", "co"]]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    share = draw(st.sampled_from([0.0, 0.3, 0.8]))
    empty = draw(st.integers(0, len(codes)))  # a station without values, unless it is the first
    values = {}
    for name in names:
        array = rng.integers(1, 100 if name == "co" else 3000, (hours, len(codes))) / 10
        gaps = rng.random(array.shape) < share
        gaps[:, 0] &= name != names[0]
        gaps[:, [empty] if 0 < empty < len(codes) else []] = True
        values[name] = (("time", "station"), np.where(gaps, np.nan, array))
    return xr.Dataset(
        values,
        {
            "time": (first + np.arange(hours)).astype("datetime64[ns]"),
            "station": np.array(codes, dtype=object),
            "longitude": ("station", places[:, 0]),
            "latitude": ("station", places[:, 1]),
        },
    )


def _lines(rows: list[tuple[_Row, list[str]]]) -> list[tuple[dict[int, _Row], list[str]]]:
    """Rows of different stations at the same time, by station; repeated ones are in further lines."""
    lines: list[tuple[dict[int, _Row], list[str]]] = []
    by_time: dict[datetime, list[dict[int, _Row]]] = {}
    for row, names in rows:
        same = by_time.setdefault(row.time, [])
        line = next((line for line in same if row.station not in line), None)
        if line is None:
            line = {}
            same.append(line)
            lines.append((line, names))
        line[row.station] = row
    return lines


def _rows(draw: DrawFn, data: xr.Dataset, minutes: int, instruments: int) -> list[_Row]:
    """Rows that have these hourly values."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    repeated, empty_first, unsorted = (draw(st.booleans()) for _ in range(3))
    per_hour = 60 // minutes
    rows = []
    for hour, stamp in enumerate(data.time.values.astype("datetime64[s]").astype(object)):
        for station in range(data.sizes["station"]):
            values = {str(name): float(array[hour, station]) for name, array in data.data_vars.items()}
            # The first instrument may have a gap, which the second one fills.
            first = 2 if instruments == 2 and rng.random() < 0.3 else 1
            spread = np.zeros(per_hour)
            spread[: per_hour // 2], spread[per_hour - per_hour // 2 :] = -0.05, 0.05
            for part in range(per_hour):
                time = stamp - timedelta(minutes=minutes * (per_hour - 1 - part))
                own = {name: value + spread[part] for name, value in values.items()}
                nothing = dict.fromkeys(own, np.nan)
                if empty_first and rng.random() < 0.3:
                    rows.append(_Row(time, station, 1, nothing))
                for instrument in range(1, instruments + 1):
                    shown = own if instrument >= first else nothing
                    if instrument > first:
                        shown = {name: value + 1 for name, value in own.items()}
                    rows.append(_Row(time, station, instrument, shown))
                    if repeated and rng.random() < 0.2:
                        rows.append(_Row(time, station, instrument, shown))
    if unsorted:
        rng.shuffle(rows)
    return rows


def _time_columns(
    draw: DrawFn, rows: list[_Row], minutes: int, options: dict[str, Any], parquet: bool
) -> dict[str, Callable[[_Row], Any]]:
    """Columns of the time, and options that tell its zone, its label and the order of day and month."""
    beginning = draw(st.booleans())
    if beginning:
        options["hour_label"] = "beginning"
    zone = draw(st.sampled_from(_ZONES))
    kinds = ["one", "one", "offset", "epoch", "compact", "clock", "hour", "parts"]
    kind = draw(st.sampled_from([*kinds, "timestamp", "timestamp", "instant", "date and time"] if parquet else kinds))
    if kind in ("hour", "parts") and (minutes < 60 or zone in ("Asia/Kolkata", "-03:30")):
        kind = "clock"

    whole = int if parquet else str  # type of whole numbers

    def local(row: _Row) -> datetime:
        label = row.time - timedelta(minutes=minutes if beginning else 0)
        return label + _offset(zone, label)

    if kind == "epoch":
        factor = draw(st.sampled_from([1, 1000]))
        utc = datetime(1970, 1, 1)
        return {
            _name(draw, "time"): lambda row: whole(
                factor * int((row.time - timedelta(minutes=minutes if beginning else 0) - utc).total_seconds())
            )
        }
    if kind == "offset":
        return {
            _name(draw, "time"): lambda row: (
                f"{local(row):%Y-%m-%dT%H:%M:%S}"
                + (
                    "Z"
                    if zone == "UTC"
                    else _offset_text(local(row) - row.time + timedelta(minutes=minutes * beginning))
                )
            )
        }
    if kind == "instant":
        begin = timedelta(minutes=minutes * beginning)
        return {_name(draw, "time"): lambda row: (row.time - begin).replace(tzinfo=UTC)}
    options["time_zone"] = zone
    if kind == "timestamp":
        return {_name(draw, "time"): local}
    if kind == "date and time":
        return {
            _name(draw, "date"): lambda row: local(row).date(),
            _name(draw, "clock"): lambda row: local(row).time(),
        }
    late = draw(st.booleans())  # 24:00 of the day before in place of 0:00

    def day_and_hour(row: _Row) -> tuple[datetime, bool]:
        time = local(row)
        midnight = late and time.hour == time.minute == 0
        return (time - timedelta(days=1) if midnight else time), midnight

    if kind == "compact":
        form = draw(st.sampled_from(["%Y%m%d%H%M", "%Y%m%d %H:%M", "%Y%m%dT%H%M%S"]))
        return {_name(draw, "time"): lambda row: f"{local(row):{form}}"}
    if kind == "parts":
        return {
            "Year": lambda row: whole(day_and_hour(row)[0].year),
            "Month": lambda row: whole(day_and_hour(row)[0].month),
            "Day": lambda row: whole(day_and_hour(row)[0].day),
            "Hour": lambda row: whole(24 if day_and_hour(row)[1] else day_and_hour(row)[0].hour),
        }
    spelling = draw(st.sampled_from(list(_DATES)))
    date = _DATES[spelling]
    if spelling[-4:] in ("year", "h/yy", "y/yy") and spelling[0] in "dm" and "name" not in spelling:
        clear = spelling == "day.month.year" or any(day_and_hour(row)[0].day > 12 for row in rows)
        if not clear or spelling.endswith("yy") or draw(st.booleans()):
            options["day_first"] = spelling[0] == "d"
    clocks = draw(st.sampled_from(list(_CLOCKS)))

    def clock(row: _Row) -> str:
        time, midnight = day_and_hour(row)
        return "24:00" if midnight else _CLOCKS[clocks](time)

    if kind == "hour":
        two = draw(st.sampled_from(["", "02"]))
        return {
            _name(draw, "date"): lambda row: date(day_and_hour(row)[0]),
            _name(draw, "hour"): lambda row: "24" if day_and_hour(row)[1] else f"{day_and_hour(row)[0].hour:{two}}",
        }
    if kind == "clock":
        return {_name(draw, "date"): lambda row: date(day_and_hour(row)[0]), _name(draw, "clock"): clock}
    return {_name(draw, "time"): lambda row: f"{date(day_and_hour(row)[0])} {clock(row)}"}


def _as_parquet(header: list[str], rows: list[list[Any]]) -> bytes:
    """A Parquet file, with the types that the values of each column have."""
    columns = [pa.array(column) for column in zip(*rows, strict=True)]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(columns, names=header), buffer)
    return buffer.getvalue()


def _name(draw: DrawFn, variable: str) -> str:
    return draw(st.sampled_from(_NAMES[variable]))


def _offset(zone: str, utc: datetime) -> timedelta:
    if zone[0] in "+-":
        hours, _, minutes = zone[1:].partition(":")
        return (1 if zone[0] == "+" else -1) * timedelta(hours=int(hours), minutes=int(minutes or 0))
    offset = utc.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return offset


def _offset_text(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _can_be(pollutant: str, unit: str) -> bool:
    return unit in _MICROGRAMS or pollutant in _MOLAR_MASS


def _converted(pollutant: str, value: float, unit: str) -> float:
    """A value in other units than those of :data:`~aqnet_pyg.stations.POLLUTANTS`."""
    micrograms = value * _MICROGRAMS[_OWN[pollutant]]
    if unit in _MICROGRAMS:
        return micrograms / _MICROGRAMS[unit]
    return micrograms * _LITERS / _MOLAR_MASS[pollutant] / (1 if unit == "ppb" else 1000)
