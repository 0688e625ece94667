"""Rasters at places and in their surroundings, as covariates of station data and of a grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.readers.fields.form import check_field, horizontal
from aqnet_pyg.readers.fields.local_planes import unit_vectors
from aqnet_pyg.readers.fields.sampling import sample
from aqnet_pyg.stations import EARTH_RADIUS_KM, check_station_data

_CELLS_PER_RADIUS = 8
"""Cells that are smaller than this part of a radius are joined before means within it are computed."""

Rasters = xr.DataArray | Sequence[xr.DataArray]
"""A raster, or several."""


def with_covariates(stations: xr.Dataset, rasters: Rasters, radii_km: Sequence[float] = (0.0,)) -> xr.Dataset:
    """Add rasters at the stations as variables of station data, for ``FitSettings(known=...)``.

    Args:
        stations: Station data.
        rasters: A raster as from :func:`~aqnet_pyg.readers.read_raster`, or several with different names.
        radii_km: Radii in kilometers. With 0 the value is that at the station, bilinear, otherwise the mean within the radius.

    Returns:
        The station data with a float32 variable for each raster and radius, equal at all hours, dimensions ``(time, station)``:
        ``<raster>_map``, or ``<raster>_map_<radius>km``; NaN where the raster has no value.

    Raises:
        InputError: If a name is taken, a radius is negative or shorter than the distance of cells, or no station has a value.
    """
    stations = check_station_data(stations)
    places = stations.longitude.values, stations.latitude.values
    added = {}
    for name, raster, radius in _named(rasters, radii_km):
        if name in stations.variables:
            raise InputError(
                f"{_source(raster)}: the station data have a variable {name!r} already; rename the raster."
            )
        values = at_places(raster, *places, radius)
        if not np.isfinite(values).any():
            raise InputError(f"{_source(raster)}: it has no value at any station; give a raster of their region.")
        comment = f"The raster has values at {int(np.isfinite(values).sum())} of {len(values)} stations."
        shape = stations.sizes["time"], stations.sizes["station"]
        added[name] = ("time", "station"), np.broadcast_to(values, shape), _attributes(raster, radius, comment)
    return stations.assign(added)


def covariates_on_grid(grid: Grid, rasters: Rasters, radii_km: Sequence[float] = (0.0,)) -> xr.Dataset:
    """Return rasters at the cells of a grid, for the argument ``covariates`` of :func:`aqnet_pyg.reanalyze`.

    Args:
        grid: The grid.
        rasters: As for :func:`with_covariates`.
        radii_km: As for :func:`with_covariates`.

    Returns:
        Float32 variables with the names of :func:`with_covariates`, dimensions ``(latitude, longitude)``.

    Raises:
        InputError: If a radius is negative or shorter than the distance of cells.
    """
    longitude, latitude = grid.pos.T
    shape = grid.latitude.size, grid.longitude.size
    variables = {
        name: (("latitude", "longitude"), at_places(raster, longitude, latitude, radius).reshape(shape))
        for name, raster, radius in _named(rasters, radii_km)
    }
    return xr.Dataset(variables, {"latitude": grid.latitude, "longitude": grid.longitude})


def at_places(raster: xr.DataArray, longitude: np.ndarray, latitude: np.ndarray, radius_km: float = 0.0) -> np.ndarray:
    """Return the values of a raster at places, or their means around them.

    Args:
        raster: As from :func:`~aqnet_pyg.readers.read_raster`.
        longitude: Degrees east, shape ``[place]``.
        latitude: Degrees north, shape ``[place]``.
        radius_km: 0 for the value at the place, bilinear between cells, or of the nearest cell with a value where one of them is
            missing, as on a coast, up to one and a half times the distance of cells away. Otherwise the mean of the cells with a
            value whose centers are within this great-circle distance, weighted by the cosine of the latitude on regular grids;
            cells smaller than an eighth of the radius are joined first.

    Returns:
        Float32, shape ``[place]``; NaN without a value.

    Raises:
        InputError: If the radius is negative, or shorter than the distance of cells.
    """
    raster = check_field(raster, "raster")
    if not radius_km >= 0:
        raise InputError(f"radii: {radius_km:g} km was given; use 0 for the value at the place, or a positive number.")
    spacing = _spacing_km(raster)
    if radius_km == 0:
        values = sample(raster, longitude, latitude)[0]
        missing = np.isnan(values)
        if missing.any():
            values[missing] = _nearest(raster, longitude[missing], latitude[missing], 1.5 * max(spacing))
        return values
    if radius_km < max(spacing):
        raise InputError(
            f"radii: {radius_km:g} km is shorter than the distance of the cells of {_source(raster)}, {max(spacing):.3g} km; "
            "use 0 for the value at the place, or a longer radius."
        )
    from scipy.spatial import cKDTree  # imported late: most commands do not need it

    total, weight, points = _joined(raster, [max(int(radius_km / _CELLS_PER_RADIUS / each), 1) for each in spacing])
    within = cKDTree(points).query_ball_point(unit_vectors(longitude, latitude), _chord(radius_km))
    place = np.repeat(np.arange(len(within)), [len(cells) for cells in within])
    cells = np.concatenate([np.asarray(each, np.intp) for each in within]) if len(place) else np.empty(0, np.intp)
    sums = [np.bincount(place, each[cells], len(within)) for each in (total, weight)]
    with np.errstate(invalid="ignore"):
        return (sums[0] / sums[1]).astype(np.float32)


def _nearest(raster: xr.DataArray, longitude: np.ndarray, latitude: np.ndarray, most_km: float) -> np.ndarray:
    """Values of the nearest cells with a value, shape ``[place]``; NaN where none is within a distance."""
    from scipy.spatial import cKDTree

    total, weight, points = _joined(raster, (1, 1))
    _, nearest = cKDTree(points).query(unit_vectors(longitude, latitude), distance_upper_bound=_chord(most_km))
    return np.append(total / weight, np.nan)[nearest]


def _chord(km: float) -> float:
    """Chord of a great-circle distance, on the unit sphere."""
    return float(2 * np.sin(min(km / EARTH_RADIUS_KM / 2, np.pi / 2)))


def _named(rasters: Rasters, radii_km: Sequence[float]) -> Iterator[tuple[str, xr.DataArray, float]]:
    """Yield each raster with each radius, and the name of the covariate."""
    rasters = [rasters] if isinstance(rasters, xr.DataArray) else list(rasters)
    names = [str(raster.name) for raster in rasters]
    if len(set(names)) < len(names):
        raise InputError(f"rasters: the names {', '.join(names)} are not distinct; rename one.")
    for name, raster in zip(names, rasters, strict=True):
        for radius in radii_km:
            yield f"{name}_map" if radius == 0 else f"{name}_map_{radius:g}km", raster, radius


def _attributes(raster: xr.DataArray, radius: float, comment: str) -> dict[str, str]:
    label = raster.attrs.get("long_name", raster.name)
    attrs = {"long_name": label if radius == 0 else f"{label}, mean within {radius:g} km", "comment": comment}
    return attrs | {name: raster.attrs[name] for name in ("units", "source") if name in raster.attrs}


def _source(raster: xr.DataArray) -> str:
    return str(raster.attrs.get("source", raster.name))


def _spacing_km(raster: xr.DataArray) -> tuple[float, float]:
    """Median distances of cells along both dimensions, in kilometers."""
    rows, columns = horizontal(raster)
    longitude, latitude = xr.broadcast(raster.longitude, raster.latitude)
    points = unit_vectors(*(each.transpose(rows, columns).values for each in (longitude, latitude)))
    steps = [np.linalg.norm(np.diff(points, axis=axis), axis=-1) for axis in (0, 1)]
    return tuple(float(np.median(each)) * EARTH_RADIUS_KM if each.size else 0.0 for each in steps)  # type: ignore[return-value]


def _joined(raster: xr.DataArray, factors: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sums of values and of weights in blocks of cells, shape ``[block]``, and unit vectors of the blocks, ``[block, 3]``."""
    rows, columns = horizontal(raster)
    longitude, latitude = (
        each.transpose(rows, columns).values for each in xr.broadcast(raster.longitude, raster.latitude)
    )
    values = raster.values.astype(np.float64)
    weight = np.isfinite(values) * (np.cos(np.radians(latitude)) if rows == "latitude" else 1.0)
    sums = [np.nan_to_num(values) * weight, weight]
    middle = []
    for axis, factor in enumerate(factors):
        first = np.arange(0, values.shape[axis], factor)
        sums = [np.add.reduceat(each, first, axis=axis) for each in sums]
        middle.append((first + np.append(first[1:], values.shape[axis]) - 1) // 2)
    blocks = np.ix_(*middle)
    known = sums[1] > 0
    return sums[0][known], sums[1][known], unit_vectors(longitude[blocks], latitude[blocks])[known]
