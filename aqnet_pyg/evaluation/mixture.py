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
    """Weights between those near to and those far from visible stations, linear in the logarithm of the distance.

    Stacked regression (Breiman 1996, doi 10.1007/BF00117832), in two places.

    Args:
        knots: Logarithms of 1 + km.
        near: Weight of each method at the first knot and nearer.
        far: At the second and farther.
    """

    knots: tuple[float, float]
    near: tuple[float, ...]
    far: tuple[float, ...]

    @classmethod
    def fitted(cls, exams: Sequence[Exam], guess: float) -> Self:
        """By least squares, between none and all of a method, and no farther from a guess than stations and days agree.

        The hours of a station err alike, and so do stations on a day: a few of either say little, however many values there
        are. The way from the guess is shortened as much as chance, with these as its units, would have lengthened it: an
        estimator of James and Stein's kind, with the robust covariance of clusters in two ways (Cameron, Gelbach and
        Miller 2011, doi 10.1198/jbes.2010.07136, without the small term of both at once).

        Args:
            exams: The exams; without far ones, the weights are the same at all distances.
            guess: Weight of a method of which nothing is known.
        """
        added, wanted, distance, station, day = (
            np.concatenate([getattr(exam, name) for exam in exams])
            for name in ("added", "wanted", "distance_km", "station", "day")
        )
        means = {
            far: np.log1p(np.concatenate([exam.distance_km for exam in exams if exam.far == far] or [[]]))
            for far in (False, True)
        }
        knots = tuple(float(each.mean()) if each.size else np.nan for each in means.values())
        methods = added.shape[1]
        if knots[0] < knots[1]:
            part = _between(distance, knots)[:, None]
            added = np.concatenate([added * (1 - part), added * part], axis=1)
        else:
            knots = 0.0, 1.0
        units = [np.unique(each, return_inverse=True)[1] for each in (station, day)]
        weights = _shortened(added, wanted, units, guess)
        return cls(knots, tuple(weights[:methods]), tuple(weights[-methods:]))

    def __call__(self, distance_km: np.ndarray) -> np.ndarray:
        """The weights at some distances, ``[..., method]``.

        Args:
            distance_km: To the nearest visible station, any shape.
        """
        near, far = np.array(self.near), np.array(self.far)
        return near + (far - near) * _between(distance_km, self.knots)[..., None]


def _shortened(added: np.ndarray, wanted: np.ndarray, units: Sequence[np.ndarray], guess: float) -> list[float]:
    if not np.any(added) or any(np.ptp(unit) == 0 for unit in units):  # nothing was learned, or at one place or day
        return [guess] * added.shape[1]
    best = lsq_linear(added, wanted, (0.0, 1.0)).x
    normal, step = added.T @ added, best - guess
    slopes = added * (wanted - added @ best)[:, None]
    chance = sum(np.trace(np.linalg.pinv(normal) @ _covariance(slopes, unit)) for unit in units)
    gained = step @ normal @ step
    return (guess + step * max(0.0, 1.0 - chance / gained if gained else 0.0)).tolist()


def _covariance(slopes: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Of the sum of slopes, whose parts ``[n, weight]`` vary by units."""
    sums = np.zeros((unit.max() + 1, slopes.shape[1]))
    np.add.at(sums, unit, slopes)
    sums -= sums.mean(axis=0)  # which is not zero at a bound
    return sums.T @ sums * len(sums) / (len(sums) - 1)


def _between(distance_km: np.ndarray, knots: tuple[float, float]) -> np.ndarray:
    return np.clip((np.log1p(distance_km) - knots[0]) / (knots[1] - knots[0]), 0.0, 1.0)
