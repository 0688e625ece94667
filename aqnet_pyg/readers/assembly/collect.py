"""From the rows of files to station data: hourly means, several instruments, places, and checks of the time axis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.assemble import DAILY, assemble
from aqnet_pyg.readers.assembly.hourly_store import BLOCK_HOURS, HOUR, REQUIRED_SHARE, HourlyStore
from aqnet_pyg.readers.assembly.station_columns import ATTRIBUTES, StationColumns
from aqnet_pyg.readers.files.times import NO_TIME, possible
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.text import counted

_YEAR = 366 * 24
_LONGEST = 80 * _YEAR
"""Longest time axis in hours; a longer one is treated as an error in the times."""

_APART = 5 * _YEAR
"""Hours without any row from which on the times before or after are treated as errors."""

_MISSING_CODES = (999.0, 999.9, 999.99)
"""Numbers that stand for missing values in some files, and are possible values."""

_MISSING_CO = (99.0, 99.9, 99.99)
"""Further ones of carbon monoxide, in mg/m³ or ppm."""

_NEAR_1000 = ("pressure",)
"""Variables, in hPa, of which these numbers are usual values."""

_DAILY = 20
"""Hours between values from which on these are daily means."""

_FEW = 1000
"""Number of rows up to which those of a file are looked at for single readings."""

_SAMPLED = 100
"""Number of stations from which the time between values is found."""


def collect(
    frames: Iterable[tuple[str, pd.DataFrame]],
    report: ReadReport,
    *,
    time_zone: str,
    source: str,
    stations: pd.DataFrame | None = None,
    resolution: str | None = None,
) -> xr.Dataset:
    """Combine the rows of files to station data.

    Args:
        frames: File name and rows of each file, or of its parts one after the other: ``station`` (code), ``time`` (end of the
            averaging period, datetime64, UTC), ``variable`` (a key of :data:`~aqnet_pyg.stations.POLLUTANTS`), ``value`` (in its
            units, NaN where missing), and any of ``instrument``, ``longitude``, ``latitude`` (degrees), ``elevation`` (m),
            ``name``, ``city``, ``province`` and ``instrument_class``.
        report: Read report that records every rule that was applied; files are counted here.
        time_zone: IANA name of the local time zone.
        source: Origin of the data, one line.
        stations: Station table, indexed by code, in place of coordinates in the files.
        resolution: Averaging period of the values: ``day`` for daily means, which are otherwise refused; ``hour``; or the time
            between readings within the hour, such as ``10min``. Default: as the times show, hours or readings within them.

    Returns:
        Station data. Readings within the hour are averaged; of several instruments the first one with a value is used in each
        hour; of repeated rows the first one.

    Raises:
        InputError: If there is no row, no station has coordinates, or times cannot be right.
    """
    store, columns, last = HourlyStore(step_of(resolution)), StationColumns(), None
    for file, frame in _single_readings_last(frames):
        keep = (frame["time"].notna() & frame["station"].notna()).to_numpy()
        if not keep.all():
            report.damage(file, f"{counted(int((~keep).sum()), 'row')} without a station or a time")
            frame = frame[keep]
        if frame.empty:
            continue
        report.files_read += file != last
        last = file
        before = store.different
        _add(frame, store, columns)
        record_different(file, store.different - before, report)
    report.require_files("a file of the archive with measurements")
    return station_data(
        store, columns, report, time_zone=time_zone, source=source, stations=stations, resolution=resolution
    )


def _single_readings_last(frames: Iterable[tuple[str, pd.DataFrame]]) -> Iterator[tuple[str, pd.DataFrame]]:
    """The frames, those last that have one reading within an hour at each station: the others tell the time between readings."""
    single = []
    for file, frame in frames:
        seconds = frame["time"].to_numpy("datetime64[s]").astype(np.int64)
        if len(frame) <= _FEW and (seconds % HOUR != 0).all() and not _has_several_times(frame):
            single.append((file, frame))
        else:
            yield file, frame
    yield from single


def _has_several_times(frame: pd.DataFrame) -> bool:
    return bool((frame.groupby("station", observed=True)["time"].nunique() > 1).any())


def station_data(
    store: HourlyStore,
    columns: StationColumns,
    report: ReadReport,
    *,
    time_zone: str,
    source: str,
    stations: pd.DataFrame | None = None,
    resolution: str | None = None,
    attributes: Mapping[str, Mapping[str, Any]] | None = None,
    keep_empty: bool = False,
) -> xr.Dataset:
    """Return the station data of accumulated rows.

    Args:
        store: The values; emptied.
        columns: Stations and instruments of its columns.
        report: As for :func:`collect`.
        time_zone: As for :func:`collect`.
        source: As for :func:`collect`.
        stations: As for :func:`collect`.
        resolution: As for :func:`collect`.
        attributes: Attributes of variables other than pollutants.
        keep_empty: Keep stations without measurements.

    Raises:
        InputError: As for :func:`collect`.
    """
    if not store.variables:
        raise InputError(
            f"{report.source}: no measurement of {', '.join(POLLUTANTS)} in units of concentration was found; check the "
            "parameters and units."
        )
    table, groups = columns.stations(stations, report)
    _check_times(store, report)
    time = pd.DatetimeIndex(store.hours.astype("datetime64[h]").astype("datetime64[ns]"))
    values, several = {}, 0
    for name in store.variables:
        values[name], more = _merged(store, name, groups)
        several += more
        for code in doubtful_codes(name):
            count = int((values[name] == np.float32(code)).sum())
            if count:
                report.notes.append(
                    f"{counted(count, 'value')} of {name} {'is' if count == 1 else 'are'} {code:g}, which may stand for a "
                    f"missing value; if so, remove it from the files, or read a table with --missing {code:g}."
                )
        store.discard(name)
    attributes = dict(attributes or {})
    _check_resolution(values, resolution, report)
    if resolution == "day":
        report.notes.append("daily means stand at the hour that ends the local day.")
        attributes |= {name: {"cell_methods": DAILY} for name in values}
    _record(store, several, "day" if resolution == "day" else "hour", report)
    return assemble(
        values,
        time,
        table,
        report,
        time_zone=time_zone,
        source=source,
        attributes=attributes,
        keep_empty=keep_empty,
        daily=resolution == "day",
    )


def doubtful_codes(name: str) -> tuple[float, ...]:
    """Return the numbers that stand for missing values of a variable in some files, and are possible values.

    Args:
        name: Name of the variable.
    """
    return () if name in _NEAR_1000 else _MISSING_CODES + (_MISSING_CO if name == "co" else ())


def record_different(file: str, count: int, report: ReadReport) -> None:
    """Record values of a file that were left out since there was another one for the same station and hour.

    Args:
        file: Name of the file.
        count: Their number.
        report: Read report.

    Raises:
        InputError: If there is one and the report is strict.
    """
    if count:
        report.damage(
            file, f"{counted(count, 'value')} left out that differed from the first for the same station and hour"
        )


def step_of(resolution: str | None) -> float | None:
    """Return the seconds of a resolution: ``hour``, ``day``, or the time between readings, such as ``10min``; None for None.

    Raises:
        InputError: If it is not a time from one minute to one hour, or a day.
    """
    if resolution is None or resolution in ("hour", "day"):
        return {None: None, "hour": 3600.0, "day": 86400.0}[resolution]
    try:
        seconds = pd.Timedelta(resolution).total_seconds()
    except ValueError:
        seconds = 0.0
    if not 60 <= seconds <= 3600 or 3600 % seconds:
        raise InputError(
            f"resolution: {resolution!r} is not an averaging period; give hour, day, or minutes that divide the hour, such as "
            "10min."
        )
    return seconds


def _add(frame: pd.DataFrame, store: HourlyStore, columns: StationColumns) -> None:
    """Add the rows of a file to the store."""
    keys = [name for name in ("station", "instrument", *ATTRIBUTES) if name in frame]
    group = frame.groupby(keys, sort=False, dropna=False, observed=True)
    number = group.ngroup().to_numpy()
    numbers = []
    for row in frame[keys].iloc[np.unique(number, return_index=True)[1]].to_dict("records"):
        code, instrument = str(row.pop("station")).strip(), row.pop("instrument", "")
        numbers.append(
            columns.number(
                code, "" if pd.isna(instrument) else str(instrument), {str(name): v for name, v in row.items()}
            )
        )
    column = np.asarray(numbers)[number]
    seconds = frame["time"].to_numpy("datetime64[s]").astype(np.int64)
    value = frame["value"].to_numpy(np.float64, na_value=np.nan)
    steps = store.steps(column, seconds)
    variable, names = pd.factorize(frame["variable"])
    for position, name in enumerate(names):
        rows = variable == position
        store.add(column[rows], seconds[rows], {str(name): value[rows]}, steps)


def _merged(store: HourlyStore, name: str, groups: list[list[int]]) -> tuple[np.ndarray, int]:
    """Values of the first instrument that has one, ``[time, station]``, and the number of hours in which several have one."""
    values = store.values(name, [group[0] for group in groups])
    several = 0
    for rank in range(1, max(map(len, groups))):
        which = [number for number, group in enumerate(groups) if len(group) > rank]
        more = store.values(name, [groups[number][rank] for number in which])
        present = ~np.isnan(more)
        several += int((present & ~np.isnan(values[:, which])).sum())
        values[:, which] = np.where(np.isnan(values[:, which]), more, values[:, which])
    return values, several


def _check_times(store: HourlyStore, report: ReadReport) -> None:
    """Raise an error if times are years apart from the others."""
    first, last = store.span
    blocks = np.array(sorted(store.rows))
    counts = np.array([store.rows[block] for block in blocks])
    gaps = np.diff(blocks) * BLOCK_HOURS
    ends = [str(np.datetime64(int(hour), "h").astype("datetime64[D]")) for hour in (first, last)]
    if gaps.size and gaps.max() > _APART:
        at = int(gaps.argmax())
        before, after = int(counts[: at + 1].sum()), int(counts[at + 1 :].sum())
        few, day = (before, ends[0]) if before <= after else (after, ends[1])
        raise InputError(
            f"{report.source}: times range from {ends[0]} to {ends[1]}, and {counted(few, 'row')} (such as that of {day}) "
            f"{'is' if few == 1 else 'are'} {gaps.max() // _YEAR:.0f} years apart from all others; correct or remove "
            f"{'it' if few == 1 else 'them'}."
        )
    if last - first >= _LONGEST or (possible(np.array([first, last]) * HOUR) == NO_TIME).any():
        raise InputError(
            f"{report.source}: times range from {ends[0]} to {ends[1]}; correct or remove the rows with wrong times."
        )


def _check_resolution(values: Mapping[str, np.ndarray], resolution: str | None, report: ReadReport) -> None:
    """Raise an error for daily means that were not declared, and record values that are some hours apart."""
    hours, stations = next(iter(values.values())).shape
    chosen = np.unique(np.linspace(0, stations - 1, _SAMPLED).astype(int))
    measured = np.zeros((hours, len(chosen)), bool)
    for array in values.values():
        measured |= ~np.isnan(array[:, chosen])
    # Of each station, since local days end at different hours.
    gaps = np.concatenate([np.diff(np.flatnonzero(station)) for station in measured.T])
    if len(gaps) < 2:
        return
    typical = float(np.median(gaps))
    whole_days = typical >= _DAILY and bool(np.isin(gaps % 24, (23, 0, 1)).all())  # also where the clock changes
    if whole_days and resolution not in ("day", "hour"):
        raise InputError(
            f"{report.source}: there is one value in {typical:.0f} hours; models need hourly values. For daily means give "
            "resolution='day' (--resolution day)."
        )
    if typical < _DAILY and resolution == "day":
        raise InputError(
            f"resolution: 'day' was given, but the values of {report.source} are {typical:.0f} h apart; leave it out."
        )
    if 1 < typical < _DAILY:
        report.notes.append(f"values are {typical:.0f} hours apart; the hours between them are missing.")


def _record(store: HourlyStore, several: int, period: str, report: ReadReport) -> None:
    """Record the rules that were applied to the rows."""
    if store.different_within:
        raise InputError(
            f"{report.source}: {counted(store.different_within, 'reading')} within an hour that has another value, and the "
            "time between readings cannot be told from the files; give it, as in resolution='10min' (--resolution 10min)."
        )
    report.duplicates += store.repeated
    if store.rounded:
        report.notes.append(f"{counted(store.rounded, 'time')} rounded to the nearest hour.")
    if store.averaged:
        report.notes.append(
            f"readings within the hour were averaged to hours with at least {REQUIRED_SHARE:.0%} of them; "
            f"{counted(store.incomplete, 'hour')} with fewer left out."
        )
    if several:
        report.notes.append(
            f"{counted(several, period)} with values of several instruments at a station; the first one by name is used."
        )
