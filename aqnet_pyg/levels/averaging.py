"""Means and maxima as air-quality standards define them, over local days and with minimum numbers of valid hours.

An hour is labeled by its end, in UTC, and belongs to the local day in which it begins. Days are days of local standard time and
therefore always have 24 hours. Daily values are on the dimension ``day``, whose coordinate holds local dates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.local_dates import load_zone
from aqnet_pyg.stations import POLLUTANTS, SMALLEST_FILL, pollutants_in

_HOUR = pd.Timedelta(1, "h")


def complete_hours(dataset: xr.Dataset) -> xr.Dataset:
    """Select the pollutants of a data set, and insert missing hours, so that the time axis is complete.

    Negative values, and those above :data:`aqnet_pyg.stations.SMALLEST_FILL`, are fill values and count as missing.

    Args:
        dataset: Station data or a grid with the dimension ``time``.

    Raises:
        InputError: If there is no pollutant with a dimension ``time``, or the times are not ascending in whole hours.
    """
    names = [name for name in pollutants_in(dataset) if "time" in dataset[name].dims]
    if not names or dataset.sizes["time"] == 0:
        raise InputError(
            f"data: no pollutant along 'time' was found (dimensions {tuple(dataset.dims)}, variables "
            f"{', '.join(map(str, dataset.data_vars)) or 'none'}); name them as in aqnet_pyg.stations.POLLUTANTS."
        )
    hours = dataset.indexes.get("time")
    if not isinstance(hours, pd.DatetimeIndex):
        raise InputError("data: 'time' has no times as its coordinate; give the ends of the hours, in UTC.")
    steps = np.diff(hours) / _HOUR
    if ((steps < 1) | (steps % 1 != 0)).any():
        raise InputError("data: 'time' is not ascending in whole hours; sort it, and use hourly means labeled in UTC.")
    dataset = dataset[names].map(
        lambda values: values.where(~((values < 0) | (values > SMALLEST_FILL))), keep_attrs=True
    )
    if (steps == 1).all():
        return dataset
    return dataset.reindex(time=pd.date_range(hours[0], hours[-1], freq="h"))


@dataclass(frozen=True)
class LocalDays:
    """The local days that a data set covers, in part or in full.

    Args:
        utc_offset: Local standard time minus UTC.
        dates: The days, as local midnights.
    """

    utc_offset: pd.Timedelta
    dates: pd.DatetimeIndex

    @classmethod
    def from_dataset(cls, dataset: xr.Dataset, time_zone: str | None) -> LocalDays:
        """Return the days of hourly data.

        Args:
            dataset: Hours labeled by their ends, in UTC.
            time_zone: IANA name, or an offset such as ``+05:30``. Default: the attribute ``time_zone`` of the data.

        Raises:
            InputError: If the time zone is missing or not valid.
        """
        name = time_zone or dataset.attrs.get("time_zone")
        if name is None:
            raise InputError("time_zone: the data have no such attribute; give the IANA name, such as 'Asia/Shanghai'.")
        hours = dataset.indexes["time"]
        first = hours[0].tz_localize("UTC").tz_convert(load_zone(name))
        offset = pd.Timedelta(first.utcoffset() - (first.dst() or timedelta()))
        begin, end = (hours[position] + offset - _HOUR for position in (0, -1))
        return cls(offset, pd.date_range(begin.floor("D"), end.floor("D"), freq="D", unit="ns"))

    def split(self, values: xr.DataArray, first: int = 1) -> xr.DataArray:
        """Fold the time axis into ``day`` and ``hour``.

        Args:
            values: Averages on a complete hourly axis ``time``, labeled by their ends.
            first: Local hour at which the first average of a day ends; it and the next 23 form the day.
        """
        local = values.indexes["time"] + self.utc_offset - first * _HOUR
        past = local[0] - local[0].floor("h")  # zones with an offset of half an hour
        every = pd.date_range(self.dates[0], periods=24 * len(self.dates), freq="h") + past
        values = values.drop_vars([name for name, coord in values.coords.items() if "time" in coord.dims])
        folded = values.assign_coords(time=local).reindex(time=every).drop_vars("time")
        folded = folded.coarsen(time=24).construct(time=("day", "hour"))
        attrs = {"long_name": f"local day (standard time, UTC{self.utc_offset / _HOUR:+g} h)"}
        return folded.assign_coords(day=("day", self.dates, attrs))


class Average(Protocol):
    """An averaging rule of a standard: a mean or maximum of hourly values, on ``time``, ``day`` or ``year``."""

    @property
    def dim(self) -> str:
        """The dimension of the result: ``time``, ``day`` or ``year``."""

    @property
    def cell_method(self) -> str:
        """The method in the CF attribute ``cell_methods`` for that dimension."""

    @property
    def min_days(self) -> int:
        """Minimum number of days of data; with fewer, all results are missing."""

    def __call__(self, hourly: xr.DataArray, days: LocalDays) -> xr.DataArray:
        """Compute the average.

        Args:
            hourly: Hourly means on a complete axis ``time``.
            days: The local days of that axis.
        """

    def __str__(self) -> str:
        """Describe the average in words, as in ``mean of the local day``."""


@dataclass(frozen=True)
class RunningMean:
    """Mean of the hours that end with each hour.

    Args:
        hours: Length of the averaging period.
        min_hours: Minimum number of valid hours.
    """

    hours: int = 1
    min_hours: int = 1
    dim = "time"
    cell_method = "mean"
    min_days = 0

    def __call__(self, hourly: xr.DataArray, days: LocalDays | None = None) -> xr.DataArray:
        """Return the means on ``time``."""
        if self.hours == 1:
            return hourly
        return hourly.rolling(time=self.hours, min_periods=self.min_hours).mean(keep_attrs=True)

    def __str__(self) -> str:
        return "hourly mean" if self.hours == 1 else f"mean of the last {self.hours} hours"


@dataclass(frozen=True)
class DailyMean:
    """Mean of a local day.

    Args:
        min_hours: Minimum number of valid hours of the 24.
    """

    min_hours: int
    dim = "day"
    cell_method = "mean"
    min_days = 0

    def __call__(self, hourly: xr.DataArray, days: LocalDays) -> xr.DataArray:
        """Return the means on ``day``."""
        folded = days.split(hourly)
        return folded.mean("hour", keep_attrs=True).where(folded.count("hour") >= self.min_hours)

    def __str__(self) -> str:
        return "mean of the local day"


@dataclass(frozen=True)
class DailyMaximum:
    """Highest running mean of a local day.

    Args:
        mean: The running mean.
        first: Local hour in which the first running mean of a day begins; negative on the previous day.
        count: Number of running means in a day.
        min_count: Minimum number of valid running means.
        valid_above: The limit value, in the units of the standard. A maximum above it is valid even with fewer running means,
            since the complete day could only have a higher one.
    """

    mean: RunningMean
    first: int
    count: int
    min_count: int
    valid_above: float
    dim = "day"
    cell_method = "maximum"
    min_days = 0

    def __call__(self, hourly: xr.DataArray, days: LocalDays) -> xr.DataArray:
        """Return the maxima on ``day``."""
        folded = days.split(self.mean(hourly), self.mean.hours + self.first).isel(hour=slice(self.count))
        highest = folded.max("hour", keep_attrs=True)
        return highest.where((folded.count("hour") >= self.min_count) | (highest > self.valid_above))

    def __str__(self) -> str:
        return f"highest {self.mean.hours}-hour mean of the local day"


@dataclass(frozen=True)
class AnnualMean:
    """Mean of the days of a local calendar year.

    Args:
        daily: The daily value.
        min_days: Minimum number of valid days.
    """

    daily: DailyMean | DailyMaximum
    min_days: int
    dim = "year"
    cell_method = "mean"

    def __call__(self, hourly: xr.DataArray, days: LocalDays) -> xr.DataArray:
        """Return the means on ``year``."""
        years = self.daily(hourly, days).groupby("day.year")
        return years.mean(keep_attrs=True).where(years.count() >= self.min_days)

    def __str__(self) -> str:
        return "mean of the year"


@dataclass(frozen=True)
class PeakSeasonMean:
    """Highest mean of six consecutive months, assigned to the local calendar year in which they end.

    Args:
        daily: The daily value.
        min_share: Minimum fraction of valid days in each month.
    """

    daily: DailyMaximum
    min_share: float = 0.75
    dim = "year"
    cell_method = "maximum"
    min_days = 120

    def __call__(self, hourly: xr.DataArray, days: LocalDays) -> xr.DataArray:
        """Return the means on ``year``."""
        months = self.daily(hourly, days).resample(day="MS")
        means = months.mean(keep_attrs=True)
        means = means.where(months.count() >= self.min_share * means["day"].dt.days_in_month)
        seasons = means.rolling(day=6, min_periods=6).mean(keep_attrs=True)
        return seasons.groupby("day.year").max(keep_attrs=True)

    def __str__(self) -> str:
        return "mean of the six months with the highest mean"


@dataclass(frozen=True)
class NowCast:
    """NowCast of particulate matter, the US EPA's estimate of the daily mean from the hours up to now (Reff's method, 2013).

    The mean of the last 12 hours with weights ``w ** i`` for the value ``i`` hours ago, where ``w`` is their minimum divided by
    their maximum, at least 1/2. Two of the last three hours must be valid.
    """

    dim = "time"
    cell_method = "mean"
    min_days = 0

    def __call__(self, hourly: xr.DataArray, days: LocalDays | None = None) -> xr.DataArray:
        """Return the estimates on ``time``."""
        past = hourly.rolling(time=12).construct("ago")
        ago = xr.DataArray(np.arange(11, -1, -1, dtype=hourly.dtype), dims="ago")
        highest = past.max("ago")
        ratio = (past.min("ago") / highest.where(highest > 0)).fillna(1).clip(min=0.5)
        weights = (ratio**ago).where(past.notnull())
        enough = past.isel(ago=slice(-3, None)).count("ago") >= 2
        return ((weights * past).sum("ago") / weights.sum("ago").where(enough)).assign_attrs(hourly.attrs)

    def __str__(self) -> str:
        return "NowCast"


def with_average_attributes(mean: xr.DataArray, name: str, average: Average) -> xr.DataArray:
    """Add ``long_name`` and ``cell_methods`` of an average to its values.

    Args:
        mean: The average, with the attributes of the pollutant.
        name: The pollutant.
        average: The rule by which it was computed.
    """
    label = mean.attrs.get("long_name", POLLUTANTS[name].label)
    attrs = {key: value for key, value in mean.attrs.items() if key != "ancillary_variables"}  # flags are hourly
    attrs |= {"long_name": f"{label}, {average}", "cell_methods": f"{average.dim}: {average.cell_method}"}
    return mean.drop_attrs(deep=False).assign_attrs(attrs)


def as_dataset(variables: Mapping[str, xr.DataArray], dataset: xr.Dataset) -> xr.Dataset:
    """Combine derived variables, with the attributes and the grid mapping of the data that they were computed from.

    Args:
        variables: Derived variables by name.
        dataset: The data.
    """
    result = xr.Dataset(variables, attrs=dataset.attrs)
    mappings = {values.attrs.get("grid_mapping") for values in dataset.data_vars.values()}
    for mapping in mappings & set(dataset.variables):
        result[mapping] = dataset[mapping]
        for name in variables:
            result[name].attrs["grid_mapping"] = mapping
    return result


def _average_all(dataset: xr.Dataset, average: Average, compute: Callable[[xr.DataArray], xr.DataArray]) -> xr.Dataset:
    hourly = complete_hours(dataset)
    means = {
        str(name): with_average_attributes(compute(values), str(name), average)
        for name, values in hourly.data_vars.items()
    }
    return as_dataset(means, dataset)


def running_means(dataset: xr.Dataset, hours: int = 8, *, min_hours: int | None = None) -> xr.Dataset:
    """Compute running means over the last hours, such as 8-hour means of ozone or 24-hour means of particles.

    Args:
        dataset: Station data or a grid with the dimension ``time``: hours labeled by their ends. Hours that are not on the
            axis count as missing values.
        hours: Length of the averaging period.
        min_hours: Minimum number of valid hours. Default: three quarters, as in the standards of the US EPA and of China.

    Returns:
        The pollutants, labeled by the ends of the averaging periods; lazy if the input is.

    Raises:
        InputError: If there is no pollutant along ``time``, or the axis is not hourly.
    """
    average = RunningMean(hours, -(-3 * hours // 4) if min_hours is None else min_hours)
    return _average_all(dataset, average, average)


def daily_means(dataset: xr.Dataset, *, min_hours: int = 18, time_zone: str | None = None) -> xr.Dataset:
    """Compute means of local days, from midnight to midnight of local standard time.

    Args:
        dataset: Station data or a grid with the dimension ``time``: hours labeled by their ends, in UTC. The hour that ends
            at local midnight belongs to the day before.
        min_hours: Minimum number of valid hours of the 24. The US EPA requires 18, GB 3095-2012 requires 20.
        time_zone: IANA name, or an offset such as ``+05:30``. Default: the attribute ``time_zone`` of the data.

    Returns:
        The pollutants on the dimension ``day``: local dates; lazy if the input is.

    Raises:
        InputError: If there is no pollutant along ``time``, the axis is not hourly, or the time zone is not valid.

    Examples:
        >>> time = pd.date_range("2024-12-31T17:00", "2025-01-01T16:00", freq="h")  # the ends of the hours of a day in Beijing
        >>> hours = xr.Dataset({"pm25": ("time", np.arange(24.0))}, {"time": time}, {"time_zone": "Asia/Shanghai"})
        >>> means = daily_means(hours)
        >>> means.pm25.values, means.day.values.astype("datetime64[D]")
        (array([11.5]), array(['2025-01-01'], dtype='datetime64[D]'))
    """
    average = DailyMean(min_hours)
    days = LocalDays.from_dataset(complete_hours(dataset), time_zone)
    return _average_all(dataset, average, lambda hourly: average(hourly, days))


def nowcast(dataset: xr.Dataset) -> xr.Dataset:
    """Compute the US EPA's NowCast of particulate matter, an estimate of the daily mean from the last 12 hours.

    The mean of the last 12 hours with weights ``w ** i`` for the value ``i`` hours ago, where ``w`` is their minimum divided by
    their maximum, at least 1/2 (the EPA's method since 2013). Two of the last three hours must be valid. The NowCast of ozone
    is a regression and is not implemented.

    Args:
        dataset: Station data or a grid with ``pm25`` or ``pm10`` along ``time``.

    Returns:
        ``pm25`` and ``pm10``, as available; lazy if the input is.

    Raises:
        InputError: If there is no particulate matter along ``time``, or the axis is not hourly.
    """
    gases = [name for name in pollutants_in(dataset) if name not in ("pm25", "pm10")]
    average = NowCast()
    return _average_all(dataset.drop_vars(gases), average, average)
