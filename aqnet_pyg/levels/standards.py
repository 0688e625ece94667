"""Air-quality standards as data: averaging rules, breakpoints of the indices, categories and limit values.

Sources, by the names in :data:`STANDARDS`:

- ``china``: GB 3095-2012 (limit values in table 1, completeness in table 4), HJ 633-2012 (index, table 1 and annex A) and
  HJ 663-2013 (daily ozone, rounding). In force from 2012 to February 2026; the default, and a warning names its successor.
- ``china_2026``: GB 3095-2026, in force since 1 March 2026, grade 2: lower limit values of particles until 2030 (``until_2030``),
  and the final ones (``from_2031``), as the Ministry of Ecology and Environment announced them on 24 February 2026. Those of CO
  and ozone are the earlier ones; the final ones of SO2 and NO2, and grade 1, are not included. Index: HJ 633-2026, as the
  documentation of ``aqi_hub`` 0.3.3 (PyPI) states its changes; other rules as before.
- ``epa``: the US index in 40 CFR 58, appendix G, as revised on 6 March 2024 (89 FR 16202, in force since 6 May 2024); the
  primary standards with the rules on their data in 40 CFR 50, appendices K (PM10), N (PM2.5), S (NO2), T (SO2) and U (ozone).
- ``eu``: Directive (EU) 2024/2881, annex I: the limit values of Directive 2008/50/EC until 2029 (``until_2029``), and those to be
  attained by 1 January 2030 (``from_2030``); for ozone the target value. Data rules of Directive 2008/50/EC, annexes VII and XI.
- ``who``: WHO global air quality guidelines (2021), tables 0.1 and 0.2. WHO defines no index and no rule on missing hours; the
  rules of Directive 2008/50/EC, annexes VII and XI, are used instead.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.averaging import (
    AnnualMean,
    Average,
    DailyMaximum,
    DailyMean,
    NowCast,
    PeakSeasonMean,
    RunningMean,
)
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.text import suggestion

log = logging.getLogger(__name__)

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


_GASES_AND_PARTICLES = {name: pollutant.units for name, pollutant in POLLUTANTS.items()}

# China -----------------------------------------------------------------------------------------------------------------

_IAQI = (0, 50, 100, 150, 200, 300, 400, 500)


def _iaqi(*concentrations: float, extrapolation: Extrapolation = "constant") -> Curve:
    return Curve(tuple(zip((0, *concentrations), _IAQI, strict=False)), extrapolation)


_CHINA_CURVES = {
    "pm25_24h": _iaqi(35, 75, 115, 150, 250, 350, 500),
    "pm10_24h": _iaqi(50, 150, 250, 350, 420, 500, 600),
    "so2_1h": _iaqi(150, 500, 650, 800, extrapolation="none"),
    "so2_24h": _iaqi(50, 150, 475, 800, 1600, 2100, 2620),
    "no2_1h": _iaqi(100, 200, 700, 1200, 2340, 3090, 3840),
    "no2_24h": _iaqi(40, 80, 180, 280, 565, 750, 940),
    "o3_1h": _iaqi(160, 200, 300, 400, 800, 1000, 1200),
    "o3_8h": _iaqi(100, 160, 215, 265, 800, extrapolation="none"),
    "co_1h": _iaqi(5, 10, 35, 60, 90, 120, 150),
    "co_24h": _iaqi(2, 4, 14, 24, 36, 48, 60),
}

_HOUR = RunningMean()
_EIGHT_HOURS = RunningMean(8, min_hours=6)
_CHINA_MEAN = DailyMean(min_hours=20)
_CHINA_YEAR = AnnualMean(_CHINA_MEAN, min_days=324)
# HJ 663-2013: the means that end from 8 to 24 o'clock, at least 14 of them.
_CHINA_OZONE = DailyMaximum(_EIGHT_HOURS, first=0, count=17, min_count=14, valid_above=160)
_CHINA_DAY: dict[str, Average] = {
    **{f"{name}_24h": _CHINA_MEAN for name in POLLUTANTS if name != "o3"},
    "o3_1h": DailyMaximum(_HOUR, first=0, count=24, min_count=20, valid_above=200),
    "o3_8h": _CHINA_OZONE,
}
_CHINA_ROUNDING = {name: Rounding(0.1 if name == "co" else 1, "even") for name in POLLUTANTS}

_CHINA_LIMITS: tuple[tuple[str, Average, float, float], ...] = (
    ("pm25_24h", _CHINA_MEAN, 35, 75),
    ("pm25_1y", _CHINA_YEAR, 15, 35),
    ("pm10_24h", _CHINA_MEAN, 50, 150),
    ("pm10_1y", _CHINA_YEAR, 40, 70),
    ("so2_1h", _HOUR, 150, 500),
    ("so2_24h", _CHINA_MEAN, 50, 150),
    ("so2_1y", _CHINA_YEAR, 20, 60),
    ("no2_1h", _HOUR, 200, 200),
    ("no2_24h", _CHINA_MEAN, 80, 80),
    ("no2_1y", _CHINA_YEAR, 40, 40),
    ("o3_1h", _HOUR, 160, 200),
    ("o3_8h", _CHINA_OZONE, 100, 160),
    ("co_1h", _HOUR, 10, 10),
    ("co_24h", _CHINA_MEAN, 4, 4),
)


def _china_indices(curves: Mapping[str, Curve]) -> dict[str, dict[str, SubIndex]]:
    return {
        "day": {name: SubIndex(average, curves[name]) for name, average in _CHINA_DAY.items()},
        # The national network publishes an hourly index of hourly means, of particles too.
        "hour": {
            "pm25_1h": SubIndex(_HOUR, curves["pm25_24h"]),
            "pm10_1h": SubIndex(_HOUR, curves["pm10_24h"]),
            "so2_1h": SubIndex(_HOUR, curves["so2_1h"], fallback="so2_24h"),
            "so2_24h": SubIndex(RunningMean(24, min_hours=20), curves["so2_24h"]),
            **{name: SubIndex(_HOUR, curves[name]) for name in ("no2_1h", "o3_1h", "co_1h")},
        },
    }


_CHINA = Standard(
    title="GB 3095-2012, HJ 633-2012",
    units=_GASES_AND_PARTICLES,
    limits={
        name: Limit(average, {"grade_1": first, "grade_2": second}, _CHINA_ROUNDING[name.split("_")[0]])
        for name, average, first, second in _CHINA_LIMITS
    },
    levels=("grade_1", "grade_2"),
    default_level="grade_2",
    indices=_china_indices(_CHINA_CURVES),
    concentration_rounding=_CHINA_ROUNDING,
    index_rounding=Rounding(1, "up"),
    categories=(
        Category("excellent", "优", 50, "#00e400"),
        Category("good", "良", 100, "#ffff00"),
        Category("lightly_polluted", "轻度污染", 150, "#ff7e00"),
        Category("moderately_polluted", "中度污染", 200, "#ff0000"),
        Category("heavily_polluted", "重度污染", 300, "#99004c"),
        Category("severely_polluted", "严重污染", np.inf, "#7e0023"),
    ),
    primary_above=50,
    replaced=("china_2026", np.datetime64("2026-03-01")),
)

_LEVELS_2026 = ("from_2031", "until_2030")
_PARTICLES_2026 = {"pm25_24h": (50, 60), "pm25_1y": (25, 30), "pm10_24h": (100, 120), "pm10_1y": (50, 60)}
_NOT_KNOWN_FROM_2031 = ("so2", "no2")


def _limit_2026(name: str, limit: Limit) -> Limit:
    """Limit values of 2026, of gases those of grade 2 before."""
    pollutant = name.split("_")[0]
    values: dict[str, float]
    if name in _PARTICLES_2026:
        values = dict(zip(_LEVELS_2026, _PARTICLES_2026[name], strict=True))
    else:
        levels = _LEVELS_2026[1:] if pollutant in _NOT_KNOWN_FROM_2031 else _LEVELS_2026
        values = dict.fromkeys(levels, limit.values["grade_2"])
    return replace(limit, values=values)


_CHINA_CURVES_2026 = _CHINA_CURVES | {
    "pm25_24h": _iaqi(35, 60, 115, 150, 250, 350, 500),
    "pm10_24h": _iaqi(50, 120, 250, 350, 420, 500, 600),
    # Above 800, the index stays at its last value.
    "so2_1h": _iaqi(150, 500, 650, 800),
    "o3_8h": _iaqi(100, 160, 215, 265, 800),
}

_CHINA_2026 = replace(
    _CHINA,
    title="GB 3095-2026, HJ 633-2026",
    limits={name: _limit_2026(name, limit) for name, limit in _CHINA.limits.items()},
    levels=_LEVELS_2026,
    default_level="until_2030",
    indices=_china_indices(_CHINA_CURVES_2026),
    replaced=None,
)

# United States ---------------------------------------------------------------------------------------------------------

_ENDS = (0, 50, 51, 100, 101, 150, 151, 200, 201, 300, 301, 500)


def _classes(*ends: float, extrapolation: Extrapolation = "linear", first: int = 0) -> Curve:
    """Curve through both ends of each class of concentrations, starting with the class whose lowest index is ``first``."""
    return Curve(tuple(zip(ends, _ENDS[_ENDS.index(first) :], strict=False)), extrapolation)


_EPA_CURVES = {
    "pm25_24h": _classes(0, 9.0, 9.1, 35.4, 35.5, 55.4, 55.5, 125.4, 125.5, 225.4, 225.5, 325.4),
    "pm10_24h": _classes(0, 54, 55, 154, 155, 254, 255, 354, 355, 424, 425, 604),
    "so2_1h": _classes(0, 35, 36, 75, 76, 185, 186, 304, extrapolation="none"),
    # With more than 304 ppb in an hour the index is at least 200, and the daily mean determines it.
    "so2_24h": Curve(((0, 200), (304, 200), (305, 201), (604, 300), (605, 301), (1004, 500)), "linear"),
    "no2_1h": _classes(0, 53, 54, 100, 101, 360, 361, 649, 650, 1249, 1250, 2049),
    "o3_1h": _classes(0.125, 0.164, 0.165, 0.204, 0.205, 0.404, 0.405, 0.604, first=101),
    # Indices above 300 come from the 1-hour value; above 0.200 ppm in 8 hours the index is at least that of 0.200 ppm.
    "o3_8h": _classes(0, 0.054, 0.055, 0.070, 0.071, 0.085, 0.086, 0.105, 0.106, 0.200, extrapolation="constant"),
    "co_8h": _classes(0, 4.4, 4.5, 9.4, 9.5, 12.4, 12.5, 15.4, 15.5, 30.4, 30.5, 50.4),
}


def _highest_hour(valid_above: float) -> DailyMaximum:
    return DailyMaximum(_HOUR, first=0, count=24, min_count=18, valid_above=valid_above)


_EPA_MEAN = DailyMean(min_hours=18)
_EPA_YEAR = AnnualMean(_EPA_MEAN, min_days=274)
_EPA_DAY: dict[str, Average] = {
    "pm25_24h": _EPA_MEAN,
    "pm10_24h": _EPA_MEAN,
    "so2_1h": _highest_hour(75),
    "so2_24h": _EPA_MEAN,
    "no2_1h": _highest_hour(100),
    "o3_1h": _highest_hour(0.124),
    # Appendix U: the means that begin from 7 to 23 o'clock, at least 13 of them.
    "o3_8h": DailyMaximum(_EIGHT_HOURS, first=7, count=17, min_count=13, valid_above=0.070),
    "co_8h": DailyMaximum(_EIGHT_HOURS, first=-7, count=24, min_count=18, valid_above=9),
}
_EPA_HOUR: dict[str, Average] = {
    "pm25_nowcast": NowCast(),
    "pm10_nowcast": NowCast(),
    "so2_1h": _HOUR,
    "so2_24h": RunningMean(24, min_hours=18),
    "no2_1h": _HOUR,
    "o3_1h": _HOUR,
    "o3_8h": _EIGHT_HOURS,
    "co_8h": _EIGHT_HOURS,
}


def _epa_indices(averages: Mapping[str, Average]) -> dict[str, SubIndex]:
    return {
        name: SubIndex(
            average, _EPA_CURVES[name.replace("nowcast", "24h")], fallback="so2_24h" if name == "so2_1h" else ""
        )
        for name, average in averages.items()
    }


_EPA_LIMITS: tuple[tuple[str, Average, float, float, RoundingMode], ...] = (
    ("pm25_24h", _EPA_MEAN, 35, 1, "half_up"),
    ("pm25_1y", _EPA_YEAR, 9.0, 0.1, "half_up"),
    ("pm10_24h", _EPA_MEAN, 150, 10, "half_up"),
    ("so2_1h", _EPA_DAY["so2_1h"], 75, 1, "half_up"),
    ("no2_1h", _EPA_DAY["no2_1h"], 100, 1, "half_up"),
    ("no2_1y", _EPA_YEAR, 53, 1, "half_up"),
    ("o3_8h", _EPA_DAY["o3_8h"], 0.070, 0.001, "down"),
    ("co_1h", _highest_hour(35), 35, 1, "half_up"),
    ("co_8h", _EPA_DAY["co_8h"], 9, 1, "half_up"),
)

_EPA = Standard(
    title="US EPA, 40 CFR 50 and 58 as of May 2024",
    units={**_GASES_AND_PARTICLES, "so2": "ppb", "no2": "ppb", "o3": "ppm", "co": "ppm"},
    limits={
        name: Limit(average, {"primary": value}, Rounding(step, mode))
        for name, average, value, step, mode in _EPA_LIMITS
    },
    levels=("primary",),
    default_level="primary",
    indices={"day": _epa_indices(_EPA_DAY), "hour": _epa_indices(_EPA_HOUR)},
    concentration_rounding={
        "pm25": Rounding(0.1, "down"),
        "pm10": Rounding(1, "down"),
        "so2": Rounding(1, "down"),
        "no2": Rounding(1, "down"),
        "o3": Rounding(0.001, "down"),
        "co": Rounding(0.1, "down"),
    },
    index_rounding=Rounding(1, "half_up"),
    categories=(
        Category("good", "Good", 50, "#00e400"),
        Category("moderate", "Moderate", 100, "#ffff00"),
        Category("unhealthy_for_sensitive_groups", "Unhealthy for Sensitive Groups", 150, "#ff7e00"),
        Category("unhealthy", "Unhealthy", 200, "#ff0000"),
        Category("very_unhealthy", "Very Unhealthy", 300, "#8f3f97"),
        Category("hazardous", "Hazardous", np.inf, "#7e0023"),
    ),
)

# WHO -------------------------------------------------------------------------------------------------------------------

_WHO_LEVELS = ("AQG", "IT4", "IT3", "IT2", "IT1")
_WHO_MEAN = DailyMean(min_hours=18)
_WHO_YEAR = AnnualMean(_WHO_MEAN, min_days=274)


def _highest_eight_hours(valid_above: float) -> DailyMaximum:
    # Annex VII of the directive: the means that end on the day, at least 18 of them.
    return DailyMaximum(_EIGHT_HOURS, first=-7, count=24, min_count=18, valid_above=valid_above)


def _targets(average: Average, *interim: float, guideline: float) -> Limit:
    """Limit with ``interim`` targets 1 to 4 in the order of the WHO tables, NaN where there is none."""
    values = dict(zip(_WHO_LEVELS, (guideline, *reversed(interim)), strict=True))
    return Limit(average, {level: value for level, value in values.items() if not np.isnan(value)})


_NONE = np.nan

_WHO = Standard(
    title="WHO global air quality guidelines (2021)",
    units=_GASES_AND_PARTICLES,
    limits={
        "pm25_24h": _targets(_WHO_MEAN, 75, 50, 37.5, 25, guideline=15),
        "pm25_1y": _targets(_WHO_YEAR, 35, 25, 15, 10, guideline=5),
        "pm10_24h": _targets(_WHO_MEAN, 150, 100, 75, 50, guideline=45),
        "pm10_1y": _targets(_WHO_YEAR, 70, 50, 30, 20, guideline=15),
        "so2_24h": _targets(_WHO_MEAN, 125, 50, _NONE, _NONE, guideline=40),
        "no2_1h": _targets(_HOUR, *4 * [_NONE], guideline=200),
        "no2_24h": _targets(_WHO_MEAN, 120, 50, _NONE, _NONE, guideline=25),
        "no2_1y": _targets(_WHO_YEAR, 40, 30, 20, _NONE, guideline=10),
        "o3_8h": _targets(_highest_eight_hours(100), 160, 120, _NONE, _NONE, guideline=100),
        "o3_peak_season": _targets(PeakSeasonMean(_highest_eight_hours(100)), 100, 70, _NONE, _NONE, guideline=60),
        "co_1h": _targets(_HOUR, *4 * [_NONE], guideline=35),
        "co_8h": _targets(_highest_eight_hours(10), *4 * [_NONE], guideline=10),
        "co_24h": _targets(_WHO_MEAN, 7, _NONE, _NONE, _NONE, guideline=4),
    },
    levels=_WHO_LEVELS,
    default_level="AQG",
)

# European Union --------------------------------------------------------------------------------------------------------

# Annex XI of Directive 2008/50/EC: annual means need nine tenths of the year.
_EU_YEAR = AnnualMean(_WHO_MEAN, min_days=329)

_EU_LIMITS: tuple[tuple[str, Average, float, float], ...] = (
    ("pm25_24h", _WHO_MEAN, 25, _NONE),
    ("pm25_1y", _EU_YEAR, 10, 25),
    ("pm10_24h", _WHO_MEAN, 45, 50),
    ("pm10_1y", _EU_YEAR, 20, 40),
    ("so2_1h", _HOUR, 350, 350),
    ("so2_24h", _WHO_MEAN, 50, 125),
    ("so2_1y", _EU_YEAR, 20, _NONE),
    ("no2_1h", _HOUR, 200, 200),
    ("no2_24h", _WHO_MEAN, 50, _NONE),
    ("no2_1y", _EU_YEAR, 20, 40),
    ("o3_8h", _highest_eight_hours(120), 120, 120),
    ("co_8h", _highest_eight_hours(10), 10, 10),
    ("co_24h", _WHO_MEAN, 4, _NONE),
)

_EU_LEVELS = ("from_2030", "until_2029")


def _in_force(*values: float) -> dict[str, float]:
    """Return limit values by level, without missing ones."""
    return {level: value for level, value in zip(_EU_LEVELS, values, strict=True) if not np.isnan(value)}


_EU = Standard(
    title="Directive (EU) 2024/2881",
    units=_GASES_AND_PARTICLES,
    # Averages are rounded to the decimals of the limit values.
    limits={
        name: Limit(average, _in_force(later, now), Rounding(1, "half_up")) for name, average, later, now in _EU_LIMITS
    },
    levels=_EU_LEVELS,
    default_level="until_2029",
)

STANDARDS: Mapping[str, Standard] = MappingProxyType(
    {"china": _CHINA, "china_2026": _CHINA_2026, "epa": _EPA, "eu": _EU, "who": _WHO}
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
