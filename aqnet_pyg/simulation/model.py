"""A small air-quality model: emissions, wind, mixing, chemistry, and the readings of a network in it.

It is made to resemble a winter of northern China in the statistics that interpolation and forecasting meet (margins,
memory, correlation over distance), not to be right about any day. Its values are simulated and named so.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import scipy.sparse
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.simulation.fields import BOX, KM_PER_DEGREE, Grid, at_sea, elevation, industry, people
from aqnet_pyg.simulation.instruments import Instruments, break_down
from aqnet_pyg.simulation.network import simulate_network
from aqnet_pyg.simulation.weather import Weather
from aqnet_pyg.stations import POLLUTANTS, flag_suspect, make_station_data

__all__ = ["simulate"]

TIME_ZONE = "Asia/Shanghai"

_CHUNK = 120  # hours whose weather is made at once; always whole, so that a longer run starts with a shorter one
_SPIN_UP = 120  # hours before the start, until the air has forgotten that it was clean

# The species that are carried: primary and secondary fine particles, coarse particles, SO2, NO2, CO and odd oxygen
# (O3 + NO2, which unlike O3 survives its meeting with fresh NO). One column each, in ug m-3, CO in mg m-3.
_PRIMARY, _SECONDARY, _COARSE, _SO2, _NO2, _CO, _OXYGEN = range(7)
_CLEAN = np.array([2.0, 4.0, 9.0, 3.0, 4.0, 0.2, 75.0], np.float32)  # air from aloft and from the north and west
_SOUTHERN = np.array([12.0, 26.0, 25.0, 6.0, 18.0, 0.55, 75.0], np.float32)  # air from the south
_DEPTH = 500.0  # m
_PROFILE = 0.6
_LEAVES = 0.035  # share that a mixing layer of _DEPTH loses upwards in an hour
_LIFETIME = np.array([80, 100, 16, 34, 15, 300, np.inf], np.float32)  # hours until deposited

# Emissions by sector: ug m-3 in an hour if mixed into _DEPTH, where the sector's density is 1.
#                      primary, secondary, coarse, SO2, NO2, CO, odd oxygen
_SECTORS = {
    "traffic": (0.05, 0.01, 0.10, 0.02, 0.30, 0.0025, 0.0),
    "homes": (0.07, 0.02, 0.08, 0.04, 0.06, 0.0020, 0.0),
    "heating": (0.18, 0.04, 0.12, 0.14, 0.08, 0.0045, 0.0),
    "industry": (0.45, 0.07, 0.90, 0.60, 1.00, 0.0100, 0.0),
    "dust": (0.15, 0.0, 2.00, 0.0, 0.0, 0.0, 0.0),
}

# Activity by local hour, mean 1.
_RUSH = np.array(
    [0.5, 0.4, 0.35, 0.35, 0.4, 0.6, 0.95, 1.4, 1.6, 1.4, 1.2, 1.1, 1.1, 1.15, 1.15, 1.2, 1.3, 1.5, 1.6, 1.4, 1.2, 1.0, 0.8, 0.6]
)
_MEALS = np.array(
    [0.6, 0.5, 0.5, 0.5, 0.6, 0.9, 1.4, 1.5, 1.2, 0.9, 0.9, 1.2, 1.2, 0.8, 0.7, 0.8, 1.1, 1.5, 1.7, 1.5, 1.2, 1.0, 0.9, 0.8]
)
_STOVES = np.array(
    [1.1, 1.0, 1.0, 1.0, 1.1, 1.2, 1.3, 1.2, 1.0, 0.8, 0.7, 0.65, 0.6, 0.6, 0.6, 0.7, 0.9, 1.1, 1.3, 1.4, 1.4, 1.4, 1.3, 1.2]
)


def simulate(
    days: int = 90,
    start: str = "2016-11-01",
    stations: int = 584,
    seed: int = 0,
    spacing: float = 0.25,
    truth: bool = True,
    progress: bool = False,
) -> tuple[xr.Dataset, xr.DataArray | None]:
    """Simulate a network in northern China, and the air around it.

    Emissions of cities, belts of industry and the land between them follow the hour, the weekday and the heating season.
    A slowly turning wind carries them over a regular grid (semi-Lagrangian, an hour a step), clean air flows in from the
    north and west, mountains bar weak winds, the mixing layer breathes with the day and with the weather, fine particles
    form from SO2 and NO2, and ozone from the sun. A station reads the field at its place, times a factor of its own,
    plus what its street adds, with noise, gaps and faults.

    The same arguments give the same values on the same machine; the first days of a longer run are those of a shorter one.

    Args:
        days: Number of days.
        start: First local day, such as ``"2016-11-01"``; its hours are 0 to 23 in Beijing.
        stations: Number of stations, at least 2.
        seed: Seeds network, weather and instruments.
        spacing: Of the grid, in degrees.
        truth: Whether to keep and return the true field.
        progress: Whether to show a progress bar (on a terminal).

    Returns:
        Station data with six pollutants and their quality flags, and PM2.5 on the grid without any instrument between,
        ``(time, latitude, longitude)`` in µg m-3, or None without ``truth``.

    Raises:
        InputError: If an argument is out of range.
    """
    if days < 1:
        raise InputError(f"days: {days} days were asked for; use at least 1.")
    network = simulate_network(stations, seed)
    grid = Grid(spacing)
    time = pd.date_range(_first_hour(start), periods=24 * days, freq="h")
    of_weather, of_instruments, of_faults = np.random.SeedSequence(seed, spawn_key=(1,)).spawn(3)

    longitude, latitude = grid.cells()
    chunks = -(-len(time) // _CHUNK)
    begin = time[0] - pd.Timedelta(hours=_SPIN_UP)
    weather = Weather(of_weather, longitude, latitude, begin, _SPIN_UP + chunks * _CHUNK)
    air = _Air(grid, weather, begin, network)
    instruments = Instruments(of_instruments, network)
    values = np.empty((len(POLLUTANTS), len(time), len(network)), np.float32)
    field = np.empty((len(time), len(grid.latitude), len(grid.longitude)), np.float32) if truth else None
    for _ in range(_SPIN_UP // _CHUNK):
        air.advance()
    for chunk in _track(range(chunks), progress):
        particles, outside, street, wind = air.advance()
        readings = instruments.read(outside, street, *wind)
        hours = slice(chunk * _CHUNK, min((chunk + 1) * _CHUNK, len(time)))
        values[:, hours] = readings.transpose(2, 0, 1)[:, : hours.stop - hours.start]
        if field is not None:
            field[hours] = particles[: hours.stop - hours.start].reshape(-1, *field.shape[1:])
    break_down(values, of_faults)

    source = f"simulated by aqnet_pyg: {days} days from {time[0].tz_localize('UTC').tz_convert(TIME_ZONE).date()}, seed {seed}"
    dataset = make_station_data(
        dict(zip(POLLUTANTS, values, strict=True)), time, network, time_zone=TIME_ZONE, source=source
    )
    return flag_suspect(dataset), None if field is None else _field(field, dataset, grid, source)


def _first_hour(start: str) -> pd.Timestamp:
    """Midnight of a local day, in UTC and without a zone."""
    try:
        day = pd.Timestamp(start)
        return day.normalize().tz_localize(TIME_ZONE).tz_convert("UTC").tz_localize(None)
    except (ValueError, TypeError) as error:
        raise InputError(f"start: {start!r} is not a day; use the form 2016-11-01.") from error


def _track(chunks: range, progress: bool) -> Iterable[int]:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(chunks, "simulating", console=console, disable=not (progress and console.is_terminal))


def _field(field: np.ndarray, dataset: xr.Dataset, grid: Grid, source: str) -> xr.DataArray:
    pollutant = POLLUTANTS["pm25"]
    coords = {
        "time": dataset.time,
        "latitude": ("latitude", grid.latitude, {"standard_name": "latitude", "units": "degrees_north"}),
        "longitude": ("longitude", grid.longitude, {"standard_name": "longitude", "units": "degrees_east"}),
    }
    attrs = {
        "standard_name": pollutant.standard_name,
        "long_name": f"{pollutant.label}, simulated truth",
        "units": pollutant.units,
        "cell_methods": "time: mean",
        "source": source,
    }
    return xr.DataArray(field, coords, ("time", "latitude", "longitude"), "pm25", attrs)


class _Air:
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
        weather = self._weather(self._hour, self._hour + _CHUNK)
        time = self._start + pd.to_timedelta(np.arange(self._hour, self._hour + _CHUNK), "h")
        index, weight = self._corners(
            self._row - weather.north * self._cells_per_metre,
            self._column - weather.east * self._cells_per_metre / self._squeeze,
        )
        activity = _activity(time)
        # What is carried is the mean over a layer of _DEPTH; the ground sees more of it when the mixing layer is shallow.
        ground = (_DEPTH / weather.mixing)[..., None] ** _PROFILE
        stays = np.exp(-_LEAVES * weather.mixing / _DEPTH)[..., None]
        keep = np.exp(-1 / _LIFETIME)
        gale = np.maximum(np.hypot(weather.east, weather.north) - 8.5, 0) ** 2 * _dust_season(time)[:, None]
        brew = np.exp(0.5 * weather.haze)  # moist still air turns gas into particles faster
        to_sulphate, to_nitrate = 0.012 * brew, 0.014 * brew
        goal, rate = _odd_oxygen(weather.sun, time)

        cells = len(self._row)
        particles = np.empty((_CHUNK, cells), np.float32)
        seen = np.empty((_CHUNK, self._at_stations.shape[0], len(_CLEAN)), np.float32)
        street = np.empty_like(seen)
        flat = self._air.reshape(-1, len(_CLEAN))
        for hour in range(_CHUNK):
            air = self._matrix(index[hour], weight[hour]) @ flat
            air -= _CLEAN
            air *= stays[hour]
            air += _CLEAN
            air *= keep
            fresh = (activity[hour] @ self._patterns[:-1]).reshape(cells, -1)
            if gale[hour].any():
                fresh += gale[hour][:, None] * self._patterns[-1].reshape(cells, -1)
            air += fresh
            sulphate, nitrate = to_sulphate[hour] * air[:, _SO2], to_nitrate[hour] * air[:, _NO2]
            air[:, _SO2] -= sulphate
            air[:, _NO2] -= nitrate
            air[:, _SECONDARY] += 1.6 * sulphate + 1.1 * nitrate
            air[:, _OXYGEN] += (goal[hour] - air[:, _OXYGEN]) * rate[hour]
            self._air[1:-1, 1:-1] = air.reshape(*self._shape, -1)
            # Ozone is mixed well; only its enemy is not.
            surface = air * ground[hour]
            surface[:, _OXYGEN] = air[:, _OXYGEN]
            particles[hour] = surface[:, _PRIMARY] + surface[:, _SECONDARY]
            seen[hour] = self._cells_at_stations @ surface
            street[hour] = self._cells_at_stations @ (fresh * ground[hour])
        self._hour += _CHUNK
        wind = tuple((self._cells_at_stations @ component.T).T for component in (weather.east, weather.north))
        return particles, _six(seen), _six(street), wind


def _six(species: np.ndarray) -> np.ndarray:
    """The six reported pollutants, in the order of POLLUTANTS, from the species along the last axis."""
    fine = species[..., _PRIMARY] + species[..., _SECONDARY]
    # Fresh NO eats ozone until one of them is gone; a soft edge, since an hour and a cell are not uniform.
    left = species[..., _OXYGEN] - 0.85 * species[..., _NO2]
    ozone = 0.5 * (left + np.sqrt(left**2 + 18.0**2))
    return np.stack(
        [fine, fine + species[..., _COARSE], species[..., _SO2], species[..., _NO2], ozone, species[..., _CO]], axis=-1
    )


def _emission_patterns(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Emissions at full activity by sector, ``[sector, cell * species]``, in the order of _SECTORS."""
    land = ~at_sea(longitude, latitude)
    cities = people(longitude, latitude, 0.2)
    country = people(longitude, latitude, 1.3) * np.exp(-elevation(longitude, latitude) / 2500)
    heated = 1 / (1 + np.exp(-(latitude - 34.0) / 0.25))
    desert = np.clip((112 - longitude) / 4, 0, 1) * np.clip((latitude - 37) / 2, 0, 1)
    density = {
        "traffic": 0.12 * cities + 1.2 * country,
        "homes": 0.08 * cities + 1.8 * country,
        "heating": heated * (0.08 * cities + 2.0 * country),
        "industry": industry(longitude, latitude) + 0.3 * country,
        "dust": 0.02 + desert,
    }
    return np.stack(
        [((land * density[name])[:, None] * np.array(rates)).ravel() for name, rates in _SECTORS.items()]
    ).astype(np.float32)


