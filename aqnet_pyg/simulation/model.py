"""A small air-quality model: emissions, wind, mixing, chemistry, and the readings of a station network.

It resembles winters in northern China in the statistics that matter for interpolation and forecasting (marginal distribution,
persistence, correlation over distance), but reproduces no actual day. Its values are labeled as simulated.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import xarray as xr
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from aqnet_pyg.errors import InputError
from aqnet_pyg.simulation.air import CHUNK, Air
from aqnet_pyg.simulation.emissions import TIME_ZONE
from aqnet_pyg.simulation.geography import ModelGrid
from aqnet_pyg.simulation.instruments import Instruments, add_faults
from aqnet_pyg.simulation.network import simulate_network
from aqnet_pyg.stations import POLLUTANTS, flag_suspect, make_station_data


def simulate(
    days: int = 90,
    start: str = "2016-11-01",
    stations: int = 584,
    seed: int = 0,
    spacing: float = 0.25,
    truth: bool = True,
    progress: bool = False,
) -> tuple[xr.Dataset, xr.DataArray | None]:
    """Simulate an air-quality network in northern China, and the concentration field around it.

    Emissions of cities, industrial belts and the countryside follow the hour, the weekday and the heating season.
    A slowly turning wind advects them over a regular grid (semi-Lagrangian, hourly steps), with inflow of clean air from the
    north and west, mountains that block weak winds, and a mixing layer that varies with the hour and the weather. Fine particles
    form from SO2 and NO2, and ozone in sunlight. A station measures the field at its place, times a factor of its own,
    plus a local increment, with noise, gaps and faults.

    The same arguments give the same values on the same machine; a longer run starts with the values of a shorter one.

    Args:
        days: Number of days.
        start: First local day (Beijing time), such as ``"2016-11-01"``.
        stations: Number of stations, at least 2.
        seed: Seed of network, weather and instruments.
        spacing: Grid spacing in degrees.
        truth: Whether to return the true field.
        progress: Whether to show a progress bar (on a terminal).

    Returns:
        Station data with six pollutants and their quality flags (a station that opens late may have no value in a short
        run), and the true PM2.5 on the grid, ``(time, latitude, longitude)`` in µg m-3, or None without ``truth``.

    Raises:
        InputError: If an argument is out of range.
    """
    if days < 1:
        raise InputError(f"days: {days} was given; use at least 1.")
    network = simulate_network(stations, seed)
    grid = ModelGrid(spacing)
    time = pd.date_range(_first_hour(start), periods=24 * days, freq="h")
    air_seed, instruments_seed, faults_seed = np.random.SeedSequence(seed, spawn_key=(1,)).spawn(3)

    values = np.empty((len(POLLUTANTS), len(time), len(network)), np.float32)
    field = np.empty((len(time), len(grid.latitude), len(grid.longitude)), np.float32) if truth else None
    chunks = -(-len(time) // CHUNK)
    # One thread: such small products gain nothing from more, and rounding would depend on the number of threads.
    with threadpool_limits(1, "blas"):
        air = Air(grid, network, air_seed, time[0] - pd.Timedelta(hours=CHUNK), (1 + chunks) * CHUNK)
        air.advance()  # one chunk before the start as spin-up, since the model starts from clean air
        instruments = Instruments(instruments_seed, network)
        show = progress and sys.stderr.isatty()
        for chunk in tqdm(range(chunks), "simulating", disable=not show):
            concentrations = air.advance()
            hours = slice(chunk * CHUNK, min((chunk + 1) * CHUNK, len(time)))
            count = hours.stop - hours.start
            values[:, hours] = instruments.read(concentrations)[:count].transpose(2, 0, 1)
            if field is not None:
                field[hours] = concentrations.particles[:count].reshape(count, *field.shape[1:])
    add_faults(values, faults_seed)

    source = f"simulated by aqnet_pyg: {days} days from {time[0].tz_localize('UTC').tz_convert(TIME_ZONE).date()}, seed {seed}"
    dataset = make_station_data(
        dict(zip(POLLUTANTS, values, strict=True)), time, network, time_zone=TIME_ZONE, source=source
    )
    return flag_suspect(dataset), None if field is None else _field(field, dataset, grid, source)


def _first_hour(start: str) -> pd.Timestamp:
    """Return the midnight of a local day, in UTC and without a zone."""
    try:
        day = pd.Timestamp(start)
        return day.normalize().tz_localize(TIME_ZONE).tz_convert("UTC").tz_localize(None)
    except (ValueError, TypeError) as error:
        raise InputError(f"start: {start!r} is not a day; use a date such as 2016-11-01.") from error


def _field(field: np.ndarray, dataset: xr.Dataset, grid: ModelGrid, source: str) -> xr.DataArray:
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
