"""Our row at hidden stations: networks beside a committee of krigings."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines import Coordinates, LocalSillKriging, OrdinaryKriging, SpaceTimeKriging, great_circle_km
from aqnet_pyg.evaluation.ablations import ABLATIONS
from aqnet_pyg.evaluation.case import coordinates_of
from aqnet_pyg.evaluation.methods import Interpolated, Prediction, Reconstruction
from aqnet_pyg.evaluation.networks import ReconstructionNetwork
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.trust import Exam, Hidden, Trust, exams

__all__ = ["RECONSTRUCTIONS", "Committee", "reconstruction_network"]

RECONSTRUCTIONS = ("aqnet", *ABLATIONS)
"""Rows that are networks: ours, and one network alone with its ablations."""

MEMBERS = 2
"""Networks of the ensemble."""


class Committee(Reconstruction):
    """Networks that depart from a committee of krigings, trusted as far as they do better where they have not looked.

    The committee is the mean of ordinary kriging, kriging of logarithms and space-time kriging. To it comes a share of what
    the networks add to ordinary kriging, at which they start. The share depends on the distance to the nearest visible station:
    it is chosen by least squares in the validation hours, at the stations that were kept out of the training of a network,
    others for each, hidden once with each other and once with all stations around them. The scale of errors is that of kriging
    with a local sill. Intervals are calibrated on the committee alone, which learned nothing by heart, at all visible
    stations: those kept out of the training are too few.

    Args:
        options: How to train, and what to read.
    """

    stochastic = True

    def __init__(self, options: MethodOptions) -> None:
        super().__init__()
        self.options = options

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        """Fit the krigings, train the networks, and examine them."""
        krigings = (LocalSillKriging(), OrdinaryKriging(log=True), SpaceTimeKriging())
        self.krigings = [Interpolated(each).fit(training, validation, target, seed) for each in krigings]
        self.networks = [
            ReconstructionNetwork(self.options, {"member": member}).fit(training, validation, target, seed)
            for member in range(MEMBERS)
        ]
        self.trust = Trust.fitted(
            [
                self._exam(network, validation, places, target)
                for network in self.networks
                for places in exams(validation, network.kept_out)
            ]
        )
        near, far = self.trust.share
        self.chosen = self.networks[0].chosen | {
            "trust_near": round(near, 3),
            "trust_far": round(far, 3),
        }
        return self

    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict; arguments as for :meth:`Reconstruction.predict`."""
        committee, kriging = self._committee(measured, coordinates, hours)
        networks = [each.predict(measured, coordinates, hours).value for each in self.networks]
        added = np.mean(networks, axis=0) - kriging
        distance = great_circle_km(coordinates, coordinates_of(measured)).min(axis=1)
        return Prediction(np.maximum(committee.value + self.trust(distance) * added, 0.0), committee.std)

    def predict_unlearned(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """The committee without networks."""
        return self._committee(measured, coordinates, hours)[0]

    def _committee(
        self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex
    ) -> tuple[Prediction, np.ndarray]:
        """The mean of the krigings, with the standard deviation of ordinary kriging; and ordinary kriging."""
        krigings = [each.predict(measured, coordinates, hours) for each in self.krigings]
        return Prediction(np.mean([each.value for each in krigings], axis=0), krigings[0].std), krigings[0].value

    def _exam(self, network: ReconstructionNetwork, validation: xr.Dataset, places: Hidden, target: str) -> Exam:
        shown, asked = validation.drop_sel(station=places.hidden), validation[target].sel(station=places.asked)
        hours = shown.indexes["time"][shown[target].notnull().any("station").values]
        committee, kriging = self._committee(shown, coordinates_of(asked), hours)
        added = network.predict(shown, coordinates_of(asked), hours).value - kriging
        missing = asked.sel(time=hours.to_numpy()).transpose("time", "station").values - committee.value
        distance = great_circle_km(coordinates_of(asked), coordinates_of(shown)).min(axis=1)
        known = np.isfinite(added) & np.isfinite(missing)
        return Exam(added[known], missing[known], np.broadcast_to(distance, added.shape)[known], places.far)


def reconstruction_network(name: str, options: MethodOptions) -> Reconstruction:
    """A row of hidden stations, not trained.

    Args:
        name: Of the row.
        options: How to train, and what to read.
    """
    return Committee(options) if name == "aqnet" else ReconstructionNetwork(options, ABLATIONS[name])
