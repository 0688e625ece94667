"""Training of a network."""

import signal

import numpy as np
import pandas as pd
import pytest
import torch
from lightning import seed_everything
from station_samples import random_station_data
from training.training_windows import WINDOW, parts

from aqnet_pyg.baselines import FirstGuessKriging, OrdinaryKriging
from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.errors import InputError
from aqnet_pyg.nn import AQNet
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.training import StationDataModule, TrainingModule, train
from aqnet_pyg.training.checkpoint_files import read_checkpoint
from aqnet_pyg.training.classical_start import set_drift, set_regression
from aqnet_pyg.windows import Window


def fit(data, folder, steps=8, window=WINDOW, seed=0, **options):
    seed_everything(seed, verbose=False)
    windows = parts(data, window, batch_size=8)
    model = AQNet(window, windows.scaler, k=4, channels=8)
    return train(model, windows, folder, steps=steps, validate_every=4, **options)


def test_same_seed_same_model_and_it_learns(tmp_path):
    data = random_station_data()
    first, second = (fit(data, tmp_path / name).state_dict() for name in "ab")
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert first["interpolator.departure.weight"].abs().sum() > 0
    curve = pd.read_csv(tmp_path / "a" / "metrics.csv")
    # Untrained, the network is kriging, of which the error is computed apart.
    (start,), (kriging,) = curve.val_mae_untrained.dropna(), curve.val_mae_kriging.dropna()
    assert start == pytest.approx(kriging, rel=1e-4)


def test_the_curve_of_a_forecast_begins_untrained(tmp_path):
    fit(random_station_data(hours=120), tmp_path, window=Window(24, horizon=6))
    curve = pd.read_csv(tmp_path / "metrics.csv")
    assert curve.val_mae_untrained.notna().sum() == 1
    assert "val_mae_kriging" not in curve


def test_the_background_gets_the_covariance_of_the_training_stations(tmp_path):
    data = random_station_data()
    background = fit(data, tmp_path).background
    shown = data.sortby("station").sel(station=sorted(data.station.values[:-2])).isel(time=slice(0, 48))
    kriging = OrdinaryKriging().fit((shown.longitude.values, shown.latitude.values), shown.pm25.values)
    assert (background.range_km.item(), background.nugget.item()) == (kriging.range_km_, kriging.nugget_)


def test_the_drift_gets_the_factors_and_the_background_the_covariance_of_kriging_with_it():
    data = random_station_data().sortby("station")
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 3, data.pm25.shape)
    data = data.assign(pm25_first_guess=(data.pm25.dims, (2 * data.pm25.values + noise).astype(np.float32)))
    scaler, known = Scaler.fit(data, ["pm25"]), Scaler.fit(data, ["pm25_first_guess"])
    model = AQNet(WINDOW, scaler, k=4, channels=8, known=known, first_guess=("pm25_first_guess",))
    set_drift(model, StationDataset(data, WINDOW, scaler=scaler, known=known))
    coordinates = data.longitude.values, data.latitude.values
    values, fields = (data[name].transpose("time", "station").values for name in ("pm25", "pm25_first_guess"))
    kriging = FirstGuessKriging().fit(coordinates, values.astype(np.float64), fields[..., None].astype(np.float64))
    factor = model.drift.factors.item() * scaler.std[0] / known.std[0]
    assert factor == pytest.approx(kriging.factors_.mean[0], rel=1e-3)
    assert model.background.range_km.item() == kriging.interpolator_.range_km_
    assert model.background.nugget.item() == kriging.interpolator_.nugget_


def test_an_interrupted_training_goes_on(tmp_path):
    data = random_station_data()
    fit(data, tmp_path, steps=8)
    last = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    assert last["global_step"] == 8
    fit(data, tmp_path, steps=12, resume=True)
    last = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    assert last["global_step"] == 12


SIGNAL_STEPS = [1, 3, 4, 5, 8, 9, 11, 12]
"""Steps that signals arrive in: with a validation every four steps; an epoch is as long as :data:`EPOCH`."""

EPOCH = 5


