"""Reader of the archive of the United States (EPA AQS): hourly and daily files, and daily exports of AirData."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd
import xarray as xr

from aqnet_pyg.readers.aqs_rows import PARAMETERS, Columns, Tally, daily_rows, hourly_rows
from aqnet_pyg.readers.assembly.collect import collect
from aqnet_pyg.readers.assembly.mass_units import gases_among
from aqnet_pyg.readers.conventions import CONVENTIONS
from aqnet_pyg.readers.files.archive import Member, PathLike, find_members, read_members
from aqnet_pyg.readers.files.text_columns import TextColumn, first_line, read_columns, to_utf8
from aqnet_pyg.readers.files.text_files import clean_text
from aqnet_pyg.readers.files.times import check_zone
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.us_standard_time import zone_of
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.text import counted


@dataclass(frozen=True)
class _Layout:
    """Columns of a kind of file.

    Args:
        name: Its name.
        required: Columns by which it is recognized, by the names of :data:`aqnet_pyg.readers.aqs_rows.Columns`.
        optional: Columns that are read where they are.
        dates: Format of its dates.
    """

    name: str
    required: dict[str, str]
    optional: dict[str, str]
    dates: str = "%Y-%m-%d"


_MONITOR = {
    "state": "State Code",
    "county": "County Code",
    "site": "Site Num",
    "parameter": "Parameter Code",
    "poc": "POC",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "units": "Units of Measure",
}
_NAMES = {"name": "Local Site Name", "city": "City Name", "province": "State Name"}

_LAYOUTS = (
    _Layout(
        "hourly",
        {**_MONITOR, "date": "Date GMT", "time": "Time GMT", "value": "Sample Measurement"},
        {**_NAMES, "duration": "Sample Duration"},
    ),
    _Layout(
        "daily",
        {
            **_MONITOR,
            "date": "Date Local",
            "value": "Arithmetic Mean",
            "duration": "Sample Duration",
            "event": "Event Type",
        },
        {**_NAMES, "percent": "Observation Percent"},
    ),
    _Layout(
        "AirData",
        {
            "station": "Site ID",
            "parameter": "AQS Parameter Code",
            "poc": "POC",
            "latitude": "Site Latitude",
            "longitude": "Site Longitude",
            "units": "Units",
            "date": "Date",
            "value": "Daily Mean Concentration",
        },
        {"name": "Local Site Name", "province": "State", "percent": "Percent Complete", "source": "Source"},
        "%m/%d/%Y",
    ),
)

_OTHER_NAMES = {"sitenumber": "sitenum", "sitename": "localsitename"}
"""Column names of some years, and the usual ones, in lower case without blanks and signs."""


def read_aqs(
    path: PathLike | Sequence[PathLike],
    *,
    time_zone: str | None = None,
    resolution: Literal["day"] | None = None,
    strict: bool = False,
) -> tuple[xr.Dataset, ReadReport]:
    """Read files of the Air Quality System of the US EPA.

    Three layouts are recognized by their columns: hourly files (``hourly_88101_2023.csv``) and daily files
    (``daily_88101_2023.csv``) of https://aqs.epa.gov/aqsweb/airdata/download_files.html, and the daily exports of
    https://www.epa.gov/outdoor-air-quality-data/download-daily-data. Files of several pollutants, years and states are read
    together, also zipped.

    Stations have the code of nine digits (state, county, site). PM2.5 is parameter 88101 (federal reference and equivalent
    methods) and, in hours without it, 88502; PM10 is 81102 and, in hours without it, 85101. Of several instruments (POC) of a
    parameter, the lowest number with a value is read. ppm and ppb are converted at 25 °C and 1013.25 hPa. Hours are those of the
    columns ``Date GMT`` and ``Time GMT``, which label the beginning of the hour.

    A day is read as its mean from samples of 24 hours or 1 hour with at least 75 % of the scheduled samples. Rows without the
    samples of an exceptional event are left out, since another row includes them. Maxima and running means, such as those of
    ozone, are not read. Days end at midnight in the standard time of the county.

    Args:
        path: Files, folders or zip files.
        time_zone: IANA name of the zone of local days, or an offset such as ``-06:00``. Default: the standard time of each
            county; that of most stations is stored in the data set.
        resolution: ``"day"`` to read daily files: a daily mean is the value of the hour that ends the day.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report.

    Raises:
        InputError: If there is nothing to read, or files are daily and ``resolution`` is not ``"day"``.
    """
    time_zone = None if time_zone is None else check_zone(time_zone)
    report = ReadReport(str(path), strict)
    members = find_members(path, r".*\.csv(\.gz)?", "hourly_*.csv, daily_*.csv or an export of AirData", report)
    tally = Tally()
    frames = _frames(members, report, tally, time_zone, resolution)
    dataset = collect(
        frames, report, time_zone=time_zone or "UTC", source="US EPA AQS", resolution=resolution or "hour"
    )
    offsets = Counter(offset for offset in tally.offsets.values() if offset is not None)
    if time_zone is None and offsets:
        dataset.attrs["time_zone"] = zone_of(offsets.most_common(1)[0][0])
    report.notes += _notes(tally, daily=resolution == "day")
    return dataset, report


def _frames(
    members: Sequence[Member], report: ReadReport, tally: Tally, time_zone: str | None, resolution: str | None
) -> Iterator[tuple[str, pd.DataFrame]]:
    for member, data in read_members(members, report):
        text = clean_text(to_utf8(data), member.label, report)
        if text is None:
            continue
        header = next(csv.reader([first_line(text)]))
        found = _find_layout(header, member.label, report)
        if found is None:
            continue
        layout, columns = found
        if (layout.name == "hourly") == (resolution == "day"):
            kind, advice = ("hourly", "without") if layout.name == "hourly" else ("daily", "with")
            report.skip(member.label, f"{kind} values, read {advice} resolution='day'")
            continue
        faults: Counter[str] = Counter()
        blocks = (
            {name: block[column] for name, column in columns.items()}
            for block in read_columns(text, header, list(columns.values()), member.label, report)
        )
        if layout.name == "hourly":
            for block in blocks:
                yield member.label, hourly_rows(block, tally, faults)
        elif rows := list(blocks):
            yield member.label, daily_rows(_joined(rows), layout.dates, time_zone, tally, faults)
        for fault, count in faults.items():
            report.damage(member.label, f"{counted(count, 'row')} {fault}, left out")


def _find_layout(header: Sequence[str], file: str, report: ReadReport) -> tuple[_Layout, dict[str, str]] | None:
    """The layout of a file, and its column names; None for another file, which is recorded as skipped."""
    present = {_plain(name): name for name in reversed(header)}
    quantity = next((name for name in present if re.fullmatch(r"daily(mean|max).*concentration", name)), "")
    if quantity.startswith("dailymean"):
        present["dailymeanconcentration"] = present[quantity]
    for layout in _LAYOUTS:
        if all(_plain(name) in present for name in layout.required.values()):
            wanted = {**layout.required, **layout.optional}
            return layout, {
                name: present[_plain(column)] for name, column in wanted.items() if _plain(column) in present
            }
    if quantity:
        report.skip(file, f"{present[quantity]!r}, which is not a mean of the day")
    else:
        report.skip(file, f"not a file of AQS with hourly or daily values (columns {', '.join(header)[:80]})")
    return None


def _plain(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return _OTHER_NAMES.get(plain, plain)


def _joined(blocks: Sequence[Columns]) -> Columns:
    return {name: TextColumn.joined([block[name] for block in blocks]) for name in blocks[0]}


def _notes(tally: Tally, daily: bool) -> list[str]:
    convention = CONVENTIONS["aqs"]
    notes = [
        "days end at midnight in the standard time of the county, or in time_zone."
        if daily
        else f"Date GMT and Time GMT are the {convention.label} of the hour."
    ]
    if tally.converted:
        notes.append(
            f"{gases_among(tally.converted)} converted from ppm or ppb at {convention.temperature:g} °C and 1013.25 hPa."
        )
    for first, second in (("88101", "88502"), ("81102", "85101")):
        if tally.read[second]:
            name, rows = POLLUTANTS[PARAMETERS[first][0]].label, counted(tally.read[second], "row")
            notes.append(f"{name} is parameter {first}, and {second} ({rows}) where that is missing.")
    if "85101" in tally.read:
        notes.append("PM10 of parameter 85101 is at local conditions, that of 81102 at 25 °C.")
    notes += [f"{counted(count, 'row')} {reason}, left out." for reason, count in tally.left_out.items() if count]
    if tally.other_parameters:
        codes = ", ".join(f"{code} ({count:,})" for code, count in tally.other_parameters.most_common(5))
        notes.append(f"{counted(tally.other_parameters.total(), 'row')} of other parameters left out: {codes}.")
    if tally.sources["AirNow"]:
        notes.append(f"{counted(tally.sources['AirNow'], 'value')} of AirNow, which are preliminary.")
    return notes