def _activity(time: pd.DatetimeIndex) -> np.ndarray:
    """How active each sector but dust is, ``[hour, sector]``, from the local clock and calendar."""
    # An hour is labelled by its end.
    local = (time - pd.Timedelta(minutes=30)).tz_localize("UTC").tz_convert(TIME_ZONE)
    weekend = local.weekday.to_numpy() >= 5
    hour = local.hour.to_numpy()
    return np.stack(
        [
            _RUSH[hour] * np.where(weekend, 0.82, 1.07),
            _MEALS[hour],
            _STOVES[hour] * _heating_season(local),
            np.where(weekend, 0.93, 1.03),
        ],
        axis=1,
    ).astype(np.float32)


def _heating_season(local: pd.DatetimeIndex) -> np.ndarray:
    """Heating from mid-November to mid-March, lit and put out over some days, strongest in January."""
    day = local.dayofyear.to_numpy()
    since_november = (day - 319) % 365.25  # 15 November
    lit = np.clip(since_november / 5, 0, 1) * np.clip((122 - since_november) / 5, 0, 1)
    return lit * (0.75 + 0.25 * np.cos(2 * np.pi * (day - 15) / 365.25))


def _dust_season(time: pd.DatetimeIndex) -> np.ndarray:
    """Dust flies in spring, when the ground is dry and bare."""
    day = time.dayofyear.to_numpy()
    return (0.08 + 0.5 * np.exp(-(((day - 100) / 35) ** 2))).astype(np.float32)


def _odd_oxygen(sun: np.ndarray, time: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
    """Towards which concentration the sun and the ground draw odd oxygen, and how fast, both ``[hour, cell]``."""
    summer = -np.cos(2 * np.pi * (time.dayofyear.to_numpy() - 15) / 365.25).astype(np.float32)[:, None]
    goal = 55 + 8 * summer + sun * (110 + 60 * summer)
    return goal, 0.05 + 0.2 * sun
