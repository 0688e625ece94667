import subprocess
import sys

import numpy as np
import pytest
import torch
from baselines.forecaster_checks import HOURS, ForecasterChecks, series, windows

from aqnet_pyg.baselines import deep
from aqnet_pyg.baselines.deep import LSTMForecaster
from aqnet_pyg.errors import InputError

TINY = {"epochs": 2, "windows": 200}


class DeepChecks(ForecasterChecks):
    rtol = 1e-4
    constant_within = 0.5

    def test_learns_waves(self):
        values, time = series(hours=1000)
        forecaster = self.forecaster.__class__(**self.forecaster.get_params())
        forecaster.set_params(epochs=8, windows=2000, learning_rate=1e-2, dropout=0.0)
        history, future, end = windows(*series(seed=1))
        forecast = forecaster.fit(values, time).predict(history, end)
        assert np.nanmean(np.abs(forecast - future)) < 4, "the waves are 20 high, 13 on average"

    def test_another_seed_gives_other_weights(self):
        fitted, history, _, end = self.example
        other = self.forecaster.__class__(**self.forecaster.get_params()).set_params(seed=1).fit(*series())
        assert not np.allclose(other.predict(history, end), fitted.predict(history, end))

    def test_the_state_of_the_random_generator_is_left_alone(self):
        torch.manual_seed(7)
        expected = torch.rand(1)
        torch.manual_seed(7)
        self.fitted(*series())
        assert torch.rand(1) == expected

    def test_too_few_hours(self):
        values, time = series(hours=70)
        with pytest.raises(InputError, match=r"values: 70 hours.*last 12 are kept apart; give at least 72"):
            self.fitted(values, time)


class TestLSTM(DeepChecks):
    forecaster = LSTMForecaster(**HOURS, **TINY)

    def test_histories_of_any_length(self):
        values, time = series()
        fitted = LSTMForecaster(47, 5, **TINY).fit(values, time)
        assert np.isfinite(fitted.predict(values[None, :47], time[46:47])).all()


class TestPatchTST(DeepChecks):
    @property
    def forecaster(self):
        patchtst = pytest.importorskip("aqnet_pyg.baselines.patchtst", exc_type=ImportError)
        return patchtst.PatchTSTForecaster(**HOURS, **TINY, patch=12, stride=6)


def test_keeps_the_best_weights_and_stops_when_nothing_improves(monkeypatch):
    losses = iter([3.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0])
    states = []
    real = deep._loss

    def loss(forecast, truth):
        if forecast.requires_grad:
            return real(forecast, truth)
        states.append({name: value.clone() for name, value in fitted.network_.state_dict().items()})
        return torch.tensor(next(losses))

    monkeypatch.setattr(deep, "_loss", loss)
    fitted = LSTMForecaster(**HOURS, epochs=20, windows=200)
    fitted.fit(*series())
    assert fitted.validation_losses_ == [3, 1, 2, 2, 2, 2]
    assert all(torch.equal(value, states[1][name]) for name, value in fitted.network_.state_dict().items())


def test_the_last_tenth_is_not_learned_from():
    values, time = series(hours=600)
    # Backwards, so that mean and spread stay.
    changed = np.concatenate([values[:540], values[:539:-1]])
    weights = []
    for data in (values, changed):
        forecaster = LSTMForecaster(**HOURS, epochs=1, windows=10**6)
        forecaster._fit(data - 60, time)
        weights.append(forecaster.network_.state_dict())
    for name, value in weights[0].items():
        torch.testing.assert_close(value, weights[1][name], rtol=1e-4, atol=1e-5)


def test_the_classical_ones_import_no_torch():
    code = "import sys, aqnet_pyg.baselines; print('torch' in sys.modules, 'transformers' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False", "False"]
