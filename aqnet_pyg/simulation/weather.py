"""Simulated weather: wind, mixing height, stagnation and sunlight.

Random fields are sums of traveling waves whose amplitudes are autoregressive in time: smooth in space, persistent
in time, and fast to evaluate. A longer run starts with the values of a shorter one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from aqnet_pyg.simulation.geography import KM_PER_DEGREE, at_sea, mountain_blocking
from aqnet_pyg.simulation.noise import red_noise


@dataclass(frozen=True)
class WeatherHours:
    """Weather of consecutive hours; arrays of shape ``[hour, cell]``.

    Args:
        east: Wind component towards the east, m/s.
        north: Wind component towards the north, m/s.
        mixing: Depth of the layer into which emissions mix, m.
        sun: Sine of the solar elevation, 0 at night.
        stagnation: Standard normal index, high in calm, moist air under a shallow mixing layer.
    """

    east: np.ndarray
    north: np.ndarray
    mixing: np.ndarray
    sun: np.ndarray
    stagnation: np.ndarray


class _Waves:
    """Standard normal random field: ``number`` waves with lengths between two bounds (km).

    Args:
        rng: Random generator of the waves and their amplitudes.
        where: Places in km east and north, shape ``[cell, 2]``.
        hours: Length of the amplitude series.
        number: Number of waves.
        lengths: Shortest and longest wave in km.
        memory: Correlation time of the amplitudes in hours.
        drift: Speed at which the waves travel east, km/h.
        errors: Random generator of errors of the amplitudes, if any.
        missed: Standard deviation of the errors; the amplitudes are scaled down, so that the field stays standard normal.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        where: np.ndarray,
        hours: int,
        *,
        number: int,
        lengths: tuple[float, float],
        memory: float,
        drift: float,
        errors: np.random.Generator | None,
        missed: float,
    ) -> None:
        length = np.exp(rng.uniform(np.log(lengths[0]), np.log(lengths[1]), number))
        bearing = np.pi * (np.arange(number) + rng.random(number)) / number
        direction = np.stack([np.cos(bearing), np.sin(bearing)])
        phase = where @ (direction * 2 * np.pi / length)
        self._cos = np.cos(phase).T.astype(np.float32)
        self._sin = np.sin(phase).T.astype(np.float32)
        # The wind blows along the crests, a quarter wave from the stream function, and is therefore free of divergence.
        self._along = np.stack([-direction[1], direction[0]]).astype(np.float32)
        turn = 2 * np.pi * drift * direction[0] / length
        series = red_noise(rng, hours, memory, turn)
        if errors is not None:
            share = np.float32(missed)
            series = np.sqrt(1 - share**2) * series + share * red_noise(errors, hours, memory, turn)
        self._amplitude = series * np.float32(number**-0.5)

    def value(self, hours: slice) -> np.ndarray:
        """Return the field, ``[hour, cell]``."""
        amplitude = self._amplitude[hours]
        return amplitude.real @ self._cos - amplitude.imag @ self._sin

    def wind(self, hours: slice) -> tuple[np.ndarray, np.ndarray]:
        """Return east and north components of a divergence-free field of unit root-mean-square speed, ``[hour, cell]``."""
        amplitude = self._amplitude[hours]
        east, north = (
            (amplitude.real * along) @ self._cos - (amplitude.imag * along) @ self._sin for along in self._along
        )
        return east, north


