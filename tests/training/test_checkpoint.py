"""Trained models on disk."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from gap_samples import NetworkMean, random_gap_model, series
from model_samples import sample_model
from station_samples import random_station_data

from aqnet_pyg.baselines import LocalSillKriging, OrdinaryKriging
from aqnet_pyg.ensembles import EnsemblePredictor, KrigingPredictor, StackingWeights
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference import NetworkPredictor, calibrate, reanalyze
from aqnet_pyg.nn import AQNet, ClassicalKNN, InverseDistance, TemporalEncoder
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.training.checkpoint import load_gap_model, load_model, save_model
from aqnet_pyg.training.checkpoint_files import write_checkpoint
from aqnet_pyg.windows import Window

RECONSTRUCT, FORECAST = Window(12, margin=2), Window(24, horizon=48)
WINDOWS = pytest.mark.parametrize("window", [RECONSTRUCT, FORECAST], ids=["reconstruct", "forecast"])


def scaler(data):
    return Scaler.fit(data, ["pm25", "pm10", "o3"])


def kriging():
    krigings = [LocalSillKriging(range_km=300.0, nugget=0.1), OrdinaryKriging(range_km=200.0, nugget=0.2, log=True)]
    return KrigingPredictor("pm25", krigings, StackingWeights((1.0, 3.0), np.array([[0.1], [0.4]])), RECONSTRUCT)


def predictors():
    data = random_station_data()
    network = NetworkPredictor(AQNet(RECONSTRUCT, scaler(data), k=4, channels=8))
    weights = StackingWeights((2.0,), np.array([[0.5]]))
    return {
        "network": network,
        "krigings": kriging(),
        "ensemble": EnsemblePredictor(kriging(), [network], weights),
        "ensemble of forecasts": sample_model("ensemble", data, Window(24, horizon=30)).predictor,
    }


@pytest.mark.parametrize("kind", ["network", "krigings", "ensemble", "ensemble of forecasts"])
def test_a_trained_model_comes_back_equal(kind, tmp_path):
    data = random_station_data(stations=30, hours=24 * 4)
    hidden = data.station.values[:6]
    model = calibrate(predictors()[kind], data, [hidden])
    model.provenance["seed"] = 3
    save_model(model, tmp_path / "a.ckpt")
    assert [path.name for path in tmp_path.iterdir()] == ["a.ckpt"]
    again = load_model(tmp_path / "a.ckpt")
    assert again.kind == kind.removesuffix(" of forecasts")
    assert type(again.predictor) is type(model.predictor)
    assert again.window == model.window
    assert again.provenance == {"seed": 3}
    assert list(again.daily_intervals) == list(model.daily_intervals)
    assert again.fingerprint() == model.fingerprint()
    for one, other in zip(*(reanalyze(each, data, hidden=hidden) for each in (model, again)), strict=True):
        if one is not None:
            np.testing.assert_array_equal(one.pm25, other.pm25)
            np.testing.assert_array_equal(one.pm25_upper, other.pm25_upper)


@WINDOWS
def test_user_defined_parts_are_given_again(window, tmp_path):
    data = random_station_data(hours=window.length)

    def parts():
        encoder = TemporalEncoder(2 * 3 + 6, channels=8, patch=4, layers=2)
        return {"encoder": encoder, "interpolator": ClassicalKNN(4, InverseDistance())}

    model = AQNet(window, scaler(data), k=4, channels=8, **parts())
    save_model(model, tmp_path / "own.ckpt")
    again = load_model(tmp_path / "own.ckpt", **parts()).network
    for name, value in model.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])
    with pytest.raises(InputError, match="encoder, interpolator"):
        load_model(tmp_path / "own.ckpt")


def test_the_published_network_is_saved_too(tmp_path):
    data = random_station_data()
    model = AQNet.paper(FORECAST, scaler(data), k=4)
    save_model(model, tmp_path / "paper.ckpt")
    again = load_model(tmp_path / "paper.ckpt").network
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("b.ckpt", "not a checkpoint"),
        ("c.ckpt", "format is 'other'"),
        ("d.ckpt", "no such"),
        ("e.ckpt", "format is 'list'"),
    ],
)
def test_other_files_are_refused(name, message, tmp_path):
    (tmp_path / "b.ckpt").write_text("no checkpoint")
    write_checkpoint({"format": "other"}, tmp_path / "c.ckpt")
    write_checkpoint([1, 2], tmp_path / "e.ckpt")
    with pytest.raises(InputError, match=message):
        load_model(tmp_path / name)


def test_a_model_of_gaps_comes_back_equal(tmp_path, monkeypatch):
    monkeypatch.setattr("aqnet_pyg.ensembles.gap_model.FILLERS", {"NetworkMean": NetworkMean})
    coordinates, values, time = series(hours=60)
    model = random_gap_model(coordinates, values, time)
    model.provenance["seed"] = 3
    save_model(model, tmp_path / "a.ckpt")
    again = load_gap_model(tmp_path / "a.ckpt")
    assert again.provenance == {"seed": 3}
    for one, other in zip(again.fill(values, time), model.fill(values, time), strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(InputError, match=r"a.ckpt: this model fills gaps"):
        load_model(tmp_path / "a.ckpt")


def test_only_a_model_of_gaps_fills_them(tmp_path):
    save_model(kriging(), tmp_path / "a.ckpt")
    with pytest.raises(InputError, match=r"a.ckpt: this model does not fill gaps"):
        load_gap_model(tmp_path / "a.ckpt")


def test_a_checkpoint_with_an_unknown_filler_is_refused(tmp_path):
    save_model(random_gap_model(*series(hours=60)), tmp_path / "a.ckpt")
    with pytest.raises(InputError, match=r"a.ckpt: filler: 'NetworkMean' is unknown"):
        load_gap_model(tmp_path / "a.ckpt")


@pytest.fixture(scope="module")
def calibrated():
    """The content of a checkpoint of krigings."""
    data = random_station_data(stations=30, hours=24 * 4)
    with tempfile.TemporaryDirectory() as folder:
        save_model(calibrate(kriging(), data, [data.station.values[:6]]), Path(folder, "a.ckpt"))
        return torch.load(Path(folder, "a.ckpt"), weights_only=True)


@pytest.mark.parametrize("entry", ["predictor", "state", "intervals", "daily_intervals", "provenance"])
@pytest.mark.parametrize("value", [None, 3, "text", [1], {"a": 1}, {}])
def test_checkpoints_with_entries_of_another_form_are_refused(entry, value, calibrated, tmp_path):
    if isinstance(value, dict) and (entry == "provenance" or (entry == "daily_intervals" and not value)):
        pytest.skip("a possible entry")
    content = {**calibrated, entry: value}
    if value is None:
        del content[entry]
    write_checkpoint(content, tmp_path / "a.ckpt")
    with pytest.raises(InputError, match=r"a\.ckpt: .*; "):
        load_model(tmp_path / "a.ckpt")
