"""Stacking weights that depend on the distance to the nearest visible station, fitted at held-out stations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from scipy.optimize import lsq_linear


class HoldOutErrors(NamedTuple):
    """Predictions of several members at held-out stations, relative to a base estimate.

    Args:
        increments: Prediction of each member minus the base estimate, shape ``[n, member]``.
        residual: Measurement minus the base estimate, shape ``[n]``.
        distance_km: Distance to the nearest visible station, shape ``[n]``.
        station: Code of the station, shape ``[n]``.
        day: Local day of the hour, shape ``[n]``.
        far: Whether all stations around the held-out ones were hidden as well.
    """

    increments: np.ndarray
    residual: np.ndarray
    distance_km: np.ndarray
    station: np.ndarray
    day: np.ndarray
    far: bool


@dataclass(frozen=True)
class StackingWeights:
    """Weights of members, piecewise linear in the logarithm of the distance to the nearest visible station.

    Stacked regression (Breiman 1996, doi 10.1007/BF00117832) by distance. At distance zero the weights are zero: the base
    estimate then equals the measurement of the station at that place.

    Args:
        knots: Logarithms of 1 + km, ascending; weights are constant beyond the last one.
        weights: Weights at the knots, shape ``[knot, member]``.
    """

    knots: tuple[float, ...]
    weights: np.ndarray

    @classmethod
    def fit(cls, holdouts: Sequence[HoldOutErrors], prior: float) -> Self:
        """Fit by least squares between 0 and 1, shrunk towards a prior weight as far as stations and days disagree.

        Errors are correlated within a station and within a day, so that few stations or days carry little information however
        many values there are. The step from the prior to the least-squares weights is shortened by what chance alone, with
        stations and days as its units, would have added to it: an estimator of the James-Stein type with a two-way
        cluster-robust covariance (Cameron, Gelbach and Miller 2011, doi 10.1198/jbes.2010.07136, without the small
        intersection term).

        Args:
            holdouts: Errors at held-out stations. The knots are the mean logarithms of the distance of near and of far
                hold-outs, if the far ones are farther.
            prior: Weight of a member without any evidence, at the knots.
        """
        increments, residual, distance, station, day = (
            np.concatenate([getattr(holdout, name) for holdout in holdouts])
            for name in ("increments", "residual", "distance_km", "station", "day")
        )
        logarithm = np.log1p(distance)
        far = np.concatenate([np.full(len(holdout.residual), holdout.far) for holdout in holdouts])
        means = [logarithm[far == side].mean() if np.any(far == side) else 0.0 for side in (False, True)]
        knots = tuple(means) if means[0] < means[1] else (means[0],)
        columns = (_hat_functions(distance, knots)[:, :, None] * increments[:, None, :]).reshape(len(increments), -1)
        clusters = [np.unique(each, return_inverse=True)[1] for each in (station, day)]
        return cls(knots, _shrunk_least_squares(columns, residual, clusters, prior).reshape(len(knots), -1))

    def __call__(self, distance_km: np.ndarray) -> np.ndarray:
        """Return the weights at some distances, shape ``[..., member]``.

        Args:
            distance_km: Distance to the nearest visible station, any shape.
        """
        return _hat_functions(distance_km, self.knots) @ self.weights

    def state(self) -> dict[str, Any]:
        """Knots and weights as lists."""
        return {"knots": [float(knot) for knot in self.knots], "weights": self.weights.tolist()}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Undo :meth:`state`.

        Args:
            state: As :meth:`state` returned it.
        """
        return cls(tuple(state["knots"]), np.array(state["weights"], np.float64).reshape(len(state["knots"]), -1))


def _hat_functions(distance_km: np.ndarray, knots: tuple[float, ...]) -> np.ndarray:
    """Share of each knot in the weights at a distance, ``[..., knot]``."""
    rows = np.eye(len(knots) + 1)[1:]
    return np.stack([np.interp(np.log1p(distance_km), (0.0, *knots), row) for row in rows], axis=-1)


def _shrunk_least_squares(
    columns: np.ndarray, residual: np.ndarray, clusters: Sequence[np.ndarray], prior: float
) -> np.ndarray:
    # Nothing can be learned from identical predictions, a single station or a single day.
    if not np.any(columns) or any(np.ptp(cluster) == 0 for cluster in clusters):
        return np.full(columns.shape[1], prior)
    best = lsq_linear(columns, residual, (0.0, 1.0)).x
    normal, step = columns.T @ columns, best - prior
    scores = columns * (residual - columns @ best)[:, None]
    by_chance = sum(np.trace(np.linalg.pinv(normal) @ _cluster_covariance(scores, cluster)) for cluster in clusters)
    gain = step @ normal @ step
    return prior + step * max(0.0, 1.0 - by_chance / gain if gain else 0.0)


def _cluster_covariance(scores: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Covariance of the sum of scores ``[n, weight]`` that are correlated within clusters."""
    sums = np.zeros((cluster.max() + 1, scores.shape[1]))
    np.add.at(sums, cluster, scores)
    sums -= sums.mean(axis=0)  # which is not zero at a bound
    return sums.T @ sums * len(sums) / (len(sums) - 1)
