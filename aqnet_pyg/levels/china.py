"""Standards of China.

- ``china``: GB 3095-2012 (limit values in table 1, completeness in table 4), HJ 633-2012 (index, table 1 and annex A) and
  HJ 663-2013 (daily ozone, rounding). In force from 2012 to February 2026; the default, and a warning names its successor.
- ``china_2026``: GB 3095-2026, in force since 1 March 2026, grade 2: lower limit values of particles until 2030 (``until_2030``),
  and the final ones (``from_2031``), as the Ministry of Ecology and Environment announced them on 24 February 2026. Those of CO
  and ozone are the earlier ones; the final ones of SO2 and NO2, and grade 1, are not included. Index: HJ 633-2026, as the
  documentation of ``aqi_hub`` 0.3.3 (PyPI) states its changes; other rules as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from aqnet_pyg.levels.averaging import AnnualMean, Average, DailyMaximum, DailyMean, RunningMean
from aqnet_pyg.levels.standard import (
    EIGHT_HOURS,
    GASES_AND_PARTICLES,
    HOUR,
    Category,
    Curve,
    Extrapolation,
    Limit,
    Rounding,
    Standard,
    SubIndex,
)
from aqnet_pyg.stations import POLLUTANTS

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

_CHINA_MEAN = DailyMean(min_hours=20)
_CHINA_YEAR = AnnualMean(_CHINA_MEAN, min_days=324)
# HJ 663-2013: the means that end from 8 to 24 o'clock, at least 14 of them.
_CHINA_OZONE = DailyMaximum(EIGHT_HOURS, first=0, count=17, min_count=14, valid_above=160)
_CHINA_DAY: dict[str, Average] = {
    **{f"{name}_24h": _CHINA_MEAN for name in POLLUTANTS if name != "o3"},
    "o3_1h": DailyMaximum(HOUR, first=0, count=24, min_count=20, valid_above=200),
    "o3_8h": _CHINA_OZONE,
}
_CHINA_ROUNDING = {name: Rounding(0.1 if name == "co" else 1, "even") for name in POLLUTANTS}

_CHINA_LIMITS: tuple[tuple[str, Average, float, float], ...] = (
    ("pm25_24h", _CHINA_MEAN, 35, 75),
    ("pm25_1y", _CHINA_YEAR, 15, 35),
    ("pm10_24h", _CHINA_MEAN, 50, 150),
    ("pm10_1y", _CHINA_YEAR, 40, 70),
    ("so2_1h", HOUR, 150, 500),
    ("so2_24h", _CHINA_MEAN, 50, 150),
    ("so2_1y", _CHINA_YEAR, 20, 60),
    ("no2_1h", HOUR, 200, 200),
    ("no2_24h", _CHINA_MEAN, 80, 80),
    ("no2_1y", _CHINA_YEAR, 40, 40),
    ("o3_1h", HOUR, 160, 200),
    ("o3_8h", _CHINA_OZONE, 100, 160),
    ("co_1h", HOUR, 10, 10),
    ("co_24h", _CHINA_MEAN, 4, 4),
)


def _china_indices(curves: Mapping[str, Curve]) -> dict[str, dict[str, SubIndex]]:
    return {
        "day": {name: SubIndex(average, curves[name]) for name, average in _CHINA_DAY.items()},
        # The national network publishes an hourly index of hourly means, of particles too.
        "hour": {
            "pm25_1h": SubIndex(HOUR, curves["pm25_24h"]),
            "pm10_1h": SubIndex(HOUR, curves["pm10_24h"]),
            "so2_1h": SubIndex(HOUR, curves["so2_1h"], fallback="so2_24h"),
            "so2_24h": SubIndex(RunningMean(24, min_hours=20), curves["so2_24h"]),
            **{name: SubIndex(HOUR, curves[name]) for name in ("no2_1h", "o3_1h", "co_1h")},
        },
    }


CHINA = Standard(
    title="GB 3095-2012, HJ 633-2012",
    units=GASES_AND_PARTICLES,
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

CHINA_2026 = replace(
    CHINA,
    title="GB 3095-2026, HJ 633-2026",
    limits={name: _limit_2026(name, limit) for name, limit in CHINA.limits.items()},
    levels=_LEVELS_2026,
    default_level="until_2030",
    indices=_china_indices(_CHINA_CURVES_2026),
    replaced=None,
)
