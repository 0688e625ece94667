"""Means and maxima as air-quality standards define them: over local days, with rules on how many hours are enough.

An hour is labeled by its end, in UTC; it belongs to the local day in which it begins. Days are days of local standard time,
so all have 24 hours; what was computed for a day is on the dimension ``day``, whose values are local dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import POLLUTANTS, pollutants_in

__all__ = [
    "AnnualMean",
    "Average",
    "DailyMaximum",
    "DailyMean",
    "Days",
    "NowCast",
    "PeakSeasonMean",
    "RunningMean",
    "as_dataset",
    "complete_hours",
    "daily_means",
    "described",
    "nowcast",
    "running_means",
]

_HOUR = pd.Timedelta(1, "h")


def complete_hours(dataset: xr.Dataset) -> xr.Dataset:
    """The pollutants of a data set on every hour from its first to its last.

    Raises:
        InputError: If there is no pollutant with a dimension ``time``, or the times are not whole hours apart, ascending.
    """
    names = [name for name in pollutants_in(dataset) if "time" in dataset[name].dims]
    if not names or dataset.sizes["time"] == 0:
        raise InputError(
            f"data: no pollutant along 'time' was found (dimensions {tuple(dataset.dims)}, variables "
            f"{', '.join(map(str, dataset.data_vars)) or 'none'}); name them as in aqnet_pyg.stations.POLLUTANTS."
        )
    hours = dataset.indexes.get("time")
    steps = np.diff(hours) / _HOUR if isinstance(hours, pd.DatetimeIndex) else np.array([0.5])
    if ((steps < 1) | (steps % 1 != 0)).any():
        raise InputError("data: 'time' is no ascending axis of whole hours, in UTC; sort it, and take hourly means.")
    dataset = dataset[names]
    if (steps == 1).all():
        return dataset
    return dataset.reindex(time=pd.date_range(hours[0], hours[-1], freq="h"))


@dataclass(frozen=True)
class Days:
    """The local days that a data set touches.

    Args:
        ahead: What local standard time is ahead of UTC.
        dates: The days.
    """

    ahead: pd.Timedelta
    dates: pd.DatetimeIndex

    @classmethod
    def of(cls, dataset: xr.Dataset, time_zone: str | None) -> Days:
        """Find the days of hourly data.

        Args:
            dataset: Hours labeled by their ends, in UTC.
            time_zone: IANA name. Default: the attribute ``time_zone`` of the data.

        Raises:
            InputError: If the zone is not known.
        """
        name = time_zone or dataset.attrs.get("time_zone")
        if name is None:
            raise InputError("time_zone: the data have no such attribute; give the IANA name, such as 'Asia/Shanghai'.")
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise InputError(
                f"time_zone: {name!r} is no IANA name of a zone; use one such as 'Asia/Shanghai'."
            ) from None
        hours = dataset.indexes["time"]
        first = hours[0].tz_localize("UTC").tz_convert(zone)
        ahead = pd.Timedelta(first.utcoffset() - first.dst())
        begins = hours[[0, -1]] + ahead - _HOUR
        return cls(ahead, pd.date_range(*begins.floor("D"), freq="D", unit="ns"))

    def split(self, values: xr.DataArray, first: int = 1) -> xr.DataArray:
        """Fold the time axis into ``day`` and ``hour``.

        Args:
            values: Averages on a complete hourly axis ``time``, labeled by their ends.
            first: Local hour at which the first average of a day ends; it and the next 23 make the day.
        """
        local = values.indexes["time"] + self.ahead - first * _HOUR
        past = local[0] - local[0].floor("h")  # zones that are half an hour off
        every = pd.date_range(self.dates[0], periods=24 * len(self.dates), freq="h") + past
        values = values.drop_vars([name for name, coord in values.coords.items() if "time" in coord.dims])
        folded = values.assign_coords(time=local).reindex(time=every).drop_vars("time")
        folded = folded.coarsen(time=24).construct(time=("day", "hour"))
        ahead = self.ahead / _HOUR
        about = {"long_name": f"local day (standard time, UTC{ahead:+g} h)"}
        return folded.assign_coords(day=("day", self.dates, about))


class Average(Protocol):
    """What a standard wants of the hours of a pollutant: a mean or maximum, on ``time``, ``day`` or ``year``."""

    dim: str
    """The dimension that it is on."""

    method: str
    """What CF's ``cell_methods`` call it on that dimension."""

    span: int
    """Days of data that give any value."""

    def __call__(self, hourly: xr.DataArray, days: Days) -> xr.DataArray:
        """Compute it.

        Args:
            hourly: Hourly means on a complete axis.
            days: The days of that axis.
        """

    def __str__(self) -> str:
        """In words."""


