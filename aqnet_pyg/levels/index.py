"""Air quality index of a standard, hourly and by local day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial, reduce
from operator import add

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.averaging import Average, LocalDays, as_dataset, complete_hours, with_average_attributes
from aqnet_pyg.levels.standard import Curve, Rounding, Standard, SubIndex
from aqnet_pyg.levels.standards import find_standard, warn_of_replacement
from aqnet_pyg.levels.units import convert_units
from aqnet_pyg.stations import POLLUTANTS

MISSING = 0
"""Category of a missing index."""

_PERIODS = {"hour": "time", "day": "day", "year": "year"}
"""Dimensions of the averages by period."""

_BITS = {name: np.int8(1 << position) for position, name in enumerate(POLLUTANTS)}
"""Flag masks of the pollutants."""


def compute_averages(
    dataset: xr.Dataset, rules: Mapping[str, Average], units: Mapping[str, str], time_zone: str | None
) -> dict[str, xr.DataArray]:
    """Compute the averages whose pollutant is in the data.

    Args:
        dataset: Hours labeled by their ends.
        rules: Averaging rules by pollutant and averaging time, such as ``pm25_24h``.
        units: Units of the results, by pollutant.
        time_zone: IANA name, or an offset such as ``+05:30``. Default: the attribute ``time_zone`` of the data.

    Returns:
        The averages by the same names; lazy if the input is.

    Raises:
        InputError: If no pollutant has a rule, the axis is not hourly, or the time zone is not valid.
    """
    hourly = complete_hours(dataset)
    days = LocalDays.from_dataset(dataset, time_zone)
    means = {}
    for name, average in rules.items():
        pollutant = name.split("_")[0]
        if pollutant in hourly:
            values = convert_units(hourly[pollutant], pollutant, units[pollutant])
            means[name] = with_average_attributes(average(values, days), pollutant, average)
    if not means:
        raise InputError(
            f"data: the pollutants {', '.join(map(str, hourly.data_vars))} have none of the averages {', '.join(rules)}; "
            "add another pollutant."
        )
    return means


def averages(
    dataset: xr.Dataset, standard: str = "china", *, period: str = "day", time_zone: str | None = None
) -> xr.Dataset:
    """Compute the averages that a standard limits, such as daily means and highest 8-hour means, by its rules on missing hours.

    Args:
        dataset: Station data or a grid with the dimension ``time``: hours labeled by their ends, in UTC.
        standard: ``china`` (GB 3095-2012), ``china_2026``, ``epa`` (as of 2024), ``eu`` (Directive 2024/2881) or ``who`` (2021).
        period: ``hour`` (on ``time``), ``day`` (on ``day``: local dates) or ``year`` (on ``year``).
        time_zone: IANA name; days are in its standard time. Default: the attribute ``time_zone`` of the data.

    Returns:
        The averages by pollutant and averaging time, such as ``pm25_24h`` and ``o3_8h``, in the units of the standard, not
        rounded; NaN where too few hours are valid; lazy if the input is.

    Raises:
        InputError: If standard, period or time zone are unknown, the axis is not hourly, or there is no pollutant.
    """
    rules = find_standard(standard)
    if period not in _PERIODS:
        raise InputError(f"period: {period!r} is unknown; use one of {', '.join(_PERIODS)}.")
    limited = {name: one.average for name, one in rules.limits.items() if one.average.dim == _PERIODS[period]}
    indexed = {name: one.average for name, one in rules.indices.get(period, {}).items()}
    return as_dataset(compute_averages(dataset, limited | indexed, rules.units, time_zone), dataset)


def aqi(
    dataset: xr.Dataset, standard: str = "china", *, period: str = "day", time_zone: str | None = None
) -> xr.Dataset:
    """Compute the air quality index.

    The index is the maximum over the pollutants in the data; a missing pollutant is ignored.

    ``china`` is HJ 633-2012: concentrations are rounded by HJ 663-2013 (ties to even), indices are rounded up to the next
    integer, and the highest index is 500. The hourly index uses hourly means, with the daily breakpoints for particles, as
    published by the national network; above 800 µg m-3 of SO2 it uses the mean of the last 24 hours. Above an 8-hour mean of
    800 µg m-3, the index of ozone is that of its highest hour.

    ``epa`` is the US index as of May 2024: concentrations are truncated, indices are rounded to the nearest integer, and the
    last segment is extrapolated above 500. The 8-hour means of ozone of a day begin from 7 to 23 o'clock and so need the hours
    until 7 o'clock of the next day. Gases are converted from mass at 25 °C and 1013.25 hPa (for other conditions see
    :func:`convert_units`). The hourly index uses the NowCast of particles, hourly means of SO2 and NO2, and 8-hour means of CO
    and ozone; the EPA's NowCast of ozone is a regression and is not implemented.

    Args:
        dataset: Station data or a grid with the dimension ``time``: hours labeled by their ends, in UTC.
        standard: ``china``, ``china_2026`` or ``epa``.
        period: ``day`` or ``hour``.
        time_zone: IANA name; days are in its standard time, midnight to midnight, and the hour that ends at midnight belongs
            to the day before. Default: the attribute ``time_zone`` of the data.

    Returns:
        On ``day`` (local dates) or ``time``, and the other dimensions of the data: ``aqi``; ``category`` (flag values from 1;
        0 is missing); ``primary_pollutant`` (flag masks, since several can have the highest index; 0 is none, in China also for
        indices up to 50); and ``pm25_aqi`` and so on, the index of each pollutant. Coordinates and attributes are kept; lazy
        if the input is.

    Raises:
        InputError: If standard, period or time zone are unknown, the axis is not hourly, or there is no pollutant.

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
    if rules.index_rounding is None or period not in rules.indices:
        with_index = standard if rules.indices else "china, china_2026, epa"
        raise InputError(
            f"standard: {standard!r} has no index for the period {period!r}; use {with_index} with 'day' or 'hour' "
            "(attainment() gives the levels of all standards)."
        )
    warn_of_replacement(standard, dataset)
    parts = rules.indices[period]
    means = compute_averages(dataset, {name: part.average for name, part in parts.items()}, rules.units, time_zone)
    indices = _sub_indices(means, parts, rules.concentration_rounding, rules.index_rounding)
    index = _maximum(indices.values())
    primary = [
        ((one == index) & (index > rules.primary_above)).astype(np.int8) * _BITS[name] for name, one in indices.items()
    ]
    suffix = f"({rules.title}), {'local day' if period == 'day' else 'hour'}"
    variables = {
        "aqi": index.assign_attrs(long_name=f"air quality index {suffix}", units="1"),
        "category": _category(index, rules).assign_attrs(
            long_name=f"category of air quality {suffix}",
            flag_values=np.arange(len(rules.categories) + 1, dtype=np.int8),
            flag_meanings=" ".join(["missing", *(one.name for one in rules.categories)]),
            flag_labels=", ".join(["–", *(one.label for one in rules.categories)]),
            flag_colors=" ".join(["#ffffff", *(one.color for one in rules.categories)]),
        ),
        "primary_pollutant": reduce(add, primary).assign_attrs(
            long_name=f"pollutants with the highest index {suffix}",
            flag_masks=np.array([_BITS[pollutant] for pollutant in indices], np.int8),
            flag_meanings=" ".join(indices),
        ),
    }
    for pollutant, one in indices.items():
        label = POLLUTANTS[pollutant].label
        variables[f"{pollutant}_aqi"] = one.assign_attrs(long_name=f"index of {label} {suffix}", units="1")
    return as_dataset(variables, dataset)


