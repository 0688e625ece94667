import pytest
import torch
from nn.small_networks import FORECAST, RECONSTRUCT, WINDOWS, K, windows
from station_samples import random_station_data

from aqnet_pyg.nn import AQNet, NeuralKNN
from aqnet_pyg.nn.ablations import ABLATIONS


@WINDOWS
@pytest.mark.parametrize("name", ABLATIONS)
@torch.no_grad()
def test_every_ablation_predicts_without_its_part(name, window):
    dataset = windows(random_station_data(hours=window.length), window)
    model = ABLATIONS[name].get("make", AQNet)(window, dataset.scaler, k=K, channels=8)
    predicted = model(dataset[0])
    assert predicted.shape == (12, window.steps)
    assert torch.isfinite(predicted).all()


def test_each_ablation_lacks_its_part():
    scaler = windows(random_station_data(), RECONSTRUCT).scaler

    def make(name, window=RECONSTRUCT):
        return ABLATIONS[name]["make"](window, scaler, k=K, channels=8)

    assert make("network-no-cyclic").time_encoding.dim == 0
    assert not isinstance(make("network-idw").interpolator, NeuralKNN)
    assert make("network-from-scratch").interpolator.departure.weight.abs().sum() > 0
    tokens = torch.rand(2, 5, 8)
    for window in (RECONSTRUCT, FORECAST):
        assert make("network-no-attention", window).encoder.block(tokens, None) is tokens
