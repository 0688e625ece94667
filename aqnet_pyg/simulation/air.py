"""Concentrations on the grid: advection by the wind, emissions, deposition and chemistry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse

from aqnet_pyg.simulation.emissions import CO, COARSE, NO2, OXYGEN, PRIMARY, SECONDARY, SO2, Emissions
from aqnet_pyg.simulation.geography import BOX, KM_PER_DEGREE, ModelGrid
from aqnet_pyg.simulation.weather import Weather

CHUNK = 120
"""Hours simulated at once; always a whole chunk, so that a longer run starts with a shorter one."""

# By species: concentrations of inflow over the edges and from aloft, of inflow from the south, and hours until deposition.
_CLEAN = np.array([4.0, 9.0, 12.0, 3.0, 6.0, 0.35, 60.0], np.float32)
_SOUTHERN = np.array([12.0, 26.0, 25.0, 6.0, 18.0, 0.55, 60.0], np.float32)
_LIFETIME = np.array([80, 100, 16, 34, 15, 300, np.inf], np.float32)

_DEPTH = 500.0  # m, of the model layer
_PROFILE = 0.6  # power with which a shallow mixing layer keeps pollution near the ground
_LEAVES = 0.035  # fraction lost upwards in an hour when the mixing layer is as deep as the model layer
_SULPHATE, _NITRATE = 0.012, 0.014  # fractions of SO2 and NO2 converted to particles in an hour


@dataclass(frozen=True)
class Concentrations:
    """Concentrations near the ground in a chunk of hours, in µg m-3 (CO mg m-3).

    Args:
        particles: PM2.5 in the cells, ``[hour, cell]``.
        at_stations: Concentrations at the stations, ``[hour, station, species]``.
        emitted_at_stations: Their increase by the emissions of the hour, of the same shape.
        east: Wind component towards the east at the stations, m/s, ``[hour, station]``.
        north: Wind component towards the north, likewise.
        humidity: Relative humidity at the stations in %, likewise.
    """

    particles: np.ndarray
    at_stations: np.ndarray
    emitted_at_stations: np.ndarray
    east: np.ndarray
    north: np.ndarray
    humidity: np.ndarray

    def at(self, stations: slice) -> Concentrations:
        """Return those at some of the stations.

        Args:
            stations: Their positions.
        """
        own = (self.at_stations, self.emitted_at_stations, self.east, self.north, self.humidity)
        return Concentrations(self.particles, *(each[:, stations] for each in own))


class Air:
    """Concentrations on the grid, stepped hour by hour.

    The scheme is semi-Lagrangian: the air in a cell comes from the point upwind of it an hour ago. Each hour is one sparse matrix
    from cells to cells, shared by all species. A ring of cells around the grid holds the inflow.

    Args:
        grid: The cells.
        network: The stations, as :func:`aqnet_pyg.simulation.simulate_network` returns them.
        seed: Seed of weather and emissions.
        start: The first hour, UTC.
        hours: Number of hours to simulate, a multiple of :data:`CHUNK`.
        errors: Seed of the errors of weather and emissions in a transport model; None for the true ones.
    """

    def __init__(
        self,
        grid: ModelGrid,
        network: pd.DataFrame,
        seed: np.random.SeedSequence,
        start: pd.Timestamp,
        hours: int,
        errors: np.random.SeedSequence | None = None,
    ) -> None:
        longitude, latitude = grid.cells()
        weather_seed, emissions_seed = seed.spawn(2)
        weather_errors, emission_errors = (None, None) if errors is None else errors.spawn(2)
        self._weather = Weather(weather_seed, longitude, latitude, start, hours, weather_errors)
        self._emissions = Emissions(emissions_seed, longitude, latitude, hours, emission_errors)
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
        """Return the cells of the ringed grid around places, and their bilinear weights, both ``[..., place, 4]``.

        Places are given in rows and columns of the grid; those beyond the ring are moved onto it.
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

    def advance(self) -> Concentrations:
        """Simulate the next :data:`CHUNK` hours."""
        weather = self._weather(self._hour, self._hour + CHUNK)
        time = self._start + pd.to_timedelta(np.arange(self._hour, self._hour + CHUNK), "h")
        emitted = self._emissions(self._hour, time, np.hypot(weather.east, weather.north))
        cells, weights = self._corners(
            self._row - weather.north * self._northward, self._column - weather.east * self._eastward
        )
        depth = weather.mixing[..., None] / np.float32(_DEPTH)
        near_ground = depth**-_PROFILE
        remaining = np.exp(-_LEAVES * depth)
        moist = np.exp(0.4 * weather.stagnation)  # gas is converted to particles faster in stagnant, moist air
        equilibrium, rate = _odd_oxygen(weather.sun, time)

        keep = np.exp(-1 / _LIFETIME)
        particles = np.empty(weather.mixing.shape, np.float32)
        at_stations = np.empty((CHUNK, self._to_stations.shape[0], len(_CLEAN)), np.float32)
        emitted_at_stations = np.empty_like(at_stations)
        for hour in range(CHUNK):
            air = self._matrix(cells[hour], weights[hour]) @ self._air.reshape(-1, len(_CLEAN))
            air -= _CLEAN
            air *= remaining[hour]
            air += _CLEAN
            air *= keep
            air += emitted[hour]
            sulphate = _SULPHATE * moist[hour] * air[:, SO2]
            nitrate = _NITRATE * moist[hour] * air[:, NO2]
            air[:, SO2] -= sulphate
            air[:, NO2] -= nitrate
            air[:, SECONDARY] += 1.6 * sulphate + 1.1 * nitrate
            air[:, OXYGEN] += (equilibrium[hour] - air[:, OXYGEN]) * rate[hour]
            self._air[1:-1, 1:-1] = air.reshape(*self._shape, -1)
            # Odd oxygen is mixed through all heights, so its concentration does not increase near the ground.
            oxygen = air[:, OXYGEN].copy()
            air *= near_ground[hour]
            air[:, OXYGEN] = oxygen
            particles[hour] = air[:, PRIMARY] + air[:, SECONDARY]
            at_stations[hour] = self._to_stations @ air
            emitted_at_stations[hour] = self._to_stations @ (emitted[hour] * near_ground[hour])
        self._hour += CHUNK
        east, north = ((self._to_stations @ wind.T).T for wind in (weather.east, weather.north))
        # Moist where the air stagnates and at night.
        humid = 100 / (1 + np.exp(-(0.2 + 0.8 * weather.stagnation - 1.5 * weather.sun)))
        humidity = (self._to_stations @ humid.T).T
        return Concentrations(particles, at_stations, emitted_at_stations, east, north, humidity)


def six_pollutants(species: np.ndarray) -> np.ndarray:
    """Convert species, ``[..., species]``, to the six pollutants in the order of ``POLLUTANTS``, ``[..., 6]``."""
    fine = species[..., PRIMARY] + species[..., SECONDARY]
    # Fresh NO removes ozone until one of them is used up; smoothed, as an hour and a cell are not uniform.
    remaining_oxygen = species[..., OXYGEN] - 0.85 * species[..., NO2]
    ozone = 0.5 * (remaining_oxygen + np.sqrt(remaining_oxygen**2 + 18.0**2))
    return np.stack(
        [fine, fine + species[..., COARSE], species[..., SO2], species[..., NO2], ozone, species[..., CO]], axis=-1
    )


def _odd_oxygen(sun: np.ndarray, time: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
    """Return the equilibrium of odd oxygen and the fraction by which it is approached in an hour, ``[hour, cell]``."""
    summer = -np.cos(2 * np.pi * (time.day_of_year.to_numpy() - 15) / 365.25).astype(np.float32)[:, None]
    return 38 + sun * (160 - 15 * summer), 0.06 + 0.35 * sun
