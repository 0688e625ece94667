"""A small air-quality model: emissions, wind, mixing, chemistry, and the readings of a network in it.

It is made to resemble a winter of northern China in the statistics that interpolation and forecasting meet (margins,
memory, correlation over distance), not to be right about any day. Its values are simulated and named so.
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
from aqnet_pyg.simulation.fields import Grid
from aqnet_pyg.simulation.instruments import Instruments, break_down
from aqnet_pyg.simulation.network import simulate_network
from aqnet_pyg.stations import POLLUTANTS, flag_suspect, make_station_data

__all__ = ["simulate"]


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
        Station data with six pollutants and their quality flags (a station that opens late may have no value in a short
        run), and PM2.5 on the grid without any instrument between, ``(time, latitude, longitude)`` in µg m-3, or None
        without ``truth``.

    Raises:
        InputError: If an argument is out of range.
    """
    if days < 1:
        raise InputError(f"days: {days} days were asked for; use at least 1.")
    network = simulate_network(stations, seed)
    grid = Grid(spacing)
    time = pd.date_range(_first_hour(start), periods=24 * days, freq="h")
    of_air, of_instruments, of_faults = np.random.SeedSequence(seed, spawn_key=(1,)).spawn(3)

    values = np.empty((len(POLLUTANTS), len(time), len(network)), np.float32)
    field = np.empty((len(time), len(grid.latitude), len(grid.longitude)), np.float32) if truth else None
    chunks = -(-len(time) // CHUNK)
    # One thread: products this small gain nothing from more, and their last bits would depend on the number.
    with threadpool_limits(1, "blas"):
        air = Air(grid, network, of_air, time[0] - pd.Timedelta(hours=CHUNK), (1 + chunks) * CHUNK)
        air.advance()  # one chunk before the start, until the air has forgotten that it was clean
        instruments = Instruments(of_instruments, network)
        shown = progress and sys.stderr.isatty()
        for chunk in tqdm(range(chunks), "simulating", disable=not shown):
            passage = air.advance()
            hours = slice(chunk * CHUNK, min((chunk + 1) * CHUNK, len(time)))
            count = hours.stop - hours.start
            values[:, hours] = instruments.read(passage)[:count].transpose(2, 0, 1)
            if field is not None:
                field[hours] = passage.particles[:count].reshape(count, *field.shape[1:])
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
