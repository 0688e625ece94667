"""Learning curves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from aqnet_pyg.errors import InputError
from aqnet_pyg.report.style import OKABE_ITO, mark_simulated, new_figure, plain_axes, pollutant_name, unit_text
from aqnet_pyg.stations import POLLUTANTS

SMOOTH = 25
"""Steps of the moving average of the loss."""


_START = "val_mae_untrained", "val_mae_kriging"


def plot_learning_curves(metrics: str | Path | Mapping[str, str | Path], *, pollutant: str = "pm25") -> Figure:
    """Draw the training loss and the validation error by optimizer step.

    A square is the validation error of the untrained network. To reconstruct, that of ordinary kriging at the same stations and
    hours is a dashed line.

    Args:
        metrics: ``metrics.csv`` of a training, or several by their names in the legend. Beside it, ``checkpoints/begun.json``
            names the data: of simulated ones, the figure says so.
        pollutant: The predicted pollutant, for the axis label.

    Returns:
        The figure; a circle marks the step with the lowest validation error, whose parameters are kept.

    Raises:
        InputError: If a file cannot be read or has no learning curve.
    """
    runs = metrics if isinstance(metrics, Mapping) else {"": metrics}
    if not runs:
        raise InputError("metrics: no file was given; pass metrics.csv of a training.")
    figure = new_figure(9.0, 3.6)
    left, right = (plain_axes(ax) for ax in figure.subplots(1, 2))
    for number, (name, path) in enumerate(runs.items()):
        table, color = _read(path), OKABE_ITO[number % len(OKABE_ITO)]
        loss, error = table.train_loss.dropna(), table.val_mae.dropna()
        left.plot(loss.index, loss, color=color, linewidth=0.6, alpha=0.35)
        left.plot(loss.index, loss.rolling(SMOOTH, min_periods=1, center=True).mean(), color=color, label=name)
        right.plot(error.index, error, ".-", color=color, label=name)
        empty: dict[str, Any] = {"color": color, "markersize": 9, "fillstyle": "none"}
        if len(error):
            right.plot(error.index[[int(error.argmin())]], [error.min()], "o", **empty)
        for untrained in table.val_mae_untrained.dropna():
            right.plot([0], [untrained], "s", label=f"{name} untrained".strip(), **empty)
        for kriging in table.val_mae_kriging.dropna():
            label = f"{name} ordinary kriging".strip()
            right.axhline(kriging, color=color, linewidth=1, linestyle="--", label=label)
    for ax in (left, right):
        ax.set_xlabel("optimizer step")
    errors = np.concatenate([np.asarray(line.get_ydata(), np.float64) for line in right.lines] or [np.empty(0)])
    if errors.size:  # not from zero, so that gains over kriging are seen; nor so close that noise looks like them
        right.set_ylim(0.9 * errors.min(), 1.05 * errors.max())
    left.set_ylabel("training loss (standardized)")
    left.set_title(f"each step, and moving average of {SMOOTH}", fontsize=10)
    units = f" ({unit_text(POLLUTANTS[pollutant].units)})" if pollutant in POLLUTANTS else ""
    right.set_ylabel(f"mean absolute error of {pollutant_name(pollutant)}{units}")
    right.set_title("validation stations and hours; the best step is kept", fontsize=10)
    if right.get_legend_handles_labels()[0]:
        right.legend(frameon=False, fontsize=9)
    mark_simulated(left, *(_source(Path(path)) for path in runs.values()))
    return figure


def _read(path: str | Path) -> pd.DataFrame:
    """Read the curves by step; of a step that a resumed training repeated, the last values."""
    try:
        table = pd.read_csv(path)
        # Each line of the file has some of these; the last two are of the start, and not of every training.
        table = table.set_index("step")[["train_loss", "val_mae", *(set(_START) & set(table))]]
        return table.groupby(level=0).last().reindex(columns=["train_loss", "val_mae", *_START])
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: it has no learning curve ({error}); pass metrics.csv of a training.") from error


def _source(path: Path) -> str:
    """Return the source of the data of a training, by the record beside its curve; empty where there is none."""
    try:
        return str(json.loads((path.parent / "checkpoints" / "begun.json").read_text(encoding="utf-8")).get("data", ""))
    except (OSError, ValueError, AttributeError):
        return ""
