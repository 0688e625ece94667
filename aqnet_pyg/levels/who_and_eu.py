"""Guidelines of the WHO, and limit values of the European Union.

- ``who``: WHO global air quality guidelines (2021), tables 0.1 and 0.2. WHO defines no index and no rule on missing hours; the
  rules of Directive 2008/50/EC, annexes VII and XI, are used instead.
- ``eu``: Directive (EU) 2024/2881, annex I: the limit values of Directive 2008/50/EC until 2029 (``until_2029``), and those to be
  attained by 1 January 2030 (``from_2030``); for ozone the target value. Data rules of Directive 2008/50/EC, annexes VII and XI.
"""

from __future__ import annotations

import numpy as np

from aqnet_pyg.levels.averaging import AnnualMean, Average, DailyMaximum, DailyMean, PeakSeasonMean
from aqnet_pyg.levels.standard import EIGHT_HOURS, GASES_AND_PARTICLES, HOUR, Limit, Rounding, Standard

_WHO_LEVELS = ("AQG", "IT4", "IT3", "IT2", "IT1")
_WHO_MEAN = DailyMean(min_hours=18)
_WHO_YEAR = AnnualMean(_WHO_MEAN, min_days=274)


def _highest_eight_hours(valid_above: float) -> DailyMaximum:
    # Annex VII of the directive: the means that end on the day, at least 18 of them.
    return DailyMaximum(EIGHT_HOURS, first=-7, count=24, min_count=18, valid_above=valid_above)


def _targets(average: Average, *interim: float, guideline: float) -> Limit:
    """Limit with ``interim`` targets 1 to 4 in the order of the WHO tables, NaN where there is none."""
    values = dict(zip(_WHO_LEVELS, (guideline, *reversed(interim)), strict=True))
    return Limit(average, {level: value for level, value in values.items() if not np.isnan(value)})


_NONE = np.nan

WHO = Standard(
    title="WHO global air quality guidelines (2021)",
    units=GASES_AND_PARTICLES,
    limits={
        "pm25_24h": _targets(_WHO_MEAN, 75, 50, 37.5, 25, guideline=15),
        "pm25_1y": _targets(_WHO_YEAR, 35, 25, 15, 10, guideline=5),
        "pm10_24h": _targets(_WHO_MEAN, 150, 100, 75, 50, guideline=45),
        "pm10_1y": _targets(_WHO_YEAR, 70, 50, 30, 20, guideline=15),
        "so2_24h": _targets(_WHO_MEAN, 125, 50, _NONE, _NONE, guideline=40),
        "no2_1h": _targets(HOUR, *4 * [_NONE], guideline=200),
        "no2_24h": _targets(_WHO_MEAN, 120, 50, _NONE, _NONE, guideline=25),
        "no2_1y": _targets(_WHO_YEAR, 40, 30, 20, _NONE, guideline=10),
        "o3_8h": _targets(_highest_eight_hours(100), 160, 120, _NONE, _NONE, guideline=100),
        "o3_peak_season": _targets(PeakSeasonMean(_highest_eight_hours(100)), 100, 70, _NONE, _NONE, guideline=60),
        "co_1h": _targets(HOUR, *4 * [_NONE], guideline=35),
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
    ("so2_1h", HOUR, 350, 350),
    ("so2_24h", _WHO_MEAN, 50, 125),
    ("so2_1y", _EU_YEAR, 20, _NONE),
    ("no2_1h", HOUR, 200, 200),
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


EU = Standard(
    title="Directive (EU) 2024/2881",
    units=GASES_AND_PARTICLES,
    # Averages are rounded to the decimals of the limit values.
    limits={
        name: Limit(average, _in_force(later, now), Rounding(1, "half_up")) for name, average, later, now in _EU_LIMITS
    },
    levels=_EU_LEVELS,
    default_level="until_2029",
)
