"""Small files in the conventions of atmospheric models, and the fields in them."""

import numpy as np
import pandas as pd
import xarray as xr


def plane(longitude, latitude, hours=0.0):
    """A field in µg m-3 that is linear in longitude, latitude and hours, so that interpolation gives it back."""
    return 100 + 0.25 * np.asarray(longitude) + 0.5 * np.asarray(latitude) + np.asarray(hours)


def regular(time, longitude, latitude, *, name="pm2p5", units="kg m**-3", factor=1e-9, dims=None, attrs=None):
    """A data set on a regular grid with the values of :func:`plane`, hours from the first time."""
    time = pd.DatetimeIndex(time)
    hours = (time - time[0]) / pd.Timedelta("1h")
    folded = (np.asarray(longitude) + 180) % 360 - 180
    values = (
        plane(folded[None, None, :], np.asarray(latitude)[None, :, None], np.asarray(hours)[:, None, None]) * factor
    )
    names = dims or ("time", "latitude", "longitude")
    return xr.Dataset(
        {name: (names, values, {"units": units, **(attrs or {})})},
        {names[0]: time, names[1]: np.asarray(latitude), names[2]: np.asarray(longitude)},
    )


def write(dataset, path, **encoding):
    """Write a NetCDF file, of the classic kind if its name ends with ``.cdf``."""
    if path.suffix == ".cdf":
        dataset.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT", encoding=encoding)
    else:
        dataset.to_netcdf(path, engine="h5netcdf", encoding=encoding)
    return path
