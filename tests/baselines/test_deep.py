import numpy as np
import torch
from baselines.deep_checks import TINY, DeepChecks
from baselines.forecaster_checks import HOURS, series

from aqnet_pyg.baselines import LSTMForecaster, deep


class TestLSTM(DeepChecks):
    forecaster = LSTMForecaster(**HOURS, **TINY)

    def test_histories_of_any_length(self):
        values, time = series()
        fitted = LSTMForecaster(47, 5, **TINY).fit(values, time)
        assert np.isfinite(fitted.predict(values[None, :47], time[46:47])).all()


def test_best_weights_are_kept_and_training_stops_early(monkeypatch):
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


def test_last_tenth_of_the_hours_is_not_trained_on():
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
