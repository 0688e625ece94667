"""Small simulated files in the formats of the published archives."""

import zipfile
from datetime import date
from pathlib import Path

import numpy as np

TYPES = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "o3": "O3", "co": "CO"}
"""Types in the files by pollutant."""

COMPUTED = ("AQI", "PM2.5_24h", "PM10_24h", "O3_8h", "O3_8h_24h", "CO_24h")
"""Types of derived values."""


def field(value):
    """A number as in the archives: in the shortest form, empty if missing."""
    return "" if value is None or np.isnan(value) else np.format_float_positional(np.float32(value), trim="-")


def wide_lines(day, columns, values, computed=COMPUTED):
    """Lines of a daily wide file.

    Args:
        day: The day.
        columns: Names of the station columns.
        values: Arrays of shape ``[24, station]`` by pollutant.
        computed: Further types, filled with 999, which a test would detect among measurements.
    """
    lines = [",".join(["date", "hour", "type", *columns])]
    for hour in range(24):
        lines += [f"{day:%Y%m%d},{hour},{kind}" + ",999" * len(columns) for kind in computed]
        for name, array in values.items():
            lines.append(f"{day:%Y%m%d},{hour},{TYPES[name]}," + ",".join(field(value) for value in array[hour]))
    return lines


def write_wide(folder, day, columns, values, prefix="china_sites", newline="\n"):
    """Write a daily wide file and return its path."""
    path = Path(folder) / f"{prefix}_{day:%Y%m%d}.csv"
    path.write_bytes((newline.join(wide_lines(day, columns, values)) + newline).encode())
    return path


def simulated_day(number, stations, pollutants=tuple(TYPES)):
    """Simulated measurements of a day, different for every hour and station, in tenths."""
    hour, station = np.meshgrid(np.arange(24), np.arange(stations), indexing="ij")
    values = {}
    for place, name in enumerate(pollutants):
        base = 20 + 10 * place if name != "pm25" else 10
        values[name] = (base + number + hour / 10 + station / 5).astype(np.float32).round(1)
    return values


def write_month(folder, columns=("1001A", "1002A", "1003A"), days=3, prefix="china_sites", pollutants=tuple(TYPES)):
    """Write some days from 2025-01-01 on; returns their measurements, one dictionary a day."""
    written = []
    for number in range(days):
        values = simulated_day(number, len(columns), pollutants)
        write_wide(folder, date(2025, 1, 1 + number), columns, values, prefix)
        written.append(values)
    return written


def write_list(folder, day, rows, header="监测点编码,监测点名称,城市,经度,纬度,对照点"):
    """Write a station list of the national network; ``rows`` are lines of text."""
    path = Path(folder) / f"站点列表-{day}起.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def three_stations(folder, day="2022.02.13"):
    """Write a station list with the stations of :func:`write_month`."""
    return write_list(
        folder,
        day,
        [
            "1001A,万寿西宫,北京,116.3621,39.8784,N",
            "1002A,定陵,北京,116.2202,40.2915,Y",
            "1003A,东四,北京,116.4174,39.9289,N",
        ],
    )


def pack(path, files, folder=""):
    """Put files into a zip file, optionally in a folder."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, f"{folder}{Path(file).name}")
    return Path(path)
