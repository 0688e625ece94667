"""Small cases for the tests of the evaluation."""

import numpy as np
from station_samples import random_station_data

from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.forecast_case import ForecastCase
from aqnet_pyg.windows import Window

HIDDEN = ("S001", "S004", "S007")


def hours_of(length, shares=(0.5, 0.2)):
    """Train, validation and test in this order."""
    position = np.arange(length) / length
    first, second = shares[0], sum(shares)
    return {
        "train": position < first,
        "validation": (position >= first) & (position < second),
        "test": position >= second,
    }


def small_case(stations=16, hours=120, hidden=HIDDEN, **options):
    data = random_station_data(stations, hours, missing=0.03)  # few patterns of gaps: fewer kriging systems
    return Case("small", data, "pm25", hidden, **hours_of(hours), **options)


def small_forecast_case(stations=8, hours=24 * 20, **options):
    data = random_station_data(stations, hours)
    options = {"window": Window(48, horizon=24), "hidden": HIDDEN[:2]} | options
    return ForecastCase("forecast", data, "pm25", **hours_of(hours, (0.3, 0.1)), **options)
