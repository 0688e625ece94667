"""A small air-quality model: emissions, wind, mixing, chemistry, and the readings of a station network.

It resembles winters in northern China in the statistics that matter for interpolation and forecasting (marginal distribution,
persistence, correlation over distance), but reproduces no actual day. Its values are labeled as simulated.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Literal, overload

import numpy as np
import pandas as pd
import xarray as xr
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.suspect_values import flag_suspect
from aqnet_pyg.simulation.air import CHUNK, Air, Concentrations
from aqnet_pyg.simulation.emissions import PRIMARY, SECONDARY, TIME_ZONE
from aqnet_pyg.simulation.geography import ModelGrid
from aqnet_pyg.simulation.instruments import Instruments, add_faults
from aqnet_pyg.simulation.network import simulate_network
from aqnet_pyg.simulation.sensors import Sensors, simulate_sensor_network
from aqnet_pyg.stations import HUMIDITY, MONITOR, POLLUTANTS, SENSOR, make_station_data

FIRST_GUESS = "pm25_first_guess"
"""Name of the first guess, as a variable of station data and on its grid."""


@overload
def simulate(
    days: int = ...,
    start: str = ...,
    stations: int = ...,
    seed: int = ...,
    spacing: float = ...,
    truth: bool = ...,
    progress: bool = ...,
    *,
    first_guess: Literal[False] = ...,
    sensors: int = ...,
) -> tuple[xr.Dataset, xr.DataArray | None]: ...


@overload
def simulate(
    days: int = ...,
    start: str = ...,
    stations: int = ...,
    seed: int = ...,
    spacing: float = ...,
    truth: bool = ...,
    progress: bool = ...,
    *,
    first_guess: Literal[True],
    sensors: int = ...,
) -> tuple[xr.Dataset, xr.DataArray | None, xr.DataArray]: ...


def simulate(
    days: int = 90,
    start: str = "2016-11-01",
    stations: int = 584,
    seed: int = 0,
    spacing: float = 0.25,
    truth: bool = True,
    progress: bool = False,
    *,
    first_guess: bool = False,
    sensors: int = 0,
) -> tuple[xr.Dataset, xr.DataArray | None] | tuple[xr.Dataset, xr.DataArray | None, xr.DataArray]:
    """Simulate an air-quality network in northern China, and the concentration field around it.

    Emissions of cities, industrial belts and the countryside follow the hour, the weekday and the heating season.
    A slowly turning wind advects them over a regular grid (semi-Lagrangian, hourly steps), with inflow of clean air from the
    north and west, mountains that block weak winds, and a mixing layer that varies with the hour and the weather. Fine particles
    form from SO2 and NO2, and ozone in sunlight. A station measures the field at its place, times a factor of its own,
    plus a local increment, with noise, gaps and faults.

    The first guess is what a chemical transport model would give: a second run of the air, at least half as fine, in which winds
    are nearly right, stagnation and mixing heights much less, sectors emit too little, each city and industrial belt is wrong by
    a factor, and irregular emissions are missing. It is a simulated field like the others, and no instrument reads it.

    Sensors are simulated cheap instruments of PM2.5 where people live, as many as wanted. At a concentration c and a relative
    humidity RH they read 1 + (1.2 + 0.25 RH / (1 - RH)) c, times a factor of each sensor (15 %) that drifts, with noise, outages
    and one sensor in fifty out of order.

    The same arguments give the same values on the same machine; a longer run starts with the values of a shorter one.
    Stations and truth are the same with and without the first guess and sensors.

    Args:
        days: Number of days.
        start: First local day (Beijing time), such as ``"2016-11-01"``.
        stations: Number of stations, at least 2.
        seed: Seed of network, weather and instruments.
        spacing: Grid spacing in degrees.
        truth: Whether to return the true field.
        progress: Whether to show a progress bar (on a terminal).
        first_guess: Whether to simulate a first guess of PM2.5 too.
        sensors: Number of sensors besides the stations: 0, or at least 2.

    Returns:
        Station data with six pollutants and their quality flags (a station that opens late may have no value in a short run), and
        the true PM2.5 on the grid, ``(time, latitude, longitude)`` in µg m-3, or None without ``truth``. Sensors are further
        stations, of the class ``sensor``, with the variable ``relative_humidity`` in %. With ``first_guess``, the first guess on
        its own, coarser grid comes third, in the same form as the truth, and the station data have it at the stations as the
        variable ``pm25_first_guess`` (bilinear).

    Raises:
        InputError: If an argument is out of range.
    """
    if days < 1:
        raise InputError(f"days: {days} was given; use at least 1.")
    if sensors < 0 or sensors == 1:
        raise InputError(f"sensors: {sensors} was given; use 0, or at least 2.")
    monitors = simulate_network(stations, seed)
    network = monitors if not sensors else pd.concat([monitors, simulate_sensor_network(sensors, seed)])
    grid = ModelGrid(spacing)
    time = pd.date_range(_first_hour(start), periods=24 * days, freq="h")
    air_seed, instruments_seed, faults_seed = np.random.SeedSequence(seed, spawn_key=(1,)).spawn(3)

    values = np.empty((len(POLLUTANTS), len(time), stations), np.float32)
    cheap = np.empty((2, len(time), sensors), np.float32)
    field = np.empty((len(time), len(grid.latitude), len(grid.longitude)), np.float32) if truth else None
    show = progress and sys.stderr.isatty()
    # One thread: such small products gain nothing from more, and rounding would depend on the number of threads.
    with threadpool_limits(1, "blas"):
        instruments = Instruments(instruments_seed, monitors)
        of_sensors = Sensors(np.random.SeedSequence(seed, spawn_key=(2,)), network[stations:]) if sensors else None
        for hours, concentrations in _chunks(grid, network, air_seed, time, show):
            count = hours.stop - hours.start
            values[:, hours] = instruments.read(concentrations.at(slice(stations)))[:count].transpose(2, 0, 1)
            if of_sensors is not None:
                cheap[:, hours] = np.stack(of_sensors.read(concentrations.at(slice(stations, None))))[:, :count]
            if field is not None:
                field[hours] = concentrations.particles[:count].reshape(count, *field.shape[1:])
    add_faults(values, faults_seed)

    source = f"simulated by aqnet_pyg: {days} days from {time[0].tz_localize('UTC').tz_convert(TIME_ZONE).date()}, seed {seed}"
    variables = dict(zip(POLLUTANTS, values, strict=True))
    attributes: dict[str, dict[str, str]] = {}
    if sensors:
        network = network.assign(instrument=[MONITOR] * stations + [SENSOR] * sensors)
        blank = np.full_like(cheap[0], np.nan)
        variables = {
            name: np.concatenate([array, cheap[0] if name == "pm25" else blank], axis=1)
            for name, array in variables.items()
        }
        variables[HUMIDITY] = np.concatenate([np.full_like(values[0], np.nan), cheap[1]], axis=1)
        attributes = {HUMIDITY: {"standard_name": "relative_humidity", "units": "%"}}
    dataset = make_station_data(variables, time, network, time_zone=TIME_ZONE, source=source, attributes=attributes)
    dataset = flag_suspect(dataset)
    true_field = None if field is None else _field("pm25", "truth", field, dataset, grid)
    if not first_guess:
        return dataset, true_field
    coarse = _coarser(grid)
    guess, at_stations = _first_guess(coarse, network, seed, time, show)
    guessed = _field(FIRST_GUESS, "first guess", guess, dataset, coarse)
    # Its standard name is that of the measurements, which are found by it.
    attrs = {name: value for name, value in guessed.attrs.items() if name not in ("standard_name", "source")}
    dataset[FIRST_GUESS] = (("time", "station"), at_stations, attrs)
    return dataset, true_field, guessed


def _chunks(
    grid: ModelGrid,
    network: pd.DataFrame,
    seed: np.random.SeedSequence,
    time: pd.DatetimeIndex,
    show: bool,
    errors: np.random.SeedSequence | None = None,
) -> Iterator[tuple[slice, Concentrations]]:
    """Run the air; yield the positions of consecutive hours and the concentrations of a chunk, which may be longer."""
    number = -(-len(time) // CHUNK)
    air = Air(grid, network, seed, time[0] - pd.Timedelta(hours=CHUNK), (1 + number) * CHUNK, errors)
    air.advance()  # one chunk before the start as spin-up, since the model starts from clean air
    for chunk in tqdm(range(number), "simulating", disable=not show):
        yield slice(chunk * CHUNK, min((chunk + 1) * CHUNK, len(time))), air.advance()


def _first_guess(
    grid: ModelGrid, network: pd.DataFrame, seed: int, time: pd.DatetimeIndex, show: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return the first guess of PM2.5 on a grid, ``[hour, y, x]``, and at the stations, ``[hour, station]``."""
    air_seed, _, _, errors = np.random.SeedSequence(seed, spawn_key=(1,)).spawn(4)  # the same air, again from the start
    field = np.empty((len(time), len(grid.latitude), len(grid.longitude)), np.float32)
    at_stations = np.empty((len(time), len(network)), np.float32)
    with threadpool_limits(1, "blas"):
        for hours, concentrations in _chunks(grid, network, air_seed, time, show, errors):
            count = hours.stop - hours.start
            field[hours] = concentrations.particles[:count].reshape(count, *field.shape[1:])
            at_stations[hours] = concentrations.at_stations[:count][..., [PRIMARY, SECONDARY]].sum(axis=-1)
    return field, at_stations


