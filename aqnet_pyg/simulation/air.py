"""The air on the grid: carried by the wind, fed by emissions, changed by chemistry."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse

from aqnet_pyg.simulation.emissions import CO, COARSE, NO2, OXYGEN, PRIMARY, SECONDARY, SO2, Emissions
from aqnet_pyg.simulation.fields import BOX, KM_PER_DEGREE, Grid
from aqnet_pyg.simulation.weather import Weather

__all__ = ["Air", "AtStations", "six_pollutants"]

_CLEAN = np.array([4.0, 9.0, 12.0, 3.0, 6.0, 0.35, 60.0], np.float32)  # air from aloft and from the north and west
_SOUTHERN = np.array([12.0, 26.0, 25.0, 6.0, 18.0, 0.55, 60.0], np.float32)  # air from the south
_DEPTH = 500.0  # m
_PROFILE = 0.6
_LEAVES = 0.035  # share that a mixing layer of _DEPTH loses upwards in an hour
_LIFETIME = np.array([80, 100, 16, 34, 15, 300, np.inf], np.float32)  # hours until deposited



class Air:
    """The concentrations on the grid and what changes them.

    A ring of cells around the grid holds the air that flows in. Every hour is one sparse matrix from the cells of the
    last hour to those of this one, shared by all species.
    """

    def __init__(self, grid: Grid, weather: Weather, start: pd.Timestamp, network: pd.DataFrame) -> None:
        self._weather, self._start, self._hour = weather, start, 0
        longitude, latitude = grid.cells()
        self._shape = len(grid.latitude), len(grid.longitude)
        self._cells_per_metre = 3.6 / (KM_PER_DEGREE * grid.spacing)  # cells in an hour at 1 m/s
        self._squeeze = np.cos(np.radians(latitude)).astype(np.float32)
        rows, columns = self._shape
        self._row, self._column = (a.ravel().astype(np.float32) for a in np.mgrid[1 : rows + 1, 1 : columns + 1])
        self._air = np.empty((rows + 2, columns + 2, len(_CLEAN)), np.float32)
        self._air[:] = _CLEAN
        self._air[0] = _SOUTHERN
        self._patterns = _emission_patterns(longitude, latitude)
        self._at_stations = self._interpolation(
            1 + (network.latitude.to_numpy() - BOX[2]) / grid.spacing,
            1 + (network.longitude.to_numpy() - BOX[0]) / grid.spacing,
        )
        inner = np.arange(self._air[..., 0].size).reshape(rows + 2, columns + 2)[1:-1, 1:-1].ravel()
        self._cells_at_stations = self._at_stations[:, inner]

    def _interpolation(self, row: np.ndarray, column: np.ndarray) -> scipy.sparse.csr_array:
        """Matrix from all cells to places given in rows and columns of the ringed grid."""
        index, weight = self._corners(row, column)
        return self._matrix(index, weight)

    def _corners(self, row: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cells around places and their bilinear weights, ``[..., place, 4]``; places outside are put on the ring."""
        rows, columns = self._air.shape[:2]
        row, column = np.clip(row, 0, rows - 1.001), np.clip(column, 0, columns - 1.001)
        south, west = row.astype(np.int32), column.astype(np.int32)
        up, right = (row - south).astype(np.float32), (column - west).astype(np.float32)
        first = south * columns + west
        index = np.stack([first, first + 1, first + columns, first + columns + 1], axis=-1)
        weight = np.stack([(1 - up) * (1 - right), (1 - up) * right, up * (1 - right), up * right], axis=-1)
        return index, weight

    def _matrix(self, index: np.ndarray, weight: np.ndarray) -> scipy.sparse.csr_array:
        ends = np.arange(0, 4 * len(index) + 1, 4, dtype=np.int32)
        return scipy.sparse.csr_array(
            (weight.ravel(), index.ravel(), ends), shape=(len(index), self._air[..., 0].size)
        )

    def advance(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
        """Carry the air through the next chunk of hours.

        Returns:
            PM2.5 in the cells ``[hour, cell]``; the six pollutants at the stations ``[hour, station, pollutant]``; what
            local sources add to them in an hour, the same shape; the wind at the stations, twice ``[hour, station]``.
        """
        weather = self._weather(self._hour, self._hour + hours)
        time = self._start + pd.to_timedelta(np.arange(self._hour, self._hour + hours), "h")
        index, weight = self._corners(
            self._row - weather.north * self._cells_per_metre,
            self._column - weather.east * self._cells_per_metre / self._squeeze,
        )
        activity = _activity(time)
        # What is carried is the mean over a layer of _DEPTH; the ground sees more of it when the mixing layer is shallow.
        ground = (_DEPTH / weather.mixing)[..., None] ** _PROFILE
        stays = np.exp(-_LEAVES * weather.mixing / _DEPTH)[..., None]
        keep = np.exp(-1 / _LIFETIME)
        gale = np.maximum(np.hypot(weather.east, weather.north) - 7.0, 0) ** 2 * _dust_season(time)[:, None]
        brew = np.exp(0.4 * weather.haze)  # moist still air turns gas into particles faster
        to_sulphate, to_nitrate = 0.012 * brew, 0.014 * brew
        goal, rate = _odd_oxygen(weather.sun, time)

        cells = len(self._row)
        particles = np.empty((hours, cells), np.float32)
        seen = np.empty((hours, self._at_stations.shape[0], len(_CLEAN)), np.float32)
        street = np.empty_like(seen)
        flat = self._air.reshape(-1, len(_CLEAN))
        for hour in range(hours):
            air = self._matrix(index[hour], weight[hour]) @ flat
            air -= _CLEAN
            air *= stays[hour]
            air += _CLEAN
            air *= keep
            fresh = (activity[hour] @ self._patterns[:-1]).reshape(cells, -1)
            if gale[hour].any():
                fresh += gale[hour][:, None] * self._patterns[-1].reshape(cells, -1)
            air += fresh
            sulphate, nitrate = to_sulphate[hour] * air[:, SO2], to_nitrate[hour] * air[:, NO2]
            air[:, SO2] -= sulphate
            air[:, NO2] -= nitrate
            air[:, SECONDARY] += 1.6 * sulphate + 1.1 * nitrate
            air[:, OXYGEN] += (goal[hour] - air[:, OXYGEN]) * rate[hour]
            self._air[1:-1, 1:-1] = air.reshape(*self._shape, -1)
            # Ozone is mixed well; only its enemy is not.
            surface = air * ground[hour]
            surface[:, OXYGEN] = air[:, OXYGEN]
            particles[hour] = surface[:, PRIMARY] + surface[:, SECONDARY]
            seen[hour] = self._cells_at_stations @ surface
            street[hour] = self._cells_at_stations @ (fresh * ground[hour])
        self._hour += hours
        wind = tuple((self._cells_at_stations @ component.T).T for component in (weather.east, weather.north))
        return particles, _six(seen), _six(street), wind


def six_pollutants(species: np.ndarray) -> np.ndarray:
    """The six reported pollutants, in the order of POLLUTANTS, from the species along the last axis."""
    fine = species[..., PRIMARY] + species[..., SECONDARY]
    # Fresh NO eats ozone until one of them is gone; a soft edge, since an hour and a cell are not uniform.
    left = species[..., OXYGEN] - 0.85 * species[..., NO2]
    ozone = 0.5 * (left + np.sqrt(left**2 + 18.0**2))
    return np.stack(
        [fine, fine + species[..., COARSE], species[..., SO2], species[..., NO2], ozone, species[..., CO]], axis=-1
    )


def _odd_oxygen(sun: np.ndarray, time: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
    """Towards which concentration the sun and the ground draw odd oxygen, and how fast, both ``[hour, cell]``."""
    summer = -np.cos(2 * np.pi * (time.dayofyear.to_numpy() - 15) / 365.25).astype(np.float32)[:, None]
    goal = 38 + sun * (160 - 15 * summer)
    return goal, 0.06 + 0.35 * sun
