"""Reader of the text mirror of the national network of China (CNEMC): columns separated by blanks, without a header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.readers.assembly.collect import collect
from aqnet_pyg.readers.assembly.daily_means import check_resolution
from aqnet_pyg.readers.files.archive import Member, PathLike, find_members, read_members
from aqnet_pyg.readers.files.text_files import clean_text
from aqnet_pyg.readers.files.times import in_calendar
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.text import counted

_POLLUTANTS = ("so2", "no2", "co", "o3", "pm10", "pm25")
"""Pollutants in the order of the columns."""

_HOURLY, _DAILY = 13, 12
"""Number of columns: site, year, month, day, (hour), longitude, latitude and the pollutants."""

_MISSING = -9999
_UTC_OFFSET = np.timedelta64(8, "h")


def read_cnemc_text(
    path: PathLike | Sequence[PathLike], *, resolution: str | None = None, strict: bool = False
) -> tuple[xr.Dataset, ReadReport]:
    """Read the text mirror of the national network of China (CNEMC).

    Args:
        path: Text file, folder or zip file of them, or several of these, with the columns site, year, month, day, hour,
            longitude, latitude, SO2, NO2, CO, O3, PM10 and PM2.5, separated by blanks; files of daily means have no hour.
        resolution: ``"day"`` to read daily means, each at the hour in which its local day ends. Default: hourly means.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report. Times are the ends of the averaging hours in Beijing time, units µg m-3 and (CO)
        mg m-3. Ozone of daily files is left out, since the files do not state whether it is the mean or the highest mean over 8
        hours. Stations that share the code of a site are distinguished by their coordinates.

    Raises:
        InputError: If there is nothing to read.
    """
    report = ReadReport(str(path), strict)
    members = find_members(path, r".*\.txt(\.gz)?", "*.txt", report)
    left_out: Counter[str] = Counter()
    dataset = collect(
        _frames(members, resolution, left_out, report),
        report,
        time_zone="Asia/Shanghai",
        source="CNEMC national network, text mirror",
        resolution=resolution,
    )
    report.notes.append("times are the ends of the averaging periods in Beijing time (UTC+8).")
    if left_out["o3"]:
        report.notes.append(
            f"{counted(left_out['o3'], 'value')} of ozone of daily files left out: daily mean and highest 8-hour mean cannot be "
            "told apart."
        )
    return dataset, report


def _frames(
    members: Sequence[Member], resolution: str | None, left_out: Counter[str], report: ReadReport
) -> Iterator[tuple[str, pd.DataFrame]]:
    for member, data in read_members(members, report):
        text = clean_text(data, member.label, report)
        if text is None:
            continue
        lines = [fields for line in text.decode().splitlines() if (fields := line.split())]
        if len(lines[0]) > 1 and not lines[0][1].isdecimal():
            lines = lines[1:]  # a header
        frame = _tidy(lines, resolution, member.label, left_out, report)
        if frame is not None:
            yield member.label, frame


def _tidy(
    lines: Sequence[Sequence[str]], resolution: str | None, file: str, left_out: Counter[str], report: ReadReport
) -> pd.DataFrame | None:
    daily = sum(len(fields) == _DAILY for fields in lines) > len(lines) / 2
    width = _DAILY if daily else _HOURLY
    complete = [fields for fields in lines if len(fields) == width]
    if not complete:
        report.skip(
            file, f"no lines with {_HOURLY} fields (site, year, month, day, hour, ...) or, without hour, {_DAILY}"
        )
        return None
    if len(complete) < len(lines):
        report.damage(file, f"{counted(len(lines) - len(complete), 'line')} with a wrong number of fields left out")
    rows = pd.DataFrame(complete)
    numbers = rows.iloc[:, 1:].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    year, month, day = numbers[:, 0], numbers[:, 1], numbers[:, 2]
    hour = np.full(len(numbers), 24.0) if daily else numbers[:, 3]
    dates = in_calendar(pd.to_datetime(pd.DataFrame({"year": year, "month": month, "day": day}), errors="coerce"))
    good = dates.notna().to_numpy() & (year >= 1990) & (hour >= 0) & (hour <= 24) & (hour % 1 == 0)
    if not good.any():
        report.skip(file, f"no valid date in the second to fourth field, as in {' '.join(complete[0])[:40]!r}")
        return None
    if not good.all():
        report.damage(file, f"{counted(int((~good).sum()), 'line')} without a valid date or hour left out")
    check_resolution(resolution, daily, file)
    rows, numbers = rows[good], numbers[good]
    values = np.where(numbers[:, -6:] == _MISSING, np.nan, numbers[:, -6:])
    if daily:
        left_out["o3"] += int(np.isfinite(values[:, _POLLUTANTS.index("o3")]).sum())
    invalid = np.isnan(numbers[:, -6:])
    if invalid.any():
        example = rows.iloc[:, -6:].to_numpy()[invalid][0]
        report.damage(file, f"{counted(int(invalid.sum()), 'value')} not numeric, such as {example!r}")
    time = dates[good].to_numpy("datetime64[s]") + hour[good].astype("timedelta64[h]") - _UTC_OFFSET
    shared = {
        "station": _codes(rows, numbers[:, -8], numbers[:, -7], time),
        "time": time,
        "longitude": np.where(numbers[:, -8] == _MISSING, np.nan, numbers[:, -8]),
        "latitude": np.where(numbers[:, -7] == _MISSING, np.nan, numbers[:, -7]),
    }
    return pd.concat(
        [
            pd.DataFrame({**shared, "variable": name, "value": values[:, column]})
            for column, name in enumerate(_POLLUTANTS)
            if not (daily and name == "o3")
        ],
        ignore_index=True,
    )


def _codes(rows: pd.DataFrame, longitude: np.ndarray, latitude: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Station codes, shape ``[row]``: that of the site, with the coordinates where several stations of one hour share it."""
    codes = rows[0].to_numpy(object)
    places = pd.DataFrame({"code": codes, "time": time, "longitude": longitude, "latitude": latitude}).drop_duplicates()
    shared = set(places.loc[places.duplicated(["code", "time"], keep=False), "code"])
    return np.array(
        [
            f"{code}_{east:.5f}_{north:.5f}" if code in shared else code
            for code, east, north in zip(codes, longitude, latitude, strict=True)
        ],
        dtype=object,
    )
