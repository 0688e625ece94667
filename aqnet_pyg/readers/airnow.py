"""Reader of AirNow, the real-time network of the United States: HourlyData, with a list of sites, and HourlyAQObs."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator, Sequence

import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.airnow_rows import DATA_COLUMNS, OBS_COLUMNS, OBS_PARAMETERS, Tally, data_rows, obs_rows
from aqnet_pyg.readers.airnow_sites import encoding_of, find_site_lists, read_site_lists
from aqnet_pyg.readers.assembly.collect import collect
from aqnet_pyg.readers.assembly.mass_units import gases_among
from aqnet_pyg.readers.conventions import CONVENTIONS
from aqnet_pyg.readers.files.archive import Member, PathLike, find_members, read_members
from aqnet_pyg.readers.files.text_columns import first_line, read_columns, to_utf8
from aqnet_pyg.readers.files.text_files import clean_text
from aqnet_pyg.readers.files.times import check_zone
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.us_standard_time import zone_of
from aqnet_pyg.text import counted


def read_airnow(
    path: PathLike | Sequence[PathLike],
    *,
    stations: PathLike | Sequence[PathLike] | None = None,
    time_zone: str | None = None,
    strict: bool = False,
) -> tuple[xr.Dataset, ReadReport]:
    """Read hourly files of AirNow.

    ``HourlyData_YYYYMMDDHH.dat`` (https://docs.airnowapi.org/docs/HourlyDataFactSheet.pdf) has a row per site and parameter,
    without a header and without coordinates. ``HourlyAQObs_YYYYMMDDHH.dat``
    (https://docs.airnowapi.org/docs/HourlyAQObsFactSheet.pdf) has a row per site, with coordinates. Times are UTC and label the
    beginning of the hour. ppm and ppb are converted at 25 °C and 1013.25 hPa. The data are preliminary.

    Args:
        path: Files, folders (with their subfolders) or zip files.
        stations: Lists of sites for HourlyData, ``Monitoring_Site_Locations_V2.dat`` or ``monitoring_site_locations.dat``; of
            several, the last one that has a site. A station table (CSV) with code, longitude and latitude is accepted, too.
            Default: the lists in the folders of the files.
        time_zone: IANA name of the zone of local days, or an offset such as ``-06:00``, which is stored in the data set. Default:
            the standard time of most sites.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report.

    Raises:
        InputError: If there is nothing to read, or there is HourlyData without a list of sites.
    """
    time_zone = None if time_zone is None else check_zone(time_zone)
    report = ReadReport(str(path), strict)
    expected = "HourlyData_YYYYMMDDHH.dat or HourlyAQObs_YYYYMMDDHH.dat"
    members = find_members(path, r"Hourly(Data|AQObs)_\d{10}\.dat(\.gz)?", expected, report)
    given = [stations] if isinstance(stations, str | os.PathLike) else stations
    lists = find_site_lists(path) if given is None else given
    sites = read_site_lists(lists) if lists else None
    tally = Tally()
    frames = _frames(members, report, sites, tally)
    source = "AirNow, preliminary data"
    dataset = collect(frames, report, time_zone=time_zone or "UTC", source=source, resolution="hour")
    if time_zone is None and tally.offsets:
        dataset.attrs["time_zone"] = zone_of(tally.offsets.most_common(1)[0][0])
    convention = CONVENTIONS["airnow"]
    report.notes.append(f"times are the {convention.label} of the hour, {convention.zone}.")
    if tally.converted:
        report.notes.append(
            f"{gases_among(tally.converted)} converted from ppm or ppb at {convention.temperature:g} °C and 1013.25 hPa."
        )
    if tally.missing:
        report.notes.append(f"{counted(tally.missing, 'value')} of -999, which are missing.")
    if tally.other_parameters:
        common = ", ".join(f"{name} ({count:,})" for name, count in tally.other_parameters.most_common(5))
        report.notes.append(f"{counted(tally.other_parameters.total(), 'row')} of other parameters left out: {common}.")
    return dataset, report


def _frames(
    members: Sequence[Member], report: ReadReport, sites: pd.DataFrame | None, tally: Tally
) -> Iterator[tuple[str, pd.DataFrame]]:
    for member, data in read_members(members, report):
        text = clean_text(to_utf8(data, encoding_of(data)), member.label, report)
        if text is None:
            continue
        file, first = member.label, first_line(text)
        faults: Counter[str] = Counter()
        if first.count("|") >= len(DATA_COLUMNS):
            if sites is None:
                raise InputError(
                    f"{file}: the file has no coordinates, and there is no list of sites in its folder; give stations, such as "
                    "Monitoring_Site_Locations_V2.dat."
                )
            names = (*DATA_COLUMNS, "agency")
            blocks = read_columns(text, names, DATA_COLUMNS, file, report, delimiter="|", quoted=False, header=False)
            frames = (data_rows(block, sites, tally, faults) for block in blocks)
        else:
            header = next(csv.reader([first]))
            absent = [OBS_COLUMNS[name] for name in ("station", "date", "time") if OBS_COLUMNS[name] not in header]
            if absent:
                report.skip(file, f"neither HourlyData nor HourlyAQObs (no column {absent[0]})")
                continue
            wanted = [*OBS_COLUMNS.values(), *OBS_PARAMETERS, *(f"{name}_Unit" for name in OBS_PARAMETERS)]
            blocks = read_columns(text, header, [name for name in wanted if name in header], file, report)
            frames = (obs_rows(block, sites, tally, faults) for block in blocks)
        yield from ((file, frame) for frame in frames)
        for fault, count in faults.items():
            report.damage(file, f"{counted(count, 'row')} {fault}, left out")