def stopped_training(data, folder, number, step, monkeypatch):
    """Train until a signal arrives in a step."""
    training_step = TrainingModule.training_step

    def interrupted(self, batch):
        if self.trainer.global_step + 1 == step:
            signal.raise_signal(number)
        return training_step(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(TrainingModule, "training_step", interrupted)
        return short_training(data, folder)


def short_training(data, folder, **options):
    seed_everything(0, verbose=False)
    windows = parts(data, WINDOW, batch_size=8)
    assert len(windows.train_dataloader()) == EPOCH
    model = AQNet(WINDOW, windows.scaler, k=4, channels=8)
    return train(model, windows, folder, steps=12, validate_every=4, **options).state_dict()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return short_training(random_station_data(), tmp_path_factory.mktemp("uninterrupted"))


@pytest.mark.parametrize("step", SIGNAL_STEPS)
def test_a_training_that_a_signal_stopped_goes_on_as_if_nothing_had_happened(
    step, uninterrupted, tmp_path, monkeypatch, caplog
):
    data = random_station_data()
    with caplog.at_level("INFO", logger="aqnet_pyg"), pytest.raises(KeyboardInterrupt):
        stopped_training(data, tmp_path, signal.SIGINT, step, monkeypatch)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if step < 12:
        assert f"stopped at step {step} of 12; {tmp_path / 'checkpoints' / 'last.ckpt'} is saved" in caplog.text
    assert read_checkpoint(tmp_path / "checkpoints" / "last.ckpt")["global_step"] == step
    resumed = short_training(data, tmp_path, resume=True)
    for name, value in uninterrupted.items():
        assert torch.equal(resumed[name], value), name
    curve = pd.read_csv(tmp_path / "metrics.csv")
    assert curve[curve.train_loss.notna()].step.tolist() == list(range(12))
    assert curve[curve.val_mae.notna()].step.tolist() == [3, 7, 11]
    assert curve.val_mae_untrained.notna().sum() == 1


def test_a_second_signal_stops_at_once(tmp_path, monkeypatch):
    def twice(self, batch):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        pytest.fail("not stopped")

    monkeypatch.setattr(TrainingModule, "training_step", twice)
    with pytest.raises(KeyboardInterrupt):
        short_training(random_station_data(), tmp_path)
    assert not (tmp_path / "checkpoints" / "last.ckpt").exists()


def test_the_handler_of_sigterm_is_called_once_the_checkpoint_is_saved(tmp_path, monkeypatch):
    received = []

    def handler(number, frame):
        received.append((tmp_path / "checkpoints" / "last.ckpt").exists())

    before = signal.signal(signal.SIGTERM, handler)
    try:
        stopped_training(random_station_data(), tmp_path, signal.SIGTERM, 2, monkeypatch)
    except InputError:  # no validation yet, hence no best state
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
    assert received == [True]


def test_a_folder_that_was_moved_is_resumed(uninterrupted, tmp_path, monkeypatch):
    data = random_station_data()
    with pytest.raises(KeyboardInterrupt):
        stopped_training(data, tmp_path / "a", signal.SIGINT, 9, monkeypatch)
    (tmp_path / "a").rename(tmp_path / "b")
    resumed = short_training(data, tmp_path / "b", resume=True)
    assert all(torch.equal(resumed[name], value) for name, value in uninterrupted.items())
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("size", [0, 1000, -10])
def test_a_checkpoint_that_was_cut_short_is_refused(size, tmp_path):
    data = random_station_data()
    fit(data, tmp_path, steps=4)
    last = tmp_path / "checkpoints" / "last.ckpt"
    last.write_bytes(last.read_bytes()[:size])
    with pytest.raises(InputError, match=r"last\.ckpt: "):
        fit(data, tmp_path, steps=8, resume=True)


def test_resuming_another_model_is_refused(tmp_path):
    data = random_station_data()
    fit(data, tmp_path, steps=4)
    windows = parts(data)
    with pytest.raises(InputError, match="other parts or sizes"):
        train(AQNet(WINDOW, windows.scaler, k=4, channels=16), windows, tmp_path, steps=8, resume=True)


def test_it_forecasts_too(tmp_path):
    model = fit(random_station_data(hours=120), tmp_path, window=Window(24, horizon=6))
    assert model.window.task.ahead


@pytest.mark.slow
def test_training_beats_its_own_start(tmp_path):
    from aqnet_pyg.simulation import simulate

    data, _ = simulate(days=20, stations=150, seed=3)
    data = data.isel(station=np.random.default_rng(0).permutation(150))
    window = Window(24, margin=6)
    seed_everything(0, verbose=False)
    train_stations, validation = data.station.values[:-30], list(data.station.values[-30:])
    windows = StationDataModule(
        data.sel(station=train_stations).isel(time=slice(0, 360)), data.isel(time=slice(360, 480)), validation, window
    )
    model = AQNet(window, windows.scaler)
    train(model, windows, tmp_path, steps=300, validate_every=50)
    curve = pd.read_csv(tmp_path / "metrics.csv")
    assert curve.val_mae.min() < curve.val_mae_untrained.max()


@torch.no_grad()
def test_a_forecast_starts_at_the_regression_of_the_training_windows():
    data = random_station_data(hours=240)
    # Each station stays at its level: damped persistence would lead back to the mean, a regression does not.
    data["pm25"] = data.pm25 * 0 + np.linspace(20.0, 90.0, data.sizes["station"]).astype("float32")
    window = Window(24, horizon=12)
    windows = parts(data, window)
    model = AQNet(window, windows.scaler, k=4, channels=8)
    item = windows.validation_windows[0]
    scored = item.y_mask & item.visible[:, None]

    def error():
        return (model(item) - item.y)[scored].abs().mean()

    before = error()
    set_regression(model, windows.train_windows)
    assert error() < 0.3 * before
