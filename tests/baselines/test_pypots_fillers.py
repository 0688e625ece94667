"""Networks of PyPOTS as estimators of gaps, with a network that stands for them: PyPOTS is not installed for the tests."""

import sys
from types import ModuleType
from typing import ClassVar

import numpy as np
import pytest
import torch

from aqnet_pyg.baselines import BRITSFiller, SAITSFiller
from aqnet_pyg.errors import InputError

HOURS, STATIONS = 60, 5
COORDINATES = np.linspace(116, 117, STATIONS), np.linspace(39, 40, STATIONS)
TIME = np.datetime64("2025-01-01T00") + np.arange(HOURS)


class Network:
    """Estimates the mean and noise; stores what it was given."""

    made: ClassVar[list["Network"]] = []

    def __init__(self, **arguments):
        self.arguments = arguments
        self.made.append(self)

    def fit(self, train_set, val_set):
        self.trained, self.validated, self.noise = train_set["X"], val_set, torch.randn(1).item()
        print("progress")

    def predict(self, test_set):
        return {"imputation": np.full_like(test_set["X"], self.noise)}


@pytest.fixture(autouse=True)
def pypots(monkeypatch):
    package, imputation, optim = (ModuleType(f"pypots{name}") for name in ("", ".imputation", ".optim"))
    package.imputation, package.optim = imputation, optim
    imputation.SAITS = imputation.BRITS = Network
    optim.Adam = dict
    for module in (package, imputation, optim):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    Network.made.clear()


def values(seed=0):
    rng = np.random.default_rng(seed)
    result = rng.normal(np.arange(10, 60, 10), 3, (HOURS, STATIONS))
    result[rng.random(result.shape) < 0.1] = np.nan
    result[20:44] = np.nan
    return result


@pytest.mark.parametrize("filler", [SAITSFiller, BRITSFiller])
def test_windows_are_standardized_and_estimates_are_restored(filler, capsys):
    data = values()
    filled = filler(history=12, epochs=3).fit(COORDINATES, data, TIME).fill(data, TIME)
    (network,) = Network.made
    assert {name: network.arguments[name] for name in ("n_steps", "n_features", "epochs")} == {
        "n_steps": 12,
        "n_features": STATIONS,
        "epochs": 3,
    }
    assert network.trained.dtype == np.float32
    assert np.isfinite(network.trained).any(axis=(1, 2)).all()  # none without a measurement
    expected = np.nanmean(data, axis=0) + network.noise * np.nanstd(data, axis=0)
    np.testing.assert_allclose(filled[30], expected, rtol=1e-6)
    assert np.isfinite(filled).all()
    assert capsys.readouterr().out == ""


def test_every_hour_is_in_a_window():
    filler = SAITSFiller(history=24).fit(COORDINATES, values(), TIME)
    windows, start = filler._windows(np.tile(np.arange(HOURS, dtype=float)[:, None], STATIONS))
    assert list(start) == [0, 6, 12, 18, 24, 30, 36]
    assert windows.shape == (7, 24, STATIONS)


def test_weeks_of_the_validation_are_not_in_the_training():
    hours = 168 * 5
    data, time = np.tile(np.arange(hours, dtype=float)[:, None], STATIONS), TIME[0] + np.arange(hours)
    data[np.random.default_rng(0).random(data.shape) < 0.1] = np.nan
    filler = SAITSFiller().fit(COORDINATES, data, time)
    (network,) = Network.made

    def in_hours(windows):
        return np.round(windows * filler._std + filler._mean)

    validated, masked = (in_hours(network.validated[name]) for name in ("X_ori", "X"))
    known, visible = np.isfinite(validated), np.isfinite(masked)
    assert (visible <= known).all()
    assert 0 < (known & ~visible).mean() < 0.5
    np.testing.assert_array_equal(masked[visible], validated[visible])
    held = np.unique(validated[known])
    assert len(np.unique(held // 168)) == 1
    trained = in_hours(network.trained)
    assert not np.isin(held, trained[np.isfinite(trained)]).any()
    assert network.arguments["patience"] == 10


def test_a_short_record_has_no_validation():
    SAITSFiller().fit(COORDINATES, values(), TIME)
    (network,) = Network.made
    assert network.validated is None


def test_the_seed_decides_and_leaves_other_random_numbers_alone():
    state = torch.get_rng_state()
    one, again, other = (
        SAITSFiller(seed=seed).fit(COORDINATES, values(), TIME).fill(values(), TIME) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert (one != other)[30].all()
    assert torch.equal(state, torch.get_rng_state())


def test_a_station_without_measurements_is_near_the_others():
    data = values()
    data[:, 2] = np.nan
    filled = SAITSFiller().fit(COORDINATES, data, TIME).fill(data, TIME)
    assert np.isfinite(filled).all()


def test_short_records_are_refused():
    with pytest.raises(InputError, match="values: 60 hours were given, fewer than the 61 of a window"):
        SAITSFiller(history=61).fit(COORDINATES, values(), TIME)


def test_without_pypots_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pypots.imputation", None)
    monkeypatch.setitem(sys.modules, "pypots", None)
    with pytest.raises(InputError, match=r"pip install 'aqnet-pyg\[imputation\]'"):
        SAITSFiller().fit(COORDINATES, values(), TIME)
