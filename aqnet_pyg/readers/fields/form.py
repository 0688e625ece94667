"""The form of a field in memory, which all modules of this package exchange."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import fold_longitude

SUFFIX = "_first_guess"
"""End of the name of a field, after the pollutant."""

TIME = {"standard_name": "time", "long_name": "end of the averaging hour, UTC"}
LONGITUDE = {"standard_name": "longitude", "units": "degrees_east"}
LATITUDE = {"standard_name": "latitude", "units": "degrees_north"}

_REGULAR, _CURVILINEAR, _POINTS = ("latitude", "longitude"), ("y", "x"), ("point",)


def check_field(field: Any, what: str = "first guess") -> xr.DataArray:
    """Check that an array has the form of a field, and return it with the standard order of dimensions.

    Args:
        field: The result of :func:`~aqnet_pyg.readers.fields.reading.read_field`, or an array like it: dimensions ``(time,
            latitude, longitude)`` with ascending coordinates, ``(time, y, x)`` or ``(time, point)`` with coordinates
            ``longitude`` and ``latitude`` along the horizontal dimensions. Without ``time`` it is a snapshot.
        what: What it is called in messages.

    Raises:
        InputError: If it has not this form.
    """
    if not isinstance(field, xr.DataArray):
        raise InputError(
            f"{what}: {type(field).__name__} was given; give an xarray.DataArray such as read_field returns."
        )
    dims = next((kind for kind in (_REGULAR, _CURVILINEAR, _POINTS) if set(field.dims) - {"time"} == set(kind)), None)
    if dims is None:
        raise InputError(
            f"{what}: the field has the dimensions {tuple(field.dims)}; use (time, latitude, longitude), (time, y, x) or "
            "(time, point), such as read_field returns."
        )
    if not all(field.sizes[name] for name in field.dims):
        raise InputError(f"{what}: the field is empty; check the selection.")
    for name in ("longitude", "latitude"):
        wanted = (name,) if dims == _REGULAR else dims
        if name not in field.coords or set(field[name].dims) != set(wanted):
            raise InputError(f"{what}: the field has no coordinate {name!r} along {wanted}; add it, in degrees.")
        if not np.isfinite(field[name].values).all():
            raise InputError(f"{what}: some values of {name!r} are missing; give all of them, in degrees.")
        if dims == _REGULAR and (np.diff(field[name].values) <= 0).any():
            raise InputError(f"{what}: the coordinate {name!r} is not ascending; use sortby({name!r}).")
    if "time" in field.dims:
        hours = field.indexes.get("time")
        if not isinstance(hours, pd.DatetimeIndex) or hours.hasnans or hours.has_duplicates:
            raise InputError(f"{what}: 'time' is not a coordinate of distinct hours in UTC; give each hour once.")
    return field.transpose("time", *dims, missing_dims="ignore")


def horizontal(field: xr.DataArray) -> tuple[str, ...]:
    """Return the horizontal dimensions of a field of standard form, in order."""
    return tuple(str(name) for name in field.dims if name != "time")


def standard_longitude(longitude: np.ndarray) -> np.ndarray:
    """Shift longitudes into the range from -180 up to but not including 180 degrees, rounded to 1e-9 degrees, any shape.

    The rounding removes the rounding errors of files with longitudes from 0 to 360 degrees, so that both give equal results.
    """
    folded = np.round(fold_longitude(np.asarray(longitude, np.float64)), 9)
    return np.where(folded == 180, -180.0, folded) + 0.0
