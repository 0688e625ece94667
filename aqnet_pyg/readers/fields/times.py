"""Times of the records of a file, and the hours of station data that they give."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.fields.conventions import FieldConvention, TimeLabel

HOUR = np.timedelta64(1, "h")
_MINUTE = np.timedelta64(60, "s")
_LEADS = ("forecast_period", "step", "leadtime", "lead_time")
"""Names of coordinates with the time since the reference time of a forecast."""

_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)-?([01]\d)-?([0-3]\d)(?!\d)")


@dataclass(frozen=True)
class Records:
    """Times of the records of a file.

    Args:
        dims: Dimensions of the file along which records lie: none, one, or two (reference time and lead time).
        time: Times as the file gives them, UTC, shape of these dimensions.
        bounds: Starts and ends of the averaging periods, one more dimension of length 2; None if the file does not give them.
    """

    dims: tuple[str, ...]
    time: np.ndarray
    bounds: np.ndarray | None = None


def read_records(dataset: xr.Dataset, values: xr.DataArray, where: str) -> Records | None:
    """Return the times of the records of a variable; None if it has no time.

    Args:
        dataset: The file, with undecoded times.
        values: The variable.
        where: The file, for the message.

    Raises:
        InputError: If the times cannot be decoded or are missing.
    """
    if "TFLAG" in dataset.variables:
        flags = dataset["TFLAG"]
        dates, clock = (flags.values[:, 0, column].astype(np.int64) for column in (0, 1))
        years, days = (dates // 1000 - 1970).astype("datetime64[Y]"), (dates % 1000 - 1).astype("timedelta64[D]")
        seconds = clock // 10000 * 3600 + clock // 100 % 100 * 60 + clock % 100
        time = years.astype("datetime64[s]") + days + seconds.astype("timedelta64[s]")
        return Records((str(flags.dims[0]),), time)
    if "Times" in dataset.variables:
        stamps = dataset["Times"]
        texts = [text.decode() if isinstance(text, bytes) else str(text) for text in stamps.values]
        try:
            return Records(
                (str(stamps.dims[0]),), np.array([text.replace("_", "T") for text in texts], "datetime64[s]")
            )
        except ValueError:
            raise InputError(
                f"{where}: {texts[0]!r} in 'Times' is not a time; check that the file is complete."
            ) from None
    coordinates = {
        str(name): dataset[name] for name in dataset.variables if set(dataset[name].dims) <= set(values.dims)
    }
    name = _time_name(coordinates, values)
    if name is None:
        if any(" since " in str(one.attrs.get("units", "")) for one in coordinates.values()):
            raise InputError(f"{where}: the coordinate of the time is not recognized; name it 'time'.")
        return None
    coordinate = coordinates[name]
    time = _decoded(dataset, coordinate, where)
    dims = tuple(map(str, coordinate.dims))
    lead = next((lead for lead in _LEADS if lead in coordinates), None)
    if _is_reference(coordinate) and lead is not None:
        offsets = _offsets(coordinates[lead], where)
        added = tuple(str(dim) for dim in coordinates[lead].dims if dim not in dims)
        return Records(dims + added, time[..., None] + offsets if added else time + offsets)
    bounds = None
    if str(coordinate.attrs.get("bounds", "")) in dataset.variables:
        edges = dataset[coordinate.attrs["bounds"]]
        inherited = {key: coordinate.attrs[key] for key in ("units", "calendar") if key in coordinate.attrs}
        bounds = _decoded(dataset, edges.assign_attrs({**inherited, **edges.attrs}), where)
    return Records(dims, time, bounds)


def _is_reference(coordinate: xr.DataArray) -> bool:
    """Whether times are those at which forecasts start."""
    return "forecast_reference_time" in (coordinate.name, coordinate.attrs.get("standard_name"))


def _time_name(coordinates: dict[str, xr.DataArray], values: xr.DataArray) -> str | None:
    """Name of the coordinate with the valid time, or else with the reference time."""
    for wanted in ("valid_time", "time", "datetime", "date"):
        found = [name for name in coordinates if name.lower() == wanted]
        if found:
            return found[0]
    standard = [name for name, one in coordinates.items() if one.attrs.get("standard_name") == "time"]
    along = [name for name in standard if set(coordinates[name].dims) & set(values.dims)]
    for name in (*along, *standard):
        return name
    return next((name for name, one in coordinates.items() if _is_reference(one)), None)


def _decoded(dataset: xr.Dataset, coordinate: xr.DataArray, where: str) -> np.ndarray:
    """Times in UTC, to the minute, any shape."""
    units = str(coordinate.attrs.get("units", ""))
    if coordinate.dtype.kind == "M":
        time = coordinate.values
    elif "since" in units:
        calendar = str(coordinate.attrs.get("calendar", "standard")).lower()
        if calendar not in ("standard", "gregorian", "proleptic_gregorian"):
            raise InputError(
                f"{where}: the times are of the calendar {calendar!r}; give them in the Gregorian calendar."
            )
        try:
            attrs = {key: value for key, value in coordinate.attrs.items() if key in ("units", "calendar")}
            plain = xr.Dataset({"time": (coordinate.dims, coordinate.values, attrs)})
            time = xr.decode_cf(plain, decode_timedelta=False)["time"].values
        except (ValueError, OverflowError) as error:
            raise InputError(f"{where}: the times cannot be decoded ({str(error).splitlines()[0]}).") from None
        if time.dtype.kind != "M":  # dates that numpy does not reach
            raise InputError(f"{where}: the times cannot be decoded, such as {time.flat[0]}; check their units.")
    else:
        texts = [str(coordinate.attrs.get("long_name", ""))]
        texts += [str(dataset.attrs.get(name, "")) for name in ("FORECAST", "ANALYSIS")]
        date = next((match for match in map(_DATE.search, texts) if match), None)
        if date is None:
            raise InputError(
                f"{where}: the times have the units {units!r} and no date to which they refer; add units such as 'hours since "
                "2023-01-01'."
            )
        time = np.datetime64("-".join(date.groups()), "s") + _offsets(coordinate, where)
    if np.isnat(time).any() or not time.size:
        raise InputError(f"{where}: some times are missing; check that the file is complete.")
    return (time.astype("datetime64[s]") + _MINUTE // 2).astype("datetime64[m]").astype("datetime64[s]")


def _offsets(coordinate: xr.DataArray, where: str) -> np.ndarray:
    """Durations of any units, in seconds."""
    if coordinate.dtype.kind == "m":
        return coordinate.values.astype("timedelta64[s]")
    units = str(coordinate.attrs.get("units", "")).strip().lower()
    seconds = {"hours": 3600, "hour": 3600, "h": 3600, "minutes": 60, "seconds": 1, "s": 1, "days": 86400, "day": 86400}
    if units not in seconds:
        raise InputError(f"{where}: {coordinate.name!r} has the units {units!r}; use hours.")
    return np.round(coordinate.values.astype(np.float64) * seconds[units]).astype("timedelta64[s]")


def label_hours(
    records: Records, convention: FieldConvention, cell_methods: str, time_label: TimeLabel | None, where: str
) -> tuple[np.ndarray, str]:
    """Return the time at which the records of a field stand on the axis of station data, and the rule in words.

    An hour of station data is labeled by its end. So an instantaneous value stands at its time, and an average at half an hour
    after the center of its period: an hourly average at its end.

    Args:
        records: All records of a field, of one dimension.
        convention: Conventions of its files.
        cell_methods: That attribute of the variable.
        time_label: The time that labels a record, if the user gives it.
        where: The files, for the message.

    Returns:
        Times, shape ``[record]``, and the rule.

    Raises:
        InputError: If averages are not labeled unambiguously.
    """
    time, half = records.time, np.timedelta64(30, "m")
    steps = common_step(time)
    if time_label is None and records.bounds is not None and (records.bounds[:, 1] > records.bounds[:, 0]).all():
        start, end = records.bounds[:, 0], records.bounds[:, 1]
        width = _in_words(np.median(end - start))
        _refuse_short(np.median(end - start), where)
        return start + (end - start) // 2 + half, f"Averages over {width}, by the bounds of the times."
    at_half_hours = bool((time.astype("datetime64[m]").astype(np.int64) % 60 == 30).all())
    label, reason = time_label, "as given"
    if label is None and convention.time_label is not None:
        label, reason = convention.time_label, convention.title
    if label is None and at_half_hours:
        label, reason = "center", "their times are at half hours"
    if label is None and re.search(r"time\s*:\s*(mean|average)", cell_methods):
        raise InputError(
            f"{where}: the values are averages, but the file does not state whether times are their start, center or end; give "
            "time_label='start', 'center' or 'end'."
        )
    if label is None:
        label, reason = "instant", "nothing else is stated"
    if label == "instant":
        return time, f"Instantaneous values ({reason}): each is taken for the hour that ends at its time."
    _refuse_short(steps, where)
    shift = {"start": steps // 2, "center": np.timedelta64(0, "s"), "end": -(steps // 2)}[label]
    words = {"start": "start", "center": "center", "end": "end"}[label]
    return time + shift + half, f"Averages over {_in_words(steps)}, labeled by their {words} ({reason})."


def _refuse_short(width: np.timedelta64, where: str) -> None:
    if width < HOUR:
        raise InputError(f"{where}: the values are averages over {_in_words(width)}; average them over hours first.")


def common_step(time: np.ndarray) -> np.timedelta64:
    """Return the most frequent difference of successive times, an hour if there is one time; the shortest of several.

    Args:
        time: Times in any order, shape ``[record]``.
    """
    steps = np.diff(np.unique(time.astype("datetime64[s]")))
    if not len(steps):
        return np.timedelta64(3600, "s")
    lengths, counts = np.unique(steps, return_counts=True)
    return lengths[counts.argmax()]


def _in_words(step: np.timedelta64) -> str:
    hours = step / HOUR
    return "1 hour" if hours == 1 else f"{hours:g} hours"


@dataclass(frozen=True)
class HourlyPlan:
    """For each hour, the records from which it is interpolated linearly.

    Args:
        hours: Ends of the hours, UTC, shape ``[hour]``.
        lower: Record at or before each hour, shape ``[hour]``.
        upper: Record after it, shape ``[hour]``.
        weight: Weight of the record after it, shape ``[hour]``.
    """

    hours: pd.DatetimeIndex
    lower: np.ndarray
    upper: np.ndarray
    weight: np.ndarray

    def within(self, chosen: np.ndarray) -> HourlyPlan:
        """Return the plan of some hours.

        Args:
            chosen: Mask of the hours, shape ``[hour]``.
        """
        return HourlyPlan(self.hours[chosen], self.lower[chosen], self.upper[chosen], self.weight[chosen])


def plan_hours(time: np.ndarray, where: str) -> tuple[HourlyPlan, str | None]:
    """Return how hours are interpolated from records, and the rule in words (None where each hour has its record).

    Between records that follow each other by at most the most frequent step, hours are interpolated linearly. Beyond the first
    and last record of such a run, the nearest one holds for half a step. The other hours are not in the plan.

    Args:
        time: Ascending distinct times of the records on the axis of station data, shape ``[record]``.
        where: The files, for the message.

    Raises:
        InputError: If no hour lies within half a step of a record.
    """
    time = time.astype("datetime64[s]")
    step = common_step(time)
    first = np.flatnonzero(np.diff(time, prepend=time[0] - 2 * step) > step)
    last = np.append(first[1:], len(time)) - 1
    hours, lower, upper, weight = [], [], [], []
    for begin, end in zip(first, last, strict=True):
        low = pd.Timestamp(time[begin] - step // 2).ceil("h")
        every = pd.date_range(low, pd.Timestamp(time[end] + step // 2).floor("h"), freq="h").to_numpy("datetime64[s]")
        before = np.clip(np.searchsorted(time, every, side="right") - 1, begin, end)
        after = np.minimum(before + 1, end)
        gap = np.where(after > before, time[after] - time[before], step) / np.timedelta64(1, "s")
        share = ((every - time[before]) / np.timedelta64(1, "s") / gap).clip(0, 1)
        share = np.where(after > before, share, 0.0)
        hours.append(every)
        lower.append(before)
        upper.append(np.where(share > 0, after, before))
        weight.append(share)
    axis = pd.DatetimeIndex(np.concatenate(hours)).as_unit("ns")
    if not len(axis):
        raise InputError(f"{where}: no whole hour is within half a step of the times of the field; check its times.")
    plan = HourlyPlan(axis, *(np.concatenate(part) for part in (lower, upper, weight)))
    if step <= HOUR:
        return plan, None
    return plan, (
        f"Records every {_in_words(step)}: hours between them are interpolated linearly in time, and a record at an "
        "end or a gap holds for half a step."
    )
