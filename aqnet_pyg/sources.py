"""Where station data come from: an archive, or the simulation; and what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.files import output_folder
from aqnet_pyg.readers import READERS, read
from aqnet_pyg.readers.report import ReadReport
from aqnet_pyg.settings import InfoSettings, SimulationSettings
from aqnet_pyg.simulation import simulate
from aqnet_pyg.simulation.write import WRITERS

__all__ = ["describe", "open_source", "run_simulation"]


def open_source(
    source: str, path: str | None, stations: str | None, strict: bool = False, **simulated: int
) -> tuple[xr.Dataset, ReadReport | None, xr.DataArray | None]:
    """Open station data.

    Args:
        source: ``simulated``, or the name of a reader.
        path: File, zip or folder of the archive.
        stations: Station table or folder of station lists, where the reader takes one.
        strict: Raise at the first broken file.
        simulated: Arguments of :func:`aqnet_pyg.simulation.simulate`.

    Returns:
        Station data, what the reader reports and, for the simulated network, the true field of PM2.5.

    Raises:
        InputError: If the source is unknown or cannot be read.
    """
    if source == "simulated":
        data, truth = simulate(**simulated)
        return data, None, truth
    if source in READERS and path is None:
        raise InputError(f"path: the source {source!r} needs one; name the file, zip or folder of the archive.")
    options: dict[str, Any] = {} if stations is None else {"stations": stations}
    data, report = read(source, path, **options, **({"strict": True} if strict else {}))
    return data, report, None


def describe(settings: InfoSettings) -> str:
    """What is in an archive, as text: the report of the reader and a line for each variable.

    Raises:
        InputError: If it cannot be read.
    """
    data, report, _ = open_source(settings.source, settings.path, settings.stations, settings.strict)
    hours = data.indexes["time"]
    west, east = float(data.longitude.min()), float(data.longitude.max())
    south, north = float(data.latitude.min()), float(data.latitude.max())
    lines = [str(report)] if report is not None else []
    lines += [
        f"stations    {data.sizes['station']}, {west:.2f} to {east:.2f} degrees east, {south:.2f} to {north:.2f} degrees north",
        f"hours       {len(hours)}, {hours[0]} to {hours[-1]} UTC, local zone {data.attrs['time_zone']}",
        f"{'variable':<20}{'measured':>9}{'mean':>9}{'median':>9}{'highest':>9}  units",
    ]
    for name in data.data_vars:
        if name.endswith("_flag"):
            continue
        values = data[name].values[np.isfinite(data[name].values)]
        figures = (values.mean(), np.median(values), values.max()) if values.size else (np.nan,) * 3
        share = values.size / data[name].size
        lines.append(
            f"{name:<20}{share:>9.1%}"
            + "".join(f"{x:>9.1f}" for x in figures)
            + f"  {data[name].attrs.get('units', '')}"
        )
    return "\n".join(lines)


def run_simulation(settings: SimulationSettings) -> str:
    """Write the simulated network; returns a line on what was written.

    Raises:
        InputError: If the format is unknown or the place cannot be written to.
    """
    if settings.format not in WRITERS:
        raise InputError(f"format: {settings.format!r} is not known; use one of {', '.join(WRITERS)}.")
    data, _ = simulate(days=settings.days, stations=settings.stations, seed=settings.seed, truth=False)
    output_folder(Path(settings.out).parent)
    WRITERS[settings.format](data, settings.out)
    return f"{settings.days} simulated days of {settings.stations} stations are in {settings.out}."
