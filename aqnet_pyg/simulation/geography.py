"""Geography of the simulation: its grid, sea, mountains and density of sources.

All are functions of longitude and latitude, and can be evaluated at grid cells and at stations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.spatial

from aqnet_pyg.errors import InputError
from aqnet_pyg.simulation.cities import CITIES
from aqnet_pyg.stations import EARTH_RADIUS_KM

BOX = (104.0, 124.0, 32.0, 43.0)
"""West, east, south and north edge of the simulated region, in degrees."""

KM_PER_DEGREE = float(np.radians(EARTH_RADIUS_KM))
"""Kilometers of one degree of latitude."""


@dataclass(frozen=True)
class ModelGrid:
    """Regular grid over :data:`BOX`, with cell centers on its edges.

    Args:
        spacing: Degrees between neighboring centers; divides 20 and 11.
    """

    spacing: float

    def __post_init__(self) -> None:
        west, east, south, north = BOX
        if not 0.05 <= self.spacing <= 1 or any(
            abs(span / self.spacing - round(span / self.spacing)) > 1e-6 for span in (east - west, north - south)
        ):
            raise InputError(
                f"spacing: {self.spacing:g} degrees do not divide the region; use a divisor of 1 from 0.05 to 1, such as 0.25."
            )

    @property
    def longitude(self) -> np.ndarray:
        """Longitudes of the cell centers in degrees, shape ``[x]``."""
        return np.linspace(BOX[0], BOX[1], round((BOX[1] - BOX[0]) / self.spacing) + 1)

    @property
    def latitude(self) -> np.ndarray:
        """Latitudes of the cell centers in degrees, shape ``[y]``."""
        return np.linspace(BOX[2], BOX[3], round((BOX[3] - BOX[2]) / self.spacing) + 1)

    def cells(self) -> tuple[np.ndarray, np.ndarray]:
        """Return longitude and latitude of every cell, each of shape ``[y * x]``, west to east and then south to north."""
        longitude, latitude = np.meshgrid(self.longitude, self.latitude)
        return longitude.ravel(), latitude.ravel()


# The coast from southern Jiangsu around the Bohai Sea to the Yalu, to a few kilometers, closed over the open sea.
_SEA = np.array(
    """124.9,31.0 121.9,31.7 121.6,32.1 120.95,32.7 120.75,33.3 120.35,33.9 119.95,34.35 119.35,34.75 119.25,35.05
    119.55,35.35 119.85,35.65 120.2,35.85 120.25,36.02 120.65,36.05 120.95,36.4 121.5,36.72 122.2,36.85 122.6,37.0
    122.7,37.35 122.15,37.58 121.55,37.60 121.2,37.66 120.8,37.85 120.25,37.65 119.85,37.35 119.3,37.15 118.98,37.3
    119.25,37.7 118.9,38.1 118.2,38.15 117.75,38.45 117.6,38.8 117.75,39.12 118.3,39.02 118.9,39.1 119.35,39.4
    119.65,39.85 120.05,40.05 120.9,40.62 121.2,40.87 121.75,40.85 122.1,40.58 121.75,40.2 121.35,39.65 121.55,39.3
    121.15,38.8 121.6,38.85 122.1,39.05 123.0,39.55 123.8,39.78 124.9,40.0""".replace(",", " ").split(),
    dtype=np.float64,
).reshape(-1, 2)

# Mountain chains between the basins, as lines of longitude and latitude, with the height of their crest in meters.
_RIDGES = {
    "Taihang": (1500, "112.6 35.3 113.5 35.7 113.8 36.6 113.9 37.3 114.0 38.1 114.6 38.9 115.2 39.5 115.7 40.1"),
    "Yan": (1200, "115.7 40.1 116.4 40.5 117.4 40.5 118.4 40.4 119.3 40.5 120.0 41.0"),
    "Lüliang": (1900, "111.0 36.2 111.3 37.0 111.7 37.7 112.0 38.6 112.4 39.0"),
    "Qinling": (2200, "105.5 34.0 106.8 34.0 108.0 33.85 109.2 33.95 110.3 34.3 111.3 33.9 112.0 33.6"),
    "Yin": (1800, "107.0 41.1 108.5 41.0 109.8 41.0 111.5 41.2 112.6 41.1"),
    "Helan": (2500, "105.8 38.3 105.95 38.8 106.2 39.3"),
    "Liupan": (1900, "106.15 35.0 106.25 35.6 105.95 36.2"),
}

# Belts of heavy industry, as lines with a weight.
_BELTS = {
    "foot of the Taihang": (1.0, "115.4 38.9 114.5 38.0 114.5 37.0 114.4 36.2 114.0 35.3 113.4 34.9"),
    "Tangshan to Tianjin": (1.2, "118.6 39.8 118.1 39.5 117.3 39.0"),
    "Fen and Wei valleys": (0.9, "112.5 37.8 111.7 36.6 111.4 35.8 110.6 35.1 109.3 34.5 108.4 34.4"),
    "middle of Shandong": (0.9, "116.9 36.5 117.6 36.3 118.1 36.8 118.8 36.8"),
    "Linyi to Xuzhou": (0.5, "118.3 35.0 117.5 34.7 117.1 34.3"),
    "middle of Liaoning": (0.7, "123.8 41.7 123.2 41.3 122.8 40.9 122.3 40.6"),
    "bend of the Yellow River": (0.7, "106.3 38.7 106.8 39.6 109.5 40.6 110.2 40.7"),
}


def _gaussians(longitude: np.ndarray, latitude: np.ndarray, width: float) -> np.ndarray:
    """Cities as Gaussians ``width`` degrees wide, each with integral 1 in square degrees of latitude, ``[city, place]``."""
    east = (longitude - CITIES.longitude.to_numpy()[:, None]) * np.cos(np.radians(37.5))
    north = latitude - CITIES.latitude.to_numpy()[:, None]
    return np.exp(-(east**2 + north**2) / (2 * width**2)) / (2 * np.pi * width**2)


def _line(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Return points every few kilometers along a line, and the unit normals there; both ``[point, 2]`` in degrees."""
    corners = np.array(text.split(), np.float64).reshape(-1, 2)
    at = np.linspace(0, len(corners) - 1, 60 * len(corners))
    points = np.stack([np.interp(at, np.arange(len(corners)), corners[:, axis]) for axis in (0, 1)], axis=1)
    along = np.gradient(points, axis=0) * [np.cos(np.radians(37.5)), 1.0]
    normal = along[:, ::-1] * [1.0, -1.0]
    return points, normal / np.linalg.norm(normal, axis=1, keepdims=True)


