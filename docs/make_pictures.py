"""Draws the figures of the documentation from a run on the simulated network.

    python docs/make_pictures.py [RUN]

``RUN`` is the folder of a finished ``aqnet reanalyze simulated``; without it, a run of 30 days is made first (some minutes).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from aqnet_pyg import load_model
from aqnet_pyg.commands.reanalyze import run_reanalysis
from aqnet_pyg.commands.settings import ReanalysisSettings
from aqnet_pyg.io.cf import from_cf
from aqnet_pyg.report import map_field, plot_architecture, plot_series

PICTURES = Path(__file__).parent / "pictures"
DPI = 90
"""Lower than for print, to keep the repository small."""

HOURS = slice("2016-11-28T17", "2016-11-29T16")
"""Ends of the hours of 29 November in Beijing, with haze in the east (UTC)."""


def draw(run: Path) -> dict[str, Figure]:
    """Return the figures by the names of their files."""
    stations, grid = (from_cf(xr.open_dataset(run / f"{name}.nc")) for name in ("stations", "grid"))
    hidden = stations.station.values[(stations.visible == 0) & (stations.city == "Beijing")]
    day = "simulated PM2.5, reanalysis, mean of 29 November"
    return {
        "map": map_field(grid, stations, time=HOURS, max_width=130, title=day),
        "series": plot_series(stations, str(hidden[0]), title=f"simulated PM2.5 at the hidden station {hidden[0]}"),
        "architecture": plot_architecture(load_model(run / "aqnet.ckpt")),
    }


def main() -> None:
    """Draw the figures and write them to files."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(sys.argv[1] if len(sys.argv) > 1 else folder)
        if len(sys.argv) == 1:
            run_reanalysis(ReanalysisSettings("simulated", out=folder, days=30, steps=100, model="network"))
        for name, figure in draw(run).items():
            figure.savefig(PICTURES / f"{name}.png", dpi=DPI)


if __name__ == "__main__":
    main()
