"""Gaussian process of each hour with a Vecchia approximation, from GPBoost (Sigrist 2022, JMLR 23(232))."""

from __future__ import annotations

import zlib
from types import ModuleType
from typing import Any

import numpy as np

from aqnet_pyg.baselines.base import InterpolatorWithStd, tuning_hours
from aqnet_pyg.baselines.coordinates import Coordinates
from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import EARTH_RADIUS_KM

FIT_HOURS = 24
"""Hours from which the covariance is estimated; they share it, and each has a mean of its own."""

HOURS = 24
"""Hours that are predicted in one step."""


class VecchiaGP(InterpolatorWithStd):
    r"""Gaussian process with exponential covariance and a Vecchia approximation of its density, as GPBoost has it.

    A peer of :class:`OrdinaryKriging` that grows linearly with the number of stations: each station is conditioned on its
    nearest ``neighbors`` among those before it in a fixed random order, each target on its nearest ``2 * neighbors`` stations
    (Vecchia 1988, doi 10.1111/j.2517-6161.1988.tb01729.x; Sigrist 2022). Hours are independent, with an unknown constant mean in
    each. Distances are chords through the Earth.

    Error variance, variance and range are estimated by maximum likelihood, once, from 24 of the hours on which krigings are
    tuned, and then kept, as those of the krigings are. The mean of each predicted hour is estimated by generalized least squares;
    its uncertainty is not part of the standard deviation, and the variance is the same in all hours.

    It needs ``pip install aqnet-pyg[gpboost]``, and uses as many threads as GPBoost chooses (``OMP_NUM_THREADS``).

    Args:
        neighbors: Number of stations on which a station is conditioned.

    Attributes:
        range_km_: Range of the covariance (at which it has decreased to 1/e), kilometers.
        sill_: Variance including that of the errors, in squared units of the values.
        nugget_: Fraction of the sill that is measurement error.
    """

    def __init__(self, neighbors: int = 20) -> None:
        self.neighbors = neighbors

    def _fit(self, values: np.ndarray) -> None:
        if self.neighbors < 1:
            raise InputError(f"neighbors: {self.neighbors} was given; use at least 1.")
        hours = tuning_hours(values, "the covariance")
        if hours.size > FIT_HOURS:
            hours = np.random.default_rng(0).choice(hours, FIT_HOURS, replace=False)
        values = values[np.sort(hours)]
        if (np.nanmax(values, axis=1) == np.nanmin(values, axis=1)).all():
            raise InputError(
                "values: all stations measured the same in every hour of the fit, so no covariance can be estimated."
            )
        model, measured, hour = self._model(values)
        model.fit(y=measured, X=_means(hour, len(values)))
        error, variance, self.range_km_ = (float(each) for each in model.get_cov_pars(format_pandas=False))
        self.sill_ = error + variance
        self.nugget_ = error / self.sill_

    def _predict(self, coordinates: Coordinates, values: np.ndarray) -> np.ndarray:
        return self._estimate(coordinates, values, False)[0]

    def _predict_with_std(self, coordinates: Coordinates, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._estimate(coordinates, values, True)

    def _estimate(
        self, coordinates: Coordinates, values: np.ndarray, return_std: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        targets = len(coordinates[0])
        estimate, std = np.full((2, len(values), targets), np.nan)
        usable = np.flatnonzero(np.isfinite(values).any(axis=1))
        kept = {
            "init_cov_pars": np.array([self.sill_ * self.nugget_, self.sill_ * (1 - self.nugget_), self.range_km_]),
            "estimate_cov_par_index": [0, 0, 0],
        }
        for first in range(0, len(usable), HOURS):
            rows = usable[first : first + HOURS]
            model, measured, hour = self._model(values[rows])
            model.fit(y=measured, X=_means(hour, len(rows)), params=kept)
            hour = np.repeat(np.arange(len(rows)), targets)
            found = model.predict(
                gp_coords_pred=np.tile(_positions(coordinates), (len(rows), 1)),
                cluster_ids_pred=hour,
                X_pred=_means(hour, len(rows)),
                predict_var=return_std,
            )
            estimate[rows] = found["mu"].reshape(len(rows), targets)
            if return_std:
                std[rows] = np.sqrt(found["var"]).reshape(len(rows), targets)
        return estimate, std

    def _model(self, values: np.ndarray) -> tuple[Any, np.ndarray, np.ndarray]:
        """Return a model of independent hours ``[time, station]``, the measurements and their hours, each ``[measurement]``."""
        positions = _positions(self.coordinates_)
        # A random order that depends on nothing but the position, so that other stations and their order have no effect on it.
        order = np.argsort([zlib.crc32(position.tobytes()) for position in positions], kind="stable")
        values = values[:, order]
        hour, station = np.nonzero(np.isfinite(values))
        model = _gpboost().GPModel(
            gp_coords=positions[order][station],
            cov_function="exponential",
            gp_approx="vecchia",
            num_neighbors=self.neighbors,
            vecchia_ordering="none",
            cluster_ids=hour,
        )
        return model, values[hour, station], hour


def _positions(coordinates: Coordinates) -> np.ndarray:
    """Return positions in space, ``[point, 3]``, kilometers; rounded to millimeters, so that 360 degrees more change nothing."""
    longitude, latitude = np.radians(coordinates)
    across = np.cos(latitude)
    unit = np.stack([across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)], axis=1)
    return np.round(unit * EARTH_RADIUS_KM, 6) + 0.0  # no negative zeros


def _means(hour: np.ndarray, hours: int) -> np.ndarray:
    """Return the design matrix of a mean of each hour, ``[measurement, hour]``; the first column is an intercept."""
    design = np.eye(hours)[hour]
    design[:, 0] = 1.0
    return design


def _gpboost() -> ModuleType:
    try:
        import gpboost
    except ModuleNotFoundError as error:
        raise InputError(
            f"The row gpboost needs GPBoost, and {error.name} is not installed; use: pip install 'aqnet-pyg[gpboost]'."
        ) from None
    return gpboost
