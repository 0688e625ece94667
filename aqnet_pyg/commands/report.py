"""``aqnet report``: an HTML page of a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.commands.run_folder import RunFolder, writing_to
from aqnet_pyg.commands.settings import ReportSettings
from aqnet_pyg.errors import InputError, reading_of
from aqnet_pyg.io.files import replacing
from aqnet_pyg.local_dates import date_mask, local_days

MAX_VALUES = 12_000_000
"""Maximum number of predictions, interval bounds and measurements in a page (about 16 MB): a month of 600 stations and 4,000
cells."""


@reading_of("files of the run", "run `aqnet reanalyze` (or fill, or alerts) again")
def run_report(settings: ReportSettings) -> str:
    """Write ``report.html`` to the folder of a run; return a message with its path and size.

    Raises:
        InputError: If the folder has no results, the dates are invalid or outside the run, the period is too long for a page,
            or the borders cannot be read.
    """
    run = RunFolder(settings.run)
    with writing_to(run.path):
        return written(write_report(run, settings))


def write_report(run: RunFolder, settings: ReportSettings) -> Path:
    """Write ``report.html`` to the folder of a run, and return its path.

    Args:
        run: The folder.
        settings: Dates and borders.
    """
    from aqnet_pyg.commands.filling_page import write_filling_page
    from aqnet_pyg.report import report_page

    if (filled := run.filled) is not None:
        return write_filling_page(filled.isel(_chosen(filled, settings)).load(), run.metrics, run.path)
    with_grid = any((run.path / f"grid.{suffix}").exists() for suffix in ("nc", "zarr"))
    chosen = _chosen(run.stations, settings)
    stations, grid = run.stations.isel(chosen), run.grid.isel(chosen) if with_grid else None
    _check_size(stations, grid, settings.run)
    page = report_page(
        stations.load(),
        None if grid is None else grid.load(),
        run.metrics,
        alerts=run.alerts,
        borders=settings.borders,
    )
    path = run.path / "report.html"
    with replacing(path) as file:
        file.write_text(page, encoding="utf-8")
    return path


def written(path: Path) -> str:
    """Return a message with the path and the size of a page.

    Args:
        path: Of the page.
    """
    return f"{path} ({path.stat().st_size / 1e6:.1f} MB) opens in any browser."


def _chosen(stations: xr.Dataset, settings: ReportSettings) -> dict[str, np.ndarray]:
    """Return the positions of the selected dates on the time axis; of forecasts, by the hour of issue."""
    if settings.start is None and settings.end is None:
        return {}
    axis = "forecast_reference_time" if "lead" in stations.dims else "time"
    days = local_days(pd.DatetimeIndex(stations.indexes[axis]), stations.attrs["time_zone"])
    first, last = (str(np.datetime64(int(day), "D")) for day in (days[0], days[-1]))
    chosen = date_mask(days, f"{settings.start or first}/{settings.end or last}", "start, end")
    if not chosen.any():
        raise InputError(f"start, end: the run has no hours in these dates; it covers {first} to {last}.")
    return {axis: np.flatnonzero(chosen)}


def _check_size(stations: xr.Dataset, grid: xr.Dataset | None, run: str) -> None:
    cells = 0 if grid is None else grid.sizes["latitude"] * grid.sizes["longitude"]
    values = stations.time.size * (4 * stations.sizes["station"] + 3 * cells)
    if values > MAX_VALUES:
        raise InputError(
            f"{run}: {stations.time.size:,} hours are too many for one page; choose a shorter period, such as a week, with "
            "`aqnet report RUN --start YYYY-MM-DD --end YYYY-MM-DD`."
        )
