"""Attention of a forecast to the days of its history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch_geometric.data import Data

from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference import TrainedModel
from aqnet_pyg.nn import AQNet
from aqnet_pyg.report.style import CONCENTRATIONS, figure_of, mark_simulated, new_figure


def attention_by_day(model: TrainedModel | AQNet, windows: Data | Iterable[Data]) -> xr.DataArray:
    """Return the attention weights of each day ahead to each day of the history.

    Weights are averaged over visible stations, heads and windows.

    Args:
        model: A forecasting network with the attention readout (:class:`aqnet_pyg.nn.PooledReadout`), or a trained model of
            kind ``network``.
        windows: One window, or several, such as a :class:`aqnet_pyg.datasets.StationDataset`.

    Returns:
        Dimensions ``(target, input)``: days ahead from 1 (the last may be a partial day), and days of the history relative to
        the last one, oldest first: ``-13`` to ``0``. Rows sum to one.

    Raises:
        InputError: If the model does not forecast, its readout has no attention, or there are no windows.
    """
    network = TrainedModel.of(model).network
    window = network.window
    if not window.horizon:
        raise InputError(
            "model: attention by day is defined for forecasts only; pass a model whose window has a horizon."
        )
    if not hasattr(network.readout, "queries"):
        raise InputError(f"model: the readout {network.readout} has no attention; pass a model with a PooledReadout.")
    days = -(-window.history // 24)
    total, stations = torch.zeros(0), 0
    for data in [windows] if isinstance(windows, Data) else windows:
        weights = network.attention(data)  # [V, heads, groups, tokens]
        total = total + weights.mean(dim=1).sum(dim=0) if stations else weights.mean(dim=1).sum(dim=0)
        stations += len(weights)
    if not stations:
        raise InputError("windows: there are no windows with visible stations; pass one or more.")
    share = (total / stations).double().numpy()
    # A token is a patch of hours; the oldest patch may begin before the history.
    patch = -(-window.history // share.shape[1])
    ago = np.arange(patch * share.shape[1])[::-1] // 24
    table = np.stack(
        [np.bincount(np.minimum(ago, days - 1), row, days)[::-1] for row in share.repeat(patch, axis=1) / patch]
    )
    coords = {"target": np.arange(1, len(table) + 1), "input": np.arange(1 - days, 1)}
    return xr.DataArray(table, coords, ("target", "input"), "attention")


def plot_attention(
    model: TrainedModel | AQNet, windows: Data | Iterable[Data], *, title: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw :func:`aqnet_pyg.report.attention_by_day` as a matrix: rows are days ahead, columns days of the history.

    Args:
        model: A forecasting network, or a trained model of kind ``network``.
        windows: One window, or several, whose mean is drawn.
        title: Title of the axes.
        ax: Axes to draw in; ``None`` makes a new figure.

    Returns:
        The figure. Numbers are percentages of the attention of a row; a line on the color bar marks uniform attention.

    Raises:
        InputError: As :func:`aqnet_pyg.report.attention_by_day`.
    """
    table = attention_by_day(model, windows)
    rows, columns = table.shape
    if ax is None:
        ax = new_figure(2.4 + 0.48 * max(columns, 6), 1.6 + 0.48 * max(rows, 3)).add_subplot()
    values = 100 * table.values
    image = ax.imshow(values, cmap=CONCENTRATIONS, vmin=0, aspect="auto")
    highest = values.max()
    if rows * columns <= 400:
        for (row, column), value in np.ndenumerate(values):
            dark = value < 0.6 * highest
            style: dict[str, Any] = {
                "color": "white" if dark else "black",
                "fontsize": 7,
                "ha": "center",
                "va": "center",
            }
            ax.text(column, row, f"{value:.1f}", **style)
    ax.set_xticks(range(columns), [f"{day}" for day in table.input.values], fontsize=9)
    ax.set_xlabel("day of the history, relative to the last one")
    ahead = model.window.horizon
    whole = ahead % 24 == 0
    ax.set_yticks(range(rows), [f"{day}" for day in table.target.values] if whole else [f"{ahead} h"], fontsize=9)
    ax.set_ylabel("day ahead" if whole else "hours ahead")
    bar = figure_of(ax).colorbar(image, ax=ax, pad=0.02)
    bar.set_label(f"share of the attention (%)\n(line: uniform, {100 / columns:.1f})", fontsize=9)
    bar.ax.axhline(100 / columns, color="white", linewidth=2.5)
    bar.ax.axhline(100 / columns, color="black", linewidth=1)
    bar.outline.set_linewidth(0.5)
    ax.set_title(title or "Attention of the forecast to its history", fontsize=11, pad=16)
    about = TrainedModel.of(model).provenance or {}
    read = [windows.to_xarray()] if isinstance(windows, StationDataset) else []
    mark_simulated(ax, str(about.get("data", "")), *read, above=True)
    return figure_of(ax)
