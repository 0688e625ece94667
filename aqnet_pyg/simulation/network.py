"""The simulated network: stations around the real cities of northern China."""

from __future__ import annotations

import numpy as np
import pandas as pd

from aqnet_pyg.errors import InputError
from aqnet_pyg.simulation.cities import CITIES
from aqnet_pyg.simulation.fields import BOX, KM_PER_DEGREE, at_sea, elevation

__all__ = ["simulate_network"]

_MARGIN = 0.01  # degrees that stations keep from the edge of the box
_APART = 1.2  # km that stations of a city keep from each other, except those of a touching pair
_RURAL = 0.12  # share of stations that watch the background, far from the center


def simulate_network(stations: int = 584, seed: int = 0) -> pd.DataFrame:
    """Place stations around the real cities of northern China. The stations are made up; the cities are not.

    Large cities have more of them (Beijing about 25 of 584, most prefectures 3 to 8). Within a city they keep to a few
    kilometers of the center and of each other; one in eight stands in the country, and one in 120 stands within 200 m
    of another, as instruments at one site do.

    Args:
        stations: Number of stations, at least 2.
        seed: The same number gives the same network.

    Returns:
        One row a station, indexed by ``code`` (``"S0001"`` and on), with ``longitude`` and ``latitude`` in degrees,
        ``elevation`` in meters, ``name``, ``city`` and ``province``.

    Raises:
        InputError: If ``stations`` is less than 2 or ``seed`` is negative.
    """
    if stations < 2:
        raise InputError(f"stations: a network of {stations} was asked for; use at least 2.")
    if seed < 0:
        raise InputError(f"seed: {seed} is negative; use 0 or more.")
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,)))
    touching = stations // 120
    city = np.repeat(np.arange(len(CITIES)), _shares(stations - touching))
    longitude, latitude = _place(city, rng)
    first = rng.choice(len(city), touching, replace=False)
    city = np.concatenate([city, city[first]])
    nudge = _offsets(rng.uniform(0.02, 0.18, touching), rng.uniform(0, 2 * np.pi, touching), latitude[first])
    longitude = np.concatenate([longitude, longitude[first] + nudge[0]])
    latitude = np.concatenate([latitude, latitude[first] + nudge[1]])

    order = np.argsort(city, kind="stable")
    city, longitude, latitude = city[order], longitude[order].round(5), latitude[order].round(5)
    home = CITIES.iloc[city].reset_index(drop=True)
    above = elevation(longitude, latitude) - elevation(home.longitude.to_numpy(), home.latitude.to_numpy())
    number = home.groupby("city").cumcount() + 1
    return pd.DataFrame(
        {
            "longitude": longitude,
            "latitude": latitude,
            "elevation": np.maximum(home.elevation + above + rng.normal(0, 4, stations), 1).round().to_numpy(),
            "name": (home.chinese + number.map("{:02d}".format)).to_numpy(object),
            "city": home.city.to_numpy(object),
            "province": home.province.to_numpy(object),
        },
        index=pd.Index([f"S{row:04d}" for row in range(1, stations + 1)], name="code"),
    )


def _shares(stations: int) -> np.ndarray:
    """Stations of each city, ``[city]``: whole numbers that grow with its people."""
    millions = CITIES.people.to_numpy()
    weight = 1.7 + 0.25 * millions + 0.025 * millions**2
    share = stations * weight / weight.sum()
    whole = np.floor(share).astype(int)
    whole[np.argsort(whole - share, kind="stable")[: stations - whole.sum()]] += 1
    return whole


def _place(city: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of stations, ``[station]``, redrawn while they are at sea, outside or too close."""
    home = CITIES.iloc[city]
    size = (home.people.to_numpy() / 5) ** 0.35
    rural = rng.random(len(city)) < _RURAL
    longitude, latitude = np.empty(len(city)), np.empty(len(city))
    # Each round places what it can; the distances shrink, so a crowded city or an awkward coast ends too.
    left = np.arange(len(city))
    shrink = 1.0
    while len(left):
        radius = np.where(
            rural[left], rng.uniform(12, 45, len(left)), 4.3 * size[left] * rng.lognormal(0, 0.55, len(left))
        )
        east, north = _offsets(shrink * radius, rng.uniform(0, 2 * np.pi, len(left)), home.latitude.to_numpy()[left])
        longitude[left] = home.longitude.to_numpy()[left] + east
        latitude[left] = home.latitude.to_numpy()[left] + north
        left = left[_misplaced(longitude, latitude, city, shrink * _APART)[left]]
        shrink *= 0.97
    return longitude, latitude


def _misplaced(longitude: np.ndarray, latitude: np.ndarray, city: np.ndarray, apart: float) -> np.ndarray:
    """Stations outside the box, at sea, or closer than ``apart`` km to an earlier one of their city."""
    west, east, south, north = BOX
    bad = (longitude < west + _MARGIN) | (longitude > east - _MARGIN)
    bad |= (latitude < south + _MARGIN) | (latitude > north - _MARGIN)
    bad |= at_sea(longitude, latitude)
    for number in np.unique(city):
        here = np.flatnonzero(city == number)
        x = longitude[here] * KM_PER_DEGREE * np.cos(np.radians(latitude[here].mean()))
        y = latitude[here] * KM_PER_DEGREE
        close = np.hypot(x[:, None] - x, y[:, None] - y) < apart
        bad[here] |= np.tril(close, -1).any(axis=1)
    return bad


def _offsets(km: np.ndarray, bearing: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Degrees east and north of a step of ``km`` in a direction (radians, anticlockwise from east)."""
    north = km * np.sin(bearing) / KM_PER_DEGREE
    east = km * np.cos(bearing) / (KM_PER_DEGREE * np.cos(np.radians(latitude)))
    return east, north
