"""Emissions by sector, place, hour, weekday and season."""

from __future__ import annotations

import numpy as np
import pandas as pd

from aqnet_pyg.simulation.geography import at_sea, elevation, industrial_density, urban_density
from aqnet_pyg.simulation.noise import red_noise

TIME_ZONE = "Asia/Shanghai"
"""Time zone of the region, in which activities follow the local hour."""

# The species that are advected: primary and secondary fine particles, coarse particles, SO2, NO2, CO and odd oxygen
# (O3 + NO2, which unlike O3 is conserved in the reaction with NO). Columns, in ug m-3, CO in mg m-3.
PRIMARY, SECONDARY, COARSE, SO2, NO2, CO, OXYGEN = range(7)

# The sectors are traffic, homes, heating, industry and dust. Rates are the increase of each species in an hour where the
# density of the sector is 1, mixed through the model layer.
_DUST = 4
_RATES = np.array(
    [
        [0.045, 0.010, 0.14, 0.02, 0.26, 0.0014, 0.0],
        [0.045, 0.020, 0.08, 0.03, 0.06, 0.0010, 0.0],
        [0.090, 0.035, 0.09, 0.07, 0.06, 0.0022, 0.0],
        [0.180, 0.060, 0.60, 0.28, 0.45, 0.0035, 0.0],
        [0.300, 0.000, 4.00, 0.00, 0.00, 0.0000, 0.0],
    ],
    np.float32,
)

_VARIATION = 0.8  # standard deviation of the logarithm of a city's emissions around their regular cycle
_VARIATION_MEMORY = 8.0  # hours

# An emission inventory has no irregular variation. It is wrong by a factor in each sector, and in each city and industrial belt
# (standard deviation of its logarithm).
_INVENTORY = np.array([0.85, 0.4, 0.45, 0.65, 0.5], np.float32)
_INVENTORY_ERROR = 0.5


class Emissions:
    """Emissions over some cells for a run of hours.

    Args:
        seed: Seed of the irregular variation of each city.
        longitude: Degrees, shape ``[cell]``.
        latitude: Degrees, shape ``[cell]``.
        hours: Number of hours available.
        inventory: Seed of the errors of an emission inventory, which takes the place of the true emissions; None for these.
    """

    def __init__(
        self,
        seed: np.random.SeedSequence,
        longitude: np.ndarray,
        latitude: np.ndarray,
        hours: int,
        inventory: np.random.SeedSequence | None = None,
    ) -> None:
        cities, belts = urban_density(longitude, latitude, 0.2), industrial_density(longitude, latitude)
        around = urban_density(longitude, latitude, 1.3)
        factor = np.ones(len(cities))
        if inventory is not None:
            rng = np.random.default_rng(inventory)
            factor, of_belts = _wrong_factors(rng, len(cities)), _wrong_factors(rng, len(belts))
            around, belts = factor[:, None] * around, of_belts[:, None] * belts
        land = ~at_sea(longitude, latitude)
        heated = land / (1 + np.exp(-(latitude - 34.0) / 0.25))
        country = around.sum(axis=0) * np.exp(-elevation(longitude, latitude) / 2500)
        desert = np.clip((112 - longitude) / 4, 0, 1) * np.clip((latitude - 37) / 2, 0, 1)
        # By sector: density outside cities, and the increase within a city.
        self._country = np.stack(
            [
                1.0 * land * country,
                1.0 * land * country,
                1.2 * heated * country,
                land * (belts.sum(axis=0) + 0.25 * country),
                land * (0.02 + desert),
            ],
            axis=1,
        ).astype(np.float32)
        self._urban = np.stack([0.56 * land, 0.53 * land, 0.53 * heated, 0 * land, 0 * land], axis=1).astype(np.float32)
        self._cities = cities.astype(np.float32)
        variation = red_noise(np.random.default_rng(seed), hours, _VARIATION_MEMORY, np.zeros(len(self._cities))).real
        self._variation = np.exp(_VARIATION * variation - _VARIATION**2 / 2)
        self._rates = _RATES
        if inventory is not None:
            self._variation = np.broadcast_to(factor.astype(np.float32), self._variation.shape)
            self._rates = _RATES * _INVENTORY[:, None]

    def __call__(self, first: int, time: pd.DatetimeIndex, speed: np.ndarray) -> np.ndarray:
        """Return the increase of each species in consecutive hours.

        Args:
            first: Position of the first hour, counted from the start.
            time: The hours, UTC, labeled by their end.
            speed: Wind, m/s, ``[hour, cell]``.

        Returns:
            ``[hour, cell, species]``.
        """
        cities = self._variation[first : first + len(time)] @ self._cities
        density = self._country + cities[..., None] * self._urban
        density[..., _DUST] *= np.maximum(speed - 7.0, 0) ** 2
        return density @ (_activity(time)[..., None] * self._rates)


def _wrong_factors(rng: np.random.Generator, number: int) -> np.ndarray:
    """Draw factors of mean 1 by which an inventory is wrong."""
    return np.exp(_INVENTORY_ERROR * rng.standard_normal(number) - _INVENTORY_ERROR**2 / 2)


def _activity(time: pd.DatetimeIndex) -> np.ndarray:
    """Return the activity of each sector, ``[hour, sector]``, by local hour, weekday and day of the year."""
    # An hour is labeled by its end.
    local = (time - pd.Timedelta(minutes=30)).tz_localize("UTC").tz_convert(TIME_ZONE)
    weekend = local.day_of_week.to_numpy() >= 5
    hour, day = local.hour.to_numpy() + 0.5, local.day_of_year.to_numpy()
    sectors = [
        (0.45 + 1.1 * _peak(hour, 8.5, 2) + 0.55 * _peak(hour, 13, 2.5) + 1.2 * _peak(hour, 18.5, 2.5))
        * np.where(weekend, 0.82, 1.07),
        0.55 + 0.9 * _peak(hour, 7, 1.5) + 0.6 * _peak(hour, 12, 1.2) + 1.1 * _peak(hour, 18.5, 2),
        (0.6 + 0.7 * _peak(hour, 6, 3) + 0.8 * _peak(hour, 21, 4)) * _heating_season(day),
        np.where(weekend, 0.93, 1.03),
        0.08 + 0.5 * np.exp(-(((day - 100) / 35) ** 2)),  # most dust in spring, when the ground is dry and bare
    ]
    return np.stack(sectors, axis=1).astype(np.float32)


def _peak(hour: np.ndarray, peak: float, width: float) -> np.ndarray:
    """Gaussian in the hour of the day, 1 at the peak."""
    offset = (hour - peak + 12) % 24 - 12
    return np.exp(-((offset / width) ** 2) / 2)


def _heating_season(day: np.ndarray) -> np.ndarray:
    """Heating from mid-November to mid-March, with a gradual start and end, strongest in January."""
    since = (day - 319) % 365.25  # 15 November
    heated = np.clip(since / 5, 0, 1) * np.clip((122 - since) / 5, 0, 1)
    return heated * (0.75 + 0.25 * np.cos(2 * np.pi * (day - 15) / 365.25))
