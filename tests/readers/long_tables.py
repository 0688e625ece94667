"""Small long tables for tests."""

import numpy as np

HEADER = "station,time,longitude,latitude,pm25\n"
HEADER_WITH_PARTS = "station,year,month,day,hour,longitude,latitude,pm25\n"


def write(folder, text, name="data.csv"):
    """Write a table and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def series(dataset, name, station):
    """Valid values of a station by UTC time, to the minute."""
    values = dataset[name].sel(station=station).to_series()
    return {str(time)[:16]: float(value) for time, value in values.items() if np.isfinite(value)}
