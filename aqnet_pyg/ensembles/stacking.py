"""What methods are worth near to and far from visible stations: weights by how they did where they had not looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from scipy.optimize import lsq_linear

__all__ = ["Exam", "Mixture"]


class Exam(NamedTuple):
    """How methods did at stations that were hidden from them.

    Args:
        added: What each of them would add to what is said without them, shape ``[n, method]``.
        wanted: What should have been added, shape ``[n]``.
        distance_km: To the nearest visible station, likewise.
        station: Code of the station, likewise.
        day: Of the hour, likewise, whatever tells days apart.
        far: Whether everything around was hidden, too.
    """

    added: np.ndarray
    wanted: np.ndarray
    distance_km: np.ndarray
    station: np.ndarray
    day: np.ndarray
    far: bool


@dataclass(frozen=True)
class Mixture:
    """Weights of methods, linear in the logarithm of the distance to the nearest visible station between a few distances.

    Stacked regression (Breiman 1996, doi 10.1007/BF00117832) by distance. At no distance nothing is added: a station in the
    very place says it all.

    Args:
        knots: Logarithms of 1 + km, ascending; beyond the last, weights are what they are there.
        weights: Of each method at the knots, shape ``[knot, method]``.
    """

    knots: tuple[float, ...]
    weights: np.ndarray

    @classmethod
    def fitted(cls, exams: Sequence[Exam], guess: float) -> Self:
        """By least squares, between none and all of a method, and no farther from a guess than stations and days agree.

        The hours of a station err alike, and so do stations on a day: a few of either say little, however many values there
        are. The way from the guess is shortened as much as chance, with these as its units, would have lengthened it: an
        estimator of James and Stein's kind, with the robust covariance of clusters in two ways (Cameron, Gelbach and
        Miller 2011, doi 10.1198/jbes.2010.07136, without the small term of both at once).

        Args:
            exams: The exams. The knots are the mean logarithms of distance of near and of far ones, if far ones are farther.
            guess: Weight of a method of which nothing is known, at the knots.
        """
        added, wanted, distance, station, day = (
            np.concatenate([getattr(exam, name) for exam in exams])
            for name in ("added", "wanted", "distance_km", "station", "day")
        )
        logarithm, far = np.log1p(distance), np.concatenate([np.full(len(exam.wanted), exam.far) for exam in exams])
        means = [logarithm[far == side].mean() if np.any(far == side) else 0.0 for side in (False, True)]
        knots = tuple(means) if means[0] < means[1] else (means[0],)
        parts = (_parts(distance, knots)[:, :, None] * added[:, None, :]).reshape(len(added), -1)
        units = [np.unique(each, return_inverse=True)[1] for each in (station, day)]
        return cls(knots, _shortened(parts, wanted, units, guess).reshape(len(knots), -1))

    def __call__(self, distance_km: np.ndarray) -> np.ndarray:
        """The weights at some distances, ``[..., method]``.

        Args:
            distance_km: To the nearest visible station, any shape.
        """
        return _parts(distance_km, self.knots) @ self.weights


def _parts(distance_km: np.ndarray, knots: tuple[float, ...]) -> np.ndarray:
    """How much the weights of each knot count at a distance, ``[..., knot]``."""
    rows = np.eye(len(knots) + 1)[1:]
    return np.stack([np.interp(np.log1p(distance_km), (0.0, *knots), row) for row in rows], axis=-1)


def _shortened(added: np.ndarray, wanted: np.ndarray, units: Sequence[np.ndarray], guess: float) -> np.ndarray:
    if not np.any(added) or any(np.ptp(unit) == 0 for unit in units):  # nothing was learned, or at one place or day
        return np.full(added.shape[1], guess)
    best = lsq_linear(added, wanted, (0.0, 1.0)).x
    normal, step = added.T @ added, best - guess
    slopes = added * (wanted - added @ best)[:, None]
    chance = sum(np.trace(np.linalg.pinv(normal) @ _covariance(slopes, unit)) for unit in units)
    gained = step @ normal @ step
    return guess + step * max(0.0, 1.0 - chance / gained if gained else 0.0)


def _covariance(slopes: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Of the sum of slopes, whose parts ``[n, weight]`` vary by units."""
    sums = np.zeros((unit.max() + 1, slopes.shape[1]))
    np.add.at(sums, unit, slopes)
    sums -= sums.mean(axis=0)  # which is not zero at a bound
    return sums.T @ sums * len(sums) / (len(sums) - 1)
