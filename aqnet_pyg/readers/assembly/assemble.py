"""Last step of every reader: from arrays to checked, masked and flagged station data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.suspect_values import FLAG_SPIKE, SPIKE_RATIO, flag_suspect
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.stations import (
    POLLUTANTS,
    VISIBLE_ATTRIBUTES,
    count_instruments,
    impossible,
    make_station_data,
    mask_impossible,
    pollutants_in,
)
from aqnet_pyg.text import counted

_NAMED = 5
"""Number of spikes that a note names."""

DAILY = "time: mean (interval: 1 day)"
"""CF cell methods of daily means."""


def assemble(
    values: dict[str, np.ndarray],
    time: pd.DatetimeIndex,
    stations: pd.DataFrame,
    report: ReadReport,
    *,
    time_zone: str,
    source: str,
    attributes: Mapping[str, Mapping[str, Any]] | None = None,
    keep_empty: bool = False,
    daily: bool = False,
) -> xr.Dataset:
    """Mask impossible values, drop stations without measurements, and return station data with quality flags.

    Args:
        values: Arrays of shape ``[time, station]`` by variable, pollutants in the units of
            :data:`~aqnet_pyg.stations.POLLUTANTS`. Modified in place; pollutants without measurements are removed.
        time: UTC hours, complete and ascending.
        stations: One row per station in the order of the arrays, indexed by code. The classes of instruments are in the column
            ``instrument_class``.
        report: Read report that records the counts.
        time_zone: IANA name of the local time zone.
        source: Origin of the data, one line.
        attributes: Attributes of variables, in addition to those of pollutants.
        keep_empty: Keep stations without measurements, as places for which predictions are wanted.
        daily: Whether values are daily means, each at the hour that ends its day.

    Returns:
        Station data.

    Raises:
        InputError: If coordinates are not valid, or no station has measurements.
    """
    hour_has_data = np.zeros(len(time), bool)
    station_has_data = np.zeros(len(stations), bool)
    for name in list(values):
        if name not in POLLUTANTS:
            infinite = np.isinf(values[name])
            values[name][infinite] = np.nan
            report.masked[name] = int(infinite.sum())
        else:
            report.impossible += _impossible(name, values[name], time, stations.index)
            report.masked[name] = mask_impossible(name, values[name])
            valid = np.isfinite(values[name])
            if not valid.any():
                del values[name]
                continue
            hour_has_data |= valid.any(axis=1)
            station_has_data |= valid.any(axis=0)
    if not values:
        masked = ", ".join(
            f"{counted(count, 'impossible value')} of {name}" for name, count in report.masked.items() if count
        )
        advice = "the units and the columns" if masked else "the path, the columns and the station list"
        raise InputError(
            f"{source}: no measurements were found{f' ({masked})' if masked else report.first_fault()}; check {advice}."
        )
    report.masked = {name: count for name, count in report.masked.items() if count}
    record_absent(time, hour_has_data, time_zone, daily, report)
    report.stations_without_measurements = int((~station_has_data).sum())
    kept = np.ones(len(stations), bool) if keep_empty else station_has_data
    if not kept.all():
        for name in values:
            values[name] = values[name][:, kept]
    stations = stations.rename(columns={"instrument_class": "instrument"})
    dataset = make_station_data(values, time, stations[kept], time_zone=time_zone, source=source, attributes=attributes)
    record_instruments(dataset, report)
    record_places(dataset, report)
    if keep_empty and not station_has_data.all():
        report.stations_without_measurements = 0
        empty = counted(int((~station_has_data).sum()), "station")
        report.notes.append(f"{empty} without measurements, kept as hidden places for predictions.")
        visible = station_has_data.astype(np.int8)
        dataset = dataset.assign_coords(visible=("station", visible, dict(VISIBLE_ATTRIBUTES)))
    dataset = flag_suspect(dataset)
    record_suspect(dataset, report)
    return dataset


def _impossible(name: str, values: np.ndarray, time: pd.DatetimeIndex, codes: pd.Index) -> list[str]:
    """Stations, hours and sizes of impossible values, one text for each station."""
    texts = []
    bad = impossible(name, values)
    for station in np.flatnonzero(bad.any(axis=0)):
        found, hours = values[bad[:, station], station], time[bad[:, station]]
        sizes = ", ".join(f"{value:g}" for value in dict.fromkeys((found.min(), found.max())))
        times = " to ".join(dict.fromkeys(f"{hour:%Y-%m-%d %H:%M}" for hour in (hours[0], hours[-1])))
        texts.append(f"{name} at {codes[int(station)]}: {counted(len(found), 'value')} ({sizes}), {times} UTC")
    return texts


def record_instruments(dataset: xr.Dataset, report: ReadReport) -> None:
    """Record the number of stations of each class of instruments, if classes are known.

    Args:
        dataset: Station data.
        report: Read report.
    """
    if "instrument" in dataset.coords:
        report.notes.append(f"instruments: {count_instruments(dataset)}.")


def record_places(dataset: xr.Dataset, report: ReadReport) -> None:
    """Record that several stations are all at one point.

    Args:
        dataset: Station data.
        report: Read report.
    """
    longitude, latitude = dataset["longitude"].values, dataset["latitude"].values
    if dataset.sizes["station"] > 1 and np.ptp(longitude) == np.ptp(latitude) == 0:
        report.notes.append(
            f"all {dataset.sizes['station']:,} stations are at one point (longitude {longitude[0]:g}, latitude {latitude[0]:g}); "
            "check their coordinates."
        )


def record_suspect(dataset: xr.Dataset, report: ReadReport) -> None:
    """Record spikes among calm neighbors, which are kept and flagged.

    Args:
        dataset: Station data with quality flags.
        report: Read report.
    """
    for name in pollutants_in(dataset):
        spikes = (dataset[f"{name}_flag"].values & FLAG_SPIKE) > 0
        if spikes.any():
            values = np.where(spikes, dataset[name].values, np.nan)
            report.notes.append(
                f"{counted(int(spikes.sum()), 'spike')} of {name} in single hours, more than {SPIKE_RATIO:g} times the hours "
                f"beside and nearby stations, kept and flagged: {_highest(values, dataset.indexes)}."
            )


def _highest(values: np.ndarray, indexes: Mapping[Any, pd.Index]) -> str:
    """The highest values of an array ``[time, station]`` with stations and hours."""
    hours, stations = np.nonzero(np.isfinite(values))
    found = values[hours, stations]
    chosen = np.argsort(-found, kind="stable")[:_NAMED]
    named = [
        f"{found[i]:g} at {indexes['station'][stations[i]]} on {indexes['time'][hours[i]]:%Y-%m-%d %H:%M} UTC"
        for i in chosen
    ]
    more = len(found) - len(chosen)
    return ", ".join(named) + (f" and {more:,} more" if more else "")


def record_absent(
    time: pd.DatetimeIndex, measured: np.ndarray, time_zone: str, daily: bool, report: ReadReport
) -> None:
    """Record the hours without any measurement, or, of daily means, the days.

    Args:
        time: Ends of all hours, UTC.
        measured: Whether any station measured, shape ``[time]``; for at least one hour.
        time_zone: Local time zone. Days of daily means may end at midnight in the zones of other stations.
        daily: Whether values are daily means, each at the hour that ends its day.
        report: Read report that records them.
    """
    if not daily:
        report.absent_hours = int((~measured).sum())
        return
    noon = (time[measured] - pd.Timedelta("12h")).tz_localize("UTC").tz_convert(time_zone).tz_localize(None)
    days = noon.normalize().unique()
    report.absent_days = [f"{day:%Y-%m-%d}" for day in pd.date_range(days[0], days[-1]).difference(days)]
