"""The stations around a place that local kriging conditions on, nearest ones and ones in all directions."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from aqnet_pyg.baselines.coordinates import Coordinates, checked_coordinates, unit_vectors

DENSE_STATIONS = 1000
"""Up to so many stations, kriging conditions on all of them; local kriging is for larger networks."""

CANDIDATES = 96
"""Stations in the order of each place."""

NEIGHBORS = 32
"""Local kriging conditions on those of the first so many stations of the order that measured in the hour ..."""

FEWEST = 16
"""... and where fewer than this did, on the first :data:`NEIGHBORS` that measured of the whole order."""

NEAREST, DIRECTIONS, SPREAD = 0.55, 0.35, 0.10
"""Shares of the nearest stations, of the nearest ones in each octant, and of those spread over the whole network."""

_POOL = 192
"""Nearest stations that are looked through for the nearest ones of each octant."""

_SPREAD_STATIONS = 64
"""Stations that are spread over the whole network."""

_CHUNK = 2_000_000
"""Place-station pairs in one step, to limit the memory."""


class LocalStations:
    """Stations of local kriging, and the order of those around each of them.

    Args:
        coordinates: Longitudes and latitudes of the stations in degrees, each of shape ``[station]``.
        order: The stations around each station, of :func:`candidate_order`, if known.
    """

    def __init__(self, coordinates: Coordinates, order: np.ndarray | None = None) -> None:
        self.coordinates = coordinates
        self._points, self._order = unit_vectors(coordinates), order

    @property
    def order(self) -> np.ndarray:
        """The stations around each station."""
        if self._order is None:
            self._order = candidate_order(self.coordinates)
        return self._order

    def around(
        self, places: Coordinates | None, left_out: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return what is estimated: unit vectors ``[place, 3]``, stations around them, and their positions if they are stations.

        Args:
            places: Longitudes and latitudes in degrees, each of shape ``[place]``; ``None`` for stations.
            left_out: Positions of the stations that are estimated, shape ``[place]``; ``None`` for all.
        """
        if places is not None:
            return unit_vectors(places), candidate_order(self.coordinates, places), None
        own = np.arange(len(self._points)) if left_out is None else left_out
        return self._points[own], self.order[own], own


def candidate_order(coordinates: Coordinates, places: Coordinates | None = None, count: int = CANDIDATES) -> np.ndarray:
    """Order the stations that an estimate at each place conditions on, the most useful ones first.

    Three orders are merged in the shares :data:`NEAREST`, :data:`DIRECTIONS` and :data:`SPREAD`: by distance; by rank of
    the distance within one of eight octants of bearing, for the country beyond a dense town; and a farthest-point order of
    the whole network (Gonzalez 1985, doi 10.1016/0304-3975(85)90224-5), for a region without measurements. A
    nearest-neighbor Gaussian process (Vecchia 1988, doi 10.1111/j.2517-6161.1988.tb01729.x; Datta et al. 2016, doi
    10.1080/01621459.2015.1044091) conditions on the first ones that measured.

    Stations at equal distances are in the order in which they are given.

    Args:
        coordinates: Longitudes and latitudes of the stations in degrees, each of shape ``[station]``.
        places: Likewise of the places, each of shape ``[place]``; ``None`` for the stations themselves, each of which is
            left out of its own order.
        count: Number of stations in each order.

    Returns:
        Positions of stations, int64, shape ``[place, count]``; -1 after the last one where there are fewer.

    Raises:
        InputError: If shapes or coordinates are invalid.
    """
    coordinates = checked_coordinates(coordinates)
    stations = unit_vectors(coordinates)
    own = places is None
    at = coordinates if places is None else checked_coordinates(places)
    tree, spread = cKDTree(stations), _spread(stations)
    spread_rank = np.full(len(stations), np.inf)
    spread_rank[spread] = np.arange(len(spread))
    result = np.full((len(at[0]), count), -1)
    width = min(_POOL + own, len(stations)) + len(spread)
    for chunk in np.array_split(np.arange(len(result)), -(-len(result) * width // _CHUNK)):
        here = at[0][chunk], at[1][chunk]
        pool = tree.query(unit_vectors(here), min(_POOL + own, len(stations)))[1].reshape(len(chunk), -1)
        pool = np.sort(np.concatenate([pool, np.broadcast_to(spread, (len(chunk), len(spread)))], axis=1), axis=1)
        repeated = np.diff(pool, axis=1, prepend=-1) == 0
        if own:
            repeated |= pool == chunk[:, None]
        offset = stations[pool] - unit_vectors(here)[:, None]
        distance = np.where(repeated, np.inf, np.linalg.norm(offset, axis=2))
        by_distance = np.argsort(distance, axis=1, kind="stable")
        pool, distance, octant = (
            np.take_along_axis(part, by_distance, axis=1) for part in (pool, distance, _octant(here, offset))
        )
        in_octant = np.empty(pool.shape)
        for each in range(8):
            these = octant == each
            in_octant[these] = np.cumsum(these, axis=1, dtype=np.int16)[these] - 1
        position = np.minimum(np.arange(pool.shape[1]) / NEAREST, 8 * in_octant / DIRECTIONS)
        position = np.where(np.isfinite(distance), np.minimum(position, spread_rank[pool] / SPREAD), np.inf)
        order = np.argsort(position, axis=1, kind="stable")[:, :count]
        found = np.take_along_axis(pool, order, axis=1)
        result[chunk, : found.shape[1]] = np.where(np.isfinite(np.take_along_axis(position, order, axis=1)), found, -1)
    return result


def _octant(places: Coordinates, offset: np.ndarray) -> np.ndarray:
    """Return the octant of bearing, 0 to 7, of offsets ``[place, station, 3]``."""
    longitude = np.radians(places[0])
    east = np.stack([-np.sin(longitude), np.cos(longitude), np.zeros(len(longitude))], axis=1)
    north = np.cross(unit_vectors(places), east)
    bearing = np.arctan2(np.einsum("psx,px->ps", offset, east), np.einsum("psx,px->ps", offset, north))
    return np.floor(bearing / (np.pi / 4)).astype(np.int64) % 8


def _spread(points: np.ndarray) -> np.ndarray:
    """Return positions of points that are far from each other, the first one near the middle."""
    found = [int(np.argmax(points @ points.mean(axis=0)))]
    distance = np.full(len(points), np.inf)
    for _ in range(min(_SPREAD_STATIONS, len(points)) - 1):
        distance = np.minimum(distance, np.linalg.norm(points - points[found[-1]], axis=1))
        found.append(int(np.argmax(distance)))
    return np.array(found)
