"""Longitudes and latitudes of projected grids."""

from __future__ import annotations

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError, optional_imports

IOAPI_RADIUS = 6_370_000.0
"""Radius of the sphere of CMAQ and WRF, in meters."""

_KILOMETERS = ("km", "kilometer", "kilometers", "kilometre", "kilometres")
_METERS = ("m", "meter", "meters", "metre", "metres")

Cells = tuple[xr.DataArray, xr.DataArray, str]
"""Longitudes and latitudes, and the rule in words."""


def cells_of_ioapi(dataset: xr.Dataset, values: xr.DataArray, where: str) -> Cells | None:
    """Return the cells of a grid that the attributes of the I/O API describe; None without them.

    Args:
        dataset: The file.
        values: The variable, with the dimensions ``ROW`` and ``COL``.
        where: The file, for the message.

    Raises:
        InputError: If the projection is not supported, or an attribute is missing.
        ModuleNotFoundError: If pyproj is not installed.
    """
    if "GDTYP" not in dataset.attrs or not {"ROW", "COL"} <= set(values.dims):
        return None
    try:
        kind = int(dataset.attrs["GDTYP"])
        first, second, meridian, east, north, west_edge, south_edge, width, height = (
            float(dataset.attrs[name])
            for name in ("P_ALP", "P_BET", "P_GAM", "XCENT", "YCENT", "XORIG", "YORIG", "XCELL", "YCELL")
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{where}: the attributes of the grid (I/O API) are incomplete: {error}.") from None
    x = west_edge + (np.arange(values.sizes["COL"]) + 0.5) * width
    y = south_edge + (np.arange(values.sizes["ROW"]) + 0.5) * height
    if kind == 1:
        return xr.DataArray(x, dims="COL"), xr.DataArray(y, dims="ROW"), "Regular grid of the I/O API attributes."
    projections = {
        2: f"+proj=lcc +lat_1={first} +lat_2={second} +lat_0={north}",
        6: f"+proj=stere +lat_0={90 if first >= 0 else -90} +lat_ts={second}",
        7: f"+proj=merc +lat_ts={first}",
    }
    if kind not in projections:
        raise InputError(
            f"{where}: the grid has the projection GDTYP={kind}, which is not supported (1, 2, 6 and 7 are); regrid it first."
        )
    with optional_imports():
        from pyproj import Proj
    projection = Proj(f"{projections[kind]} +lon_0={meridian} +R={IOAPI_RADIUS}")
    east_of_origin, north_of_origin = projection(east, north)
    columns, rows = np.meshgrid(x + east_of_origin, y + north_of_origin)
    longitude, latitude = projection(columns, rows, inverse=True)
    rule = f"Projected grid of the I/O API attributes (GDTYP={kind}) on a sphere of {IOAPI_RADIUS / 1000:g} km."
    return xr.DataArray(longitude, dims=("ROW", "COL")), xr.DataArray(latitude, dims=("ROW", "COL")), rule


def cells_of_projection(dataset: xr.Dataset, values: xr.DataArray, where: str) -> Cells | None:
    """Return the cells of a grid with projected coordinates and a grid mapping of the CF conventions; None without it.

    Args:
        dataset: The file.
        values: The variable.
        where: The file, for the message.

    Raises:
        InputError: If the grid mapping cannot be interpreted, or a coordinate is missing.
        ModuleNotFoundError: If pyproj is not installed.
    """
    mapping = str(values.attrs.get("grid_mapping", values.encoding.get("grid_mapping", ""))).split(":")[0].strip()
    if mapping not in dataset.variables:
        return None
    across, along = (_projected(dataset, values, axis) for axis in ("x", "y"))
    if across is None or along is None:
        return None
    with optional_imports():
        from pyproj import CRS, Transformer
        from pyproj.exceptions import CRSError
    attributes = {name: np.asarray(value).tolist() for name, value in dataset[mapping].attrs.items()}
    try:
        crs = CRS.from_cf(attributes)
    except (CRSError, KeyError, TypeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{where}: the grid mapping {mapping!r} cannot be interpreted ({reason}); regrid it first."
        ) from None
    # Of a rotated pole, the geodetic system is itself rotated, and its source is not.
    transformer = Transformer.from_crs(crs, crs.source_crs or crs.geodetic_crs, always_xy=True)
    columns, rows = np.meshgrid(*(_meters(one, crs.is_geographic, where) for one in (across, along)))
    longitude, latitude = transformer.transform(columns, rows)
    dims = (along.dims[0], across.dims[0])
    name = attributes.get("grid_mapping_name", mapping)
    return xr.DataArray(longitude, dims=dims), xr.DataArray(latitude, dims=dims), f"Projected grid ({name})."


def _projected(dataset: xr.Dataset, values: xr.DataArray, axis: str) -> xr.DataArray | None:
    """Projected coordinate along a dimension of the variable."""
    wanted = (f"projection_{axis}_coordinate", "grid_longitude" if axis == "x" else "grid_latitude")
    for name in dataset.variables:
        if dataset[name].dims and set(dataset[name].dims) <= set(values.dims) and dataset[name].ndim == 1:
            standard = dataset[name].attrs.get("standard_name")
            if standard in wanted or (standard is None and str(name).lower() == axis):
                return dataset[name]
    return None


def _meters(coordinate: xr.DataArray, geographic: bool, where: str) -> np.ndarray:
    """Projected coordinates in meters, or rotated ones in degrees."""
    values = np.asarray(coordinate.values, np.float64)
    units = str(coordinate.attrs.get("units", "")).strip().lower()
    if geographic or units in _METERS:
        return values
    if units in _KILOMETERS:
        return values * 1000
    raise InputError(f"{where}: the coordinate {coordinate.name!r} has the units {units!r}; use 'm' or 'km'.")
