"""Station data from an archive or the simulation: ``aqnet info`` and ``aqnet simulate``."""

from __future__ import annotations

import json
import logging
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from aqnet_pyg.commands.settings import InfoSettings, SimulationSettings, SourceSettings
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import unwrap_longitude
from aqnet_pyg.io.files import output_folder, replacing, write_dataset
from aqnet_pyg.readers import READERS, ReadReport, read
from aqnet_pyg.readers.assembly.selection import select
from aqnet_pyg.stations import MONITOR, count_instruments, instruments_of, pollutants_in

log = logging.getLogger(__name__)


class Source(NamedTuple):
    """Opened station data.

    Args:
        data: Station data.
        truth: The true field of PM2.5 of the simulation; None for an archive.
        report: Report of the reader of an archive; None for the simulation.
    """

    data: xr.Dataset
    truth: xr.DataArray | None
    report: ReadReport | None


def open_source(settings: SourceSettings, **simulated: Any) -> Source:
    """Open station data.

    Args:
        settings: Source and options of its reader.
        simulated: Arguments of :func:`aqnet_pyg.simulation.simulate` for the simulation.

    Returns:
        Station data, true field and report; the report is also logged.

    Raises:
        InputError: If the source is unknown or cannot be read.
    """
    if settings.source == "simulated":
        selected = {name: getattr(settings, name) for name in ("bbox", "start", "end")}
        for name in settings.reader_options.keys() - selected.keys():
            raise InputError(f"{name}: the simulation has no such option; leave it out.")
        from aqnet_pyg.simulation import simulate

        data, truth = simulate(**simulated)
        return Source(select(data, ReadReport("the simulation"), **selected), truth, None)
    if settings.path is None and Path(settings.source).exists():
        raise InputError(
            f"source: {settings.source!r} is a file or folder; name its format first, such as table --path {settings.source}, "
            f"or one of {', '.join(READERS)}."
        )
    if settings.path is None and (settings.source in READERS or "." in settings.source):
        raise InputError(
            f"path: the source {settings.source!r} needs a path; give the file, zip or folder of the archive."
        )
    data, report = read(settings.source, settings.path, **settings.reader_options)
    log.info("%s", report)
    return Source(data, None, report)


def describe(settings: InfoSettings) -> str:
    """Summarize an archive as text: figures of each variable, the first measurements, and the options that read it in this way.

    The report of the reader is logged.

    Raises:
        InputError: If it cannot be read, or the file of options cannot be written.
    """
    source = open_source(settings)
    data = source.data
    hours = data.indexes["time"]
    longitude = unwrap_longitude(data.longitude.values)
    west, east = float(longitude.min()), float(longitude.max())
    south, north = float(data.latitude.min()), float(data.latitude.max())
    lines = [
        f"stations    {data.sizes['station']}, {west:.2f} to {east:.2f} degrees east, {south:.2f} to {north:.2f} degrees north",
        f"hours       {len(hours)}, {hours[0]} to {hours[-1]} UTC, local zone {data.attrs['time_zone']}",
        *([f"instruments {count_instruments(data)}"] if "instrument" in data.coords else []),
        f"{'variable':<20}{'measured':>9}{'mean':>9}{'median':>9}{'highest':>9}  units",
    ]
    names = [str(name) for name in data.data_vars if not str(name).endswith("_flag")]
    for name in names:
        values = data[name].values[np.isfinite(data[name].values)]
        figures = (values.mean(), np.median(values), values.max()) if values.size else (np.nan,) * 3
        share = values.size / data[name].size
        lines.append(
            f"{name:<20}{share:>9.1%}"
            + "".join(f"{x:>9.1f}" for x in figures)
            + f"  {data[name].attrs.get('units', '')}"
        )
    lines += _instrument_lines(data)
    lines += ["", "first measurements (end of the hour, UTC)"]
    lines += [line for name in names[:_FIRST_VARIABLES] for line in _first_measurements(data[name])]
    if source.report is not None:
        text = _options_text(settings, source.report)
        lines += ["", "options that read it in this way, for --config of any command", *text.splitlines()]
        if settings.out is not None:
            with replacing(settings.out) as temporary:
                temporary.write_text(text, encoding="utf-8")
            lines += ["", f"They are in {settings.out}."]
    return "\n".join(lines)


_WITH_CLASSES = ("table", "netcdf")
"""Formats of the simulation that keep the class of an instrument."""

_FIRST_VARIABLES = 2
_FIRST_ROWS = 4
"""Numbers of variables, and of measurements of each, that are shown."""


def _instrument_lines(data: xr.Dataset) -> list[str]:
    """Readings of each class beside kriging of the monitors, and suspect stations, for each pollutant."""
    if not (instruments_of(data) != MONITOR).any():
        return []
    from aqnet_pyg.baselines.instruments import InstrumentCalibration

    lines: list[str] = []
    for name in pollutants_in(data):
        found = InstrumentCalibration.compare(data, name)
        if found is not None:
            lines += [f"{name:<12}{each.formula(kind)}" for kind, each in found.classes.items()]
            suspects = found.suspects
            lines += [f"{name:<12}suspect: {', '.join(suspects)}"] if suspects else []
    return ["", "instruments beside kriging of the monitors", *lines] if lines else []


def _first_measurements(values: xr.DataArray) -> list[str]:
    found = np.argwhere(np.isfinite(values.values))[:_FIRST_ROWS]
    codes, hours = values.indexes["station"], values.indexes["time"]
    return [
        f"  {codes[station]:<24} {hours[hour]:%Y-%m-%d %H:%M}  {values.name} {values.values[hour, station]:.6g} "
        f"{values.attrs.get('units', '')}"
        for hour, station in found
    ]


def _options_text(settings: InfoSettings, report: ReadReport) -> str:
    """Options as YAML; values are written as JSON, which is YAML too."""
    given = {item.name: getattr(settings, item.name) for item in fields(SourceSettings)}
    options = {name: value for name, value in given.items() if value not in (None, False)}
    options |= report.options | settings.reader_options
    return "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in options.items())


def run_simulation(settings: SimulationSettings) -> str:
    """Write the simulated network; return a message with the path.

    Raises:
        InputError: If the format is unknown or has no sensors, a number is out of range, or the path cannot be written to.
    """
    from aqnet_pyg.simulation import WRITERS, simulate

    if settings.format not in WRITERS:
        raise InputError(f"format: {settings.format!r} does not exist; use one of {', '.join(WRITERS)}.")
    if settings.sensors and settings.format not in _WITH_CLASSES:
        raise InputError(
            f"sensors: the format {settings.format} has no classes of instruments; use {' or '.join(_WITH_CLASSES)}, or leave "
            "them out."
        )
    sensors = f" and {settings.sensors} sensors" if settings.sensors else ""
    message = f"{settings.days} simulated days of {settings.stations} stations{sensors} are in {settings.out}"
    arguments: dict[str, Any] = {
        "days": settings.days,
        "stations": settings.stations,
        "seed": settings.seed,
        "sensors": settings.sensors,
    }
    if settings.first_guess is None:
        data, _ = simulate(**arguments, truth=False)
    else:
        data, _, field = simulate(**arguments, truth=False, first_guess=True)
        data = data.drop_vars(str(field.name))  # stations do not measure it
        output_folder(Path(settings.first_guess).parent)
        write_dataset(field.to_dataset(), settings.first_guess)
        message += f", a simulated first guess in {settings.first_guess}"
    output_folder(Path(settings.out).parent)
    WRITERS[settings.format](data, settings.out)
    return f"{message}."
