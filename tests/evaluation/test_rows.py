"""Rows of the tables by name."""

import sys

import pytest

from aqnet_pyg.baselines import IDW, SpaceTimeKriging
from aqnet_pyg.baselines.persistence import Persistence
from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.forecast_methods import InterpolatedForecast
from aqnet_pyg.evaluation.network_methods import (
    EnsembleForecast,
    EnsembleReconstruction,
    NetworkForecast,
    NetworkReconstruction,
)
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.reconstruction_methods import InterpolatorMethod
from aqnet_pyg.evaluation.rows import (
    FORECASTERS,
    INTERPOLATORS,
    NETWORKS,
    forecast,
    forecast_names,
    reconstruction,
    reconstruction_names,
)
from aqnet_pyg.nn.ablations import ABLATIONS


@pytest.fixture
def options(tmp_path):
    return MethodOptions(tmp_path)


@pytest.mark.parametrize("name", INTERPOLATORS)
def test_interpolators_are_made_anew_and_share_the_cache(name, options):
    first, second = (reconstruction(name, options) for _ in range(2))
    assert isinstance(first, InterpolatorMethod)
    assert type(first.interpolator) is type(second.interpolator)
    assert first.interpolator is not second.interpolator
    assert first.tuned is options.tuned
    assert not first.stochastic


def test_kriging_of_logarithms_is_another_row(options):
    assert reconstruction("kriging-log", options).interpolator.log
    assert not reconstruction("kriging", options).interpolator.log
    assert isinstance(reconstruction("kriging-st", options).interpolator, SpaceTimeKriging)


@pytest.mark.parametrize(("name", "random"), [(name, name in ("linear", "lstm", "patchtst")) for name in FORECASTERS])
def test_forecasters_of_single_stations(name, random, options):
    if name == "patchtst":
        pytest.importorskip("transformers")
    method = forecast(name, options)
    assert isinstance(method, InterpolatedForecast)
    assert method.stochastic == random


def test_a_class_path_is_a_row(options):
    assert isinstance(reconstruction("aqnet_pyg.baselines.IDW", options).interpolator, IDW)
    assert forecast("aqnet_pyg.baselines.Persistence", options).forecaster_class is Persistence
    for make in (reconstruction, forecast):
        with pytest.raises(InputError, match=r"^models: 'nowhere\.Mine' cannot be imported"):
            make("nowhere.Mine", options)


@pytest.mark.parametrize(
    ("names", "make", "classical", "network", "ensemble"),
    [
        (reconstruction_names, reconstruction, INTERPOLATORS, NetworkReconstruction, EnsembleReconstruction),
        (forecast_names, forecast, FORECASTERS, NetworkForecast, EnsembleForecast),
    ],
)
def test_other_rows_are_networks_and_the_ensemble(names, make, classical, network, ensemble, options):
    others = [name for name in names() if name not in classical]
    assert {"network", "ensemble"} < set(others)
    for name in others:
        method = make(name, options)
        assert isinstance(method, ensemble if name == "ensemble" else network)
        assert method.stochastic


def test_single_networks_are_the_network_and_its_ablations():
    assert tuple(ABLATIONS) == NETWORKS


def test_classical_rows_do_not_import_networks(options, monkeypatch):
    monkeypatch.setitem(sys.modules, "aqnet_pyg.evaluation.network_methods", None)
    reconstruction("kriging", options)
    forecast("linear", options)
    with pytest.raises(ImportError):
        reconstruction("network", options)
