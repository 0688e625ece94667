"""Animation of a field over time."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.animation import AbstractMovieWriter, FFMpegWriter, PillowWriter

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import replacing
from aqnet_pyg.report.field_map import map_field
from aqnet_pyg.report.selection import Hours, measurements, newest_forecasts, select_hours

DPI = 90
"""Dots per inch of the frames."""


def animate_field(
    path: str | Path,
    grid: xr.DataArray | xr.Dataset | None,
    stations: xr.Dataset,
    hidden: Collection[str] = (),
    *,
    pollutant: str = "pm25",
    time: Hours = None,
    every: int = 1,
    fps: int = 6,
    **options: Any,
) -> None:
    """Write an animation of :func:`aqnet_pyg.report.map_field`, one frame an hour, with one color scale and one extent.

    Args:
        path: File to write: ``.gif``, or ``.mp4`` if ffmpeg is installed. An existing file is replaced atomically.
        grid: The field; ``None`` draws the stations only.
        stations: Station data, or the result at stations.
        hidden: Codes of the hidden stations; not needed for a result, which contains them.
        pollutant: The variable to draw.
        time: The hours to show (UTC), as in ``sel(time=...)``; ``None`` for all.
        every: Hours between frames. Hours without any measurement are left out.
        fps: Frames per second.
        options: Other arguments of :func:`aqnet_pyg.report.map_field`, such as ``borders`` and ``max_width``. By default,
            ``limits`` are the 1st and 99th percentiles of the measurements.

    Raises:
        InputError: If the format is unknown or its writer is not installed, and as :func:`aqnet_pyg.report.map_field`.
    """
    writer = _writer(Path(path), fps)
    if every < 1:
        raise InputError(f"every: {every} hours were given; use at least 1.")
    field = None if grid is None else newest_forecasts(grid)
    values = select_hours(measurements(stations, pollutant), time, "stations")
    if values.ndim < 2:
        raise InputError(f"time: {time} is a single hour; pass a slice of several hours, or use map_field().")
    hours = values.time.values[values.notnull().any("station").values]
    if field is not None and "time" in field.dims:
        hours = np.intersect1d(hours, select_hours(field, time, "grid").time.values)
    if not hours.size:
        raise InputError(f"stations: there are no measurements of {pollutant} in these hours; choose other hours.")
    hours = hours[(hours - hours[0]) // np.timedelta64(1, "h") % every == 0]
    options = options | {"pollutant": pollutant}
    if "limits" not in options:
        options["limits"] = tuple(np.nanquantile(values.values, [0.01, 0.99]))
    # All frames have the extent and the axes position of the map of the whole period.
    figure = map_field(field, stations, hidden, time=slice(hours[0], hours[-1]), **options)
    figure.draw_without_rendering()
    ax = figure.axes[0]
    options["bounds"] = *ax.get_xlim(), *ax.get_ylim()
    position = ax.get_position().bounds
    figure.set_layout_engine("none")
    with replacing(path) as beside, writer.saving(figure, str(beside), DPI):
        for hour in hours:
            figure.clear()
            map_field(field, stations, hidden, time=hour, ax=figure.add_axes(position), **options)
            writer.grab_frame()


def _writer(path: Path, fps: int) -> AbstractMovieWriter:
    if path.suffix == ".gif":
        return PillowWriter(fps=fps)
    if path.suffix == ".mp4":
        if FFMpegWriter.isAvailable():
            return FFMpegWriter(fps=fps)
        raise InputError(f"{path}: writing .mp4 needs ffmpeg, which is not installed; install it or write a .gif.")
    raise InputError(f"{path}: {path.suffix or 'no suffix'} is not an animation format; use .gif or .mp4.")