@dataclass(frozen=True)
class RunningMean:
    """Mean of the hours that end with each hour.

    Args:
        hours: How many.
        least: How many must have a value.
    """

    hours: int = 1
    least: int = 1
    dim = "time"
    method = "mean"
    span = 0

    def __call__(self, hourly: xr.DataArray, days: Days | None = None) -> xr.DataArray:
        """Means on ``time``."""
        if self.hours == 1:
            return hourly
        return hourly.rolling(time=self.hours, min_periods=self.least).mean(keep_attrs=True)

    def __str__(self) -> str:
        return "hourly mean" if self.hours == 1 else f"mean of the last {self.hours} hours"


@dataclass(frozen=True)
class DailyMean:
    """Mean of a local day.

    Args:
        least: How many of its 24 hours must have a value.
    """

    least: int
    dim = "day"
    method = "mean"
    span = 0

    def __call__(self, hourly: xr.DataArray, days: Days) -> xr.DataArray:
        """Means on ``day``."""
        folded = days.split(hourly)
        return folded.mean("hour", keep_attrs=True).where(folded.count("hour") >= self.least)

    def __str__(self) -> str:
        return "mean of the local day"


@dataclass(frozen=True)
class DailyMaximum:
    """Highest running mean of a local day.

    Args:
        of: The running mean.
        first: Local hour in which the first running mean of a day begins; negative on the day before.
        count: How many running means a day has.
        least: How many of them must have a value.
        sure_above: The level of the standard, in its units: a maximum above it counts on a day with fewer values too,
            since the true one can only be higher.
    """

    of: RunningMean
    first: int
    count: int
    least: int
    sure_above: float
    dim = "day"
    method = "maximum"
    span = 0

    def __call__(self, hourly: xr.DataArray, days: Days) -> xr.DataArray:
        """Maxima on ``day``."""
        folded = days.split(self.of(hourly), self.of.hours + self.first).isel(hour=slice(self.count))
        highest = folded.max("hour", keep_attrs=True)
        return highest.where((folded.count("hour") >= self.least) | (highest > self.sure_above))

    def __str__(self) -> str:
        return f"highest {self.of.hours}-hour mean of the local day"


@dataclass(frozen=True)
class AnnualMean:
    """Mean of the days of a local calendar year.

    Args:
        of: The daily value.
        span: How many days must have one.
    """

    of: DailyMean | DailyMaximum
    span: int
    dim = "year"
    method = "mean"

    def __call__(self, hourly: xr.DataArray, days: Days) -> xr.DataArray:
        """Means on ``year``."""
        years = self.of(hourly, days).groupby("day.year")
        return years.mean(keep_attrs=True).where(years.count() >= self.span)

    def __str__(self) -> str:
        return "mean of the year"


@dataclass(frozen=True)
class PeakSeasonMean:
    """Highest mean over six consecutive months that end in a local calendar year.

    Args:
        of: The daily value.
        share: Of the days of each month that must have one.
    """

    of: DailyMaximum
    share: float = 0.75
    dim = "year"
    method = "maximum"
    span = 120

    def __call__(self, hourly: xr.DataArray, days: Days) -> xr.DataArray:
        """Means on ``year``."""
        months = self.of(hourly, days).resample(day="MS")
        means = months.mean(keep_attrs=True)
        means = means.where(months.count() >= self.share * means["day"].dt.days_in_month)
        seasons = means.rolling(day=6, min_periods=6).mean(keep_attrs=True)
        return seasons.groupby("day.year").max(keep_attrs=True)

    def __str__(self) -> str:
        return "mean of the six months with the highest mean"


@dataclass(frozen=True)
class NowCast:
    """EPA's estimate of the daily mean of particles in the hour that just ended (Reff's method, 2013).

    The mean of the last 12 hours with weights ``w ** i`` for the value ``i`` hours ago, where ``w`` is the lowest over the
    highest of them, at least 1/2. Two of the last three hours must have a value.
    """

    dim = "time"
    method = "mean"
    span = 0

    def __call__(self, hourly: xr.DataArray, days: Days | None = None) -> xr.DataArray:
        """Estimates on ``time``."""
        past = hourly.rolling(time=12).construct("ago")
        ago = xr.DataArray(np.arange(11, -1, -1, dtype=hourly.dtype), dims="ago")
        highest = past.max("ago")
        steady = (past.min("ago") / highest.where(highest > 0)).fillna(1).clip(min=0.5)
        weights = (steady**ago).where(past.notnull())
        enough = past.isel(ago=slice(-3, None)).count("ago") >= 2
        return ((weights * past).sum("ago") / weights.sum("ago").where(enough)).assign_attrs(hourly.attrs)

    def __str__(self) -> str:
        return "NowCast"