def _coarser(grid: ModelGrid) -> ModelGrid:
    """Return the finest grid that is at least half as fine, or the coarsest that there is."""
    return ModelGrid(1 / max(round(1 / grid.spacing) // 2, 1))


def _first_hour(start: str) -> pd.Timestamp:
    """Return the midnight of a local day, in UTC and without a zone."""
    try:
        day = pd.Timestamp(start)
        return day.normalize().tz_localize(TIME_ZONE).tz_convert("UTC").tz_localize(None)
    except (ValueError, TypeError) as error:
        raise InputError(f"start: {start!r} is not a day; use a date such as 2016-11-01.") from error


def _field(name: str, kind: str, field: np.ndarray, dataset: xr.Dataset, grid: ModelGrid) -> xr.DataArray:
    """Return a simulated field of PM2.5, ``[hour, y, x]``, with coordinates and attributes."""
    pollutant = POLLUTANTS["pm25"]
    coords = {
        "time": dataset.time,
        "latitude": ("latitude", grid.latitude, {"standard_name": "latitude", "units": "degrees_north"}),
        "longitude": ("longitude", grid.longitude, {"standard_name": "longitude", "units": "degrees_east"}),
    }
    attrs = {
        "standard_name": pollutant.standard_name,
        "long_name": f"{pollutant.label}, simulated {kind}",
        "units": pollutant.units,
        "cell_methods": "time: mean",
        "source": dataset.attrs["source"],
    }
    return xr.DataArray(field, coords, ("time", "latitude", "longitude"), name, attrs)
