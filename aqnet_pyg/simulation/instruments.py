"""Simulated instruments: local increments, calibration factors, noise, gaps and faults."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.signal

from aqnet_pyg.simulation.air import Concentrations, six_pollutants
from aqnet_pyg.simulation.cities import CITIES
from aqnet_pyg.simulation.geography import KM_PER_DEGREE
from aqnet_pyg.stations import POLLUTANTS

# By pollutant: standard deviations of a station's constant factor, of its slow and of its hourly fluctuation (relative), of
# its additive noise and its lowest reading (in its units), and its reporting step.
_CONSTANT = np.array([0.10, 0.11, 0.30, 0.16, 0.10, 0.18])
_SLOW = np.array([0.12, 0.12, 0.24, 0.14, 0.08, 0.12])
_HOURLY = np.array([0.06, 0.07, 0.08, 0.05, 0.04, 0.05])
_ADDITIVE = np.array([2.0, 4.0, 0.8, 1.5, 1.5, 0.03])
_LOWEST = np.array([1.0, 2.0, 2.0, 2.0, 2.0, 0.1])
_STEP = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.1])

_SLOW_MEMORY = 6.0  # hours
_SHARED = 0.4  # fraction of the variance of the constant factor that is shared by the stations of a city


class Instruments:
    """Instruments that measure the concentrations at the stations, chunk by chunk.

    Args:
        seed: Seed of factors and noise.
        network: As :func:`aqnet_pyg.simulation.simulate_network` returns it.
    """

    def __init__(self, seed: np.random.SeedSequence, network: pd.DataFrame) -> None:
        constant, self._rng = (np.random.default_rng(child) for child in seed.spawn(2))
        city, home = pd.factorize(network.city)
        individual = constant.standard_normal((len(network), len(POLLUTANTS)))
        shared = constant.standard_normal((len(home), len(POLLUTANTS)))[city]
        deviation = np.sqrt(1 - _SHARED) * individual + np.sqrt(_SHARED) * shared
        # Mean 1 over stations, so that the network as a whole is unbiased.
        self._factor = np.exp(_CONSTANT * deviation - _CONSTANT**2 / 2).astype(np.float32)
        self._slow = constant.standard_normal((1, len(network), len(POLLUTANTS)))
        self._center, self._towards = _position_in_city(network)

    def read(self, concentrations: Concentrations) -> np.ndarray:
        """Return the readings of the next chunk of hours, float32, ``[hour, station, pollutant]``."""
        speed = np.hypot(concentrations.east, concentrations.north)
        # Above the mean of the cell in the center, below it at the edge, and higher downwind of the center than upwind.
        downwind = (concentrations.east * self._towards[0] + concentrations.north * self._towards[1]) / (speed + 1)
        local = (self._center + 0.8 * downwind) * (4.0 / (speed + 1.5))
        species = concentrations.at_stations + local[..., None] * concentrations.emitted_at_stations
        air = six_pollutants(np.maximum(species, 0.3 * concentrations.at_stations))
        noise = self._rng.standard_normal((*air.shape, 3), dtype=np.float32)
        keep = np.exp(-1 / _SLOW_MEMORY)
        slow, _ = scipy.signal.lfilter([np.sqrt(1 - keep**2)], [1, -keep], noise[..., 0], axis=0, zi=keep * self._slow)
        self._slow = slow[-1:]
        relative = np.exp((_SLOW * slow).astype(np.float32) + _HOURLY.astype(np.float32) * noise[..., 1])
        value = air * self._factor * relative
        value += _ADDITIVE.astype(np.float32) * noise[..., 2]
        return np.maximum(np.round(value / _STEP) * _STEP, _LOWEST).astype(np.float32)


def _position_in_city(network: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return how central each station is (mean 0, ``[station]``) and its direction from the center (``[2, station]``)."""
    home = CITIES.set_index("city").loc[network.city]
    latitude = network.latitude.to_numpy()
    x = (network.longitude.to_numpy() - home.longitude.to_numpy()) * KM_PER_DEGREE * np.cos(np.radians(latitude))
    y = (latitude - home.latitude.to_numpy()) * KM_PER_DEGREE
    distance = np.hypot(x, y)
    central = np.exp(-((distance / 8) ** 2))
    outward = np.stack([x, y]) / (distance + 2)
    return (central - central.mean()).astype(np.float32), (outward * np.exp(-distance / 15)).astype(np.float32)


def add_faults(values: np.ndarray, seed: np.random.SeedSequence) -> None:
    """Add gaps and faults typical of real networks, in place.

    Single hours are missing (about 2 %), stations fail for days, one in twelve opens late and one in twelve closes early,
    and occasionally an instrument repeats a value for half a day or more. Faults in the first hours do not depend on the
    number of hours that follow.

    Args:
        values: Readings, ``[pollutant, hour, station]``.
        seed: Seed of the faults.
    """
    pollutants, hours, stations = values.shape
    of_hours, of_stations = seed.spawn(2)
    rng = np.random.default_rng(of_hours)
    for block in range(0, hours, 1000):
        drawn = rng.random((len(range(hours)[block : block + 1000]), stations, pollutants + 1), dtype=np.float32)
        missing = (drawn[..., :1] < 0.012) | (drawn[..., 1:] < 0.008)
        values[:, block : block + 1000][missing.transpose(2, 0, 1)] = np.nan
    for station, child in enumerate(of_stations.spawn(stations)):
        rng = np.random.default_rng(child)
        late, early = rng.random(2) < 1 / 12
        opens, lasts = rng.exponential([20 * 24, 300 * 24])
        if late:
            values[:, : int(opens), station] = np.nan
        if early:
            values[:, int(opens + lasts) :, station] = np.nan
        at = rng.exponential(40 * 24)
        while at < hours:
            begin, end = int(at), int(at + rng.lognormal(np.log(30), 0.8)) + 1
            one, stuck, pollutant = rng.random() < 0.6, rng.random() < 0.3, rng.integers(pollutants)
            if stuck:
                values[pollutant, begin:end, station] = values[pollutant, begin, station]
            else:
                values[pollutant if one else slice(None), begin:end, station] = np.nan
            at = end + rng.exponential(40 * 24)
