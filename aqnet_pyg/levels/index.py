"""The air quality index of a standard, by the hour and by the local day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.averages import Average, Days, as_dataset, complete_hours, described
from aqnet_pyg.levels.standards import Rounding, Standard, SubIndex, find_standard
from aqnet_pyg.levels.units import convert_units
from aqnet_pyg.stations import POLLUTANTS

__all__ = ["aqi", "average_all", "averages", "elementwise"]

MISSING = 0
"""The category where there is no index."""

_PERIODS = {"hour": "time", "day": "day", "year": "year"}
"""The dimensions that they are on."""


def average_all(
    dataset: xr.Dataset, wanted: Mapping[str, Average], units: Mapping[str, str], time_zone: str | None
) -> dict[str, xr.DataArray]:
    """Those of the wanted averages that the data have a pollutant for, by name.

    Args:
        dataset: Hours labeled by their ends.
        wanted: By pollutant and averaging time, such as ``pm25_24h``.
        units: By pollutant.
        time_zone: IANA name. Default: the attribute ``time_zone`` of the data.

    Raises:
        InputError: If there is none, the axis is not hourly, or the zone is not known.
    """
    hourly = complete_hours(dataset)
    days = Days.of(dataset, time_zone)
    found = {}
    for name, average in wanted.items():
        pollutant = name.split("_")[0]
        if pollutant in hourly:
            values = convert_units(hourly[pollutant], pollutant, units[pollutant])
            found[name] = described(average(values, days), pollutant, average)
    if not found:
        raise InputError(
            f"data: with {', '.join(map(str, hourly.data_vars))} alone there is none of {', '.join(wanted)}; "
            "add another pollutant."
        )
    return found


def averages(
    dataset: xr.Dataset, standard: str = "china", *, period: str = "day", time_zone: str | None = None
) -> xr.Dataset:
    """What a standard judges: daily means, highest 8-hour means and so on, by its rules on missing hours.

    Args:
        dataset: Station data or a grid with the dimension ``time``: hours labeled by their ends, in UTC.
        standard: ``china`` (GB 3095-2012), ``epa`` (as of 2024) or ``who`` (2021).
        period: ``hour`` (on ``time``), ``day`` (on ``day``: local dates) or ``year`` (on ``year``).
        time_zone: IANA name; days are of its standard time. Default: the attribute ``time_zone`` of the data.

    Returns:
        The averages by pollutant and averaging time, such as ``pm25_24h`` and ``o3_8h``, in the units of the standard, not
        rounded; NaN where too few hours have a value; lazy where the input is.

    Raises:
        InputError: If standard, period or zone are not known, the axis is not hourly, or no pollutant is there.
    """
    rules = find_standard(standard)
    if period not in _PERIODS:
        raise InputError(f"period: {period!r} is none; use one of {', '.join(_PERIODS)}.")
    limited = {name: one.average for name, one in rules.limits.items() if one.average.dim == _PERIODS[period]}
    wanted = limited | {name: one.average for name, one in rules.indices.get(period, {}).items()}
    return as_dataset(average_all(dataset, wanted, rules.units, time_zone), dataset)


def aqi(
    dataset: xr.Dataset, standard: str = "china", *, period: str = "day", time_zone: str | None = None
) -> xr.Dataset:
    """The air quality index.

    The index is the highest one of the pollutants that are there; where one is missing, it is that of the others.

    ``china`` is HJ 633-2012: concentrations are rounded as HJ 663-2013 wants (half-way to even), indices up to the next
    integer, and 500 is the highest. The index of an hour is that of hourly means, with the daily breakpoints for particles,
    as the national network publishes it; above 800 µg m-3 of SO2 the mean of the last 24 hours stands in. Above 800 µg m-3
    in 8 hours, ozone is judged by its highest hour.

    ``epa`` is the US index as of May 2024: concentrations are truncated, indices rounded to the nearest integer; above
    500 the last line goes on. The 8-hour means of ozone of a day begin from 7 to 23 o'clock, so they need the hours until
    7 o'clock of the next day. Gases are converted from mass at 25 °C and 1013.25 hPa (see :func:`convert_units` for
    others). The index of an hour is of the NowCast of particles, of the hour of SO2 and NO2, and of the last 8 hours of
    CO and ozone; EPA's own estimate for ozone is a regression, which is not here.

    Args:
        dataset: Station data or a grid with the dimension ``time``: hours labeled by their ends, in UTC.
        standard: ``china`` or ``epa``.
        period: ``day`` or ``hour``.
        time_zone: IANA name; days are of its standard time, midnight to midnight, and the hour that ends at midnight belongs
            to the day before. Default: the attribute ``time_zone`` of the data.

    Returns:
        On ``day`` (local dates) or ``time``, and the other dimensions of the data: ``aqi``; ``category`` (flag values from 1;
        0 is missing); ``primary_pollutant`` (flag masks, since several can have the highest index; 0 is none, as it is in
        China up to an index of 50); and ``pm25_aqi`` and so on, the index of each pollutant. Coordinates and attributes are
        kept; lazy where the input is.

    Raises:
        InputError: If standard, period or zone are not known, the axis is not hourly, or no pollutant is there.

    Examples:
        >>> import pandas as pd
        >>> time = pd.date_range("2024-12-31T17:00", "2025-01-01T16:00", freq="h")  # the ends of the hours of a day in Beijing
        >>> hours = xr.Dataset({"pm25": ("time", np.full(24, 96.0))}, {"time": time}, {"time_zone": "Asia/Shanghai"})
        >>> china, epa = aqi(hours), aqi(hours, "epa")
        >>> china.aqi.values, epa.aqi.values
        (array([127.], dtype=float32), array([179.], dtype=float32))
        >>> china.category.attrs["flag_meanings"].split()[china.category.item()]
        'lightly_polluted'
    """
    rules = find_standard(standard)
    if period not in rules.indices:
        with_index = "china, epa" if not rules.indices else standard
        raise InputError(
            f"standard {standard!r}: it has no index of a {period!r}; use {with_index} and a period of day or hour "
            "(attainment() gives the levels of all standards)."
        )
    parts = rules.indices[period]
    means = average_all(dataset, {name: part.average for name, part in parts.items()}, rules.units, time_zone)
    indices = _sub_indices(means, parts, rules)
    index = reduce(np.fmax, indices.values())
    highest = [
        ((one == index) & (index > rules.primary_above)).astype(np.int8) * _BITS[p] for p, one in indices.items()
    ]
    of = f"({rules.title}), {'local day' if period == 'day' else 'hour'}"
    found = {
        "aqi": index.assign_attrs(long_name=f"air quality index {of}", units="1"),
        "category": _category(index, rules).assign_attrs(
            long_name=f"category of air quality {of}",
            flag_values=np.arange(len(rules.categories) + 1, dtype=np.int8),
            flag_meanings=" ".join(["missing", *(one.name for one in rules.categories)]),
            flag_labels=", ".join(["–", *(one.label for one in rules.categories)]),
            flag_colors=" ".join(["#ffffff", *(one.color for one in rules.categories)]),
        ),
        "primary_pollutant": reduce(np.add, highest).assign_attrs(
            long_name=f"pollutants with the highest index {of}",
            flag_masks=np.array([_BITS[pollutant] for pollutant in indices], np.int8),
            flag_meanings=" ".join(indices),
        ),
    }
    for pollutant, one in indices.items():
        label = POLLUTANTS[pollutant].label
        found[f"{pollutant}_aqi"] = one.assign_attrs(long_name=f"index of {label} {of}", units="1")
    return as_dataset(found, dataset)


_BITS = {name: np.int8(1 << place) for place, name in enumerate(POLLUTANTS)}


def elementwise(function: Callable[[np.ndarray], np.ndarray], values: xr.DataArray, dtype: type) -> xr.DataArray:
    """A NumPy function of every value, lazy where they are, without attributes; those of coordinates are kept.

    Args:
        function: From an array to one of the same shape.
        values: Any shape.
        dtype: Of the result.
    """
    found = xr.apply_ufunc(function, values, dask="parallelized", output_dtypes=[dtype], keep_attrs=True)
    return found.drop_attrs(deep=False)


def _sub_indices(
    means: Mapping[str, xr.DataArray], parts: Mapping[str, SubIndex], rules: Standard
) -> dict[str, xr.DataArray]:
    """The index of each pollutant: the highest of its averages, those that stand in for others apart."""
    stand_ins = {part.instead for part in parts.values()}
    found: dict[str, list[xr.DataArray]] = {}
    for name, mean in means.items():
        if name in stand_ins:
            continue
        pollutant, part = name.split("_")[0], parts[name]
        index = _index(mean, part, rules.concentration[pollutant], rules.index)
        if part.instead:
            other = _index(means[part.instead], parts[part.instead], rules.concentration[pollutant], rules.index)
            index = index.where(index.notnull() | mean.isnull(), other)
        found.setdefault(pollutant, []).append(index)
    return {pollutant: reduce(np.fmax, several) for pollutant, several in found.items()}


def _index(mean: xr.DataArray, part: SubIndex, concentration: Rounding, rounding: Rounding) -> xr.DataArray:
    def compute(values: np.ndarray) -> np.ndarray:
        return rounding(part.curve(concentration(values))).astype(np.float32)

    return elementwise(compute, mean, np.float32)


def _category(index: xr.DataArray, rules: Standard) -> xr.DataArray:
    highest = np.array([one.highest for one in rules.categories])

    def compute(values: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(values), MISSING, 1 + np.searchsorted(highest, values)).astype(np.int8)

    return elementwise(compute, index, np.int8)
