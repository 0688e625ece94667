"""Air-quality standards by name, and their levels and limit values.

Their sources are in :mod:`aqnet_pyg.levels.china`, :mod:`aqnet_pyg.levels.united_states` and :mod:`aqnet_pyg.levels.who_and_eu`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.china import CHINA, CHINA_2026
from aqnet_pyg.levels.standard import Standard
from aqnet_pyg.levels.united_states import EPA
from aqnet_pyg.levels.who_and_eu import EU, WHO
from aqnet_pyg.text import suggestion

log = logging.getLogger(__name__)

STANDARDS: Mapping[str, Standard] = MappingProxyType(
    {"china": CHINA, "china_2026": CHINA_2026, "epa": EPA, "eu": EU, "who": WHO}
)
"""The standards by name: ``china``, ``china_2026``, ``epa``, ``eu`` and ``who``."""


def find_standard(name: str) -> Standard:
    """Return a standard by its name.

    Args:
        name: A key of :data:`STANDARDS`.

    Raises:
        InputError: If there is no such standard.
    """
    if name not in STANDARDS:
        raise InputError(
            f"standard: {name!r} is unknown{suggestion(name, STANDARDS)}; use one of {', '.join(STANDARDS)}."
        )
    return STANDARDS[name]


def warn_of_replacement(name: str, data: xr.Dataset) -> None:
    """Log a warning if hours are from the time after a standard was replaced.

    Args:
        name: A key of :data:`STANDARDS`.
        data: Data with ``time``, the ends of the hours in UTC.
    """
    replaced = STANDARDS[name].replaced
    if replaced is None or "time" not in data or data["time"].dtype.kind != "M":
        return
    successor, since = replaced
    last = data["time"].max()
    if bool(last >= since):
        log.warning(
            "standard: %r (%s) was replaced on %s, and the data end on %s; use %r for the days since then.",
            name,
            STANDARDS[name].title,
            since,
            np.datetime_as_string(last.values, "D"),
            successor,
        )


def find_level(standard: str, level: str | None) -> str:
    """Return a level of a standard, its default level for None.

    Args:
        standard: A key of :data:`STANDARDS`.
        level: The level.

    Raises:
        InputError: If there is no such standard, or it has no such level.
    """
    rules = find_standard(standard)
    level = level or rules.default_level
    if level not in rules.levels:
        raise InputError(f"level: {standard!r} has no level {level!r}; use one of {', '.join(rules.levels)}.")
    return level


def limits(standard: str = "china") -> pd.DataFrame:
    """Return the limit values of a standard as a table.

    Args:
        standard: ``china`` (GB 3095-2012), ``china_2026``, ``epa`` (primary US standards), ``eu`` (Directive 2024/2881) or
            ``who`` (guidelines of 2021).

    Returns:
        One row per average, named by pollutant and averaging time as in :func:`~aqnet_pyg.levels.exceedances`: ``average`` in
        words, ``units``, and one column per level, strictest first; NaN where a level has no limit.

    Raises:
        InputError: If the standard is unknown.

    Examples:
        >>> limits("who").loc["pm25_24h", "AQG":"IT1"].tolist()
        [15.0, 25.0, 37.5, 50.0, 75.0]
    """
    rules = find_standard(standard)
    rows = {
        name: {"average": str(limit.average), "units": rules.units[name.split("_")[0]]}
        | {level: float(limit.values.get(level, np.nan)) for level in rules.levels}
        for name, limit in rules.limits.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("name")
