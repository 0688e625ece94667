"""Standards of the United States.

- ``epa``: the US index in 40 CFR 58, appendix G, as revised on 6 March 2024 (89 FR 16202, in force since 6 May 2024); the
  primary standards with the rules on their data in 40 CFR 50, appendices K (PM10), N (PM2.5), S (NO2), T (SO2) and U (ozone).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aqnet_pyg.levels.averaging import AnnualMean, Average, DailyMaximum, DailyMean, NowCast, RunningMean
from aqnet_pyg.levels.standard import (
    EIGHT_HOURS,
    GASES_AND_PARTICLES,
    HOUR,
    Category,
    Curve,
    Extrapolation,
    Limit,
    Rounding,
    RoundingMode,
    Standard,
    SubIndex,
)

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
    return DailyMaximum(HOUR, first=0, count=24, min_count=18, valid_above=valid_above)


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
    "o3_8h": DailyMaximum(EIGHT_HOURS, first=7, count=17, min_count=13, valid_above=0.070),
    "co_8h": DailyMaximum(EIGHT_HOURS, first=-7, count=24, min_count=18, valid_above=9),
}
_EPA_HOUR: dict[str, Average] = {
    "pm25_nowcast": NowCast(),
    "pm10_nowcast": NowCast(),
    "so2_1h": HOUR,
    "so2_24h": RunningMean(24, min_hours=18),
    "no2_1h": HOUR,
    "o3_1h": HOUR,
    "o3_8h": EIGHT_HOURS,
    "co_8h": EIGHT_HOURS,
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

EPA = Standard(
    title="US EPA, 40 CFR 50 and 58 as of May 2024",
    units={**GASES_AND_PARTICLES, "so2": "ppb", "no2": "ppb", "o3": "ppm", "co": "ppm"},
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
