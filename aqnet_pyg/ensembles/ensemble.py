"""The ensemble of krigings and networks for reconstruction, weighted by held-out skill."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import pandas as pd
import xarray as xr
from tqdm import tqdm

from aqnet_pyg.baselines import FirstGuessKriging, LocalSillKriging, OrdinaryKriging, SpaceTimeKriging
from aqnet_pyg.baselines.coordinates import coordinates_of, nearest_km, values_of
from aqnet_pyg.baselines.error_variance import error_variance_of
from aqnet_pyg.ensembles.fitted_krigings import FittedKrigings, Guesses, Kriging, KrigingEstimate
from aqnet_pyg.ensembles.holdouts import HoldOut, all_stations_in_turn, untrained_stations
from aqnet_pyg.ensembles.kriging import KrigingPredictor, guesses_of, hours_around, with_factors, with_parameters
from aqnet_pyg.ensembles.network_ensemble import NetworkEnsemble
from aqnet_pyg.ensembles.stacking import HoldOutErrors, StackingWeights
from aqnet_pyg.ensembles.targets import predict_at
from aqnet_pyg.ensembles.tuning import TunedInterpolators
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference.predictor import Predictions, Progress, Request
from aqnet_pyg.local_dates import consecutive_runs, local_days, sample_days
from aqnet_pyg.text import counted
from aqnet_pyg.windows import Window

if TYPE_CHECKING:
    from aqnet_pyg.inference.network import NetworkPredictor

log = logging.getLogger(__name__)

HOLDOUT_DAYS = 20
"""Days of the training, evenly spread, on which the weights of the krigings are fitted."""


SHARES = 3
"""Each hold-out of stations is predicted on one of so many shares of these days."""


class Member(NamedTuple):
    """A trained network of an ensemble.

    Args:
        predictor: The network.
        untrained: Codes of the visible stations that were kept out of its training, others for each member.
    """

    predictor: NetworkPredictor
    untrained: tuple[str, ...]


class EnsemblePredictor(NetworkEnsemble):
    """A stacked mean of krigings, and networks that add their departure from ordinary kriging to it.

    Ordinary kriging, kriging of logarithms and space-time kriging are stacked with weights that depend on the distance to the
    nearest visible station, where ordinary kriging remains. The weights are fitted on days of the training, with all visible
    stations held out in turn, at random and in blocks, and are equal as far as stations or days disagree. The departure of the
    networks from ordinary kriging, at which they start, is weighted likewise, in the validation hours at the stations that
    were kept out of the training of each network, with a half as the prior weight.

    The standard deviation is that of kriging with a local sill. Where no network has a prediction, the krigings remain.

    Args:
        krigings: The stacked krigings.
        networks: The networks.
        weights: Stacking weight of the mean departure of the networks from ordinary kriging.
    """

    def __init__(
        self, krigings: KrigingPredictor, networks: Sequence[NetworkPredictor], weights: StackingWeights
    ) -> None:
        super().__init__(networks[0])
        self.krigings = krigings
        self.networks = tuple(networks)
        self.weights = weights

    @property
    def has_background(self) -> bool:
        """Without first guesses."""
        return not self.first_guess

    def predict(
        self,
        stations: xr.Dataset,
        request: Request,
        covariates: xr.Dataset | None = None,
        progress: Progress | None = None,
    ) -> Predictions:
        """Predict; arguments as for :meth:`aqnet_pyg.inference.Predictor.predict`."""
        members = [each.predict(stations, request, covariates, progress) for each in self.networks]
        parts: tuple[list[np.ndarray], list[np.ndarray]] = [], []
        first = 0
        for chunk in self.krigings.estimates(stations, request, covariates, progress):
            rows = slice(first, first + len(chunk[0][0].value))
            for place, (estimate, km) in enumerate(chunk):
                networks = np.mean([member[place][0, rows].astype(np.float64) for member in members], axis=0)
                value = self.combine(self.krigings.combine(estimate, km), estimate.background, networks, km)
                background = [np.maximum(estimate.background, 0.0)] if place and self.has_background else []  # at cells
                parts[place].append(np.stack([value, estimate.std, *background]).astype(np.float32))
            first = rows.stop
        return Predictions(*(np.concatenate(arrays, axis=1) for arrays in parts))

    def interpolates_departure(self, request: Request) -> bool:
        """Whether one of the networks does; see :meth:`aqnet_pyg.inference.NetworkPredictor.interpolates_departure`."""
        return any(network.interpolates_departure(request) for network in self.networks)

    def combine(
        self, stacked: np.ndarray, kriging: np.ndarray, networks: np.ndarray, distance_km: np.ndarray
    ) -> np.ndarray:
        """Add the weighted departure of the networks; all of shape ``[time, place]``.

        Args:
            stacked: The stacked krigings.
            kriging: Ordinary kriging, of departures from first guesses if there are any, at which networks start.
            networks: Mean of the networks, NaN where they have no prediction.
            distance_km: Distances of the places to the nearest visible station, shape ``[place]``.
        """
        departure = np.where(np.isfinite(networks), networks - kriging, 0.0)
        return np.maximum(stacked + self.weights(distance_km)[:, 0] * departure, 0.0)

    def state(self) -> dict[str, Any]:
        """States of the members, and the weights."""
        return {
            "krigings": self.krigings.state(),
            "networks": [network.state() for network in self.networks],
            "weights": self.weights.state(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any], **parts: Any) -> Self:
        """Undo :meth:`state`.

        Args:
            state: As :meth:`state` returned it.
            parts: User-defined parts of the networks, by name.
        """
        from aqnet_pyg.inference.network import NetworkPredictor  # not above: PyTorch Geometric takes seconds

        krigings = KrigingPredictor.from_state(state["krigings"])
        networks = [NetworkPredictor.from_state(each, **parts) for each in state["networks"]]
        return cls(krigings, networks, StackingWeights.from_state(state["weights"]))


def fit_kriging(
    training: xr.Dataset,
    target: str,
    window: Window,
    tuned: TunedInterpolators | None = None,
    first_guess: Sequence[str] = (),
    known: Sequence[str] = (),
) -> KrigingPredictor:
    """Tune ordinary kriging.

    Args:
        training: Station data of the visible stations in the training hours.
        target: The pollutant to predict.
        window: Hours read and predicted.
        tuned: Interpolators that were tuned before.
        first_guess: Variables that are first guesses; what stations measured beyond them is interpolated.
        known: Further variables that are used like first guesses, such as elevation.
    """
    drift = _Drift((*first_guess, *known), len(known))
    kriging = _local_sill(training, target, tuned or TunedInterpolators(), drift)
    return KrigingPredictor(target, [kriging], window=window, first_guess=first_guess, known=known)


def fit_krigings(
    training: xr.Dataset,
    target: str,
    window: Window,
    tuned: TunedInterpolators | None = None,
    first_guess: Sequence[str] = (),
    known: Sequence[str] = (),
) -> KrigingPredictor:
    """Tune ordinary kriging, kriging of logarithms and space-time kriging, and fit their stacking weights.

    Args:
        training: Station data of the visible stations, on all hours; NaN outside the training.
        target: The pollutant to predict.
        window: Hours read and predicted.
        tuned: Interpolators that were tuned before.
        first_guess: Variables that are first guesses; each kriging interpolates what stations measured beyond them.
        known: Further variables that are used like first guesses, such as elevation.
    """
    tuned, drift = tuned or TunedInterpolators(), _Drift((*first_guess, *known), len(known))
    base = _local_sill(training, target, tuned, drift)
    krigings = [base, *_others(training, target, tuned, drift, base)]
    unweighted = KrigingPredictor(target, krigings, window=window, first_guess=first_guess, known=known)
    time = pd.DatetimeIndex(training.indexes["time"])
    measured = training[target].notnull().any("station").values
    hours = time[sample_days(time, training.attrs["time_zone"], measured, HOLDOUT_DAYS)]
    days = local_days(hours, training.attrs["time_zone"])
    number = np.unique(days, return_inverse=True)[1]
    # Each hold-out on other days: every station and every day is among the errors, at a third of the cost.
    shares = min(SHARES, number.max() + 1)
    holdouts = list(all_stations_in_turn(training))
    shown = tqdm(holdouts, "weighting", leave=False, delay=2, disable=not sys.stderr.isatty())
    errors = [
        _kriging_errors(unweighted, training, holdout, hours[number % shares == turn % shares])
        for turn, holdout in enumerate(shown)
    ]
    if not errors:
        raise InputError(
            f"stations: {counted(training.sizes['station'], 'station')} to train on, too few to weight several krigings by "
            "their errors; use model 'kriging' (--model kriging)."
        )
    weights = StackingWeights.fit(errors, prior=1 / len(krigings))
    return KrigingPredictor(target, krigings, weights, window, first_guess, known)


def fit_ensemble(
    krigings: KrigingPredictor, members: Sequence[Member], validation: xr.Dataset, device: str = "cpu"
) -> EnsemblePredictor:
    """Weight trained networks beside stacked krigings.

    Args:
        krigings: The stacked krigings.
        members: The networks.
        validation: Station data of the visible stations, those that were not trained on included; NaN outside the validation
            hours.
        device: As for :func:`aqnet_pyg.reanalyze`.
    """
    errors = [
        _network_errors(krigings, member, validation, holdout, device)
        for member in members
        for holdout in untrained_stations(validation, member.untrained)
    ]
    return EnsemblePredictor(krigings, [member.predictor for member in members], StackingWeights.fit(errors, prior=0.5))


class _Drift(NamedTuple):
    """Variables that krigings use with a factor, and how many of the last ones are no concentrations."""

    names: tuple[str, ...]
    covariates: int


def _local_sill(training: xr.Dataset, target: str, tuned: TunedInterpolators, drift: _Drift) -> Kriging:
    """Ordinary kriging, with a drift if it helps, with the covariance that is best by leave-one-out, and a local sill."""
    coordinates, values, errors = coordinates_of(training), values_of(training, target), _errors_of_stations(training)
    if drift.names:
        kriging = FirstGuessKriging(covariates=drift.covariates)
        guided = tuned.fit(kriging, coordinates, values, guesses_of(training, drift.names), *errors)
        factors = guided.factors_
        used = [] if factors is None else np.array(drift.names)[factors.used]
        how = (
            "; ".join(f"{factor:.3g} x {name}" for factor, name in zip(factors.mean, used, strict=True))
            if factors
            else ""
        )
        log.info(
            "drift: %s; leave-one-out errors with and without it %.3g and %.3g", how or "not used", *guided.loo_mae_
        )
        if factors is not None:
            best = guided.interpolator_
            local = LocalSillKriging(range_km=best.range_km_, nugget=best.nugget_)
            return FirstGuessKriging(local, factors=factors, covariates=drift.covariates)
    best = tuned.fit(OrdinaryKriging(), coordinates, values, *errors)
    return LocalSillKriging(range_km=best.range_km_, nugget=best.nugget_)


def _errors_of_stations(training: xr.Dataset) -> tuple[np.ndarray, ...]:
    """Return the error variances of stations as a further argument of a fit; none where all are zero, as interpolators assume."""
    errors = error_variance_of(training)
    return (errors,) if errors.any() else ()


def _others(
    training: xr.Dataset, target: str, tuned: TunedInterpolators, drift: _Drift, base: Kriging
) -> list[Kriging]:
    """Kriging of logarithms and space-time kriging, with the parameters that are best by leave-one-out."""
    coordinates, values, errors = coordinates_of(training), values_of(training, target), _errors_of_stations(training)
    if not isinstance(base, FirstGuessKriging):
        others = (OrdinaryKriging(log=True), SpaceTimeKriging())
        return [with_parameters(tuned.fit(each, coordinates, values, *errors)) for each in others]
    fields, count = guesses_of(training, drift.names), drift.covariates
    guided = (
        FirstGuessKriging(log=True, covariates=count),
        FirstGuessKriging(SpaceTimeKriging(), factors=base.factors, covariates=count),
    )
    return [with_factors(tuned.fit(each, coordinates, values, fields, *errors)) for each in guided]


def _kriging_errors(
    krigings: KrigingPredictor, training: xr.Dataset, holdout: HoldOut, hours: pd.DatetimeIndex
) -> HoldOutErrors:
    visible, predicted = training.drop_sel(station=holdout.hidden), training.sel(station=holdout.predicted)
    fitted = krigings.at_stations(visible)
    values, increments = [], []
    for run in consecutive_runs(hours):
        estimate = _estimate(krigings, fitted, visible, predicted, run)
        values.append(estimate.value)
        increments.append(estimate.increments)
    truth = predicted[krigings.target]
    return _errors(np.concatenate(increments), truth, np.concatenate(values), visible, hours, holdout)


def _network_errors(
    krigings: KrigingPredictor, member: Member, validation: xr.Dataset, holdout: HoldOut, device: str
) -> HoldOutErrors:
    target = krigings.target
    visible, predicted = validation.drop_sel(station=holdout.hidden), validation.sel(station=holdout.predicted)
    places = coordinates_of(predicted)
    hours = pd.DatetimeIndex(visible.indexes["time"])[visible[target].notnull().any("station").values]
    fitted, stacked, start = krigings.at_stations(visible), [], []
    for run in consecutive_runs(hours):
        estimate = _estimate(krigings, fitted, visible, predicted, run)
        stacked.append(krigings.combine(estimate, nearest_km(places, coordinates_of(visible))))
        start.append(estimate.background)
    covariates = predicted[list(krigings.drift)]
    network = predict_at(member.predictor, visible, validation, places, hours, device, covariates)
    increments = (network - np.concatenate(start))[..., None]
    return _errors(increments, predicted[target], np.concatenate(stacked), visible, hours, holdout)


def _estimate(
    krigings: KrigingPredictor,
    fitted: FittedKrigings,
    visible: xr.Dataset,
    predicted: xr.Dataset,
    hours: pd.DatetimeIndex,
) -> KrigingEstimate:
    """Estimate held-out stations in some hours from visible ones."""
    span, rows = hours_around(visible, hours, krigings.reach_hours)
    here, there = visible.isel(time=span), predicted.isel(time=span)
    guesses = Guesses(*(guesses_of(each, krigings.drift) for each in (here, there)))
    values = values_of(here, krigings.target)
    estimate = fitted.predict(coordinates_of(predicted), values, guesses, with_std=False)
    return KrigingEstimate(*(array[rows] for array in estimate))


def _errors(
    increments: np.ndarray,
    truth: xr.DataArray,
    base: np.ndarray,
    visible: xr.Dataset,
    hours: pd.DatetimeIndex,
    holdout: HoldOut,
) -> HoldOutErrors:
    residual = truth.sel(time=hours.to_numpy()).transpose("time", "station").values - base
    days = local_days(hours, visible.attrs["time_zone"])[:, None]
    labels = (nearest_km(coordinates_of(truth), coordinates_of(visible)), truth.station.values, days)
    valid = np.isfinite(increments).all(axis=-1) & np.isfinite(residual)
    distance, station, day = (np.broadcast_to(each, residual.shape)[valid] for each in labels)
    return HoldOutErrors(increments[valid], residual[valid], distance, station, day, holdout.far)
