"""Pictures and page of a run of ``aqnet fill``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from aqnet_pyg.commands.run_identity import RUN
from aqnet_pyg.io.files import replacing
from aqnet_pyg.report import example_of_filling, filling_page, plot_filled, plot_gaps, save_figure
from aqnet_pyg.report.selection import filled_pollutants
from aqnet_pyg.stations import POLLUTANTS


def write_filling_page(product: xr.Dataset, metrics: Mapping[str, Any], folder: Path) -> Path:
    """Draw the pictures of each pollutant (``pm25_gaps.png``, ``pm25_series.png``), and write ``report.html`` with them.

    Args:
        product: Result of :func:`aqnet_pyg.fill`.
        metrics: Content of ``metrics.json``.
        folder: Where the files go; existing ones are replaced.

    Returns:
        The path of the page.
    """
    pictures = {}
    for target in filled_pollutants(product):
        label = POLLUTANTS[target].label if target in POLLUTANTS else target
        station, hours = example_of_filling(product, target)
        figures = {
            f"Calendar of the gaps of {label}": ("gaps", plot_gaps(product, target)),
            f"{label} at station {station}, measured and filled": (
                "series",
                plot_filled(product, station, target, time=hours),
            ),
        }
        for caption, (name, figure) in figures.items():
            path = folder / f"{target}_{name}.png"
            save_figure(figure, path, run=metrics.get(RUN))
            pictures[caption] = path.read_bytes()
    page = folder / "report.html"
    with replacing(page) as file:
        file.write_text(filling_page(product, metrics, pictures), encoding="utf-8")
    return page
