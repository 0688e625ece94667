"""Random-forest spatial interpolation, a peer of the kriging of departures from a first guess."""

from __future__ import annotations

from itertools import product
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestRegressor
from sklearn.utils.validation import check_is_fitted

from aqnet_pyg.baselines.base import tuning_hours
from aqnet_pyg.baselines.coordinates import Coordinates, checked_coordinates, distance_matrix_km
from aqnet_pyg.errors import InputError

NEIGHBORS_GRID = (5, 10, 20)
FEATURES_GRID = (1 / 3, 1.0)
"""Neighbors, and fractions of the features tried at a split, among which is chosen."""

FEW_TREES = 60
"""Trees of the forests that are compared in the choice."""

MOST_ROWS = 20_000
"""Station-hours, drawn at random, to which a forest is fitted."""


class RandomForestInterpolation(BaseEstimator):
    """Random forest on the nearest measurements, their distances and the first guess (Sekulić et al. 2020).

    The features of a place and hour are the measurements at the nearest stations that measured, from near to far, their
    distances, and the first guesses at the place (RFSI, doi 10.3390/rs12101687). The forest is trained at the visible stations,
    each with its own measurements left out of its features. The number of neighbors and the fraction of features tried at each
    split are chosen by the out-of-bag mean absolute error; leaves hold three station-hours or more. No estimate is above the
    highest measurement of the training.

    Args:
        trees: Number of trees.
        seed: Seed of the forest, and of the draw of station-hours.

    Attributes:
        coordinates_: Longitudes and latitudes of the visible stations, degrees.
        neighbors_: Number of neighbors used.
        max_features_: Fraction of the features tried at a split.
    """

    def __init__(self, trees: int = 200, seed: int = 0) -> None:
        self.trees = trees
        self.seed = seed

    def fit(self, coordinates: Coordinates, values: np.ndarray, fields: np.ndarray) -> Self:
        """Fit the forest.

        Args:
            coordinates: Longitudes and latitudes of the visible stations in degrees, each of shape ``[station]``.
            values: Their measurements in the training hours: shape ``[time, station]``, NaN where missing.
            fields: First guesses at the stations: shape ``[time, station, field]``.

        Raises:
            InputError: If no hour has measurements at two stations, or none of them has a first guess.
        """
        self.coordinates_ = checked_coordinates(coordinates)
        values, fields = np.asarray(values, np.float64), np.asarray(fields, np.float64)
        hours = tuning_hours(values, "the forest")
        values, fields = values[hours], fields[hours]
        known = np.isfinite(values) & np.isfinite(fields).all(axis=-1)
        hour, station = np.nonzero(known)
        if not len(hour):
            raise InputError("fields: no measurement has a first guess; give fields of the stations and hours.")
        rng = np.random.default_rng(self.seed)
        some = np.sort(rng.permutation(len(hour))[:MOST_ROWS])
        hour, station = hour[some], station[some]
        distance = distance_matrix_km(self.coordinates_, self.coordinates_)
        np.fill_diagonal(distance, np.inf)  # a station is no neighbor of itself
        most = _features(values, fields, distance, max(NEIGHBORS_GRID), hour, station)
        truth = values[hour, station]
        errors: dict[tuple[int, float], float] = {}
        for choice in product(NEIGHBORS_GRID, FEATURES_GRID):
            forest = self._forest(FEW_TREES, choice[1]).fit(_nearest(most, choice[0]), truth)
            errors[choice] = float(np.nanmean(np.abs(forest.oob_prediction_ - truth)))
        self.neighbors_, self.max_features_ = min(errors, key=errors.__getitem__)
        self._fitted = self._forest(self.trees, self.max_features_).fit(_nearest(most, self.neighbors_), truth)
        return self

    def predict(
        self, coordinates: Coordinates, values: np.ndarray, fields: np.ndarray, fields_at_targets: np.ndarray
    ) -> np.ndarray:
        """Interpolate each hour from the stations that measured in it.

        Args:
            coordinates: Longitudes and latitudes of the targets in degrees, each of shape ``[target]``.
            values: Measurements of the visible stations at the hours to predict, ``[time, station]``, NaN where missing.
            fields: First guesses at the stations, ``[time, station, field]``; not used.
            fields_at_targets: First guesses at the targets, ``[time, target, field]``.

        Returns:
            float64 array of shape ``[time, target]``; NaN where a first guess is missing, and in hours without measurements.
        """
        check_is_fitted(self)
        values, at_targets = np.asarray(values, np.float64), np.asarray(fields_at_targets, np.float64)
        distance = distance_matrix_km(checked_coordinates(coordinates), self.coordinates_)
        result = np.full(at_targets.shape[:2], np.nan)
        for hour in np.flatnonzero(np.isfinite(values).any(axis=1)):
            wanted = np.flatnonzero(np.isfinite(at_targets[hour]).all(axis=-1))
            if len(wanted):
                row = np.zeros(len(wanted), int)
                features = _features(values[[hour]], at_targets[[hour]], distance, max(NEIGHBORS_GRID), row, wanted)
                result[hour, wanted] = self._fitted.predict(_nearest(features, self.neighbors_))
        return result

    def _forest(self, trees: int, max_features: float) -> RandomForestRegressor:
        return RandomForestRegressor(
            trees, min_samples_leaf=3, max_features=max_features, oob_score=True, random_state=self.seed, n_jobs=1
        )


def _features(
    values: np.ndarray,
    fields: np.ndarray,
    distance: np.ndarray,
    neighbors: int,
    hour: np.ndarray,
    place: np.ndarray,
) -> np.ndarray:
    """Return measurements and distances of the nearest stations, and the first guesses.

    Where fewer stations measured, the farthest of them stands for the others.

    Args:
        values: Measurements of the stations, ``[time, station]``.
        fields: First guesses at the places, ``[time, place, field]``.
        distance: Distances from the places to the stations, km, ``[place, station]``.
        neighbors: Number of neighbors.
        hour: Position of the hour of each row.
        place: Position of the place of each row.

    Returns:
        ``[row, 2 * neighbors + field]``: pairs of measurement and distance, from near to far, and then the first guesses.
    """
    order = np.argsort(distance, axis=1, kind="stable")
    rows = np.empty((len(hour), 2 * neighbors + fields.shape[-1]))
    for number in np.unique(hour):
        here = hour == number
        measured = np.isfinite(values[number])
        candidates = order[place[here]]
        usable = measured[candidates] & np.isfinite(np.take_along_axis(distance[place[here]], candidates, axis=1))
        # The usable stations first, each still from near to far.
        first = np.argsort(~usable, axis=1, kind="stable")[:, :neighbors]
        count = usable.sum(axis=1, keepdims=True)
        rank = np.minimum(np.arange(neighbors)[None], np.maximum(np.minimum(count, first.shape[1]) - 1, 0))
        chosen = np.take_along_axis(candidates, np.take_along_axis(first, rank, axis=1), axis=1)
        rows[here, : 2 * neighbors : 2] = values[number][chosen]
        rows[here, 1 : 2 * neighbors : 2] = np.take_along_axis(distance[place[here]], chosen, axis=1)
    rows[:, 2 * neighbors :] = fields[hour, place]
    return np.nan_to_num(rows, nan=0.0, posinf=1e5)


def _nearest(features: np.ndarray, neighbors: int) -> np.ndarray:
    """Return the features with fewer neighbors."""
    most = 2 * max(NEIGHBORS_GRID)
    return np.concatenate([features[:, : 2 * neighbors], features[:, most:]], axis=1)
