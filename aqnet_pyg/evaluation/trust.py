"""How far networks are trusted: what they earned at stations that they did not know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import xarray as xr
from scipy.optimize import lsq_linear

from aqnet_pyg.baselines import great_circle_km
from aqnet_pyg.evaluation.case import coordinates_of

__all__ = ["AWAY_KM", "Exam", "Hidden", "Trust", "exams"]

AWAY_KM = 75.0
"""Stations closer than this are hidden with a station, to see how networks do far from any."""

GROUPS = 4
"""In which those stations are asked for, so that enough are left to look at."""


class Exam(NamedTuple):
    """How networks did at stations unknown to them.

    Args:
        added: What they add to kriging, shape ``[n]``.
        missing: What they should have added, likewise.
        distance_km: To the nearest visible station, likewise.
        far: Whether everything around was hidden.
    """

    added: np.ndarray
    missing: np.ndarray
    distance_km: np.ndarray
    far: bool


class Hidden(NamedTuple):
    """What is hidden for an exam.

    Args:
        asked: Codes of the stations that are asked for.
        hidden: Codes of the stations that are hidden: these and perhaps others.
        far: Whether everything around them is hidden.
    """

    asked: list[str]
    hidden: list[str]
    far: bool


@dataclass(frozen=True)
class Trust:
    """A share between those near to and far from visible stations, linear in the logarithm of the distance.

    Args:
        knots: Logarithms of 1 + km.
        share: There, 0 to 1.
    """

    knots: tuple[float, float]
    share: tuple[float, float]

    @classmethod
    def fitted(cls, taken: Sequence[Exam]) -> Self:
        """By least squares.

        Args:
            taken: The exams; without far ones, one share is for all distances.
        """
        added, missing, distance = (
            np.concatenate([getattr(exam, name) for exam in taken]) for name in ("added", "missing", "distance_km")
        )
        if not np.any(added):  # nothing was measured there, or nothing was learned
            return cls((0.0, 1.0), (0.0, 0.0))
        near, far = (
            [float(np.log1p(exam.distance_km).mean()) for exam in taken if exam.far == kind and exam.distance_km.size]
            for kind in (False, True)
        )
        if near and far and np.mean(near) < max(far):
            knots = float(np.mean(near)), max(far)
            part = _between(distance, knots)
            columns = [added * (1 - part), added * part]
        else:
            knots, columns = (0.0, 1.0), [added]
        share = lsq_linear(np.stack(columns, axis=1), missing, (0, 1)).x
        return cls(knots, (float(share[0]), float(share[-1])))

    def __call__(self, distance_km: np.ndarray) -> np.ndarray:
        """The share at some distances.

        Args:
            distance_km: To the nearest visible station, any shape.
        """
        near, far = self.share
        return near + (far - near) * _between(distance_km, self.knots)


def _between(distance_km: np.ndarray, knots: tuple[float, float]) -> np.ndarray:
    return np.clip((np.log1p(distance_km) - knots[0]) / (knots[1] - knots[0]), 0.0, 1.0)


def exams(stations: xr.Dataset, places: Sequence[str]) -> Iterator[Hidden]:
    """Stations to ask for, and stations to hide: these alone, and then with all that are around some of them.

    Args:
        stations: All visible stations.
        places: Codes of those that the networks do not know.
    """
    yield Hidden(list(places), list(places), far=False)
    around = great_circle_km(coordinates_of(stations.sel(station=list(places))), coordinates_of(stations)) < AWAY_KM
    codes = stations.station.values
    for number in range(GROUPS):
        asked = np.arange(number, len(places), GROUPS)
        hidden = around[asked].any(axis=0)
        # Where most stations are near to each other, nothing is left to look at; there is no far away either.
        if asked.size and hidden.mean() <= 0.5:
            yield Hidden([places[place] for place in asked], list(codes[hidden]), far=True)
