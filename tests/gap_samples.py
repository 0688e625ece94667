"""Small data with gaps, and a background that is quick to fit, for tests of models that fill gaps."""

import numpy as np

from aqnet_pyg.baselines.gap_filler import Estimate, GapFiller
from aqnet_pyg.ensembles import GapModel
from aqnet_pyg.nn import GapNetwork
from aqnet_pyg.nn.gap_features import hours_to_measurements
from aqnet_pyg.scaling import Scaler

START = np.datetime64("2020-01-05T00", "h")


class NetworkMean(GapFiller):
    """The mean of the hour, with a spread that grows with the hours from the nearest own measurement."""

    def _fit(self, values, time):
        self.std_ = float(np.nanstd(values))

    def _fill(self, values, time):
        return self.estimate(values, time).value

    def estimate(self, values, time, hours=None):
        values = np.ascontiguousarray(values, np.float64)
        measured = np.isfinite(values)
        count = measured.sum(axis=1, keepdims=True)
        # A sum of sorted values does not depend on the order of the stations.
        ordered = np.sort(np.where(measured, values, 0.0), axis=1)
        mean = np.where(count > 0, ordered.sum(axis=1, keepdims=True) / np.maximum(count, 1), np.nan)
        nearest = np.minimum(np.minimum(*hours_to_measurements(measured)), 100.0)
        spread = np.where(np.isnan(mean), np.nan, self.std_ * (0.2 + 0.1 * np.log1p(nearest)))
        mean = mean if hours is None else np.where(hours[:, None], mean, np.nan)
        return Estimate(np.where(measured, values, mean), np.where(measured, 0.0, spread))

    def state(self):
        return {"std": self.std_, "coordinates": [axis.tolist() for axis in self.coordinates_]}

    @classmethod
    def from_state(cls, state):
        filler = cls()
        filler.std_, filler.coordinates_ = state["std"], tuple(map(np.array, state["coordinates"]))
        return filler


def series(hours=24 * 20, stations=8, seed=0, missing=0.2):
    """Coordinates, values and hours: a common course, and an own level of each station that changes slowly; runs are missing."""
    rng = np.random.default_rng(seed)
    coordinates = rng.uniform(115, 117, stations), rng.uniform(39, 41, stations)
    common = 60 + 30 * np.sin(np.arange(hours) / 15)
    own = np.empty((hours, stations))
    own[0] = rng.normal(0, 15, stations)
    for hour in range(1, hours):
        own[hour] = 0.98 * own[hour - 1] + rng.normal(0, 15 * (1 - 0.98**2) ** 0.5, stations)
    values = np.maximum(common[:, None] + own + rng.normal(0, 1, own.shape), 0.0)
    while np.isnan(values).mean() < missing:
        station, start = rng.integers(stations), rng.integers(hours)
        values[start : start + int(np.exp(rng.uniform(0, np.log(30)))), station] = np.nan
    return coordinates, values, START + np.arange(hours)


def random_gap_model(coordinates, values, time, networks=2, seed=0):
    """A model with random networks and no intervals."""
    import torch

    scaler = Scaler(("pm25",), (float(np.nanmean(values)),), (float(np.nanstd(values)),))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        members = [GapNetwork(8).eval() for _ in range(networks)]
        with torch.no_grad():
            for member in members:
                for parameter in member.parameters():
                    parameter += 0.1 * torch.randn_like(parameter)
    codes = tuple(f"S{number}" for number in range(values.shape[1]))
    return GapModel(NetworkMean().fit(coordinates, values, time), members, scaler, stations=codes)