class Weather:
    """Weather at grid cells in consecutive hours.

    Args:
        seed: Seed of the random fields.
        longitude: Degrees, shape ``[cell]``.
        latitude: Degrees, shape ``[cell]``.
        start: First hour, UTC.
        hours: Number of hours available.
        errors: Seed of the errors of a weather model, small in the wind, larger in mixing heights and stagnation. None for the
            true weather.
    """

    def __init__(
        self,
        seed: np.random.SeedSequence,
        longitude: np.ndarray,
        latitude: np.ndarray,
        start: pd.Timestamp,
        hours: int,
        errors: np.random.SeedSequence | None = None,
    ) -> None:
        x = (longitude - 114) * KM_PER_DEGREE * np.cos(np.radians(37.5))
        y = (latitude - 37.5) * KM_PER_DEGREE
        where = np.stack([x, y], axis=1)
        rngs = [np.random.default_rng(child) for child in seed.spawn(4)]
        wrong = [None] * 4 if errors is None else [np.random.default_rng(child) for child in errors.spawn(4)]
        waves = partial(_Waves, where=where, hours=hours)
        self._lows = waves(rngs[0], number=20, lengths=(1500, 4500), memory=20, drift=30, errors=wrong[0], missed=0.25)
        self._eddies = waves(rngs[1], number=48, lengths=(180, 800), memory=9, drift=10, errors=wrong[1], missed=0.5)
        self._stagnation = waves(
            rngs[2], number=14, lengths=(1300, 10000), memory=20, drift=20, errors=wrong[2], missed=0.8
        )
        self._patches = waves(rngs[3], number=64, lengths=(90, 500), memory=5, drift=8, errors=wrong[3], missed=0.7)
        self._start = start
        self._longitude = longitude.astype(np.float32)
        self._latitude = np.radians(latitude).astype(np.float32)
        self._sea = at_sea(longitude, latitude)
        self._patchy = np.where(self._sea, 0.1, 0.33).astype(np.float32)
        share, across = mountain_blocking(longitude, latitude)
        self._blocked_fraction, self._across = share.astype(np.float32), across.T.astype(np.float32)

    def __call__(self, first: int, last: int) -> WeatherHours:
        """Return the weather of the hours ``first`` to ``last`` (exclusive), counted from the start."""
        hours = slice(first, last)
        time = self._start + pd.to_timedelta(np.arange(first, last), "h")
        winter = np.cos(2 * np.pi * (time.day_of_year.to_numpy() - 20) / 365.25).astype(np.float32)[:, None]
        sun, heating = self._sky(time)
        stagnation = self._stagnation.value(hours)

        east, north = self._lows.wind(hours)
        turbulent = self._eddies.wind(hours)
        calm = np.exp(-0.3 * stagnation) * (1 + 0.25 * heating)
        # Northwesterly in winter, southerly in summer.
        east = (4.6 * east + 1.3 + 0.7 * winter) * calm + 1.7 * turbulent[0]
        north = (4.6 * north - 1.0 * winter) * calm + 1.7 * turbulent[1]
        # Mountain chains block weak winds, but not strong ones.
        blocked = (east * self._across[0] + north * self._across[1]) * self._blocked_fraction
        blocked *= 0.85 * np.exp(-(east**2 + north**2) / 8.0**2)
        east -= blocked * self._across[0]
        north -= blocked * self._across[1]

        depth = 260 + (470 - 200 * winter) * heating
        depth = np.where(self._sea, 420, depth)
        mixing = depth * np.exp(-0.5 * stagnation + self._patchy * self._patches.value(hours))
        return WeatherHours(east, north, mixing, sun, stagnation)

    def _sky(self, time: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
        """Return the sine of the solar elevation, and the surface heating (0 to about 1.5), which lags it by two hours."""
        day = time.day_of_year.to_numpy(np.float32)[:, None]
        declination = np.radians(-23.44 * np.cos(2 * np.pi * (day + 10) / 365.25)).astype(np.float32)
        solar = (time.hour.to_numpy(np.float32)[:, None] - 0.5 + self._longitude / 15 - 12) * np.float32(np.pi / 12)
        polar = np.sin(self._latitude) * np.sin(declination)
        equatorial = np.cos(self._latitude) * np.cos(declination)
        sun = np.maximum(polar + equatorial * np.cos(solar), 0)
        heating = np.maximum(polar + equatorial * np.cos(solar - np.float32(np.pi / 6)), 0)
        return sun, heating / np.float32(0.6)
