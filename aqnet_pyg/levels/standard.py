"""Form of an air-quality standard: averaging rules, breakpoints of an index, categories and limit values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from aqnet_pyg.levels.averaging import Average, RunningMean
from aqnet_pyg.stations import POLLUTANTS

RoundingMode = Literal["even", "half_up", "down", "up"]
"""Modes of :class:`Rounding`."""

Extrapolation = Literal["constant", "linear", "none"]
"""Values of a :class:`Curve` above its last breakpoint."""

_ROUND: dict[RoundingMode, Callable[[np.ndarray], np.ndarray]] = {
    "even": np.rint,
    "half_up": lambda steps: np.floor(steps + 0.5),
    "down": np.floor,
    "up": np.ceil,
}


@dataclass(frozen=True)
class Rounding:
    """Rounding rule of a standard.

    Args:
        step: Values are rounded to multiples of it.
        mode: ``even`` (nearest, ties to even: GB/T 8170), ``half_up`` (nearest, ties up), ``down`` or ``up``.
    """

    step: float
    mode: RoundingMode

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return rounded values in float64, any shape."""
        # First to a thousandth of a step: 35.4 has no exact binary fraction, and a mean may be off in its last bit.
        steps = np.round(values.astype(np.float64) / self.step, 3)
        return _ROUND[self.mode](steps) * self.step


@dataclass(frozen=True)
class Curve:
    """Index of one pollutant and averaging time as a function of concentration, linear between breakpoints.

    Args:
        points: Concentrations and indices, ascending. Below the first concentration there is no index.
        extrapolation: Above the last breakpoint: ``constant`` (its index), ``linear`` (along the last segment) or ``none``.
    """

    points: tuple[tuple[float, float], ...]
    extrapolation: Extrapolation = "constant"

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return the index of concentrations of any shape, not rounded; NaN where it is undefined."""
        at, index = np.array(self.points, np.float64).T
        above = np.nan if self.extrapolation == "none" else index[-1]
        result = np.interp(values, at, index, left=np.nan, right=above)
        if self.extrapolation == "linear":
            slope = (index[-1] - index[-2]) / (at[-1] - at[-2])
            result = np.where(values > at[-1], index[-1] + slope * (values - at[-1]), result)
        return result


@dataclass(frozen=True)
class SubIndex:
    """Contribution of one average of a pollutant to the index.

    Args:
        average: The averaging rule.
        curve: From the average to the index.
        fallback: Name of the average that is used where the curve is undefined for this one.
    """

    average: Average
    curve: Curve
    fallback: str = ""


@dataclass(frozen=True)
class Category:
    """Category of an index.

    Args:
        name: English name, words joined by underscores.
        label: Name in the language of the standard.
        max_index: Highest index in the category.
        color: Color prescribed by the standard, ``#rrggbb``.
    """

    name: str
    label: str
    max_index: float
    color: str


@dataclass(frozen=True)
class Limit:
    """Limit values of one pollutant and averaging time.

    Args:
        average: The averaging rule.
        values: Limit values by level, strictest first, in the units of the standard.
        rounding: Rounding of the average before the comparison.
    """

    average: Average
    values: Mapping[str, float]
    rounding: Rounding | None = None


@dataclass(frozen=True)
class Standard:
    """An air-quality standard.

    Args:
        title: Name and year.
        units: Units by pollutant.
        limits: Limit values by pollutant and averaging time, such as ``pm25_24h``.
        levels: Names of the levels, strictest first.
        default_level: Level that is used if none is given.
        indices: By period (``hour``, ``day``), the parts of the index by pollutant and averaging time; empty without an index.
        concentration_rounding: Rounding of averages before the index is computed, by pollutant.
        index_rounding: Rounding of the index; None without an index.
        categories: Categories of the index, ascending.
        primary_above: Index above which there is a primary pollutant.
        replaced: Name of the standard that replaced it, and the first day of that.
    """

    title: str
    units: Mapping[str, str]
    limits: Mapping[str, Limit]
    levels: tuple[str, ...]
    default_level: str
    indices: Mapping[str, Mapping[str, SubIndex]] = field(default_factory=dict)
    concentration_rounding: Mapping[str, Rounding] = field(default_factory=dict)
    index_rounding: Rounding | None = None
    categories: tuple[Category, ...] = ()
    primary_above: float = 0.0
    replaced: tuple[str, np.datetime64] | None = None


GASES_AND_PARTICLES = {name: pollutant.units for name, pollutant in POLLUTANTS.items()}
"""Units of standards that limit concentrations by mass."""

HOUR = RunningMean()
"""Hourly means."""

EIGHT_HOURS = RunningMean(8, min_hours=6)
"""Running means over 8 hours."""