def described(mean: xr.DataArray, name: str, average: Average) -> xr.DataArray:
    """An average of a pollutant that says what it is of.

    Args:
        mean: The average, with the attributes of the pollutant.
        name: Of the pollutant.
        average: How it was made.
    """
    label = mean.attrs.get("long_name", POLLUTANTS[name].label)
    attrs = {key: value for key, value in mean.attrs.items() if key != "ancillary_variables"}  # flags are of hours
    attrs |= {"long_name": f"{label}, {average}", "cell_methods": f"{average.dim}: {average.method}"}
    return mean.drop_attrs(deep=False).assign_attrs(attrs)


def as_dataset(found: Mapping[str, xr.DataArray], dataset: xr.Dataset) -> xr.Dataset:
    """Results together, with the attributes and the grid mapping of the data that they were computed from.

    Args:
        found: Results by name.
        dataset: The data.
    """
    result = xr.Dataset(found, attrs=dataset.attrs)
    mappings = {values.attrs.get("grid_mapping") for values in dataset.data_vars.values()}
    for mapping in mappings & set(dataset.variables):
        result[mapping] = dataset[mapping]
        for name in found:
            result[name].attrs["grid_mapping"] = mapping
    return result


def _of_each(dataset: xr.Dataset, average: Average, days: Days | None = None) -> xr.Dataset:
    hourly = complete_hours(dataset)
    found = {name: described(average(values, days), name, average) for name, values in hourly.data_vars.items()}
    return as_dataset(found, dataset)


def running_means(dataset: xr.Dataset, hours: int = 8, *, min_hours: int | None = None) -> xr.Dataset:
    """Means of the hours that end with each hour, such as the 8-hour means of ozone and the 24-hour ones of particles.

    Args:
        dataset: Station data or a grid with the dimension ``time``: hours labeled by their ends. Missing hours count as
            missing values.
        hours: How many.
        min_hours: How many must have a value. Default: three quarters, as the standards of the EPA and of China have it.

    Returns:
        The pollutants, labeled by the ends of the periods; lazy where the input is.

    Raises:
        InputError: If there is no pollutant along ``time``, or the axis is not hourly.
    """
    average = RunningMean(hours, -(-3 * hours // 4) if min_hours is None else min_hours)
    return _of_each(dataset, average)


def daily_means(dataset: xr.Dataset, *, min_hours: int = 18, time_zone: str | None = None) -> xr.Dataset:
    """Means of local days, midnight to midnight of local standard time.

    Args:
        dataset: Station data or a grid with the dimension ``time``: hours labeled by their ends, in UTC. The hour that ends
            at local midnight belongs to the day before.
        min_hours: How many of the 24 hours must have a value. The EPA wants 18, GB 3095-2012 wants 20.
        time_zone: IANA name. Default: the attribute ``time_zone`` of the data.

    Returns:
        The pollutants on the dimension ``day``: local dates; lazy where the input is.

    Raises:
        InputError: If there is no pollutant along ``time``, the axis is not hourly, or the zone is not known.

    Examples:
        >>> time = pd.date_range("2024-12-31T17:00", "2025-01-01T16:00", freq="h")  # the ends of the hours of a day in Beijing
        >>> hours = xr.Dataset({"pm25": ("time", np.arange(24.0))}, {"time": time}, {"time_zone": "Asia/Shanghai"})
        >>> means = daily_means(hours)
        >>> means.pm25.values, means.day.values.astype("datetime64[D]")
        (array([11.5]), array(['2025-01-01'], dtype='datetime64[D]'))
    """
    return _of_each(dataset, DailyMean(min_hours), Days.of(complete_hours(dataset), time_zone))


def nowcast(dataset: xr.Dataset) -> xr.Dataset:
    """EPA's NowCast of particles: what the daily mean would be if the day went on like the last hours.

    The mean of the last 12 hours with weights ``w ** i`` for the value ``i`` hours ago, where ``w`` is the lowest over the
    highest of them, at least 1/2 (EPA's method since 2013). Two of the last three hours must have a value. Ozone has
    another NowCast, a regression, which is not here.

    Args:
        dataset: Station data or a grid with ``pm25`` or ``pm10`` along ``time``.

    Returns:
        ``pm25`` and ``pm10``, as far as they are there; lazy where the input is.

    Raises:
        InputError: If there are no particles along ``time``, or the axis is not hourly.
    """
    gases = [name for name in pollutants_in(dataset) if name not in ("pm25", "pm10")]
    return _of_each(dataset.drop_vars(gases), NowCast())
