"""Learning curves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from aqnet_pyg.errors import InputError
from aqnet_pyg.report.style import OKABE_ITO, new_figure, plain_axes, pollutant_name, unit_text
from aqnet_pyg.stations import POLLUTANTS

SMOOTH = 25
"""Steps of the moving average of the loss."""


def plot_learning_curves(metrics: str | Path | Mapping[str, str | Path], *, pollutant: str = "pm25") -> Figure:
    """Draw the training loss and the validation error by optimizer step.

    Args:
        metrics: ``metrics.csv`` of a training, or several by their names in the legend.
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
        if len(error):
            right.plot(
                error.index[[int(error.argmin())]], [error.min()], "o", color=color, markersize=9, fillstyle="none"
            )
    for ax in (left, right):
        ax.set_xlabel("optimizer step")
    right.set_ylim(bottom=0)
    left.set_ylabel("training loss (standardized)")
    left.set_title(f"each step, and moving average of {SMOOTH}", fontsize=10)
    units = f" ({unit_text(POLLUTANTS[pollutant].units)})" if pollutant in POLLUTANTS else ""
    right.set_ylabel(f"mean absolute error of {pollutant_name(pollutant)}{units}")
    right.set_title("validation stations and hours; the best step is kept", fontsize=10)
    if any(runs):
        right.legend(frameon=False, fontsize=9)
    return figure


def _read(path: str | Path) -> pd.DataFrame:
    """Read the curves by step; of a step that a resumed training repeated, the last values."""
    try:
        table = pd.read_csv(path)
        losses = ["train_loss", "val_mae"]
        # Each line of the file has one of the two.
        return table.set_index("step")[losses].groupby(level=0).last()
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: it has no learning curve ({error}); pass metrics.csv of a training.") from error
