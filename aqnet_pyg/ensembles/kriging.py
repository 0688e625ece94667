"""Kriging as a predictor, alone or stacked with other krigings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines import (
    Coordinates,
    Interpolator,
    LocalSillKriging,
    OrdinaryKriging,
    SpaceTimeKriging,
)
from aqnet_pyg.baselines.base import coordinates_of, nearest_km, values_of
from aqnet_pyg.ensembles.stacking import StackingWeights
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference.predictor import Predictions, Predictor, Progress, Request
from aqnet_pyg.windows import Window

CONTEXT_HOURS = 24
"""Hours before the first and after the last predicted hour that an interpolator is given."""

VALUES_PER_CHUNK = 4_000_000
"""Predictions that are computed together, to bound the memory."""

INTERPOLATORS: dict[str, type[Interpolator]] = {
    each.__name__: each for each in (LocalSillKriging, OrdinaryKriging, SpaceTimeKriging)
}
"""Interpolators that a checkpoint may name."""


class KrigingEstimate(NamedTuple):
    """Estimates at some places, each of shape ``[time, place]`` but the increments.

    Args:
        value: Ordinary kriging.
        std: Its standard deviation.
        increments: Estimate of each further kriging minus ordinary kriging, shape ``[time, place, member]``.
    """

    value: np.ndarray
    std: np.ndarray
    increments: np.ndarray


class FittedKrigings:
    """Krigings with chosen covariances at given stations.

    Args:
        krigings: The first is ordinary kriging with a standard deviation; all parameters are set.
        coordinates: Longitudes and latitudes of the stations in degrees, each of shape ``[station]``.
    """

    def __init__(self, krigings: Sequence[Interpolator], coordinates: Coordinates) -> None:
        nothing = np.empty((0, len(coordinates[0])))
        base, *others = (type(each)(**each.get_params()).fit(coordinates, nothing) for each in krigings)
        if not isinstance(base, OrdinaryKriging):
            raise InputError(
                f"krigings: {type(base).__name__} comes first; give ordinary kriging, which has a standard deviation."
            )
        self.base, self.others = base, others

    def predict(self, coordinates: Coordinates, values: np.ndarray, with_std: bool = True) -> KrigingEstimate:
        """Estimate places that are no stations.

        Args:
            coordinates: Longitudes and latitudes of the places in degrees, each of shape ``[place]``.
            values: Measurements at the stations on consecutive hours, shape ``[time, station]``, NaN where missing.
            with_std: Compute the standard deviation, which takes most of the time; otherwise it is NaN.
        """
        if not len(coordinates[0]):
            return self._missing(len(values), 0)
        if with_std:
            value, std = self.base.predict(coordinates, values, return_std=True)
        else:
            value = self.base.predict(coordinates, values)
            std = np.full_like(value, np.nan)
        return _estimate(value, std, [each.predict(coordinates, values) for each in self.others])

    def leave_one_out(self, values: np.ndarray) -> KrigingEstimate:
        """Estimate each station from the other stations.

        Args:
            values: As for :meth:`predict`.
        """
        value, std = self.base.leave_one_out(values, return_std=True)
        return _estimate(value, std, [each.leave_one_out(values) for each in self.others])

    def not_estimated(self, hours: int) -> KrigingEstimate:
        """Return NaN at each station, in place of leave-one-out estimates that are not wanted.

        Args:
            hours: Number of hours.
        """
        return self._missing(hours, len(self.base.coordinates_[0]))

    def _missing(self, hours: int, places: int) -> KrigingEstimate:
        nan = np.full((hours, places), np.nan)
        return _estimate(nan, nan, [nan for _ in self.others])


def _estimate(value: np.ndarray, std: np.ndarray, others: list[np.ndarray]) -> KrigingEstimate:
    increments = np.stack([each - value for each in others], axis=-1) if others else np.empty((*value.shape, 0))
    return KrigingEstimate(value, std, increments)


class KrigingPredictor(Predictor):
    """Ordinary kriging, or the stacked mean of ordinary kriging and further krigings.

    The standard deviation of ordinary kriging is that of a local sill, see :class:`aqnet_pyg.baselines.LocalSillKriging`.
    Further krigings are added with weights that depend on the distance to the nearest visible station.

    Args:
        target: The pollutant that is predicted.
        krigings: Ordinary kriging with a local sill, and further krigings; all parameters are set.
        weights: Stacking weights of the further krigings.
        window: Hours read and predicted.

    Raises:
        InputError: If the window forecasts, or its margin is shorter than the hours that a kriging reads before and after each.
    """

    def __init__(
        self,
        target: str,
        krigings: Sequence[Interpolator],
        weights: StackingWeights | None = None,
        window: Window = Window(24, margin=6),  # noqa: B008
    ) -> None:
        if window.horizon:
            raise InputError(
                "window: kriging reconstructs hours but does not forecast; give a window without a horizon."
            )
        reach = max(each.reach_hours for each in krigings)
        if window.margin < reach:
            raise InputError(
                f"margin: {window.margin} hours are given, but kriging reads {reach} hours before and after each hour; "
                f"use a margin of at least {reach}."
            )
        self.target, self.variables = target, (target,)
        self.window = window
        self.krigings = tuple(krigings)
        self.weights = weights
        self.kind = "kriging" if weights is None else "krigings"

    def at_stations(self, coordinates: Coordinates) -> FittedKrigings:
        """Set up the kriging systems of some stations.

        Args:
            coordinates: Longitudes and latitudes of the stations in degrees, each of shape ``[station]``.
        """
        return FittedKrigings(self.krigings, coordinates)

    def combine(self, estimate: KrigingEstimate, distance_km: np.ndarray) -> np.ndarray:
        """Return the stacked mean, ``[time, place]``, not negative.

        Args:
            estimate: Of the krigings.
            distance_km: Distances of the places to the nearest visible station, shape ``[place]``.
        """
        value = estimate.value
        if self.weights is not None:
            value = value + np.sum(estimate.increments * self.weights(distance_km), axis=-1)
        return np.maximum(value, 0.0)

    def predict(
        self,
        stations: xr.Dataset,
        request: Request,
        covariates: xr.Dataset | None = None,
        progress: Progress | None = None,
    ) -> Predictions:
        """Predict; arguments as for :meth:`aqnet_pyg.inference.Predictor.predict`."""
        parts = [
            [np.stack([self.combine(estimate, km), estimate.std]).astype(np.float32) for estimate, km in chunk]
            for chunk in self.estimates(stations, request, progress)
        ]
        return Predictions(*(np.concatenate(arrays, axis=1) for arrays in zip(*parts, strict=True)))

    def estimates(
        self,
        stations: xr.Dataset,
        request: Request,
        progress: Progress | None = None,
    ) -> Iterator[tuple[tuple[KrigingEstimate, np.ndarray], tuple[KrigingEstimate, np.ndarray]]]:
        """Estimate the predicted hours of side-by-side windows, chunk by chunk.

        Args:
            stations: Station data.
            request: Places. Estimates at the visible stations are NaN where they are not wanted.
            progress: Wraps the loop over chunks of hours, such as a progress bar.

        Yields:
            Estimate, and distances to the nearest (other) visible station in kilometers, shape ``[place]``; at the stations and
            at the cells.
        """
        visible = ~np.isin(stations.station.values.astype(str), request.hidden)
        longitude, latitude = coordinates_of(stations)
        used, unmeasured = (longitude[visible], latitude[visible]), (longitude[~visible], latitude[~visible])
        at_cells = request.cells[:, 0], request.cells[:, 1]
        fitted = self.at_stations(used)
        station_km = np.empty(len(visible))
        station_km[visible], station_km[~visible] = nearest_km(used), nearest_km(unmeasured, used)
        cell_km = nearest_km(at_cells, used)
        values = stations[self.target].compute().transpose("time", "station").values[:, visible].astype(np.float64)
        first, last = self.window.margin, len(values) - self.window.margin
        chunks = _chunks(first, last, len(visible) + len(request.cells))
        for start, end in chunks if progress is None else progress(chunks, len(chunks)):
            low = max(start - CONTEXT_HOURS, 0)
            part, rows = values[low : end + CONTEXT_HOURS], slice(start - low, end - low)
            left_out = fitted.leave_one_out(part) if request.at_visible else fitted.not_estimated(len(part))
            predicted = fitted.predict(unmeasured, part)
            merged = KrigingEstimate(
                *(_merged(visible, *(array[rows] for array in pair)) for pair in zip(left_out, predicted, strict=True))
            )
            on_cells = KrigingEstimate(*(array[rows] for array in fitted.predict(at_cells, part)))
            yield (merged, station_km), (on_cells, cell_km)

    def state(self) -> dict[str, Any]:
        """Names and parameters of the krigings, and their weights."""
        return {
            "target": self.target,
            "window": {"history": self.window.history, "margin": self.window.margin},
            "krigings": [{"name": type(each).__name__, "parameters": each.get_params()} for each in self.krigings],
            "weights": None if self.weights is None else self.weights.state(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any], **parts: Any) -> Self:
        """Undo :meth:`state`.

        Args:
            state: As :meth:`state` returned it.
            parts: None; a kriging has no parts.
        """
        _refuse_parts(parts)
        krigings = [INTERPOLATORS[each["name"]](**each["parameters"]) for each in state["krigings"]]
        weights = None if state["weights"] is None else StackingWeights.from_state(state["weights"])
        return cls(state["target"], krigings, weights, Window(**state["window"]))


def with_parameters(interpolator: Interpolator) -> Interpolator:
    """Return an unfitted copy of a fitted interpolator whose parameters are the chosen ones.

    Args:
        interpolator: Fitted.
    """
    chosen = {name: getattr(interpolator, f"{name}_", value) for name, value in interpolator.get_params().items()}
    return type(interpolator)(**chosen)


def measurements_around(stations: xr.Dataset, target: str, hours: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
    """Return measurements on consecutive hours, ``[time, station]``, and the rows of some hours among them.

    Args:
        stations: Station data.
        target: The pollutant.
        hours: Hours on the time axis of the stations, UTC; interpolators are also given the hours around them.
    """
    rows = stations.indexes["time"].get_indexer(hours)
    span = slice(max(rows.min() - CONTEXT_HOURS, 0), rows.max() + CONTEXT_HOURS + 1)
    return values_of(stations.isel(time=span), target), rows - span.start


def _merged(visible: np.ndarray, at_visible: np.ndarray, at_hidden: np.ndarray) -> np.ndarray:
    result = np.empty((len(at_visible), len(visible), *at_visible.shape[2:]))
    result[:, visible], result[:, ~visible] = at_visible, at_hidden
    return result


def _chunks(first: int, last: int, places: int) -> list[tuple[int, int]]:
    length = max(24, VALUES_PER_CHUNK // places)
    return [(start, min(start + length, last)) for start in range(first, last, length)]


def _refuse_parts(parts: dict[str, Any]) -> None:
    if parts:
        raise InputError(f"{', '.join(sorted(parts))}: this model has no parts; leave them out.")
