"""Scores of ``aqnet evaluate`` by distance to the nearest visible station."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aqnet_pyg.conformal import bin_names
from aqnet_pyg.errors import InputError
from aqnet_pyg.report.style import OKABE_ITO, mark_simulated, new_figure, plain_axes

Bins = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Scores by row and distance bin: ``mean`` and ``sd`` over seeds, and the number of values ``n``."""

MARKERS = "osD^vP*X"
"""Markers of the rows."""


def read_evaluation(source: Mapping[str, Any] | str | Path) -> Mapping[str, Any]:
    """Return the content of a JSON file of ``aqnet evaluate``.

    Raises:
        InputError: If the file cannot be read or is of another kind.
    """
    if isinstance(source, Mapping):
        content = source
    else:
        try:
            content = json.loads(Path(source).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{source}: it cannot be read ({error}); pass a JSON file of aqnet evaluate.") from error
    if "protocol" not in content:
        raise InputError("source: this is not a result of aqnet evaluate; pass its JSON file, or a result at stations.")
    return content


def plot_bins(
    content: Mapping[str, Any], tables: Mapping[str, Bins], label: str, nominal: float | None = None
) -> Figure:
    """Draw a line for each row and a panel for each table, with bars of one standard deviation over seeds.

    Args:
        content: Content of the file, for the title.
        tables: Scores by the name of their table.
        label: Label of the vertical axis.
        nominal: Nominal value, drawn as a line; without it, the vertical axis begins at zero.

    Raises:
        InputError: If there are no scores.
    """
    if not any(tables.values()):
        raise InputError(
            f"source: {content['protocol']} has no scores by distance; use a protocol that hides stations."
        )
    figure = new_figure(1.2 + 4.6 * len(tables), 4.4)
    panels = figure.subplots(1, len(tables), sharey=True, squeeze=False)[0]
    for ax, (name, rows) in zip(panels, tables.items(), strict=True):
        _draw(plain_axes(ax), rows)
        ax.set_title(name, fontsize=10)
        if nominal is not None:
            ax.axhline(nominal, color="black", linewidth=1, linestyle="--")
    if nominal is None:
        panels[0].set_ylim(bottom=0)
    panels[0].set_ylabel(label)
    mark_simulated(panels[-1], str(content.get("data", "")))
    figure.suptitle(f"{content['protocol']}, {content.get('data', '')}".strip(", "), fontsize=11)
    lines = {line.get_label(): line for ax in panels for line in ax.get_legend_handles_labels()[0]}
    figure.legend(
        lines.values(), lines, loc="outside lower center", ncols=min(6, len(lines)), frameon=False, fontsize=9
    )
    return figure


def _draw(ax: Axes, rows: Bins) -> None:
    count = {name: part["n"] for bins in rows.values() for name, part in bins.items()}
    places = {name: place for place, name in enumerate(name for name in bin_names() if name in count)}
    for number, (row, bins) in enumerate(rows.items()):
        known = sorted(bins, key=places.__getitem__)
        # Side by side, so that the bars do not overlap.
        beside = 0.5 * (number / (len(rows) - 1) - 0.5) if len(rows) > 1 else 0.0
        ax.errorbar(
            [places[name] + beside for name in known],
            [bins[name]["mean"] for name in known],
            [bins[name]["sd"] for name in known],
            fmt=f"{MARKERS[number % len(MARKERS)]}-",
            color=OKABE_ITO[number % len(OKABE_ITO)],
            markersize=5,
            linewidth=1.0,
            capsize=2,
            label=row,
        )
    ticks = [f"{name.removesuffix(' km')}\n{_short(count[name])}" for name in places]
    ax.set_xticks(list(places.values()), ticks, fontsize=9)
    ax.set_xlabel("distance to the nearest visible station (km)\nand number of values")


def _short(count: float) -> str:
    return f"{count / 1000:.0f}k" if count >= 10_000 else f"{count:,}"
