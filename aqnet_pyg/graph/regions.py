"""Regions on the Earth: selection of stations and grid cells by polygon, and buffers in kilometers.

As in GeoJSON (RFC 7946), the edges of a polygon are straight lines in degrees, not great circles. The boundary belongs to the
region. Longitudes are stored from -180 to 180, with polygons split at the antimeridian.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import shapely
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.geojson import read_shapes
from aqnet_pyg.grid import Grid, fold_longitude, unwrap_longitude
from aqnet_pyg.stations import EARTH_RADIUS_KM, check_coordinates

_log = logging.getLogger(__name__)

_ROUNDING = 1e-9  # degrees, a tenth of a millimeter: larger than rounding errors of float64, negligible on the ground
_CELL = 2.0  # degrees: the boundary is buffered in pieces of this size, each in its own plane
_STEP = 0.1  # degrees: a line this long is straight both in degrees and in the plane, to a meter


class Region:
    """An area on the Earth.

    Args:
        polygon: Polygon or MultiPolygon in degrees, longitude first, -180 to 360. Longitudes of one that crosses the
            antimeridian continue beyond 180 (170 to 190). A self-intersecting polygon is repaired by
            ``shapely.make_valid``, with a warning in the log.
        name: Name for messages.

    Attributes:
        polygon: The polygon with longitudes from -180 to 180, split at the antimeridian.

    Raises:
        InputError: If there is no polygon, a coordinate is out of range (for example with longitude and latitude swapped),
            or an edge spans more than 180 degrees of longitude, so that its direction is ambiguous.
    """

    def __init__(self, polygon: shapely.Polygon | shapely.MultiPolygon, name: str = "region") -> None:
        self.name = name
        if not isinstance(polygon, shapely.Geometry) or shapely.get_dimensions(polygon) < 2 or polygon.is_empty:
            found = getattr(polygon, "geom_type", type(polygon).__name__)
            raise InputError(f"{name}: got a {found} without an area; use a polygon.")
        polygon = _areas(shapely.force_2d(polygon))
        longitude, latitude = shapely.get_coordinates(polygon).T
        check_coordinates(longitude, latitude, name)
        check_steps(shapely.get_rings(shapely.get_parts(polygon)), name)
        if not polygon.is_valid:
            _log.warning("%s: the polygon is repaired (%s)", name, shapely.is_valid_reason(polygon))
            polygon = _areas(shapely.make_valid(polygon))
            if polygon.is_empty:
                raise InputError(f"{name}: the polygon has no area; use one with an area.")
        self.polygon = _fold(polygon)

    @classmethod
    def from_geojson(cls, source: str | Path | Mapping[str, Any], /, **properties: Any) -> Self:
        """Union of the polygons of a GeoJSON file.

        Args:
            source: A file or its content as a dictionary.
            **properties: Use only features with these properties, as in ``name="Hebei"`` or
                ``name=["Hebei", "Shanxi"]``.

        Raises:
            InputError: If the file cannot be read, no feature has these properties, or there is no polygon.
        """
        chosen = ", ".join(value if isinstance(value, str) else str(value) for value in properties.values())
        name = chosen or ("region" if isinstance(source, Mapping) else Path(source).stem)
        shapes = shapely.force_2d(read_shapes(source, **properties))
        flat = shapely.get_parts(shapely.get_parts(shapes))
        polygons = flat[shapely.get_dimensions(flat) == 2]
        if len(polygons) == 0:
            raise InputError(f"{name}: none of {len(shapes)} features is a polygon; use at least one polygon.")
        # A union requires valid polygons, so each is checked and repaired first.
        return cls(shapely.union_all([cls(polygon, name).polygon for polygon in polygons]), name)

    @classmethod
    def from_wkt(cls, text: str, name: str = "region") -> Self:
        """Create a region from well-known text, such as ``"POLYGON ((114 37, 118 37, 118 41, 114 37))"``.

        Args:
            text: Longitude and latitude in degrees.
            name: Name for messages.

        Raises:
            InputError: If the text is not a polygon in well-known text.
        """
        try:
            polygon = shapely.from_wkt(text)
        except (TypeError, shapely.errors.GEOSException) as error:
            raise InputError(f"{name}: {text!r} is not well-known text ({error}).") from error
        return cls(polygon, name)

    @classmethod
    def box(cls, west: float, south: float, east: float, north: float, name: str = "box") -> Self:
        """All points between two meridians and two parallels, in degrees.

        Args:
            west: Western edge; greater than ``east`` in a box across the antimeridian, as in GeoJSON.
            south: Southern edge.
            east: Eastern edge.
            north: Northern edge.
            name: Name for messages.

        Raises:
            InputError: If an edge is out of range or the box is empty.
        """
        check_coordinates(np.array([west, east]), np.array([south, north]), name)
        if not south < north or (west >= east and (west - east) % 360 == 0):
            raise InputError(
                f"{name}: {west:g}, {south:g}, {east:g}, {north:g} has no area; use the order west, south, east, north."
            )
        if west < east and east - west >= 360:
            west, east = -180.0, 180.0
        west, east = fold_longitude(np.array([west, east]))
        spans = [(west, east)] if west < east else [(west, 180.0), (-180.0, east)]
        # Split into parts that span less than half the globe, as required for edges.
        meridians = np.concatenate([np.linspace(*span, 4) for span in spans if span[0] < span[1]]).reshape(-1, 4)
        return cls(shapely.union_all(shapely.box(meridians[:, :-1], south, meridians[:, 1:], north).ravel()), name)

    @classmethod
    def hull(cls, longitude: np.ndarray, latitude: np.ndarray, name: str = "hull") -> Self:
        """Convex hull of points in degrees; all points are inside.

        Args:
            longitude: Degrees east, shape ``[N]``.
            latitude: Degrees north, shape ``[N]``.
            name: Name for messages.

        Raises:
            InputError: If there is no point, a coordinate is out of range, or the points span half the globe.
        """
        longitude, latitude = np.asarray(longitude, np.float64), np.asarray(latitude, np.float64)
        check_coordinates(longitude, latitude, name)
        if longitude.size == 0:
            raise InputError(f"{name}: got no point; use at least one.")
        longitude = unwrap_longitude(longitude)
        if np.ptp(longitude) >= 180:
            raise InputError(
                f"{name}: the points span half the globe, where a hull in degrees is undefined; use fewer points."
            )
        # Squares of less than a millimeter around the points, so that all are inside despite rounding and two points have an
        # area. The buffer of a hull that is thinner than it is empty with some versions of GEOS.
        corners = np.stack([longitude, latitude], axis=1)[:, None] + _ROUNDING * np.array(
            [[-1, -1], [-1, 1], [1, -1], [1, 1]]
        )
        wider = shapely.intersection(shapely.convex_hull(shapely.multipoints(corners.reshape(-1, 2))), _PARALLELS)
        return cls(_fold(wider), name)

    def contains(self, longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
        """Test whether points are inside or on the boundary.

        Args:
            longitude: Degrees east, any shape.
            latitude: Degrees north, any shape that broadcasts with ``longitude``.

        Returns:
            bool, of the broadcast shape.

        Raises:
            InputError: If a coordinate is missing or a latitude is out of range.
        """
        longitude, latitude = np.broadcast_arrays(np.asarray(longitude, np.float64), np.asarray(latitude, np.float64))
        check_coordinates(fold_longitude(longitude).ravel(), latitude.ravel(), "points")
        shapely.prepare(self.polygon)
        longitude = fold_longitude(longitude)
        inside: np.ndarray = shapely.intersects_xy(self.polygon, longitude, latitude)
        # The antimeridian has two longitudes, and a pole has every longitude.
        inside |= (np.abs(longitude) == 180) & shapely.intersects_xy(self.polygon, -longitude, latitude)
        _, south, _, north = self.polygon.bounds
        return inside | (latitude == 90) & (north == 90) | (latitude == -90) & (south == -90)

    def mask(self, grid: Grid) -> np.ndarray:
        """Mask of the grid cells whose center is inside.

        Returns:
            bool, shape ``[latitude, longitude]``; flattened, it matches ``grid.pos``.
        """
        return self.contains(grid.longitude[None, :], grid.latitude[:, None])

    def stations(self, dataset: xr.Dataset) -> xr.Dataset:
        """Select the station data of the stations inside.

        Raises:
            InputError: If no station is inside.
        """
        return dataset.isel(station=self._inside(dataset))

    def hold_out(self, dataset: xr.Dataset) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Split the station codes by region, for example to hide a province.

        Args:
            dataset: Station data.

        Returns:
            Codes outside and codes inside, each sorted; pass the second to :func:`aqnet_pyg.splits.split_stations` as the
            hidden stations.

        Raises:
            InputError: If all stations are inside, or none.
        """
        inside, codes = self._inside(dataset), np.array([str(code) for code in dataset.station.values])
        if inside.all():
            raise InputError(f"{self.name}: all {len(codes)} stations are inside; hold out a smaller region.")
        return tuple(sorted(codes[~inside].tolist())), tuple(sorted(codes[inside].tolist()))

    def _inside(self, dataset: xr.Dataset) -> np.ndarray:
        longitude, latitude = dataset.longitude.values, dataset.latitude.values
        inside = self.contains(longitude, latitude)
        if not inside.any():
            hint = "check the region"
            if (np.abs(longitude) <= 90).all() and self.contains(latitude, longitude).any():
                hint = "longitude and latitude seem to be swapped in the region or in the data"
            raise InputError(f"{self.name}: none of {inside.size} stations is inside; {hint}.")
        return inside

    def buffer(self, km: float) -> Region:
        """The region with all points within a great-circle distance of it.

        The boundary is buffered in pieces, each in its own azimuthal equidistant plane. Up to 1,000 km and 75 degrees of
        latitude, the new boundary is accurate to 0.1 % of ``km`` plus one meter, too close rather than too far.

        Args:
            km: Distance in kilometers, positive.

        Raises:
            InputError: If ``km`` is not positive or the buffer reaches a pole.
        """
        if not 0 < km < np.inf:
            raise InputError(f"km: got {km}; use a positive number of kilometers.")
        _, south, _, north = self.polygon.bounds
        if max(north, -south) + np.degrees(km / EARTH_RADIUS_KM) >= 90:
            raise InputError(f"{self.name}: a buffer of {km:g} km reaches a pole; use fewer kilometers.")
        # GEOS loses pieces at coordinates such as 5e-324.
        polygon = shapely.transform(self.polygon, lambda points: np.where(np.abs(points) < 1e-12, 0.0, points))
        boundary = shapely.boundary(polygon)
        cells = _cells(boundary.bounds)
        shapely.prepare(boundary)
        cells = cells[shapely.intersects(boundary, cells)]
        pieces = shapely.segmentize(shapely.intersection(boundary, cells), _STEP)
        centers = shapely.get_coordinates(shapely.centroid(cells))
        buffered = shapely.buffer(_mapped(pieces, centers, _to_plane), km, quad_segs=32)
        buffered = _mapped(buffered, centers, _from_plane)
        whole = shapely.union_all([polygon, *shapely.make_valid(buffered)])
        return Region(_fold(_areas(whole)), f"{self.name} and {km:g} km around")

    def __repr__(self) -> str:
        west, south, east, north = self.polygon.bounds
        return f"Region({self.name!r}, {west:.2f} to {east:.2f} degrees east, {south:.2f} to {north:.2f} degrees north)"


