"""Values of a field at places."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError, optional_imports
from aqnet_pyg.readers.fields.curvilinear import locate_curvilinear
from aqnet_pyg.readers.fields.form import check_field, horizontal
from aqnet_pyg.readers.fields.rectilinear import locate_rectilinear
from aqnet_pyg.readers.fields.stencils import Stencil
from aqnet_pyg.readers.fields.triangles import locate_in_triangles
from aqnet_pyg.stations import check_coordinates

_BLOCK = 1 << 24
"""Number of values of a field in memory that are taken at once."""

_CHUNKS = 8
"""Number of chunks of a lazy field that are computed at once."""


def sample(field: xr.DataArray, longitude: Any, latitude: Any, time: Any = None) -> np.ndarray:
    """Interpolate a field to places.

    On a regular grid the interpolation is bilinear, also across 180 degrees and the seam of a global grid; on a curvilinear grid
    bilinear within the quadrilateral of cell centers; among points linear in triangles (:mod:`.triangles`). The field ends at
    the centers of its outermost cells. Of a lazy field, only the part around the places is computed, block by block in time.

    Args:
        field: A field as from :func:`~aqnet_pyg.readers.read_field`; dimensions ``(time, latitude, longitude)``, ``(time, y,
            x)`` or ``(time, point)``. One without ``time``, a snapshot, is valid at all hours.
        longitude: Degrees east, -180 to 360, shape ``[place]``.
        latitude: Degrees north, shape ``[place]``.
        time: Ends of the hours in UTC, shape ``[time]``, in any order; by default those of the field (a snapshot has one).

    Returns:
        Float32 values in the units of the field, shape ``[time, place]``; NaN outside of the field, where a cell around the place
        is missing, and at hours that the field does not have.

    Raises:
        InputError: If the field has another form, or a coordinate is invalid.
    """
    region, stencil = _around(field, longitude, latitude)
    if "time" not in region.dims:
        (values,) = _values(region.expand_dims("time"), stencil, np.array([0]))
        return np.repeat(values[None], 1 if time is None else len(time), axis=0)
    hours = pd.DatetimeIndex(region.indexes["time"])
    if time is None:
        return _values(region, stencil, np.arange(len(hours)))
    rows = hours.get_indexer(pd.DatetimeIndex(np.asarray(time)))
    values = np.full((len(rows), len(stencil.inside)), np.nan, np.float32)
    found = rows >= 0
    needed, position = np.unique(rows[found], return_inverse=True)
    values[found] = _values(region, stencil, needed)[position]
    return values


def sample_lazily(field: xr.DataArray, longitude: Any, latitude: Any, time: Any) -> Any:
    """Interpolate a field to places as :func:`sample` does, when the values are computed.

    Args:
        field: A field, as for :func:`sample`.
        longitude: Degrees east, -180 to 360, shape ``[place]``.
        latitude: Degrees north, shape ``[place]``.
        time: Ends of the hours in UTC, shape ``[time]``.

    Returns:
        A dask array of float32 values, shape ``[time, place]``. A block of it needs only the chunks of the field in its hours.

    Raises:
        InputError: As :func:`sample`.
        ModuleNotFoundError: If dask is not installed.
    """
    with optional_imports():
        import dask.array as da

    region, stencil = _around(field, longitude, latitude)
    snapshot = "time" not in region.dims
    region = region.expand_dims("time") if snapshot else region
    cells = int(np.prod(region.shape[1:]))
    if not region.chunks:
        region = region.chunk({"time": max(_BLOCK // cells, 1)})
    source = region.chunk(dict.fromkeys(horizontal(region), -1)).data
    values = source.map_blocks(
        partial(_apply, stencil),
        chunks=(source.chunks[0], (len(stencil.inside),)),
        drop_axis=list(range(2, source.ndim)),
        dtype=np.float32,
        meta=np.empty((0, 0), np.float32),
    )
    hours = pd.DatetimeIndex(np.asarray(time))
    rows = np.zeros(len(hours), int) if snapshot else pd.DatetimeIndex(region.indexes["time"]).get_indexer(hours)
    return da.where((rows >= 0)[:, None], values[rows.clip(0)], np.float32(np.nan))


def _apply(stencil: Stencil, values: np.ndarray) -> np.ndarray:
    return stencil.apply(values.reshape(len(values), -1))


def _around(field: xr.DataArray, longitude: Any, latitude: Any) -> tuple[xr.DataArray, Stencil]:
    """The rows and columns of a field around places, and the stencil of the places in them."""
    field = check_field(field)
    longitude, latitude = (np.atleast_1d(np.asarray(values, np.float64)) for values in (longitude, latitude))
    if longitude.shape != latitude.shape or longitude.ndim != 1:
        raise InputError(
            f"first guess: longitudes of shape {longitude.shape} and latitudes of shape {latitude.shape} were given; give one of "
            "each for every place."
        )
    check_coordinates(longitude, latitude, "first guess: places")
    stencil = locate(field, longitude, latitude)
    dims, used = horizontal(field), stencil.cells[stencil.inside]
    cells = np.zeros_like(stencil.cells)
    if not used.size:
        return field.isel(dict.fromkeys(dims, slice(0, 1))), Stencil(cells, stencil.weights, stencil.inside)
    positions = np.unravel_index(used, [field.sizes[name] for name in dims])
    part = {name: slice(where.min(), where.max() + 1) for name, where in zip(dims, positions, strict=True)}
    region = field.isel(part)
    moved = tuple(where - part[name].start for name, where in zip(dims, positions, strict=True))
    cells[stencil.inside] = np.ravel_multi_index(moved, [region.sizes[name] for name in dims])
    return region, Stencil(cells, stencil.weights, stencil.inside)


def locate(field: xr.DataArray, longitude: np.ndarray, latitude: np.ndarray) -> Stencil:
    """Return the cells of a field of standard form around each place, and their weights.

    Args:
        field: The field.
        longitude: Degrees east, shape ``[place]``.
        latitude: Degrees north, shape ``[place]``.
    """
    dims = horizontal(field)
    if dims == ("latitude", "longitude"):
        return locate_rectilinear((field.longitude.values, field.latitude.values), longitude, latitude)
    east, north = (field[name].transpose(*dims).values.astype(np.float64) for name in ("longitude", "latitude"))
    if dims == ("point",):
        return locate_in_triangles((east, north), longitude, latitude)
    return locate_curvilinear((east, north), longitude, latitude)


def _values(region: xr.DataArray, stencil: Stencil, rows: np.ndarray) -> np.ndarray:
    """Values at the places in ascending rows of time, shape ``[row, place]``, computed block by block."""
    count = max(_BLOCK // int(np.prod(region.shape[1:])), 1)
    if region.chunks:  # whole chunks are computed, whatever part of them is taken
        count = _CHUNKS * max(dict(zip(region.dims, region.chunks, strict=True))["time"])
    values = [np.empty((0, len(stencil.inside)), np.float32)]
    for start in range(0, len(rows), count):
        values.append(_apply(stencil, region.isel(time=rows[start : start + count]).values))
    return np.concatenate(values)
