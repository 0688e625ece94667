"""Data sets as the CF conventions want them in a file, and back.

In memory, codes are the index of the stations and hours and cells have centers only. In a file, CF wants numbers in a
variable that is named like its dimension, and the bounds of every hour and cell.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

__all__ = ["TIME_ENCODING", "from_cf", "to_cf"]

_LEAP = {"units_metadata": "leap_seconds: none"}

TIME_ENCODING = {"units": "hours since 1970-01-01T00:00:00+00:00", "calendar": "standard", "dtype": "int32"}
"""Of every axis of time: whole hours, with the zone in the units."""

_CODE = "_code"
"""Ends the name of a coordinate of text that was the index of its dimension."""

_BOUNDS = "_bnds"
"""Ends the name of the bounds of a coordinate."""


def to_cf(dataset: xr.Dataset) -> xr.Dataset:
    """A data set as it goes into a file: codes renamed, bounds added; nothing is computed.

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
        # CF allows a fill value in data only, and whole numbers have none to spare.
        missing = np.nan if name in dataset.data_vars and variable.dtype.kind == "f" else None
        variable.encoding["_FillValue"] = missing
        if variable.dtype.kind == "M":
            variable.encoding |= TIME_ENCODING
            variable.attrs |= _LEAP
    return dataset


def from_cf(dataset: xr.Dataset) -> xr.Dataset:
    """A data set as it is in memory: undoes :func:`to_cf`; text is of any length, as the readers give it."""
    for name, coordinate in dataset.coords.items():
        if coordinate.dtype.kind in "UT":
            dataset[name] = coordinate.astype(object)
    codes = [str(name) for name in dataset.coords if str(name).endswith(_CODE)]
    for name in codes:
        index = name.removesuffix(_CODE)
        dataset = dataset.rename_vars({name: index}).set_xindex(index)
    bounds: list[Any] = [name for name in dataset.variables if str(name).endswith(_BOUNDS)]
    dataset = dataset.drop_vars(bounds)
    for variable in dataset.variables.values():
        for name in ("bounds", *_LEAP):
            variable.attrs.pop(name, None)
    return dataset


def _bounds(index: pd.Index) -> np.ndarray:
    """Ends of hours, or borders half-way between centers: shape ``[n, 2]``."""
    center = index.to_numpy()
    if index.dtype.kind == "M":  # an hour is labeled by its end
        return np.stack([center - np.timedelta64(1, "h"), center], axis=1)
    if len(center) < 2:
        return np.stack([center, center], axis=1)
    middle = (center[1:] + center[:-1]) / 2
    edges = np.concatenate([[2 * center[0] - middle[0]], middle, [2 * center[-1] - middle[-1]]])
    return np.stack([edges[:-1], edges[1:]], axis=1)
