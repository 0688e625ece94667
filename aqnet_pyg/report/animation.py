"""A field over time, as a moving picture."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.animation import AbstractMovieWriter, FFMpegWriter, PillowWriter

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import replacing
from aqnet_pyg.report.maps import map_field
from aqnet_pyg.report.selection import Hours, measured, newest_forecasts, select_hours

__all__ = ["animate_field"]

DPI = 90


def animate_field(
    path: str | Path,
    grid: xr.DataArray | xr.Dataset | None,
    stations: xr.Dataset,
    hidden: Collection[str] = (),
    *,
    pollutant: str = "pm25",
    time: Hours = None,
    every: int = 1,
    pictures_a_second: float = 6.0,
    **options: Any,
) -> None:
    """Write :func:`aqnet_pyg.report.map_field` of hour after hour, all on one color scale and in one frame.

    Args:
        path: File to write; ``.gif``, or ``.mp4`` where ffmpeg is installed. One that is there is replaced at once, or stays
            as it was.
        grid: The field; ``None`` draws the stations alone.
        stations: Station data, or the result at stations.
        hidden: Codes of the hidden stations; a result knows its own.
        pollutant: The variable to draw.
        time: The hours to show (UTC), as ``sel(time=...)`` takes them; ``None`` is all.
        every: Hours from one picture to the next. Hours in which no station measured are left out.
        pictures_a_second: How fast.
        options: Others of :func:`aqnet_pyg.report.map_field`, such as ``borders`` and ``widest``. The colors span 98 % of
            what was measured unless ``limits`` are given.

    Raises:
        InputError: If the format is not known or cannot be written here, or as :func:`aqnet_pyg.report.map_field`.
    """
    writer = _writer(Path(path), pictures_a_second)
    if every < 1:
        raise InputError(f"every: {every} hours were given; use at least 1.")
    field = None if grid is None else newest_forecasts(grid)
    values = select_hours(measured(stations, pollutant), time, "stations")
    if values.ndim < 2:
        raise InputError(f"time: {time} is a single hour; give a slice of several, or draw it with map_field().")
    seen = values.time.values[values.notnull().any("station").values]
    if field is not None and "time" in field.dims:
        seen = np.intersect1d(seen, select_hours(field, time, "grid").time.values)
    if not seen.size:
        raise InputError(f"stations: none measured {pollutant} in the hours to draw; choose other hours.")
    seen = seen[(seen - seen[0]) // np.timedelta64(1, "h") % every == 0]
    about = options | {"pollutant": pollutant}
    if "limits" not in about:
        about["limits"] = tuple(np.nanquantile(values.values, [0.01, 0.99]))
    # The map of all hours gives the frame and the place of the axes, so that nothing jumps.
    figure = map_field(field, stations, hidden, time=slice(seen[0], seen[-1]), **about)
    figure.draw_without_rendering()
    ax = figure.axes[0]
    about["bounds"], place = (*ax.get_xlim(), *ax.get_ylim()), ax.get_position()
    figure.set_layout_engine("none")
    with replacing(path) as beside, writer.saving(figure, str(beside), DPI):
        for hour in seen:
            figure.clear()
            map_field(field, stations, hidden, time=hour, ax=figure.add_axes(place), **about)
            writer.grab_frame()


def _writer(path: Path, pictures_a_second: float) -> AbstractMovieWriter:
    if path.suffix == ".gif":
        return PillowWriter(fps=pictures_a_second)
    if path.suffix == ".mp4":
        if FFMpegWriter.isAvailable():
            return FFMpegWriter(fps=pictures_a_second)
        raise InputError(f"{path}: ffmpeg is not installed, so there is no .mp4; install it or write a .gif.")
    raise InputError(f"{path}: {path.suffix or 'no suffix'} is no moving picture; name a .gif or an .mp4.")
