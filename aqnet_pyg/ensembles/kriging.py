"""Kriging as a predictor, alone or stacked with other krigings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines import (
    Factors,
    FirstGuessKriging,
    Interpolator,
    LocalSillKriging,
    OrdinaryKriging,
    SpaceTimeKriging,
)
from aqnet_pyg.baselines.coordinates import coordinates_of, nearest_km, values_of
from aqnet_pyg.baselines.error_variance import error_variance_of
from aqnet_pyg.ensembles.fitted_krigings import FittedKrigings, Guesses, Kriging, KrigingEstimate
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


class KrigingPredictor(Predictor):
    """Ordinary kriging, or the stacked mean of ordinary kriging and further krigings.

    The standard deviation of ordinary kriging is that of a local sill, see :class:`aqnet_pyg.baselines.LocalSillKriging`.
    Further krigings are added with weights that depend on the distance to the nearest visible station.

    Args:
        target: The pollutant that is predicted.
        krigings: Ordinary kriging with a local sill, and further krigings; all parameters are set.
        weights: Stacking weights of the further krigings.
        window: Hours read and predicted.
        first_guess: Variables of the station data that are first guesses, in the order of the factors of the krigings.
        known: Further variables with a factor, which are covariates, such as elevation.

    Raises:
        InputError: If the window forecasts, or its margin is shorter than the hours that a kriging reads before and after each.
    """

    def __init__(
        self,
        target: str,
        krigings: Sequence[Kriging],
        weights: StackingWeights | None = None,
        window: Window = Window(24, margin=6),  # noqa: B008
        first_guess: Sequence[str] = (),
        known: Sequence[str] = (),
    ) -> None:
        if window.horizon:
            raise InputError(
                "window: kriging reconstructs hours but does not forecast; give a window without a horizon."
            )
        self.reach_hours = reach = max(each.reach_hours for each in krigings)
        if window.margin < reach:
            raise InputError(
                f"margin: {window.margin} hours are given, but kriging reads {reach} hours before and after each hour; "
                f"use a margin of at least {reach}."
            )
        self.target, self.variables = target, (target,)
        self.window = window
        self.first_guess, self.known = tuple(first_guess), tuple(known)
        self.krigings = tuple(krigings)
        self.weights = weights
        self.kind = "kriging" if weights is None else "krigings"

    @property
    def has_background(self) -> bool:
        """Not of ordinary kriging itself."""
        return self.weights is not None or bool(self.drift)

    @property
    def drift(self) -> tuple[str, ...]:
        """Variables that have factors: first guesses and other covariates."""
        return (*self.first_guess, *self.known)

    def at_stations(self, stations: xr.Dataset) -> FittedKrigings:
        """Set up the kriging systems of some stations.

        Args:
            stations: Station data, of which the coordinates are used, and ``error_variance`` if it is there.
        """
        return FittedKrigings(self.krigings, coordinates_of(stations), error_variance_of(stations))

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
        parts = []
        for at_stations, (on_cells, cell_km) in self.estimates(stations, request, covariates, progress):
            background = [np.maximum(on_cells.background, 0.0)] if self.has_background else []
            cells = [self.combine(on_cells, cell_km), on_cells.std, *background]
            values = [self.combine(*at_stations), at_stations[0].std]
            parts.append([np.stack(each).astype(np.float32) for each in (values, cells)])
        return Predictions(*(np.concatenate(arrays, axis=1) for arrays in zip(*parts, strict=True)))

    def estimates(
        self,
        stations: xr.Dataset,
        request: Request,
        covariates: xr.Dataset | None = None,
        progress: Progress | None = None,
    ) -> Iterator[tuple[tuple[KrigingEstimate, np.ndarray], tuple[KrigingEstimate, np.ndarray]]]:
        """Estimate the predicted hours of side-by-side windows, chunk by chunk.

        Args:
            stations: Station data.
            request: Places. Estimates at the visible stations are NaN where they are not wanted.
            covariates: First guesses and other covariates at the cells, dimensions ``(time, cell)``; missing without.
            progress: Wraps the loop over chunks of hours, such as a progress bar.

        Yields:
            Estimate, and distances to the nearest (other) visible station in kilometers, shape ``[place]``; at the stations and
            at the cells.
        """
        visible = ~np.isin(stations.station.values.astype(str), request.hidden)
        longitude, latitude = coordinates_of(stations)
        used, unmeasured = (longitude[visible], latitude[visible]), (longitude[~visible], latitude[~visible])
        at_cells = request.cells[:, 0], request.cells[:, 1]
        elsewhere = np.concatenate([unmeasured[0], at_cells[0]]), np.concatenate([unmeasured[1], at_cells[1]])
        fitted = self.at_stations(stations.isel(station=visible))
        station_km = np.empty(len(visible))
        station_km[visible], station_km[~visible] = nearest_km(used), nearest_km(unmeasured, used)
        cell_km = nearest_km(at_cells, used)
        values = stations[self.target].compute().transpose("time", "station").values[:, visible].astype(np.float64)
        fields = guesses_of(stations, self.drift)
        at_cells_fields = _guesses_at_cells(covariates, self.drift, len(values), len(request.cells))
        first, last = self.window.margin, len(values) - self.window.margin
        chunks = _chunks(first, last, len(visible) + len(request.cells))
        for start, end in chunks if progress is None else progress(chunks, len(chunks)):
            low = max(start - self.reach_hours, 0)
            hours = slice(low, end + self.reach_hours)
            part, rows = values[hours], slice(start - low, end - low)
            measured, hidden = fields[hours, visible], fields[hours, ~visible]
            left_out = fitted.leave_one_out(part, measured) if request.at_visible else fitted.not_estimated(len(part))
            # Together, as the systems of the hours are solved for each call.
            guesses = Guesses(measured, np.concatenate([hidden, at_cells_fields[hours]], axis=1))
            predicted = fitted.predict(elsewhere, part, guesses)
            merged = KrigingEstimate(
                *(
                    _merged(visible, at_visible[rows], anywhere[rows, : len(unmeasured[0])])
                    for at_visible, anywhere in zip(left_out, predicted, strict=True)
                )
            )
            on_cells = KrigingEstimate(*(array[rows, len(unmeasured[0]) :] for array in predicted))
            yield (merged, station_km), (on_cells, cell_km)

    def state(self) -> dict[str, Any]:
        """Names and parameters of the krigings, and their weights."""
        return {
            "target": self.target,
            "window": {"history": self.window.history, "margin": self.window.margin},
            "krigings": [_state(each) for each in self.krigings],
            "first_guess": list(self.first_guess),
            "known": list(self.known),
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
        krigings = [_from_state(each) for each in state["krigings"]]
        weights = None if state["weights"] is None else StackingWeights.from_state(state["weights"])
        return cls(state["target"], krigings, weights, Window(**state["window"]), state["first_guess"], state["known"])


_ARRAYS = "mean", "weight", "used"
"""Factors that are arrays."""


def _state(kriging: Kriging) -> dict[str, Any]:
    if not isinstance(kriging, FirstGuessKriging):
        return {"name": type(kriging).__name__, "parameters": kriging.get_params()}
    assert kriging.factors is not None
    assert kriging.interpolator is not None
    factors = kriging.factors._asdict()
    arrays = {name: factors[name].tolist() for name in _ARRAYS}
    about = {"log": kriging.log, "covariates": kriging.covariates}
    return about | {"factors": factors | arrays, "departures": _state(kriging.interpolator)}


def _from_state(state: dict[str, Any]) -> Kriging:
    if "departures" not in state:
        return INTERPOLATORS[state["name"]](**state["parameters"])
    factors = Factors(**(state["factors"] | {name: np.array(state["factors"][name]) for name in _ARRAYS}))
    return FirstGuessKriging(_from_state(state["departures"]), state["log"], factors, state["covariates"])


def with_parameters(interpolator: Interpolator) -> Interpolator:
    """Return an unfitted copy of a fitted interpolator whose parameters are the chosen ones.

    Args:
        interpolator: Fitted.
    """
    chosen = {name: getattr(interpolator, f"{name}_", value) for name, value in interpolator.get_params().items()}
    return type(interpolator)(**chosen)


def with_factors(kriging: FirstGuessKriging) -> Kriging:
    """Return an unfitted copy of a fitted kriging of departures whose parameters are the chosen ones.

    Args:
        kriging: Fitted. One that does not use the first guesses becomes a kriging of measurements.
    """
    interpolator = with_parameters(kriging.interpolator_)
    if kriging.factors_ is None:
        return interpolator.set_params(log=True) if kriging.log else interpolator
    return FirstGuessKriging(interpolator, kriging.log, kriging.factors_, kriging.covariates)


def guesses_of(stations: xr.Dataset, names: Sequence[str]) -> np.ndarray:
    """Return first guesses or other covariates at stations, float64, shape ``[time, station, field]``, NaN where missing.

    Args:
        stations: Station data.
        names: Their variables.
    """
    shape = stations.sizes["time"], stations.sizes["station"], 0
    return np.stack([values_of(stations, name) for name in names], axis=-1) if names else np.empty(shape)


def _guesses_at_cells(covariates: xr.Dataset | None, names: Sequence[str], hours: int, cells: int) -> np.ndarray:
    if covariates is None:
        return np.full((hours, cells, len(names)), np.nan)
    missing = np.full((hours, cells), np.nan)
    fields = [covariates[name].transpose("time", "cell").values if name in covariates else missing for name in names]
    return np.stack(fields, axis=-1) if names else np.empty((hours, cells, 0))


def measurements_around(stations: xr.Dataset, target: str, hours: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
    """Return measurements on consecutive hours, ``[time, station]``, and the rows of some hours among them.

    Args:
        stations: Station data.
        target: The pollutant.
        hours: Hours on the time axis of the stations, UTC; interpolators are also given the hours around them.
    """
    span, rows = hours_around(stations, hours)
    return values_of(stations.isel(time=span), target), rows


def hours_around(
    stations: xr.Dataset, hours: pd.DatetimeIndex, context: int = CONTEXT_HOURS
) -> tuple[slice, np.ndarray]:
    """Return the positions of consecutive hours on the time axis, and the rows of some hours among them, shape ``[hour]``.

    Args:
        stations: Station data.
        hours: As for :func:`measurements_around`.
        context: Number of hours before and after them.
    """
    rows = stations.indexes["time"].get_indexer(hours)
    span = slice(max(rows.min() - context, 0), rows.max() + context + 1)
    return span, rows - span.start


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