def check_steps(lines: np.ndarray, name: str) -> None:
    """Check that no segment spans more than half the globe, a common mistake for lines across the antimeridian.

    A segment from -180 to 180, such as the edge of a world map, is unambiguous and allowed.

    Args:
        lines: Lines or rings in degrees, shape ``[line]``.
        name: Name for the message.

    Raises:
        InputError: With the ends of the first such segment.
    """
    points, line = shapely.get_coordinates(lines, return_index=True)
    longitude, latitude = points.T
    steps = np.abs(np.diff(longitude))
    bad = (steps > 180) & (steps != 360) & (np.diff(line) == 0)
    if bad.any():
        i = int(bad.argmax())
        raise InputError(
            f"{name}: an edge goes from longitude {longitude[i]:g} to {longitude[i + 1]:g} at latitude {latitude[i]:g}, "
            "more than half the globe; if it crosses the antimeridian, continue longitudes beyond 180, else insert a point "
            "between; use Region.box for a region that contains a pole."
        )


_PARALLELS = shapely.box(-720, -90, 720, 90)
_WORLD = shapely.box(-180, -90, 180, 90)


def _areas(shape: shapely.Geometry) -> shapely.Geometry:
    """Polygons of a geometry, without points and lines."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    parts = parts[shapely.get_dimensions(parts) == 2]
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def _fold(polygon: shapely.Geometry) -> shapely.Geometry:
    """Shift a polygon to longitudes from -180 to 180, split at the antimeridian."""
    west, _, east, _ = polygon.bounds
    if west >= -180 and east <= 180:
        return polygon
    turns = range(int(np.floor((west + 180) / 360)), int(np.ceil((east - 180) / 360)) + 1)
    parts = [
        shapely.intersection(shapely.transform(polygon, lambda xy, by=360 * turn: xy - [by, 0]), _WORLD)
        for turn in turns
    ]
    return _areas(shapely.union_all(parts))


def _cells(bounds: tuple[float, float, float, float]) -> np.ndarray:
    """Square cells that cover the bounds."""
    west, south, east, north = (edge / _CELL for edge in bounds)
    x, y = np.meshgrid(np.arange(np.floor(west), np.ceil(east)), np.arange(np.floor(south), np.ceil(north)))
    return shapely.box(x * _CELL, y * _CELL, (x + 1) * _CELL, (y + 1) * _CELL).ravel()


def _mapped(shapes: np.ndarray, centers: np.ndarray, mapping: Any) -> np.ndarray:
    """Map each geometry to the plane around its center, or back."""
    points, shape = shapely.get_coordinates(shapes, return_index=True)
    return shapely.set_coordinates(shapes.copy(), mapping(points, centers[shape]))


def _to_plane(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Azimuthal equidistant projection (Snyder 1987, Map Projections, p. 191): degrees to kilometers east and north."""
    turn, north, middle = np.radians(points[:, 0] - centers[:, 0]), np.radians(points[:, 1]), np.radians(centers[:, 1])
    x = np.cos(north) * np.sin(turn)
    y = np.cos(middle) * np.sin(north) - np.sin(middle) * np.cos(north) * np.cos(turn)
    z = np.sin(middle) * np.sin(north) + np.cos(middle) * np.cos(north) * np.cos(turn)
    sine = np.hypot(x, y)
    stretch = np.divide(np.arctan2(sine, z), sine, out=np.ones_like(sine), where=sine > 0)
    return EARTH_RADIUS_KM * stretch[:, None] * np.stack([x, y], axis=1)


def _from_plane(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Inverse of :func:`_to_plane`; longitudes may continue beyond 180."""
    angle, middle = np.hypot(*points.T) / EARTH_RADIUS_KM, np.radians(centers[:, 1])
    x, y = points.T / EARTH_RADIUS_KM * np.sinc(angle / np.pi)
    z = np.cos(angle)
    north = np.arcsin(np.clip(z * np.sin(middle) + y * np.cos(middle), -1, 1))
    turn = np.arctan2(x, z * np.cos(middle) - y * np.sin(middle))
    return np.stack([centers[:, 0] + np.degrees(turn), np.degrees(north)], axis=1)
