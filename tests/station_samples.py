"""Small station data for tests."""

import numpy as np
import pandas as pd

from aqnet_pyg.stations import make_station_data


def random_station_data(stations=12, hours=72, seed=0, missing=0.1, zone="Asia/Shanghai"):
    """Station data with a smooth field in space and time, noise, and gaps."""
    rng = np.random.default_rng(seed)
    longitude, latitude = rng.uniform(110, 120, stations), rng.uniform(33, 41, stations)
    time = pd.date_range("2016-12-01", periods=hours, freq="h")
    phase = longitude / 3 + latitude / 5 + 2 * np.pi * np.arange(hours)[:, None] / 24
    pm25 = 60 + 40 * np.sin(phase) + rng.normal(0, 3, (hours, stations))
    variables = {"pm25": pm25.clip(1), "pm10": 1.5 * pm25.clip(1), "o3": 80 - 0.5 * pm25}
    for values in variables.values():
        values[rng.random(values.shape) < missing] = np.nan
    table = pd.DataFrame(
        {"longitude": longitude, "latitude": latitude}, index=[f"S{number:03d}" for number in rng.permutation(stations)]
    )
    return make_station_data(variables, time, table, time_zone=zone, source="made up for tests")
