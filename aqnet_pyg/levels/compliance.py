"""Compliance with limit values: exceedances, their number, and the level attained."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import xarray as xr

from aqnet_pyg.levels.averaging import as_dataset
from aqnet_pyg.levels.index import MISSING, compute_averages, elementwise
from aqnet_pyg.levels.standard import Limit, Standard
from aqnet_pyg.levels.standards import find_level, find_standard, warn_of_replacement


def exceedances(
    dataset: xr.Dataset, standard: str = "china", *, level: str | None = None, time_zone: str | None = None
) -> xr.Dataset:
    """Find and count the exceedances of the limit values of a standard.

    Averages are rounded by the rules of the standard before the comparison. Every exceedance of the level is counted, while
    standards allow a number of them per year, or limit percentiles or means over three years.

    Args:
        dataset: Station data or a grid with the dimension ``time``: hours labeled by their ends, in UTC.
        standard: ``china`` (GB 3095-2012), ``china_2026``, ``epa`` (primary standards as of 2024), ``eu`` (Directive 2024/2881)
            or ``who`` (2021).
        level: A column of :func:`limits`. Default: ``grade_2`` of China, ``until_2029`` of the EU, the guideline ``AQG`` of WHO.
        time_zone: IANA name; days are in its standard time. Default: the attribute ``time_zone`` of the data.

    Returns:
        For each limit, such as ``pm25_24h``: whether it is exceeded (False where the average is missing), on ``time``, ``day``
        or ``year`` by its averaging time; ``pm25_24h_count``, the number of exceedances; and ``pm25_24h_valid``, the number of
        valid averages. Annual limits are left out if the data are too short. Coordinates and attributes are kept; lazy if the
        input is.

    Raises:
        InputError: If standard, level or time zone are unknown, the axis is not hourly, or no pollutant has such a limit.

    Examples:
        >>> import pandas as pd
        >>> time = pd.date_range("2024-12-31T17:00", "2025-01-01T16:00", freq="h")  # the ends of the hours of a day in Beijing
        >>> hours = xr.Dataset({"pm25": ("time", np.full(24, 40.0))}, {"time": time}, {"time_zone": "Asia/Shanghai"})
        >>> [bool(exceedances(hours, "who", level=level).pm25_24h.item()) for level in ("AQG", "IT3", "IT2")]
        [True, True, False]
    """
    rules = find_standard(standard)
    level = find_level(standard, level)
    warn_of_replacement(standard, dataset)
    variables = {}
    for name, (mean, limit) in _limited(dataset, rules, level, time_zone).items():
        value, dim = limit.values[level], limit.average.dim
        above = elementwise(partial(_is_above, limit=limit, value=value), mean, bool)
        label = f"{mean.attrs['long_name']}, above {value:g} {mean.attrs['units']}"
        variables[name] = above.assign_attrs(long_name=label, units="1")
        variables[f"{name}_count"] = above.sum(dim).assign_attrs(long_name=f"number of exceedances: {label}", units="1")
        valid = mean.notnull().sum(dim)
        variables[f"{name}_valid"] = valid.assign_attrs(
            long_name=f"number of valid averages: {mean.attrs['long_name']}", units="1"
        )
    return as_dataset(variables, dataset).assign_attrs(limits=f"{rules.title}: {level}")


def attainment(dataset: xr.Dataset, standard: str = "who", *, time_zone: str | None = None) -> xr.Dataset:
    """Find the strictest level of a standard that each average attains, such as WHO's guideline or one of its interim targets.

    Args:
        dataset: Station data or a grid with the dimension ``time``: hours labeled by their ends, in UTC.
        standard: ``who`` (2021), ``china`` (GB 3095-2012), ``china_2026``, ``epa`` (primary standards as of 2024) or ``eu``
            (Directive 2024/2881).
        time_zone: IANA name; days are in its standard time. Default: the attribute ``time_zone`` of the data.

    Returns:
        For each limit, such as ``pm25_24h``, on ``time``, ``day`` or ``year`` by its averaging time: flag values from 1, the
        strictest level, to one more than the number of levels, which means none of them; 0 is missing. Flag values have the
        same meaning for all limits, also for those without one of the levels. Coordinates and attributes are kept; lazy if
        the input is.

    Raises:
        InputError: If standard or time zone are unknown, the axis is not hourly, or no pollutant has a limit.
    """
    rules = find_standard(standard)
    ranks = {level: rank for rank, level in enumerate([*rules.levels, "none"], 1)}
    variables = {}
    for name, (mean, limit) in _limited(dataset, rules, None, time_zone).items():
        variables[name] = elementwise(partial(_rank, limit=limit, ranks=ranks), mean, np.int8).assign_attrs(
            long_name=f"{mean.attrs['long_name']}, level attained ({rules.title})",
            flag_values=np.arange(len(ranks) + 1, dtype=np.int8),
            flag_meanings=" ".join(["missing", *ranks]),
        )
    return as_dataset(variables, dataset)


def _limited(
    dataset: xr.Dataset, rules: Standard, level: str | None, time_zone: str | None
) -> dict[str, tuple[xr.DataArray, Limit]]:
    """Averages that have a limit (at a level), with that limit."""
    days = dataset.sizes.get("time", 0) / 24
    limits = {
        name: limit
        for name, limit in rules.limits.items()
        if limit.average.min_days <= days and (level is None or level in limit.values)
    }
    means = compute_averages(dataset, {name: limit.average for name, limit in limits.items()}, rules.units, time_zone)
    return {name: (mean, limits[name]) for name, mean in means.items()}


def _is_above(values: np.ndarray, limit: Limit, value: float) -> np.ndarray:
    return _rounded(values, limit) > value


def _rank(values: np.ndarray, limit: Limit, ranks: Mapping[str, int]) -> np.ndarray:
    """Rank of the strictest level attained; MISSING for NaN."""
    upper = np.array(list(limit.values.values()))
    rank = np.array([ranks[level] for level in [*limit.values, "none"]], np.int8)
    attained = rank[np.searchsorted(upper, np.nan_to_num(_rounded(values, limit)))]
    return np.where(np.isnan(values), MISSING, attained).astype(np.int8)


def _rounded(values: np.ndarray, limit: Limit) -> np.ndarray:
    """Round for the comparison, so that an average equal to the limit up to its last bit does not exceed it."""
    if limit.rounding is None:
        return np.round(values.astype(np.float64), 3)
    return np.round(limit.rounding(values), 6)
