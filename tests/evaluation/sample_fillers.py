"""A small case of gaps, and simple methods that fill them."""

import numpy as np
from evaluation.evaluation_data import hours_of
from station_samples import random_station_data

from aqnet_pyg.baselines import GapFiller
from aqnet_pyg.baselines.gap_filler import Estimate
from aqnet_pyg.evaluation.filling import FillingProtocol
from aqnet_pyg.evaluation.gap_case import GapCase
from aqnet_pyg.evaluation.gap_methods import FillerMethod


def small_gap_case(stations=8, hours=240, seed=0):
    """Masked: single hours, a gap of 6 hours, and 3 hours in which no station measures."""
    data = random_station_data(stations, hours, missing=0.02)[["pm25"]]
    parts = hours_of(hours)
    masked = np.random.default_rng(seed).random((hours, stations)) < 0.05
    masked[200:206, 2] = masked[210:213] = True
    masked &= data.pm25.notnull().values
    return GapCase("gaps", data, "pm25", (), **parts, masked=masked)


class OneGapCase(FillingProtocol):
    """One made-up case, with the given methods."""

    def __init__(self, methods):
        self.methods = methods

    def cases(self, request=None):
        return [small_gap_case()]

    def known_models(self):
        return list(self.methods)

    def method(self, name, options):
        return FillerMethod(self.methods[name]())


class MeanFiller(GapFiller):
    """The mean of the hour, or of the training."""

    def _fit(self, values, time):
        self.mean_ = float(np.nanmean(values))

    def _fill(self, values, time):
        count = np.isfinite(values).sum(axis=1)
        hourly = np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), self.mean_)
        return np.tile(hourly[:, None], values.shape[1])


class SpreadFiller(MeanFiller):
    """The same, with a standard deviation of 30."""

    def estimate(self, values, time):
        return Estimate(self.fill(values, time), np.where(np.isnan(values), 30.0, 0.0))


class NoisyFiller(MeanFiller):
    """The same, with an error that depends on the seed."""

    def __init__(self, seed=0):
        self.seed = seed

    def _fill(self, values, time):
        return super()._fill(values, time) + np.random.default_rng(self.seed).normal(0, 5)