def elementwise(function: Callable[[np.ndarray], np.ndarray], values: xr.DataArray, dtype: type) -> xr.DataArray:
    """Apply a NumPy function to every value, lazily if the values are lazy; only the attributes of coordinates are kept.

    Args:
        function: Maps an array to one of the same shape.
        values: Any shape.
        dtype: Type of the result.
    """
    result = xr.apply_ufunc(function, values, dask="parallelized", output_dtypes=[dtype], keep_attrs=True)
    return result.drop_attrs(deep=False)


def _sub_indices(
    means: Mapping[str, xr.DataArray],
    parts: Mapping[str, SubIndex],
    concentration_rounding: Mapping[str, Rounding],
    index_rounding: Rounding,
) -> dict[str, xr.DataArray]:
    """Index of each pollutant: the maximum over its averages, fallbacks excluded."""

    def index_of(name: str) -> xr.DataArray:
        return _index(means[name], parts[name].curve, concentration_rounding[name.split("_")[0]], index_rounding)

    fallbacks = {part.fallback for part in parts.values()}
    indices: dict[str, list[xr.DataArray]] = {}
    for name, mean in means.items():
        if name in fallbacks:
            continue
        index, fallback = index_of(name), parts[name].fallback
        if fallback:
            index = index.where(index.notnull() | mean.isnull(), index_of(fallback))
        indices.setdefault(name.split("_")[0], []).append(index)
    return {pollutant: _maximum(several) for pollutant, several in indices.items()}


def _maximum(indices: Iterable[xr.DataArray]) -> xr.DataArray:
    """Maximum that ignores missing values."""
    return reduce(partial(xr.apply_ufunc, np.fmax, dask="allowed", keep_attrs=True), indices)


def _index(mean: xr.DataArray, curve: Curve, concentration: Rounding, rounding: Rounding) -> xr.DataArray:
    def compute(values: np.ndarray) -> np.ndarray:
        return rounding(curve(concentration(values))).astype(np.float32)

    return elementwise(compute, mean, np.float32)


def _category(index: xr.DataArray, rules: Standard) -> xr.DataArray:
    upper = np.array([category.max_index for category in rules.categories])

    def compute(values: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(values), MISSING, 1 + np.searchsorted(upper, values)).astype(np.int8)

    return elementwise(compute, index, np.int8)
