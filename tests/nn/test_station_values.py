import pytest
import torch

from aqnet_pyg import InputError, Window
from aqnet_pyg.nn import MeasuredValues, StationForecast

FORECAST = Window(48, horizon=24)


def test_measured_values_are_the_reconstructed_hours():
    x, mask = torch.rand(3, 24), torch.rand(3, 24) < 0.5
    value, valid = MeasuredValues(Window(24, margin=6))(x, mask, torch.empty(0), torch.empty(0))
    assert torch.equal(value, x[:, 6:18])
    assert torch.equal(valid, mask[:, 6:18])


def test_history_features_are_daily_means_and_last_hours():
    x, mask = torch.arange(48.0)[None], torch.ones(1, 48, dtype=torch.bool)
    mask[:, :24] = False  # a day without measurements gets the mean of the others
    mask[:, -1] = False  # an hour without a measurement gets the mean of its day
    features = StationForecast(FORECAST, 8, 6).history_features(x * mask, mask)
    assert features.tolist() == [[35.0, 35.0, 42.0, 43.0, 44.0, 45.0, 46.0, 35.0]]


@torch.no_grad()
def test_regression_of_history_and_step_features():
    forecast = StationForecast(FORECAST, 8, 6)
    x, mask, steps = torch.rand(3, 48), torch.ones(3, 48, dtype=torch.bool), torch.rand(3, 24, 6)
    weight, bias = torch.rand(24, 8 + 6), torch.rand(24)
    forecast.set_regression(weight, bias)
    value, valid = forecast(x, mask, torch.zeros(3, 1, 8), steps)
    inputs = torch.cat([forecast.history_features(x, mask)[:, None].expand(-1, 24, -1), steps], dim=-1)
    assert torch.allclose(value, (inputs * weight).sum(dim=-1) + bias, atol=1e-5)
    assert valid.all()


def test_other_task_is_refused():
    with pytest.raises(InputError, match="use StationForecast"):
        MeasuredValues(FORECAST)
    with pytest.raises(InputError, match="use MeasuredValues"):
        StationForecast(Window(24), 8, 6)
