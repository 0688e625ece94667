"""Names, units and hours as the page writes them, in plain characters."""

from __future__ import annotations

import re

import numpy as np

from aqnet_pyg.report.style import local_time
from aqnet_pyg.stations import POLLUTANTS

__all__ = ["hours_in_words", "name_parts", "plain_name", "plain_units"]

_BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_ABOVE = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def plain_name(pollutant: str) -> str:
    """A pollutant as people write it: PM₂.₅."""
    label = POLLUTANTS[pollutant].label if pollutant in POLLUTANTS else pollutant
    return re.sub(r"(?<=[A-Z])[\d.]+", lambda found: found[0].translate(_BELOW), label)


def name_parts(pollutant: str) -> tuple[str, str]:
    """The letters of a pollutant, and what is written below the line: PM and 2.5."""
    label = POLLUTANTS[pollutant].label if pollutant in POLLUTANTS else pollutant
    found = re.fullmatch(r"(.*[A-Z])([\d.]+)", label)
    return (found[1], found[2]) if found else (label, "")


def plain_units(units: str) -> str:
    """Units as people write them: ``ug m-3`` becomes µg m⁻³."""
    return re.sub(r"(?<=[a-z])-?\d+", lambda found: found[0].translate(_ABOVE), units.replace("ug", "µg"))


def hours_in_words(hours: np.ndarray, time_zone: str) -> str:
    """The first and the last hour in local time.

    Args:
        hours: UTC, shape ``[hour]``.
        time_zone: IANA name.
    """
    local = local_time(np.sort(np.ravel(hours))[[0, -1]], time_zone)
    first, last = (f"{hour.day} {hour:%b %Y %H:%M}" for hour in local)
    return f"{first if first == last else f'{first} to {last}'} ({time_zone})"
