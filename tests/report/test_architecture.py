"""The diagram shows the parts of the model."""

import pytest
import torch
from station_samples import random_station_data
from torch import nn

from aqnet_pyg.nn import AQNet, MeanReadout
from aqnet_pyg.report import plot_architecture
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.windows import Window

DATA = random_station_data(stations=6, hours=24)
SCALER = Scaler.fit(DATA, ("pm25", "o3"))


def words(model):
    figure = plot_architecture(model)
    return figure.axes[0].get_title(), [text.get_text() for text in figure.axes[0].texts]


def test_a_forecast():
    model = AQNet(Window(48, horizon=72), SCALER, k=5, channels=8, patch=4)
    title, drawn = words(model)
    total = sum(parameter.numel() for parameter in model.parameters())
    assert title == f"AQNet, forecast: {total:,} parameters"
    for text in (
        *("TemporalEncoder", "embed: Linear 40 → 8", "lstm: LSTM 8 → 8", "block: AttentionBlock, 4 heads", "decay: 4"),
        *("→ 12 × 8", "PooledReadout", "queries: 3 × 8", "→ 3 × 8", "StationForecast", "weight: 72 × 14, fixed"),
        *("KrigingBackground", "range_km = 200", "nugget = 0.05", "KNNGraphBuilder", "Distance", "→ 5 edges × 3"),
        *("NeuralKNN", "→ value 72, state 3 × 8", "DepartureHead", "→ 48 h × 4", "→ 72 h", "pm25, o3"),
        "from each visible station:  state 3 × 8,  values 72;  for each step:  time",
    ):
        assert text in drawn, text


def test_every_parameter_is_counted_once():
    model = AQNet(Window(24, margin=6), SCALER, k=5, channels=8)
    _, drawn = words(model)
    counts = [int(text.replace(",", "")) for text in drawn if text.replace(",", "").isdigit()]
    assert sum(counts) == sum(parameter.numel() for parameter in model.parameters())


class Ours(nn.Module):
    """A custom part."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(7))

    def forward(self, tokens):
        return tokens.mean(dim=1, keepdim=True)


def test_custom_parts():
    model = AQNet(Window(24, horizon=24), SCALER, k=5, channels=8, readout=Ours())
    _, drawn = words(model)
    assert {"Ours", "scale: 7", "→ 1 × 8"} <= set(drawn)
    _, drawn = words(AQNet(Window(24, horizon=24), SCALER, k=5, channels=8, readout=MeanReadout()))
    assert "MeanReadout" in drawn


def test_the_paper_and_covariates():
    known = Scaler.fit(DATA, ("pm10",))
    for model in (
        AQNet.paper(Window(24, horizon=24), SCALER, k=5),
        AQNet(Window(24, margin=2), SCALER, k=5, channels=8, known=known),
    ):
        _, drawn = words(model)
    assert any("time, 1 covariates" in text for text in drawn)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_as_it_was(training):
    model = AQNet(Window(24, margin=6), SCALER, k=5, channels=8).train(training)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    before = torch.random.get_rng_state()
    plot_architecture(model)
    assert torch.equal(before, torch.random.get_rng_state())
    assert model.training is training
    assert all(not part._forward_hooks for part in model.modules())
    assert all(torch.equal(state[name], value) for name, value in model.state_dict().items())


def test_texts_stay_inside_their_boxes():
    model = AQNet(Window(336, horizon=168), SCALER, k=16, channels=32)
    figure = plot_architecture(model)
    figure.draw_without_rendering()
    ax = figure.axes[0]
    boxes = [patch.get_window_extent() for patch in ax.patches if type(patch).__name__ == "FancyBboxPatch"]
    for text in ax.texts[:-1]:
        extent = text.get_window_extent()
        assert any(
            box.x0 <= extent.x0 and extent.x1 <= box.x1 and box.y0 <= extent.y0 and extent.y1 <= box.y1 for box in boxes
        ), text
    names = [text for text in ax.texts if text.get_ha() == "left"]
    numbers = [text for text in ax.texts if text.get_ha() == "right"]
    assert not any(a.get_window_extent().overlaps(b.get_window_extent()) for a in names for b in numbers)
