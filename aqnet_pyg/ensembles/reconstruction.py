"""Our row at hidden stations: networks beside a committee of krigings."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines import Coordinates, LocalSillKriging, OrdinaryKriging, SpaceTimeKriging, distance_matrix_km
from aqnet_pyg.baselines.base import coordinates_of
from aqnet_pyg.ensembles.holdouts import Hidden, every_station, unknown_stations
from aqnet_pyg.ensembles.network_members import ReconstructionNetwork
from aqnet_pyg.ensembles.reconstruction_methods import Interpolated, Prediction, Reconstruction
from aqnet_pyg.ensembles.stacking import Exam, Mixture
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.local_dates import consecutive_runs, local_days, sample_days
from aqnet_pyg.nn.ablations import ABLATIONS

__all__ = ["RECONSTRUCTIONS", "Committee", "reconstruction_network"]

RECONSTRUCTIONS = ("aqnet", *ABLATIONS)
"""Rows that are networks: ours, and one network alone with its ablations."""

MEMBERS = 2
"""Networks of the ensemble."""

DAYS = 20
"""Of the training, on which the krigings are examined."""


class Committee(Reconstruction):
    """Networks that depart from a committee of krigings; each is heard as far as it did well where it had not looked.

    The committee is a weighted mean of ordinary kriging, kriging of logarithms and space-time kriging. The weights depend on
    the distance to the nearest visible station, where kriging alone is left: they are chosen by least squares on days of the
    training, with all visible stations hidden in turn, at random and in blocks, and are equal as far as stations or days
    disagree. To it comes a share of what the networks add to ordinary kriging, at which they start: likewise chosen in the
    validation hours, at the stations that were kept out of the training of a network, others for each, hidden once with each
    other and once with all stations around them, and a half as far as these disagree.

    The scale of errors is that of kriging with a local sill. Intervals are calibrated on the committee alone, which
    learned nothing by heart, at all visible stations: those kept out of the training are too few.

    Args:
        options: How to train, and what to read.
    """

    stochastic = True

    def __init__(self, options: MethodOptions) -> None:
        super().__init__()
        self.options = options

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        """Fit the krigings, train the networks, and examine them all."""
        # As the row of that name; only the standard deviation is another.
        tuned = Interpolated(OrdinaryKriging()).fit(training, validation, target, seed).interpolator
        local_sill = LocalSillKriging(range_km=tuned.range_km_, nugget=tuned.nugget_)
        interpolators = (local_sill, OrdinaryKriging(log=True), SpaceTimeKriging())
        self.krigings = [Interpolated(each).fit(training, validation, target, seed) for each in interpolators]
        time = training.indexes["time"]
        measured = training[target].notnull().any("station").values
        hours = time[sample_days(time, training.attrs["time_zone"], measured, DAYS)]
        self.weights = Mixture.fitted(
            [self._kriging_exam(training, places, target, hours) for places in every_station(training)],
            guess=1 / len(self.krigings),
        )
        self.networks = [
            ReconstructionNetwork(self.options, "network", member).fit(training, validation, target, seed)
            for member in range(MEMBERS)
        ]
        self.trust = Mixture.fitted(
            [
                self._network_exam(network, validation, places, target)
                for network in self.networks
                for places in unknown_stations(validation, network.kept_out)
            ],
            guess=0.5,
        )
        names = "kriging_log", "kriging_st", "networks"
        self.chosen = self.networks[0].chosen | {
            f"{name}_{place}": round(float(weight), 3)
            for place, knot in (("near", 0), ("far", -1))
            for name, weight in zip(names, (*self.weights.weights[knot], *self.trust.weights[knot]), strict=True)
        }
        return self

    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict; arguments as for :meth:`Reconstruction.predict`."""
        committee, kriging = self._committee(measured, coordinates, hours)
        networks = [each.predict(measured, coordinates, hours).value for each in self.networks]
        trust = self.trust(_nearest_km(coordinates, measured))[:, 0]
        value = committee.value + trust * (np.mean(networks, axis=0) - kriging)
        return Prediction(np.maximum(value, 0.0), committee.std)

    def predict_unlearned(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """The committee without networks."""
        return self._committee(measured, coordinates, hours)[0]

    def _committee(
        self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex
    ) -> tuple[Prediction, np.ndarray]:
        """What the krigings say together, with the standard deviation of ordinary kriging; and ordinary kriging."""
        kriging, added = self._said(measured, coordinates, hours)
        weights = self.weights(_nearest_km(coordinates, measured))
        value = kriging.value + np.sum(added * weights, axis=-1)
        return Prediction(np.maximum(value, 0.0), kriging.std), kriging.value

    def _said(
        self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex
    ) -> tuple[Prediction, np.ndarray]:
        """Ordinary kriging, and what each of the others would add to it, ``[hour, target, method]``."""
        kriging, *others = (each.predict(measured, coordinates, hours) for each in self.krigings)
        return kriging, np.stack([each.value - kriging.value for each in others], axis=-1)

    def _kriging_exam(self, training: xr.Dataset, places: Hidden, target: str, hours: pd.DatetimeIndex) -> Exam:
        shown, asked = training.drop_sel(station=places.hidden), training[target].sel(station=places.asked)
        runs = [self._said(shown, coordinates_of(asked), run) for run in consecutive_runs(hours)]
        kriging, added = np.concatenate([run.value for run, _ in runs]), np.concatenate([each for _, each in runs])
        return _exam(added, asked, kriging, shown, hours, places)

    def _network_exam(
        self, network: ReconstructionNetwork, validation: xr.Dataset, places: Hidden, target: str
    ) -> Exam:
        shown, asked = validation.drop_sel(station=places.hidden), validation[target].sel(station=places.asked)
        hours = shown.indexes["time"][shown[target].notnull().any("station").values]
        committee, kriging = self._committee(shown, coordinates_of(asked), hours)
        added = network.predict(shown, coordinates_of(asked), hours).value - kriging
        return _exam(added[..., None], asked, committee.value, shown, hours, places)


def _exam(
    added: np.ndarray,
    asked: xr.DataArray,
    without: np.ndarray,
    shown: xr.Dataset,
    hours: pd.DatetimeIndex,
    places: Hidden,
) -> Exam:
    """What methods add, ``[hour, station, method]``, beside what was measured and is not said without them."""
    wanted = asked.sel(time=hours.to_numpy()).transpose("time", "station").values - without
    days = local_days(hours, shown.attrs["time_zone"])[:, None]
    about = _nearest_km(coordinates_of(asked), shown), asked.station.values, days
    known = np.isfinite(added).all(axis=-1) & np.isfinite(wanted)
    return Exam(
        added[known], wanted[known], *(np.broadcast_to(each, wanted.shape)[known] for each in about), places.far
    )


def _nearest_km(coordinates: Coordinates, stations: xr.Dataset) -> np.ndarray:
    return distance_matrix_km(coordinates, coordinates_of(stations)).min(axis=1)


def reconstruction_network(name: str, options: MethodOptions) -> Reconstruction:
    """A row of hidden stations, not trained.

    Args:
        name: Of the row.
        options: How to train, and what to read.
    """
    return Committee(options) if name == "aqnet" else ReconstructionNetwork(options, name)
