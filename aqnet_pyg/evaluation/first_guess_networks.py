"""Networks and ensembles that use a first guess, as rows of the tables."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines import Coordinates
from aqnet_pyg.ensembles.ensemble import Member, fit_ensemble
from aqnet_pyg.ensembles.targets import predict_at
from aqnet_pyg.evaluation.first_guess_methods import WINDOW, FirstGuessReconstruction, StackedFirstGuess
from aqnet_pyg.evaluation.network_methods import train_network
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.reconstruction_methods import Prediction
from aqnet_pyg.inference.network import NetworkPredictor
from aqnet_pyg.training.network_fitting import MEMBERS

WINDOW_REACH = pd.Timedelta(hours=WINDOW.length)
"""Hours before and after the predicted ones at which the first guess is sampled."""


class FirstGuessNetwork(FirstGuessReconstruction):
    """One network that interpolates what stations measured beyond a first guess, without intervals.

    Args:
        options: Training options and input variables.
        field: As for :class:`FirstGuessReconstruction`.
    """

    stochastic = True

    def __init__(self, options: MethodOptions, field: str = "right") -> None:
        super().__init__(field)
        self.options = options

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        """Train the network; arguments as for :meth:`Reconstruction.fit`."""
        self.target = target
        guided = self.guided(training, target), self.guided(validation, target)
        self.predictor = _train(*guided, target, seed, self.options, 0).predictor
        self.chosen = {"k": self.predictor.network.graph.k}
        return self

    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict; arguments as for :meth:`Reconstruction.predict`."""
        return Prediction(_predict(self, self.predictor, measured, coordinates, hours))


class FirstGuessEnsemble(StackedFirstGuess):
    """Ensemble of krigings and networks that use a first guess, see :class:`aqnet_pyg.ensembles.EnsemblePredictor`.

    Intervals are calibrated on the krigings, as for :class:`aqnet_pyg.evaluation.network_methods.EnsembleReconstruction`;
    arguments as for :class:`StackedFirstGuess`.
    """

    stochastic = True

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        """Tune krigings, train networks and weight them by held-out skill; arguments as for :meth:`Reconstruction.fit`."""
        super().fit(training, validation, target, seed)
        guided = self.guided(training, target), self.guided(validation, target)
        members = [_train(*guided, target, seed, self.options, number) for number in range(MEMBERS)]
        self.ensemble = fit_ensemble(self.krigings, members, guided[1], self.options.device)
        near, far = (round(float(weights[0]), 3) for weights in self.ensemble.weights.weights[[0, -1]])
        self.chosen |= {"networks_near": near, "networks_far": far}
        return self

    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict; arguments as for :meth:`Reconstruction.predict`."""
        estimate, km = self.estimate(measured, coordinates, hours)
        networks = [_predict(self, each, measured, coordinates, hours) for each in self.ensemble.networks]
        stacked = self.krigings.combine(estimate, km)
        return Prediction(self.ensemble.combine(stacked, estimate.value, np.mean(networks, axis=0), km), estimate.std)

    def predict_unfitted(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict with the krigings alone; arguments as for :meth:`Reconstruction.predict`."""
        return super().predict(measured, coordinates, hours)


def _train(
    training: xr.Dataset, validation: xr.Dataset, target: str, seed: int, options: MethodOptions, number: int
) -> Member:
    return train_network(
        "network",
        training,
        validation,
        target=target,
        window=WINDOW,
        seed=seed,
        options=options,
        number=number,
        first_guess=(f"{target}_first_guess",),
    )


def _predict(
    method: FirstGuessReconstruction,
    predictor: NetworkPredictor,
    measured: xr.Dataset,
    coordinates: Coordinates,
    hours: pd.DatetimeIndex,
) -> np.ndarray:
    """Predict with a network that reads the first guess of a method, ``[hour, target]``."""
    target = predictor.target
    stations = method.guided(measured, target)
    time = pd.DatetimeIndex(measured.indexes["time"])
    near = time[(time >= hours[0] - WINDOW_REACH) & (time <= hours[-1] + WINDOW_REACH)]
    guess = method.at(coordinates, near)[..., 0]
    covariates = xr.Dataset({f"{target}_first_guess": (("time", "station"), guess)}, {"time": near})
    return predict_at(predictor, stations, stations, coordinates, hours, covariates=covariates)
