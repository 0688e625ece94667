"""Reader of the municipal network of Beijing (BJMEMC): daily wide files from the archive quotsoft.net/air."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.assemble import assemble
from aqnet_pyg.readers.assembly.station_tables import read_station_table
from aqnet_pyg.readers.files.archive import PathLike, find_members
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.wide import TIME_ZONE, read_wide


def read_bjmemc(
    path: PathLike | Sequence[PathLike], stations: PathLike | None = None, *, strict: bool = False
) -> tuple[xr.Dataset, ReadReport]:
    """Read the municipal network of Beijing (BJMEMC), archived by quotsoft.net/air.

    Args:
        path: Folder, zip file or several of them with the files ``beijing_all_YYYYMMDD.csv`` (PM2.5, PM10) and
            ``beijing_extra_YYYYMMDD.csv`` (SO2, NO2, O3, CO): date, hour, type and one column per station, in Beijing time,
            µg m-3 and (CO) mg m-3.
        stations: Table (CSV) with the ``name`` of each station as in the files, its ``station_id``, ``longitude`` and
            ``latitude``. Default: ``stations.csv`` in the folder of the files.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report. Stations without coordinates in the table and stations without measurements
        are left out.

    Raises:
        InputError: If there is nothing to read, or the table does not match the files.
    """
    report = ReadReport(str(path), strict)
    members = find_members(path, r"beijing_(all|extra)_\d{8}\.csv", "beijing_all_YYYYMMDD.csv", report)
    if stations is None:
        stations = members[0].container.parent / "stations.csv"
    table = read_station_table(stations)
    if "name" not in table:
        raise InputError(f"{stations}: no column 'name' with the station names in the header of the files; add it.")
    table = table[table["longitude"].notna() & table["latitude"].notna()].reset_index().drop_duplicates("station")
    data = read_wide(members, dict(zip(table["name"], table["station"], strict=True)), report)
    report.without_coordinates = data.unused
    if not data.codes:
        raise InputError(
            f"{report.source}: none of the station columns ({', '.join(data.unused[:3])}, ...) is a name in {stations}; "
            "give the station table of the same network."
        )
    chosen = table.set_index("station").loc[data.codes]
    return assemble(
        data.values,
        data.time,
        chosen,
        report,
        time_zone=TIME_ZONE,
        source="BJMEMC Beijing network, hourly, archived by quotsoft.net/air",
    ), report
