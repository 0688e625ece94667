"""The air on the grid: carried by the wind, fed by emissions, changed by chemistry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse

from aqnet_pyg.simulation.emissions import CO, COARSE, NO2, OXYGEN, PRIMARY, SECONDARY, SO2, Emissions
from aqnet_pyg.simulation.fields import BOX, KM_PER_DEGREE, Grid
from aqnet_pyg.simulation.weather import Weather

__all__ = ["CHUNK", "Air", "Passage", "six_pollutants"]

CHUNK = 120
"""Hours that are made at once; always whole, so that a longer run starts with a shorter one."""

# By species. What flows in over the edges and comes down from aloft; what flows in from the south; hours until deposited.
_CLEAN = np.array([4.0, 9.0, 12.0, 3.0, 6.0, 0.35, 60.0], np.float32)
_SOUTHERN = np.array([12.0, 26.0, 25.0, 6.0, 18.0, 0.55, 60.0], np.float32)
_LIFETIME = np.array([80, 100, 16, 34, 15, 300, np.inf], np.float32)

_DEPTH = 500.0  # m, of the layer that the model carries
_PROFILE = 0.6  # power with which a shallow mixing layer keeps pollution near the ground
_LEAVES = 0.035  # share that leaves upwards in an hour when the mixing layer is as deep as that layer
_SULPHATE, _NITRATE = 0.012, 0.014  # shares of SO2 and NO2 that turn into particles in an hour


@dataclass(frozen=True)
class Passage:
    """What became of the air in a chunk of hours; concentrations near the ground.

    Args:
        particles: PM2.5 in the cells, ``[hour, cell]``.
        seen: Concentrations at the stations, ``[hour, station, species]``.
        fresh: What the sources around the stations added in the hour, the same shape.
        east: Wind at the stations, m/s, ``[hour, station]``.
        north: The same towards the north.
    """

    particles: np.ndarray
    seen: np.ndarray
    fresh: np.ndarray
    east: np.ndarray
    north: np.ndarray


class Air:
    """Concentrations on the grid, an hour after the other.

    The scheme is semi-Lagrangian: the air of a cell is what was upwind of it an hour ago. Each hour is one sparse matrix
    from cells to cells, shared by all species. A ring of cells around the grid holds the air that flows in.

    Args:
        grid: The cells.
        network: The stations, as :func:`aqnet_pyg.simulation.simulate_network` makes them.
        seed: Source of all randomness.
        start: The first hour, UTC.
        hours: Number of hours to be made, a multiple of :data:`CHUNK`.
    """

    def __init__(
        self, grid: Grid, network: pd.DataFrame, seed: np.random.SeedSequence, start: pd.Timestamp, hours: int
    ) -> None:
        longitude, latitude = grid.cells()
        of_weather, of_emissions = seed.spawn(2)
        self._weather = Weather(of_weather, longitude, latitude, start, hours)
        self._emissions = Emissions(of_emissions, longitude, latitude, hours)
        self._start, self._hour = start, 0
        self._shape = rows, columns = len(grid.latitude), len(grid.longitude)
        # Cells that the wind crosses in an hour at 1 m/s.
        self._northward = np.float32(3.6 / (KM_PER_DEGREE * grid.spacing))
        self._eastward = (self._northward / np.cos(np.radians(latitude))).astype(np.float32)
        self._row, self._column = (axis.ravel().astype(np.float32) for axis in np.mgrid[:rows, :columns])
        self._air = np.empty((rows + 2, columns + 2, len(_CLEAN)), np.float32)
        self._air[:] = _CLEAN
        self._air[0] = _SOUTHERN
        corners = self._corners(
            (network.latitude.to_numpy() - BOX[2]) / grid.spacing,
            (network.longitude.to_numpy() - BOX[0]) / grid.spacing,
        )
        inner = np.arange(self._air[..., 0].size).reshape(self._air.shape[:2])[1:-1, 1:-1].ravel()
        self._to_stations = self._matrix(*corners)[:, inner]

    def _corners(self, row: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cells of the ringed grid around places, and their bilinear weights, both ``[..., place, 4]``.

        Places are given in rows and columns of the grid; those beyond the ring are put on it.
        """
        rows, columns = self._air.shape[:2]
        row, column = np.clip(row + 1, 0, rows - 1.001), np.clip(column + 1, 0, columns - 1.001)
        south, west = row.astype(np.int32), column.astype(np.int32)
        up, right = (row - south).astype(np.float32), (column - west).astype(np.float32)
        first = south * np.int32(columns) + west
        cells = np.stack([first, first + 1, first + columns, first + columns + 1], axis=-1)
        weights = np.stack([(1 - up) * (1 - right), (1 - up) * right, up * (1 - right), up * right], axis=-1)
        return cells, weights

    def _matrix(self, cells: np.ndarray, weights: np.ndarray) -> scipy.sparse.csr_array:
        ends = np.arange(0, cells.size + 1, 4, dtype=np.int32)
        return scipy.sparse.csr_array(
            (weights.ravel(), cells.ravel(), ends), shape=(len(cells), self._air[..., 0].size)
        )

    def advance(self) -> Passage:
        """Make the next :data:`CHUNK` hours."""
        weather = self._weather(self._hour, self._hour + CHUNK)
        time = self._start + pd.to_timedelta(np.arange(self._hour, self._hour + CHUNK), "h")
        emitted = self._emissions(self._hour, time, np.hypot(weather.east, weather.north))
        cells, weights = self._corners(
            self._row - weather.north * self._northward, self._column - weather.east * self._eastward
        )
        depth = weather.mixing[..., None] / np.float32(_DEPTH)
        ground = depth**-_PROFILE
        stays = np.exp(-_LEAVES * depth)
        moist = np.exp(0.4 * weather.haze)  # still moist air turns gas into particles faster
        goal, rate = _odd_oxygen(weather.sun, time)

        keep = np.exp(-1 / _LIFETIME)
        particles = np.empty(weather.mixing.shape, np.float32)
        seen = np.empty((CHUNK, self._to_stations.shape[0], len(_CLEAN)), np.float32)
        fresh = np.empty_like(seen)
        for hour in range(CHUNK):
            air = self._matrix(cells[hour], weights[hour]) @ self._air.reshape(-1, len(_CLEAN))
            air -= _CLEAN
            air *= stays[hour]
            air += _CLEAN
            air *= keep
            air += emitted[hour]
            sulphate = _SULPHATE * moist[hour] * air[:, SO2]
            nitrate = _NITRATE * moist[hour] * air[:, NO2]
            air[:, SO2] -= sulphate
            air[:, NO2] -= nitrate
            air[:, SECONDARY] += 1.6 * sulphate + 1.1 * nitrate
            air[:, OXYGEN] += (goal[hour] - air[:, OXYGEN]) * rate[hour]
            self._air[1:-1, 1:-1] = air.reshape(*self._shape, -1)
            # Odd oxygen comes from all heights and is as dense above as at the ground.
            oxygen = air[:, OXYGEN].copy()
            air *= ground[hour]
            air[:, OXYGEN] = oxygen
            particles[hour] = air[:, PRIMARY] + air[:, SECONDARY]
            seen[hour] = self._to_stations @ air
            fresh[hour] = self._to_stations @ (emitted[hour] * ground[hour])
        self._hour += CHUNK
        east, north = ((self._to_stations @ wind.T).T for wind in (weather.east, weather.north))
        return Passage(particles, seen, fresh, east, north)


def six_pollutants(species: np.ndarray) -> np.ndarray:
    """The six reported pollutants, in the order of POLLUTANTS, from the species along the last axis: ``[..., 6]``."""
    fine = species[..., PRIMARY] + species[..., SECONDARY]
    # Fresh NO eats ozone until one of them is gone; a soft edge, since an hour and a cell are not uniform.
    left = species[..., OXYGEN] - 0.85 * species[..., NO2]
    ozone = 0.5 * (left + np.sqrt(left**2 + 18.0**2))
    return np.stack(
        [fine, fine + species[..., COARSE], species[..., SO2], species[..., NO2], ozone, species[..., CO]], axis=-1
    )


def _odd_oxygen(sun: np.ndarray, time: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
    """Towards which concentration sun and ground draw odd oxygen, and which share of the way in an hour, ``[hour, cell]``."""
    summer = -np.cos(2 * np.pi * (time.day_of_year.to_numpy() - 15) / 365.25).astype(np.float32)[:, None]
    return 38 + sun * (160 - 15 * summer), 0.06 + 0.35 * sun
