"""Reader of files of R with data of networks of the United Kingdom, as the R package openair imports them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.units import conversion_factor, plain_units
from aqnet_pyg.readers.assembly.collect import collect
from aqnet_pyg.readers.assembly.mass_units import unconverted_note
from aqnet_pyg.readers.conventions import CONVENTIONS
from aqnet_pyg.readers.files.archive import Member, PathLike, find_members, read_members
from aqnet_pyg.readers.files.r_files import r_numbers, r_texts, read_r_objects
from aqnet_pyg.readers.openair_sites import read_sites, sites_of
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.stations import POLLUTANTS

_POLLUTANTS = {"pm2.5": "pm25", "pm25": "pm25", "pm10": "pm10", "so2": "so2", "no2": "no2", "o3": "o3", "co": "co"}
_TEMPERATURE = CONVENTIONS["openair"].temperature or 20.0
_STEPS = {900: "15 minutes", 3600: "hour", 86400: "day"}
"""Averaging periods in seconds, and their names."""


@dataclass
class _Found:
    """Findings in all files, for the read report."""

    steps: set[int] = field(default_factory=set)
    sites: list[pd.DataFrame] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


def read_openair(
    path: PathLike | Sequence[PathLike],
    stations: PathLike | None = None,
    *,
    units: Mapping[str, str] | None = None,
    resolution: str | None = None,
    strict: bool = False,
) -> tuple[xr.Dataset, ReadReport]:
    """Read files of R of AURN and the other networks of the United Kingdom, as openair imports them (``importUKAQ``).

    Data frames have ``date`` (GMT, the beginning of the averaging period), ``site`` or ``code``, and a column for each pollutant
    (``NO2``, ``PM2.5``; in lower case if saved by users), or ``pollutant`` and ``value``. Hourly and 15-minute means are read.

    Args:
        path: File (``MY1_2020.RData``, ``.rda``, ``.rds``), folder or zip file of them, or several of these. Metadata of the
            network (``AURN_metadata.RData``) among them are used for coordinates. The package rdata is needed.
        stations: Metadata of the network, or a station table (CSV) with code, longitude and latitude. Default: the metadata among
            the files, or coordinates in the data frames (openair's ``meta = TRUE``).
        units: Units of pollutants that are not in µg m-3 (CO: mg m-3) as openair documents it, such as ``{"o3": "ppb"}`` for data
            of King's College London imported with ``units = "volume"``; ppb and ppm are converted at 20 °C and 1013.25 hPa.
        resolution: ``day`` to read daily means, each of which is placed at the hour that ends its day.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report.

    Raises:
        InputError: If there is nothing to read, an option is invalid, or no site has coordinates.
        ModuleNotFoundError: If the package rdata is not installed.
    """
    factors = _factors(units or {})
    report = ReadReport(str(path), strict)
    exclude = [] if stations is None else [Path(stations)]
    members = find_members(path, r".*\.(rdata|rda|rds)", "*.RData", report, exclude=exclude)
    found = _Found()
    frames = list(_frames(members, found, factors, resolution, report))
    if stations is not None:
        found.sites = [read_sites(stations)]
    table = pd.concat(found.sites) if found.sites else None
    if table is not None:
        table = table[~table.index.duplicated()]
        by_name = {str(name).casefold(): code for code, name in table.get("name", pd.Series(dtype=object)).items()}
        for _, frame in frames:
            frame["station"] = [
                code if code in table.index else by_name.get(code.casefold(), code) for code in frame["station"]
            ]
    dataset = collect(
        frames,
        report,
        time_zone="UTC",
        source="networks of the United Kingdom, as openair imports them",
        stations=table,
        resolution=resolution,
    )
    report.notes.append("times are GMT and label the beginning of the averaging period; the end labels the hours here.")
    ratios = {name: unit for name, unit in (units or {}).items() if plain_units(unit).startswith("pp")}
    for name, unit in ratios.items():
        if name in dataset:
            report.notes.append(f"{name} was converted from {unit} at {_TEMPERATURE:g} °C and 1013.25 hPa.")
    report.notes += unconverted_note(set(dataset) - set(ratios))
    report.notes.append("ratified and provisional values are not told apart in these files.")
    return dataset, report


def _factors(units: Mapping[str, str]) -> dict[str, float]:
    """Factors to the units of the package by pollutant."""
    for name in units:
        if name not in POLLUTANTS:
            raise InputError(f"units: {name!r} is not a pollutant; use one of {', '.join(POLLUTANTS)}.")
    return {
        name: conversion_factor(name, unit, POLLUTANTS[name].units, temperature=_TEMPERATURE)
        for name, unit in units.items()
    }


def _frames(
    members: Sequence[Member], found: _Found, factors: Mapping[str, float], resolution: str | None, report: ReadReport
) -> Iterator[tuple[str, pd.DataFrame]]:
    for member, data in read_members(members, report):
        objects = read_r_objects(data, member.label, report)
        if objects is None:
            continue
        parts, faults = [], []
        for value in objects.values():
            sites = sites_of(value)
            if sites is not None:
                found.sites.append(sites)
                continue
            try:
                parts.append(_tidy(value, factors, resolution))
            except InputError as error:
                faults.append(str(error))
        if parts:
            yield member.label, pd.concat(parts, ignore_index=True)
        for fault in faults:
            (report.damage if parts else report.skip)(member.label, fault)


def _tidy(value: Any, factors: Mapping[str, float], resolution: str | None) -> pd.DataFrame:
    """Rows of a data frame in the columns of :func:`~aqnet_pyg.readers.assembly.collect.collect`.

    Raises:
        InputError: If it is not a data frame of openair, with the reason.
    """
    if not isinstance(value, pd.DataFrame) or "date" not in value:
        raise InputError("no data frame with a column date")
    if value.empty:
        raise InputError("no rows")
    key = next((name for name in ("code", "site") if name in value), None)
    if key is None:
        raise InputError("no column code or site: it is not known where this was measured")
    time = _ends(value, key, resolution)
    base = {"station": r_texts(value[key]).to_numpy(), "time": time}
    if "site" in value:
        base["name"] = r_texts(value["site"]).to_numpy()
    if {"latitude", "longitude"} <= set(value.columns):
        base |= {name: r_numbers(value[name]) for name in ("longitude", "latitude")}
    if {"pollutant", "value"} <= set(value.columns):
        variable = r_texts(value["pollutant"]).str.lower().map(_POLLUTANTS).to_numpy()
        frame = pd.DataFrame(base | {"variable": variable, "value": r_numbers(value["value"])})
        frame = frame[frame["variable"].notna()]
    else:
        columns: dict[str, str] = {}
        for name in value.columns:
            columns.setdefault(_POLLUTANTS.get(str(name).lower(), ""), name)
        columns.pop("", None)
        if not columns:
            raise InputError("none of the six pollutants")
        frame = pd.concat(
            [
                pd.DataFrame(base | {"variable": ours, "value": r_numbers(value[theirs])})
                for ours, theirs in columns.items()
            ],
            ignore_index=True,
        )
    for name, factor in factors.items():
        frame.loc[frame["variable"] == name, "value"] *= factor
    return frame.reset_index(drop=True)


def _ends(value: pd.DataFrame, key: str, resolution: str | None) -> np.ndarray:
    """Ends of the averaging periods, whose length is the most frequent time between the rows of a site."""
    date = value["date"]
    if pd.api.types.is_datetime64_any_dtype(date.dtype):
        seconds = pd.Series(date.to_numpy("datetime64[s]")).astype("int64").to_numpy(np.float64)
    else:
        seconds = r_numbers(date)
    invalid = ~np.isfinite(seconds)
    whole = np.where(invalid, 0, np.rint(seconds)).astype(np.int64)
    unique = pd.DataFrame({"site": r_texts(value[key]).to_numpy(), "time": whole})[~invalid].drop_duplicates()
    steps = unique.sort_values(["site", "time"]).groupby("site")["time"].diff().dropna()
    step = int(steps.mode().iloc[0]) if len(steps) else 3600
    if step not in _STEPS:
        raise InputError(f"values {step / 3600:g} hours apart, not hourly means")
    if step == 86400 and resolution != "day":
        raise InputError("daily means, which resolution='day' reads")
    time = whole.astype("datetime64[s]") + np.timedelta64(step, "s")
    time[invalid] = np.datetime64("NaT")
    return time
