"""Attention by day sums the attention weights of the model."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from station_samples import random_station_data

from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference import TrainedModel
from aqnet_pyg.nn import AQNet
from aqnet_pyg.report import attention_by_day, plot_attention
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.windows import Window

DATA = random_station_data(stations=6, hours=240)
SCALER = Scaler.fit(DATA, ("pm25", "o3"))


def model_and_windows(history=96, horizon=48, **options):
    torch.manual_seed(0)
    model = AQNet(Window(history, horizon=horizon), SCALER, k=3, channels=8, **options).eval()
    with torch.no_grad():
        model.readout.queries.mul_(30)  # so that attention is not uniform
    return model, StationDataset(DATA, model.window, scaler=SCALER, stride=24, hidden=[str(DATA.station.values[0])])


def test_by_day():
    model, windows = model_and_windows()
    table = attention_by_day(model, windows)
    assert table.dims == ("target", "input")
    assert table.target.values.tolist() == [1, 2]
    assert table.input.values.tolist() == [-3, -2, -1, 0]
    # 24 tokens of four hours are four days of six.
    parts = [model.attention(data).unflatten(-1, (4, 6)).sum(-1) for data in windows]
    np.testing.assert_allclose(table, torch.cat(parts).mean(dim=(0, 1)), rtol=1e-5)
    np.testing.assert_allclose(table.sum("input"), 1, rtol=1e-6)
    one = attention_by_day(model, windows[0])
    np.testing.assert_allclose(one, parts[0].mean(dim=(0, 1)), rtol=1e-5)
    assert np.abs(one - table).max() > 1e-4


@pytest.mark.parametrize(("history", "patch"), [(50, 4), (20, 5), (48, 1)])
def test_days_are_counted_from_the_issue(history, patch):
    model, windows = model_and_windows(history, 12, patch=patch)
    tokens = -(-history // patch)
    model.attention = lambda data: torch.eye(tokens)[None, None]  # a row a token
    table = attention_by_day(model, windows[0])
    for token, row in enumerate(table.values):
        hours = history - patch * (tokens - token) + np.arange(patch)
        ago = (history - 1 - hours[hours >= 0]) // 24
        share = np.bincount(table.sizes["input"] - 1 - ago, minlength=table.sizes["input"])
        # Hours before the history count for its oldest day.
        share[0] += (hours < 0).sum()
        np.testing.assert_allclose(row, share / patch)


def test_what_is_drawn():
    model, windows = model_and_windows()
    table = attention_by_day(model, windows)
    ax, bar = plot_attention(model, windows).axes
    np.testing.assert_allclose(ax.images[0].get_array(), 100 * table)
    assert [text.get_text() for text in ax.texts] == [f"{100 * value:.1f}" for value in table.values.ravel()]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["-3", "-2", "-1", "0"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1", "2"]
    assert bar.get_ylabel() == "share of the attention (%)\n(line: uniform, 25.0)"
    assert bar.lines[0].get_ydata() == [25, 25]


def test_part_of_a_day_in_given_axes():
    model, windows = model_and_windows(horizon=12)
    figure = Figure()
    ax = figure.subplots(1, 2)[1]
    assert plot_attention(model, windows[0], ax=ax, title="Mine") is figure
    assert ax.get_title() == "Mine"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["12 h"]
    figure.draw_without_rendering()


def test_simulated_data_are_marked():
    model, windows = model_and_windows()

    def marks(*arguments):
        texts = [text.get_text() for text in plot_attention(*arguments).axes[0].texts]
        return texts.count("simulated data")

    simulated = StationDataset(
        DATA.assign_attrs(source="simulated by aqnet_pyg"), model.window, scaler=SCALER, stride=24
    )
    trained = TrainedModel.of(model)
    assert marks(model, windows) == marks(trained, windows[0]) == 0
    assert marks(model, simulated) == 1
    assert marks(replace(trained, provenance={"data": "simulated by aqnet_pyg"}), windows[0]) == 1


def test_models_without():
    with pytest.raises(InputError, match="defined for forecasts only"):
        attention_by_day(AQNet(Window(24, margin=6), SCALER, k=3), [])
    model, _ = model_and_windows()
    with pytest.raises(InputError, match="no windows with visible stations"):
        attention_by_day(model, [])
    with pytest.raises(InputError, match=r"MeanReadout\(.*\) has no attention"):
        attention_by_day(AQNet.paper(Window(24, horizon=24), SCALER, k=3), [])
