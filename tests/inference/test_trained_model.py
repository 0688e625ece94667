"""Predictors with their intervals and provenance."""

import numpy as np
import pytest
from model_samples import KINDS, random_network, sample_model
from station_samples import random_station_data

from aqnet_pyg.conformal import ConformalIntervals
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference import NetworkPredictor, TrainedModel
from aqnet_pyg.windows import Window

RECONSTRUCT, FORECAST = Window(12, margin=2), Window(24, horizon=30)


@pytest.fixture(scope="module")
def data():
    return random_station_data()


def intervals(seed=0):
    rng = np.random.default_rng(seed)
    value = rng.uniform(20, 100, 300)
    return ConformalIntervals().fit(value, np.ones(300), rng.uniform(1, 9, 300), value + rng.normal(0, 5, 300))


def test_a_network_and_a_predictor_become_models_and_a_model_stays_one(data):
    network = random_network(data, RECONSTRUCT)
    model = TrainedModel.of(network)
    assert model.network is network
    assert TrainedModel.of(model) is model
    predictor = NetworkPredictor(network)
    assert TrainedModel.of(predictor).predictor is predictor
    assert (model.intervals, model.daily_intervals, model.provenance) == (None, {}, {})


@pytest.mark.parametrize("kind", KINDS)
def test_kind_window_and_target_are_those_of_the_predictor(kind, data):
    model = sample_model(kind, data, RECONSTRUCT)
    assert (model.kind, model.window, model.target) == (kind, RECONSTRUCT, "pm25")


@pytest.mark.parametrize("kind", ["kriging", "ensemble"])
def test_only_a_network_is_a_network(kind, data):
    with pytest.raises(InputError, match=kind):
        _ = sample_model(kind, data, RECONSTRUCT).network


def test_another_model_has_another_fingerprint(data):
    models = [sample_model(kind, data, RECONSTRUCT) for kind in KINDS]
    models += [sample_model("ensemble", data, FORECAST), TrainedModel.of(random_network(data, RECONSTRUCT, seed=1))]
    models.append(sample_model("kriging", data, RECONSTRUCT))
    models[-1].predictor.krigings[0].nugget = 0.2
    assert len({model.fingerprint() for model in models}) == len(models)
    assert models[0].fingerprint() == sample_model("network", data, RECONSTRUCT).fingerprint()


def test_the_fingerprint_has_the_intervals_but_not_the_provenance(data):
    model = sample_model("kriging", data, RECONSTRUCT)
    before = model.fingerprint()
    model.provenance["seed"] = 3
    assert model.fingerprint() == before
    model.intervals = intervals()
    calibrated = model.fingerprint()
    assert calibrated != before
    model.intervals = intervals(seed=1)
    assert model.fingerprint() not in (before, calibrated)
    model.intervals = ConformalIntervals.from_state(intervals().state())
    assert model.fingerprint() == calibrated
