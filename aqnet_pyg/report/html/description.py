"""Description of a run: area, period, data source, settings, provenance and problems in the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from aqnet_pyg.report.html.formatting import name_parts, period_text, plain_name
from aqnet_pyg.report.selection import predicted_pollutant
from aqnet_pyg.report.style import is_simulated
from aqnet_pyg.text import counted

Rows = list[tuple[str, str]]
"""Names and texts."""

_MAX_ENTRIES = 200
"""Entries shown of a long list."""


def headline(stations: xr.Dataset, grid: xr.Dataset | None, metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return the heading of the page.

    Args:
        stations: Result at stations.
        grid: Result on a grid, if there is one.
        metrics: Content of ``metrics.json``.

    Returns:
        ``name`` (letters and subscript), ``kind``, ``simulated``, and ``facts`` (rows of name and text).
    """
    target = predicted_pollutant(stations)
    forecast = "lead" in stations.dims
    hidden = int((stations.visible.values == 0).sum())
    count = counted(stations.sizes["station"], "station")
    count += f", {hidden} of them hidden" if hidden else ", none of them hidden"
    if grid is not None:
        cells = counted(grid.sizes["latitude"] * grid.sizes["longitude"], "grid cell")
        count += f"; {cells}" + (f" of {_spacing(grid):g}°" if grid.sizes["latitude"] > 1 else "")
    every = "every hour"
    if forecast:
        rounds, ahead = stations.sizes["forecast_reference_time"], stations.sizes["lead"]
        every = f"{counted(rounds, 'forecast')} of {counted(ahead, 'hour')}"
    facts = [
        *place_and_period(stations),
        ("Content", f"{count}; {every}"),
        ("Data", str(metrics.get("dataset", "unknown"))),
    ]
    return {
        "name": name_parts(target),
        "kind": "forecast" if forecast else "reanalysis",
        "simulated": is_simulated(stations, str(metrics.get("dataset", ""))),
        "facts": facts,
    }


def place_and_period(stations: xr.Dataset) -> Rows:
    """Return the extent of the stations, and the first and last hour in local time."""
    where = f"{_span(stations.latitude, 'NS')}, {_span(stations.longitude, 'EW')}"
    zone = stations.attrs.get("time_zone", "UTC")
    return [("Area", where), ("Period", period_text(stations.time.values, zone))]


def settings_rows(settings: Mapping[str, Any]) -> tuple[Rows, list[str]]:
    """Return the options that were set, nested ones as ``model.channels``, and the names of the others."""
    rows: Rows = []
    others: list[str] = []
    for name, value in settings.items():
        if isinstance(value, Mapping):
            inner, unset = settings_rows(value)
            rows += [(f"{name}.{part}", text) for part, text in inner]
            others += [f"{name}.{part}" for part in unset]
        elif value is None:
            others.append(name)
        else:
            rows.append((name, str(value)))
    return rows, others


def split_rows(split: Mapping[str, Any]) -> Rows:
    """Return the numbers of stations and the periods of the parts of the split."""
    rows = [(f"{kind.capitalize()} stations", f"{count:,}") for kind, count in split.get("stations", {}).items()]
    rows += [
        (f"Hours of {'training' if part == 'train' else part}", f"{first} to {last} UTC")
        for part, (first, last) in split.get("time", {}).items()
    ]
    return rows


def provenance(metrics: Mapping[str, Any], attributes: Mapping[str, Any]) -> Rows:
    """Return the data source, hashes and versions.

    Args:
        metrics: Content of ``metrics.json``.
        attributes: Attributes of the result at stations.
    """
    origin = {
        "Data source": metrics.get("dataset"),
        "SHA-256 of the data as read": metrics.get("data_sha256"),
        "SHA-256 of the model": attributes.get("model_sha256"),
        "History": attributes.get("history"),
    }
    rows = [(name, str(value)) for name, value in origin.items() if value]
    return rows + [(f"Version of {name}", str(number)) for name, number in metrics.get("versions", {}).items()]


def data_problems(reader: Mapping[str, Any]) -> list[tuple[str, str, list[str]]]:
    """Return the content of a read report: name, summary, and the entries of a list.

    Args:
        reader: Read report as a dictionary, of :meth:`aqnet_pyg.readers.ReadReport.to_dict`.
    """
    found: list[tuple[str, str, list[str]]] = [("Files read", f"{reader.get('files_read', 0):,}", [])]

    def several(title: str, entries: list[str]) -> None:
        if entries:
            more = [f"and {len(entries) - _MAX_ENTRIES:,} more"] if len(entries) > _MAX_ENTRIES else []
            found.append((title, f"{len(entries):,}", entries[:_MAX_ENTRIES] + more))

    def single(title: str, count: int) -> None:
        if count:
            found.append((title, f"{count:,}", []))

    several("Files skipped", [f"{one['file']}: {one['reason']}" for one in reader.get("skipped", [])])
    several("Files read in part", [f"{one['file']}: {one['reason']}" for one in reader.get("damaged", [])])
    several("Missing days", list(reader.get("absent_days", [])))
    single("Hours without measurements", reader.get("absent_hours", 0))
    masked = {name: count for name, count in reader.get("masked", {}).items() if count}
    if masked:
        entries = [f"{plain_name(name)}: {count:,}" for name, count in masked.items()]
        found.append(("Impossible values masked", f"{sum(masked.values()):,}", entries))
    single("Duplicate station-hours, lines or days (first kept)", reader.get("duplicates", 0))
    several("Stations without coordinates (left out)", list(reader.get("without_coordinates", [])))
    single("Stations without measurements (left out)", reader.get("stations_without_measurements", 0))
    several("Notes", list(reader.get("notes", [])))
    return found


def _span(degrees: xr.DataArray, sides: str) -> str:
    def text(value: float) -> str:
        return f"{abs(value):.1f}°{sides[0] if value >= 0 else sides[1]}"

    low, high = text(float(degrees.min())), text(float(degrees.max()))
    return low if low == high else f"{low} to {high}"


def _spacing(grid: xr.Dataset) -> float:
    return round(float(np.diff(grid.latitude.values[:2])[0]), 6)
