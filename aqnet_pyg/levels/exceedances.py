"""Where, when and how often limit values are exceeded, and which level is attained."""

from __future__ import annotations

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.averages import as_dataset
from aqnet_pyg.levels.index import MISSING, average_all, elementwise
from aqnet_pyg.levels.standards import Limit, Standard, find_standard

__all__ = ["attainment", "exceedances"]


def exceedances(
    dataset: xr.Dataset, standard: str = "china", *, level: str | None = None, time_zone: str | None = None
) -> xr.Dataset:
    """Where, when and how often the limit values of a standard are exceeded.

    Averages are rounded as the standard wants before they are compared. What is counted is the exceedance of the level itself:
    standards allow some a year, or judge percentiles or means of three years.

    Args:
        dataset: Station data or a grid with the dimension ``time``: hours labeled by their ends, in UTC.
        standard: ``china`` (GB 3095-2012), ``epa`` (primary standards as of 2024) or ``who`` (2021).
        level: A column of :func:`limits`. Default: ``grade_2`` of China, the guideline ``AQG`` of WHO.
        time_zone: IANA name; days are of its standard time. Default: the attribute ``time_zone`` of the data.

    Returns:
        For each limit, such as ``pm25_24h``: whether it is exceeded (False where there is no value), on ``time``, ``day`` or
        ``year`` as the limit is; ``pm25_24h_count``, how often; and ``pm25_24h_valid``, of how many values. Limits of
        a year are left out of data that are too short for any. Coordinates and attributes are kept; lazy where the
        input is.

    Raises:
        InputError: If standard, level or zone are not known, the axis is not hourly, or no pollutant has such a limit.

    Examples:
        >>> import pandas as pd
        >>> time = pd.date_range("2024-12-31T17:00", "2025-01-01T16:00", freq="h")  # the ends of the hours of a day in Beijing
        >>> hours = xr.Dataset({"pm25": ("time", np.full(24, 40.0))}, {"time": time}, {"time_zone": "Asia/Shanghai"})
        >>> [bool(exceedances(hours, "who", level=level).pm25_24h.item()) for level in ("AQG", "IT3", "IT2")]
        [True, True, False]
    """
    rules = find_standard(standard)
    level = level or rules.level
    if level not in rules.levels:
        raise InputError(f"level: {level!r} is none of {standard!r}; use one of {', '.join(rules.levels)}.")
    found = {}
    for name, (mean, limit) in _limited(dataset, rules, level, time_zone).items():
        value = limit.values[level]
        above = elementwise(lambda values, limit=limit, value=value: _rounded(values, limit) > value, mean, bool)
        what = f"{mean.attrs['long_name']}, above {value:g} {mean.attrs['units']}"
        dim = limit.average.dim
        found[name] = above.assign_attrs(long_name=what, units="1")
        found[f"{name}_count"] = above.sum(dim).assign_attrs(long_name=f"times of {what}", units="1")
        valid = mean.notnull().sum(dim)
        found[f"{name}_valid"] = valid.assign_attrs(long_name=f"values of {mean.attrs['long_name']}", units="1")
    return as_dataset(found, dataset).assign_attrs(limits=f"{rules.title}: {level}")


def attainment(dataset: xr.Dataset, standard: str = "who", *, time_zone: str | None = None) -> xr.Dataset:
    """The strictest level of a standard that each average attains, such as WHO's guideline or one of its interim targets.

    Args:
        dataset: Station data or a grid with the dimension ``time``: hours labeled by their ends, in UTC.
        standard: ``who`` (2021), ``china`` (GB 3095-2012) or ``epa`` (primary standards as of 2024).
        time_zone: IANA name; days are of its standard time. Default: the attribute ``time_zone`` of the data.

    Returns:
        For each limit, such as ``pm25_24h``, on ``time``, ``day`` or ``year`` as the limit is: flag values from 1, the
        strictest level, to one more than there are levels, which is none of them; 0 is missing. The values are the same for
        all limits, also for those that lack a level. Coordinates and attributes are kept; lazy where the input is.

    Raises:
        InputError: If standard or zone are not known, the axis is not hourly, or no pollutant has a limit.
    """
    rules = find_standard(standard)
    ranks = {level: place for place, level in enumerate([*rules.levels, "none"], 1)}
    found = {}
    for name, (mean, limit) in _limited(dataset, rules, None, time_zone).items():
        highest = np.array(list(limit.values.values()))
        rank = np.array([ranks[level] for level in [*limit.values, "none"]], np.int8)

        def compute(
            values: np.ndarray, limit: Limit = limit, highest: np.ndarray = highest, rank: np.ndarray = rank
        ) -> np.ndarray:
            place = rank[np.searchsorted(highest, np.nan_to_num(_rounded(values, limit)))]
            return np.where(np.isnan(values), MISSING, place).astype(np.int8)

        found[name] = elementwise(compute, mean, np.int8).assign_attrs(
            long_name=f"{mean.attrs['long_name']}, level attained ({rules.title})",
            flag_values=np.arange(len(ranks) + 1, dtype=np.int8),
            flag_meanings=" ".join(["missing", *ranks]),
        )
    return as_dataset(found, dataset)


def _limited(
    dataset: xr.Dataset, rules: Standard, level: str | None, time_zone: str | None
) -> dict[str, tuple[xr.DataArray, Limit]]:
    """The averages that have a limit (of a level), and the limits."""
    days = dataset.sizes.get("time", 0) / 24
    limits = {
        name: limit
        for name, limit in rules.limits.items()
        if limit.average.span <= days and (level is None or level in limit.values)
    }
    means = average_all(dataset, {name: limit.average for name, limit in limits.items()}, rules.units, time_zone)
    return {name: (mean, limits[name]) for name, mean in means.items()}


def _rounded(values: np.ndarray, limit: Limit) -> np.ndarray:
    """To be compared: what is a limit value but for its last bit is that value."""
    if limit.rounding is None:
        return np.round(values.astype(np.float64), 3)
    return np.round(limit.rounding(values), 6)
