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
        said: What each of them said, shape ``[n, method]``.
        wanted: What their weighted sum should have been, shape ``[n]``.
        distance_km: To the nearest visible station, likewise.
        far: Whether everything around was hidden, too.
    """

    said: np.ndarray
    wanted: np.ndarray
    distance_km: np.ndarray
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
    def fitted(cls, exams: Sequence[Exam], most: float = np.inf) -> Self:
        """By least squares, with weights that are not negative; zero for what was never said.

        Args:
            exams: The exams; without far ones, the weights are the same at all distances.
            most: Largest weight.
        """
        said, wanted, distance = (
            np.concatenate([getattr(exam, name) for exam in exams]) for name in ("said", "wanted", "distance_km")
        )
        methods = said.shape[1]
        if not np.any(said):  # nothing was measured there, or nothing was learned
            return cls((0.0, 1.0), (0.0,) * methods, (0.0,) * methods)
        means = {
            far: np.log1p(np.concatenate([exam.distance_km for exam in exams if exam.far == far] or [[]]))
            for far in (False, True)
        }
        knots = tuple(float(each.mean()) if each.size else np.nan for each in means.values())
        if knots[0] < knots[1]:
            part = _between(distance, knots)[:, None]
            said = np.concatenate([said * (1 - part), said * part], axis=1)
        else:
            knots = 0.0, 1.0
        weights = tuple(lsq_linear(said, wanted, (0, most)).x.tolist())
        return cls(knots, weights[:methods], weights[-methods:])

    def shrunk(self) -> Self:
        """Halfway to equal weights, which sum to one: chosen weights are too sure of themselves."""
        near, far = (tuple((weight + 1 / len(side)) / 2 for weight in side) for side in (self.near, self.far))
        return type(self)(self.knots, near, far)

    def __call__(self, distance_km: np.ndarray) -> np.ndarray:
        """The weights at some distances, ``[..., method]``.

        Args:
            distance_km: To the nearest visible station, any shape.
        """
        near, far = np.array(self.near), np.array(self.far)
        return near + (far - near) * _between(distance_km, self.knots)[..., None]


def _between(distance_km: np.ndarray, knots: tuple[float, float]) -> np.ndarray:
    return np.clip((np.log1p(distance_km) - knots[0]) / (knots[1] - knots[0]), 0.0, 1.0)
