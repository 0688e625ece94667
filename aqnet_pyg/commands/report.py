"""``aqnet report``: an HTML page of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.commands.run_folder import REMEDY, RunFolder, writing_to
from aqnet_pyg.commands.settings import ReportSettings
from aqnet_pyg.errors import InputError, reading_of
from aqnet_pyg.io.files import replacing
from aqnet_pyg.local_dates import date_mask, local_days

MAX_VALUES = 12_000_000
"""Maximum number of predictions, interval bounds and measurements in a page (about 16 MB): a month of 600 stations and 4,000
cells."""


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

    if (filled := run.filled) is not None:
        with reading_of(run.path / "filled.nc", REMEDY):
            product = filled.isel(_chosen(filled, settings)).load()
        with reading_of(run.path / "metrics.json", REMEDY):
            return write_filling_page(product, run.metrics, run.path)
    return write_page(run, reanalysis_page(run, settings))


def reanalysis_page(run: RunFolder, settings: ReportSettings) -> str:
    """Return the page of a run of ``aqnet reanalyze``.

    Args:
        run: The folder.
        settings: Dates and borders.

    Raises:
        InputError: As for :func:`run_report`.
    """
    from aqnet_pyg.report import report_page

    with_grid = any((run.path / f"grid.{suffix}").exists() for suffix in ("nc", "zarr"))
    names = ("stations", "grid") if with_grid else ("stations",)
    opened = [getattr(run, name) for name in names]
    with reading_of(run.path / "stations", REMEDY):
        chosen = _chosen(opened[0], settings)
    parts = [part.isel(chosen) for part in opened]
    _check_size(parts, settings.run)
    for name, part in zip(names, parts, strict=True):
        with reading_of(run.path / name, REMEDY):
            part.load()
    metrics, alerts, days = run.metrics, run.alerts, run.exceedance_days
    with reading_of(f"{run.path}: metrics.json, or another file", REMEDY):
        grid = parts[1] if with_grid else None
        return report_page(parts[0], grid, metrics, alerts=alerts, exceedance_days=days, borders=settings.borders)


def write_page(run: RunFolder, page: str) -> Path:
    """Write ``report.html``, and return its path.

    Args:
        run: The folder.
        page: Content.

    Raises:
        InputError: If it cannot be written.
    """
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


def _check_size(parts: Sequence[xr.Dataset], run: str) -> None:
    """Refuse results of stations, and of a grid if there is one, that are too large for a page."""
    stations, cells = parts[0], 0
    for grid in parts[1:]:
        of_a_cell = 3 + any(str(name).endswith("_background") for name in grid)
        cells += of_a_cell * grid.sizes["latitude"] * grid.sizes["longitude"]
    values = stations.time.size * (4 * stations.sizes["station"] + cells)
    if values > MAX_VALUES:
        raise InputError(
            f"{run}: {stations.time.size:,} hours are too many for one page; choose a shorter period, such as a week, with "
            "`aqnet report RUN --start YYYY-MM-DD --end YYYY-MM-DD`."
        )
