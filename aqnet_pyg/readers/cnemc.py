"""Reader of the national network of China (CNEMC): daily wide files from the archive quotsoft.net/air."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.assemble import assemble
from aqnet_pyg.readers.files.archive import PathLike, find_members
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.station_lists import locate, read_station_lists
from aqnet_pyg.readers.wide import TIME_ZONE, read_wide
from aqnet_pyg.text import counted


def read_cnemc(
    path: PathLike | Sequence[PathLike],
    stations: PathLike | Sequence[PathLike],
    *,
    region: tuple[float, float, float, float] | None = None,
    strict: bool = False,
) -> tuple[xr.Dataset, ReadReport]:
    """Read the national network of China (CNEMC), archived by quotsoft.net/air.

    Args:
        path: Folder, zip file or several of them with the files ``china_sites_YYYYMMDD.csv``: date, hour, type and one
            column per station, in Beijing time, µg m-3 and (CO) mg m-3.
        stations: Folder with, or path or paths of, the lists ``站点列表-YYYY.MM.DD起.csv``. Coordinates are taken from the list
            in force on the first day of the data; for stations without coordinates in it, from the list nearest to it in time.
        region: West, south, east, north in degrees: only stations inside, bounds included, are read.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report. Stations without coordinates and stations without measurements are left out.

    Raises:
        InputError: If there is nothing to read, or no station of the files has coordinates in a list (in the region).
    """
    report = ReadReport(str(path), strict)
    members = find_members(path, r"china_sites_\d{8}\.csv", "china_sites_YYYYMMDD.csv", report)
    lists = read_station_lists(stations, report)
    days = [member.day for member in members if member.day]
    first, last = min(days, default=lists[-1].day), max(days, default=lists[-1].day)
    located = locate(lists, first, last)
    wanted = located if region is None else located[_inside(located, region)]
    if wanted.empty:
        raise InputError(
            f"region: none of the {len(located)} listed stations is inside {region}; give west, south, east, north in degrees."
        )
    data = read_wide(members, dict(zip(wanted.index, wanted.index, strict=True)), report)
    report.without_coordinates = [code for code in data.unused if code not in located.index]
    if not data.codes:
        raise InputError(
            f"{report.source}: none of the {len(data.unused)} station columns ({', '.join(data.unused[:3])}, ...) is among the "
            f"{len(wanted)} stations of {', '.join(one.name for one in lists)}; give the station lists of the same network."
        )
    chosen = wanted.loc[data.codes]
    dataset = assemble(
        data.values,
        data.time,
        chosen,
        report,
        time_zone=TIME_ZONE,
        source="CNEMC national network, hourly, archived by quotsoft.net/air",
    )
    kept = chosen.loc[dataset.indexes["station"]]
    counts = ", ".join(f"{count:,} from {name}" for name, count in kept["list"].value_counts().items())
    report.notes.append(f"coordinates of stations: {counts}.")
    if kept["moved"].any():
        moved = counted(int(kept["moved"].sum()), "station")
        report.notes.append(f"{moved} moved by more than 5 km within the period; the first position is used.")
    return dataset, report


def _inside(stations: pd.DataFrame, region: tuple[float, float, float, float]) -> pd.Series:
    west, south, east, north = region
    return stations["longitude"].between(west, east) & stations["latitude"].between(south, north)
