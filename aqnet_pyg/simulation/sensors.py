"""Simulated cheap sensors of PM2.5: where people live, with errors that depend on humidity, drift, noise and outages."""

from __future__ import annotations

import numpy as np
import pandas as pd

from aqnet_pyg.simulation.air import Concentrations
from aqnet_pyg.simulation.cities import CITIES
from aqnet_pyg.simulation.geography import BOX, KM_PER_DEGREE, at_sea, elevation
from aqnet_pyg.simulation.instruments import Instruments
from aqnet_pyg.simulation.network import simulate_network

OFFSET, GAIN, GROWTH = 1.0, 1.2, 0.25
"""A sensor reads offset + (gain + growth RH / (1 - RH)) times the concentration, in µg m-3, at a relative humidity RH."""

_RURAL, _VILLAGES_KM = 0.4, (12.0, 100.0)  # share of sensors in the country, and their distances from a town
_FACTOR = 0.15  # standard deviation of the logarithm of the gain among sensors
_DRIFT = 0.05  # standard deviation of the change of this logarithm in 30 days
_RELATIVE, _ADDITIVE = 0.08, 2.0  # standard deviations of the noise of an hour: relative, and in µg m-3
_MAD, _MAD_GAIN, _MAD_NOISE = 0.02, 3.0, 60.0  # share of broken sensors, their gain and the scale of their noise
_OUTAGES, _HOURS_OUT = 1 / 240, 24.0  # outages in an hour, and their mean length in hours
_HUMIDITY_NOISE = 2.0  # %
_MOST_HUMID = 97.0  # %


def simulate_sensor_network(sensors: int, seed: int) -> pd.DataFrame:
    """Place sensors where people live: three in five in the towns where stations are, the others in the country around them.

    Two fifths are the rural share of the population of China in 2016 (National Bureau of Statistics, Statistical Communique of
    the year).

    Args:
        sensors: Number of sensors, at least 2.
        seed: Seed of the stations, 0 or more.

    Returns:
        As :func:`aqnet_pyg.simulation.simulate_network`, with the codes ``"C00001"`` and on.
    """
    network = simulate_network(sensors, 1_000_003 + seed)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(3,)))
    rural = np.flatnonzero(rng.random(sensors) < _RURAL)
    home = CITIES.set_index("city").loc[network.city]
    longitude, latitude = network.longitude.to_numpy(copy=True), network.latitude.to_numpy(copy=True)
    nearest_km, farthest_km = _VILLAGES_KM
    while len(rural):
        # Uniform over the area between the town and the farthest village.
        km, bearing = (
            np.sqrt(rng.uniform(nearest_km**2, farthest_km**2, len(rural))),
            rng.uniform(0, 2 * np.pi, len(rural)),
        )
        latitude[rural] = home.latitude.to_numpy()[rural] + km * np.sin(bearing) / KM_PER_DEGREE
        across = KM_PER_DEGREE * np.cos(np.radians(latitude[rural]))
        longitude[rural] = home.longitude.to_numpy()[rural] + km * np.cos(bearing) / across
        west, east, south, north = BOX
        outside = (longitude <= west) | (longitude >= east) | (latitude <= south) | (latitude >= north)
        rural = rural[(outside | at_sea(longitude, latitude))[rural]]
    codes = pd.Index([f"C{row:05d}" for row in range(1, sensors + 1)], name="code")
    places = {"longitude": longitude.round(5), "latitude": latitude.round(5)}
    places["elevation"] = np.maximum(elevation(longitude, latitude), 1).round()
    return network.assign(**places).set_axis(codes)


class Sensors:
    """Sensors that measure PM2.5 at their places, chunk by chunk.

    They measure the same air as an instrument of a station there would, with errors of their own.

    Args:
        seed: Seed of places in their towns, factors and noise.
        network: As :func:`simulate_sensor_network` returns it.
    """

    def __init__(self, seed: np.random.SeedSequence, network: pd.DataFrame) -> None:
        of_air, of_sensors = seed.spawn(2)
        self._air = Instruments(of_air, network)
        self._rng = np.random.default_rng(of_sensors)
        count = len(network)
        self._log_gain = self._rng.normal(0, _FACTOR, count)
        self._drift = self._rng.normal(0, _DRIFT, count) / (30 * 24)
        self._mad = self._rng.random(count) < _MAD
        self._hour, self._out_until = 0, np.zeros(count)

    def read(self, concentrations: Concentrations) -> tuple[np.ndarray, np.ndarray]:
        """Return the readings of the next chunk of hours, and relative humidity in %, each float32, ``[hour, sensor]``."""
        air = self._air.read(concentrations)[..., 0].astype(np.float64)
        shape = air.shape
        humidity = np.clip(concentrations.humidity, 0.0, _MOST_HUMID).astype(np.float64)
        age = self._hour + np.arange(shape[0])[:, None]
        gain = (GAIN + GROWTH * humidity / (100 - humidity)) * np.exp(self._log_gain + self._drift * age)
        reading = OFFSET + gain * air * np.exp(_RELATIVE * self._rng.standard_normal(shape))
        reading += _ADDITIVE * self._rng.standard_normal(shape)
        broken = _MAD_GAIN * reading + _MAD_NOISE * np.abs(self._rng.standard_normal(shape))
        reading = np.maximum(np.where(self._mad, broken, reading), 0.0)
        begins = self._rng.random(shape) < _OUTAGES
        length = self._rng.exponential(_HOURS_OUT, shape)
        for hour in range(shape[0]):
            now = self._hour + hour
            self._out_until = np.where(begins[hour], np.maximum(self._out_until, now + length[hour]), self._out_until)
            reading[hour, now < self._out_until] = np.nan
        self._hour += shape[0]
        measured = np.clip(humidity + _HUMIDITY_NOISE * self._rng.standard_normal(shape), 0, 100)
        measured[np.isnan(reading)] = np.nan
        return reading.round(1).astype(np.float32), measured.round(1).astype(np.float32)
