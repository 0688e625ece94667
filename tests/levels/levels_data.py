"""Small hourly data in local time."""

import numpy as np
import pandas as pd
import xarray as xr


def hourly(zone="Asia/Shanghai", start="2025-01-01 01:00", units=None, **values):
    """Hourly data from a local time on, the end of the first hour; with the dimension ``station`` if values have two axes."""
    length = len(next(iter(values.values())))
    first = pd.Timestamp(start).tz_localize(zone).tz_convert("UTC").tz_localize(None)
    time = pd.date_range(first, periods=length, freq="h", unit="ns")
    variables = {}
    for name, array in values.items():
        array = np.asarray(array, np.float32)
        variables[name] = (("time", "station")[: array.ndim], array, {"units": units} if units else {})
    return xr.Dataset(variables, {"time": time}, {"time_zone": zone, "source": "made up"})


def steady(zone="Asia/Shanghai", units=None, hours=24, **values):
    """A local day with constant values, one per station if there are several."""
    return hourly(zone, units=units, **{name: np.tile(np.asarray(value), (hours, 1)) for name, value in values.items()})
