"""Conversion of data sets between the layout in memory and the CF conventions in files.

In memory, station codes are an index and hours and grid cells are represented by one coordinate each. CF requires numbers in a
coordinate variable that is named like its dimension, so codes are written to another variable; and files hold the bounds of
hours and cells.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

_LEAP_SECONDS = {"units_metadata": "leap_seconds: none"}

TIME_ENCODING = {"units": "hours since 1970-01-01T00:00:00+00:00", "calendar": "standard", "dtype": "int32"}
"""Encoding of every time axis: whole hours, with the time zone in the units."""

_CODE = "_code"
"""Suffix of a text coordinate that is the index of its dimension in memory."""

_BOUNDS = "_bnds"
"""Suffix of the bounds of a coordinate."""


def to_cf(dataset: xr.Dataset) -> xr.Dataset:
    """Convert a data set to its layout in a file: codes renamed and bounds added, without computing anything.

    Args:
        dataset: Station data or a product.
    """
    dataset = dataset.drop_encoding()
    for name, index in dataset.indexes.items():
        if index.dtype.kind not in "iufM":
            dataset = dataset.reset_index(name).rename_vars({name: f"{name}{_CODE}"})
    for name in ("time", "latitude", "longitude"):
        if name in dataset.indexes:
            bounds = f"{name}{_BOUNDS}"
            dataset = dataset.assign_coords({bounds: ((name, "bnds"), _bounds(dataset.indexes[name]))})
            dataset[name].attrs["bounds"] = bounds
    for name, variable in dataset.variables.items():
        # CF allows a fill value in data variables only; integers use their whole range.
        missing = np.nan if name in dataset.data_vars and variable.dtype.kind == "f" else None
        variable.encoding["_FillValue"] = missing
        if variable.dtype.kind == "M":
            variable.encoding |= TIME_ENCODING
            variable.attrs |= _LEAP_SECONDS
    return dataset


def from_cf(dataset: xr.Dataset) -> xr.Dataset:
    """Convert a data set that was read from a file to its layout in memory; the inverse of :func:`to_cf`.

    Args:
        dataset: The data set as xarray opens the file. Text becomes Python strings, as the readers return it.
    """
    for name, coordinate in dataset.coords.items():
        if coordinate.dtype.kind in "UT":
            dataset[name] = coordinate.astype(object)
    codes = [str(name) for name in dataset.coords if str(name).endswith(_CODE)]
    for name in codes:
        index = name.removesuffix(_CODE)
        dataset = dataset.rename_vars({name: index}).set_xindex(index)
    dataset = dataset.drop_vars([name for name in dataset.variables if str(name).endswith(_BOUNDS)])
    for variable in dataset.variables.values():
        for attribute in ("bounds", *_LEAP_SECONDS):
            variable.attrs.pop(attribute, None)
    return dataset


def _bounds(index: pd.Index) -> np.ndarray:
    """Start and end of hours, or borders halfway between cell centers; shape ``[n, 2]``."""
    center = index.to_numpy()
    if index.dtype.kind == "M":  # an hour is labeled by its end
        return np.stack([center - np.timedelta64(1, "h"), center], axis=1)
    if len(center) < 2:
        return np.stack([center, center], axis=1)
    middle = (center[1:] + center[:-1]) / 2
    edges = np.concatenate([[2 * center[0] - middle[0]], middle, [2 * center[-1] - middle[-1]]])
    return np.stack([edges[:-1], edges[1:]], axis=1)