def _proximity(longitude: np.ndarray, latitude: np.ndarray, text: str, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a Gaussian of the distance to a line, ``[cell]``, and the normal at the nearest point, ``[cell, 2]``."""
    points, normal = _line(text)
    stretch = [np.cos(np.radians(37.5)), 1.0]
    tree = scipy.spatial.cKDTree(points * stretch)
    distance, nearest = tree.query(np.stack([longitude, latitude], axis=1) * stretch)
    return np.exp(-(distance**2) / (2 * width**2)), normal[nearest]


def at_sea(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return whether places lie in the Bohai or the Yellow Sea, by counting crossings of a coarse coastline.

    Args:
        longitude: Degrees, shape ``[place]``.
        latitude: Degrees, shape ``[place]``.

    Returns:
        Boolean array of shape ``[place]``.
    """
    x, y = np.asarray(longitude)[:, None], np.asarray(latitude)[:, None]
    (x0, y0), (x1, y1) = _SEA.T, np.roll(_SEA, -1, axis=0).T
    crosses = ((y0 > y) != (y1 > y)) & (x < x0 + (x1 - x0) * (y - y0) / (y1 - y0))
    return crosses.sum(axis=1) % 2 == 1


def _ridge_height(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return the height of the mountain chains above the basins, in meters, shape ``[place]``."""
    heights = [crest * _proximity(longitude, latitude, line, 0.22)[0] for crest, line in _RIDGES.values()]
    return np.max(heights, axis=0)


def elevation(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return a plausible height above sea level in meters, shape ``[place]``: smooth through the cities, plus the chains.

    Args:
        longitude: Degrees, shape ``[place]``.
        latitude: Degrees, shape ``[place]``.
    """
    near = _gaussians(longitude, latitude, 0.5) + 1e-9  # the constant avoids division by zero far from every city
    smooth = CITIES.elevation.to_numpy() @ near / near.sum(axis=0)
    height = smooth + 0.6 * np.maximum(_ridge_height(longitude, latitude) - 0.5 * smooth, 0)
    return np.where(at_sea(longitude, latitude), 0.0, np.maximum(height, 1.0))


def urban_density(longitude: np.ndarray, latitude: np.ndarray, width: float) -> np.ndarray:
    """Return the density of urban emissions: each city spread over ``width`` degrees, shape ``[city, place]``.

    The weight of a city is its population to the power of 0.6, as emissions per person are lower in large cities.

    Args:
        longitude: Degrees, shape ``[place]``.
        latitude: Degrees, shape ``[place]``.
        width: Standard deviation of a city in degrees.
    """
    return CITIES.people.to_numpy()[:, None] ** 0.6 * _gaussians(longitude, latitude, width)


def industrial_density(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return the density of heavy industry, shape ``[belt, place]``: belts about 30 km wide.

    Args:
        longitude: Degrees, shape ``[place]``.
        latitude: Degrees, shape ``[place]``.
    """
    return np.stack([weight * _proximity(longitude, latitude, line, 0.3)[0] for weight, line in _BELTS.values()])


def mountain_blocking(longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the fraction of a weak wind that mountain chains block, and the direction across them.

    Args:
        longitude: Degrees, shape ``[place]``.
        latitude: Degrees, shape ``[place]``.

    Returns:
        Blocked fraction of the wind component across the chain, 0 to 1, shape ``[place]``, and the unit vector across the
        chain (east, north), shape ``[place, 2]``.
    """
    near = [_proximity(longitude, latitude, line, 0.35) for _, line in _RIDGES.values()]
    share = np.stack([share for share, _ in near])
    across = np.stack([across for _, across in near])
    first = share.argmax(axis=0)
    place = np.arange(share.shape[1])
    return share[first, place], across[first, place]
