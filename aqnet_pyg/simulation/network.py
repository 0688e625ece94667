"""Simulated station networks around the real cities of northern China."""

from __future__ import annotations

import numpy as np
import pandas as pd

from aqnet_pyg.errors import InputError
from aqnet_pyg.simulation.cities import CITIES
from aqnet_pyg.simulation.geography import BOX, KM_PER_DEGREE, at_sea, elevation

_MARGIN = 0.01  # degrees, least distance of stations from the edge of the box
_MIN_DISTANCE = 1.2  # km, least distance between stations of a city, except close pairs
_RURAL = 0.12  # fraction of background stations, far from the center


def simulate_network(stations: int = 584, seed: int = 0) -> pd.DataFrame:
    """Place simulated stations around the real cities of northern China.

    Large cities have more stations (Beijing about 25 of 584, most prefectures 3 to 8). Within a city they lie within a few
    kilometers of the center and of each other; one in eight is a rural background station, and one in 120 lies within
    200 m of another, like collocated instruments.

    Args:
        stations: Number of stations, at least 2.
        seed: Seed of the network, 0 or more.

    Returns:
        One row per station, indexed by ``code`` (``"S0001"`` and on), with ``longitude`` and ``latitude`` in degrees,
        ``elevation`` in meters, ``name``, ``city`` and ``province``.

    Raises:
        InputError: If ``stations`` is less than 2 or ``seed`` is negative.
    """
    if stations < 2:
        raise InputError(f"stations: {stations} was given; use at least 2.")
    if seed < 0:
        raise InputError(f"seed: {seed} was given; use 0 or more.")
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,)))
    paired = stations // 120
    city = np.repeat(np.arange(len(CITIES)), _counts(stations - paired))
    longitude, latitude = _place(city, rng)
    first = rng.choice(len(city), paired, replace=False)
    city = np.concatenate([city, city[first]])
    offset = _offsets(rng.uniform(0.02, 0.18, paired), rng.uniform(0, 2 * np.pi, paired), latitude[first])
    longitude = np.concatenate([longitude, longitude[first] + offset[0]])
    latitude = np.concatenate([latitude, latitude[first] + offset[1]])

    order = np.argsort(city, kind="stable")
    city, longitude, latitude = city[order], longitude[order].round(5), latitude[order].round(5)
    center = CITIES.iloc[city].reset_index(drop=True)
    relative = elevation(longitude, latitude) - elevation(center.longitude.to_numpy(), center.latitude.to_numpy())
    number = center.groupby("city").cumcount() + 1
    return pd.DataFrame(
        {
            "longitude": longitude,
            "latitude": latitude,
            "elevation": np.maximum(center.elevation + relative + rng.normal(0, 4, stations), 1).round().to_numpy(),
            "name": (center.chinese + number.map("{:02d}".format)).to_numpy(object),
            "city": center.city.to_numpy(object),
            "province": center.province.to_numpy(object),
        },
        index=pd.Index([f"S{row:04d}" for row in range(1, stations + 1)], name="code"),
    )


def _counts(stations: int) -> np.ndarray:
    """Return the number of stations of each city, ``[city]``, which increases with its population."""
    millions = CITIES.people.to_numpy()
    weight = 1.7 + 0.25 * millions + 0.025 * millions**2
    share = stations * weight / weight.sum()
    whole = np.floor(share).astype(int)
    whole[np.argsort(whole - share, kind="stable")[: stations - whole.sum()]] += 1
    return whole


def _place(city: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw longitudes and latitudes of stations, ``[station]``, again where they are at sea, outside or too close."""
    center = CITIES.iloc[city]
    size = (center.people.to_numpy() / 5) ** 0.35
    rural = rng.random(len(city)) < _RURAL
    longitude, latitude = np.empty(len(city)), np.empty(len(city))
    # Distances decrease with each round, so that the loop ends in crowded cities and on narrow coasts too.
    remaining = np.arange(len(city))
    scale = 1.0
    while len(remaining):
        radius = np.where(
            rural[remaining],
            rng.uniform(12, 45, len(remaining)),
            4.3 * size[remaining] * rng.lognormal(0, 0.55, len(remaining)),
        )
        east, north = _offsets(
            scale * radius, rng.uniform(0, 2 * np.pi, len(remaining)), center.latitude.to_numpy()[remaining]
        )
        longitude[remaining] = center.longitude.to_numpy()[remaining] + east
        latitude[remaining] = center.latitude.to_numpy()[remaining] + north
        remaining = remaining[_misplaced(longitude, latitude, city, scale * _MIN_DISTANCE)[remaining]]
        scale *= 0.97
    return longitude, latitude


def _misplaced(longitude: np.ndarray, latitude: np.ndarray, city: np.ndarray, min_distance: float) -> np.ndarray:
    """Mask of the stations outside the box, at sea, or closer than ``min_distance`` km to an earlier one of their city."""
    west, east, south, north = BOX
    misplaced = (longitude < west + _MARGIN) | (longitude > east - _MARGIN)
    misplaced |= (latitude < south + _MARGIN) | (latitude > north - _MARGIN)
    misplaced |= at_sea(longitude, latitude)
    for number in np.unique(city):
        here = np.flatnonzero(city == number)
        x = longitude[here] * KM_PER_DEGREE * np.cos(np.radians(latitude[here].mean()))
        y = latitude[here] * KM_PER_DEGREE
        close = np.hypot(x[:, None] - x, y[:, None] - y) < min_distance
        misplaced[here] |= np.tril(close, -1).any(axis=1)
    return misplaced


def _offsets(km: np.ndarray, bearing: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the degrees east and north of a step of ``km`` in a direction (radians, counterclockwise from east)."""
    north = km * np.sin(bearing) / KM_PER_DEGREE
    east = km * np.cos(bearing) / (KM_PER_DEGREE * np.cos(np.radians(latitude)))
    return east, north
