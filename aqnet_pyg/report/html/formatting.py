"""Formatting of names, units and hours for the page, in Unicode characters."""

from __future__ import annotations

import re

import numpy as np

from aqnet_pyg.local_dates import zone_name
from aqnet_pyg.report.style import local_time
from aqnet_pyg.stations import POLLUTANTS

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def plain_name(pollutant: str) -> str:
    """Return the name of a pollutant with subscripts: PM₂.₅."""
    label = POLLUTANTS[pollutant].label if pollutant in POLLUTANTS else pollutant
    return re.sub(r"(?<=[A-Z])[\d.]+", lambda found: found[0].translate(_SUBSCRIPTS), label)


def name_parts(pollutant: str) -> tuple[str, str]:
    """Return the letters and the subscript of the name of a pollutant: PM and 2.5."""
    label = POLLUTANTS[pollutant].label if pollutant in POLLUTANTS else pollutant
    found = re.fullmatch(r"(.*[A-Z])([\d.]+)", label)
    return (found[1], found[2]) if found else (label, "")


def plain_units(units: str) -> str:
    """Return units with superscripts: ``ug m-3`` becomes µg m⁻³."""
    return re.sub(r"(?<=[a-z])-?\d+", lambda found: found[0].translate(_SUPERSCRIPTS), units.replace("ug", "µg"))


def period_text(hours: np.ndarray, time_zone: str) -> str:
    """Return the first and the last hour in local time as text.

    Args:
        hours: UTC, shape ``[hour]``.
        time_zone: IANA name.
    """
    local = local_time(np.sort(np.ravel(hours))[[0, -1]], time_zone)
    first, last = (f"{hour.day} {hour:%b %Y %H:%M}" for hour in local)
    return f"{first if first == last else f'{first} to {last}'} ({zone_name(time_zone)})"
