"""Number of PM2.5 values of real archives: as the package reads them, and as plain Python counts them.

    python benchmarks/counts.py FOLDER

FOLDER has the archives by the names below. The plain count uses csv, zipfile, h5py, pyarrow and rdata, not the package;
what it leaves out has to be what the read report says: files skipped, files read in part, impossible values (negative, or above
3000 µg/m³), repeated values (of all pollutants), and values of further instruments. Status 1 if a number differs.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import re
import sys
import tempfile
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import h5py
import numpy as np
import pyarrow.parquet
import rdata
import xarray as xr

from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols.aqi36 import sample_data
from aqnet_pyg.evaluation.protocols.increase_beijing import IncreaseBeijing
from aqnet_pyg.readers import ReadReport, read, read_field

HIGHEST = 3000.0
MISSING = {"", "NA", "NaN", "nan", "null", "NULL", "-", "--", "—"}
MEASURED = ("PM2.5", "PM10", "SO2", "NO2", "O3", "CO")

LEFT_OUT = ("files skipped", "files damaged", "impossible", "repeated", "further instruments")


def main() -> int:
    """Print a line for each archive."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    print("| archive | package | plain Python | left out, by both |\n|---|---|---|---|")
    equal = True
    for name, (ours, plain) in ARCHIVES.items():
        if not (folder / name).exists():
            print(f"| `{name}` | not there | | |")
            continue
        data, report = ours(folder / name)
        counted = plain(folder / name)
        reported = numbers_of(report)
        values = int(np.isfinite(data.values).sum())
        expected = {reason: counted[reason] for reason in LEFT_OUT}
        same = values == counted["values"] and reported == expected
        equal &= same
        text = ", ".join(f"{reason} {count:,}" for reason, count in reported.items() if count) or "nothing"
        print(
            f"| `{name}` | {values:,} | {counted['values']:,} | {text if same else f'{reported}, but plainly {expected}'} |"
        )
    return 0 if equal else 1


def numbers_of(report: ReadReport | None) -> dict[str, int]:
    """Numbers of a read report by what was left out."""
    found = dict.fromkeys(LEFT_OUT, 0)
    if report is None:
        return found
    several = re.search(r"([\d,]+) (?:hours?|days?) with values of several instruments", " ".join(report.notes))
    return found | {
        "files skipped": len(report.skipped),
        "files damaged": len({file for file, _ in report.damaged}),
        "impossible": report.masked.get("pm25", 0),
        "repeated": report.duplicates,
        "further instruments": int(several[1].replace(",", "")) if several else 0,
    }


def count_values(rows: Iterable[tuple[object, object, str]], found: Counter[str] | None = None) -> Counter[str]:
    """Count rows of station, time and text: numbers, once for each station and time.

    Args:
        rows: Station, time and text.
        found: Numbers to which is added.
    """
    found = Counter() if found is None else found
    seen: set[tuple[object, object]] = set()
    for station, time, text in rows:
        if text.strip() in MISSING or not math.isfinite(value := float(text)):
            continue
        if (station, time) in seen:
            found["repeated"] += 1
            continue
        seen.add((station, time))
        found["values" if 0 <= value <= HIGHEST else "impossible"] += 1
    return found


def wide(folder: Path, pattern: str, columns: set[str]) -> Counter[str]:
    """Count daily wide files in zip files: date, hour, type and a column for each station."""
    found: Counter[str] = Counter()
    rows: list[tuple[object, object, str]] = []
    for path in sorted(folder.glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                match = re.search(pattern, name)
                if match is None:
                    continue
                content = archive.read(name)
                if not content.startswith((b"date,hour,type", b"\xef\xbb\xbfdate,hour,type")):
                    found["files skipped"] += 1
                    continue
                header, *lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
                wrong = False
                for number, line in enumerate(lines, 1):
                    if len(line) != len(header):
                        wrong |= number == len(lines) or (len(line) > 2 and line[2] in MEASURED)
                    elif line[2] == "PM2.5" and line[0] == match[1]:
                        stations = zip(header[3:], line[3:], strict=True)
                        rows += [(station, (line[0], int(line[1])), x) for station, x in stations if station in columns]
                found["files damaged"] += wrong
    return count_values(rows, found)


def dicts(path: Path, encoding: str = "utf-8-sig") -> Iterator[dict[str, str]]:
    """Rows of a CSV file by the names of the columns."""
    with path.open(newline="", encoding=encoding) as file:
        yield from csv.DictReader(file)


def cnemc(folder: Path) -> Counter[str]:
    """Stations are those with coordinates in China in a list."""
    located = {
        row["监测点编码"].strip()
        for path in folder.glob("站点列表*.csv")
        for row in dicts(path)
        if 73 <= number(row["经度"]) <= 136 and 3 <= number(row["纬度"]) <= 54
    }
    return wide(folder, r"china_sites_(\d{8})\.csv$", located)


def bjmemc(folder: Path) -> Counter[str]:
    """Stations are those of the table, by name."""
    return wide(folder, r"beijing_(?:all|extra)_(\d{8})\.csv$", {row["name"] for row in dicts(folder / "stations.csv")})


def number(text: str) -> float:
    """A number, or NaN."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def uci_beijing(folder: Path) -> Counter[str]:
    """Count one file for each station, in a zip file."""
    rows = []
    for path in folder.glob("*.zip"):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if "PRSA_Data_" in name and name.endswith(".csv"):
                    for row in csv.DictReader(io.StringIO(archive.read(name).decode())):
                        time = tuple(row[part] for part in ("year", "month", "day", "hour"))
                        rows.append((row["station"], time, row["PM2.5"]))
    return count_values(rows)


def urbanair(folder: Path) -> Counter[str]:
    """Count a Parquet file of rows; stations are those of the table."""
    known = {row["station_id"] for row in dicts(folder / "urbanair_stations.csv")}
    table = pyarrow.parquet.read_table(
        folder / "urbanair_north_2014_2015.parquet", columns=["station_id", "time", "pm25"]
    )
    columns = (table[name].to_pylist() for name in table.column_names)
    rows = zip(*columns, strict=True)
    return count_values((code, time, "" if x is None else str(x)) for code, time, x in rows if code in known)


def aqi36(folder: Path) -> Counter[str]:
    """Count a table with a column for each station."""
    rows = dicts(folder / "pm25_ground.txt")
    return count_values(
        (code, row["datetime"], text) for row in rows for code, text in row.items() if code != "datetime"
    )


def increase(folder: Path) -> Counter[str]:
    """Count an HDF5 table of pandas, in which zeros are missing values."""
    with h5py.File(folder / "Beijing.h5") as file:
        return Counter(values=int((file["data/block0_values"][:] > 0).sum()))


def aqs_daily(path: Path) -> Counter[str]:
    """Count daily means; of several monitors (POC) at a site, one counts."""
    rows = [(row["Site ID"], row["Date"], row["Daily Mean PM2.5 Concentration"]) for row in dicts(path)]
    found = count_values(rows)
    found["further instruments"] = found.pop("repeated", 0)
    return found


def openaq(folder: Path) -> Counter[str]:
    """Count rows of PM2.5 in exports."""
    files = sorted(folder.glob("*.csv"))
    return count_values(
        (row["location_id"], row["datetimeUtc"], row["value"])
        for path in files
        for row in dicts(path)
        if row["parameter"] == "pm25"
    )


def taiwan(path: Path) -> Counter[str]:
    """Count 24 hours in a row, in Big5; text behind a number marks it as invalid."""
    rows = []
    for row in dicts(path, "cp950"):
        if row["測項"].strip() == "PM2.5":
            hours = {str(hour): row[str(hour)] for hour in range(24)}
            rows += [
                (row["測站"], (row["date"], hour), text)
                for hour, text in hours.items()
                if re.fullmatch(r"\s*-?[\d.]+\s*", text)
            ]
    return count_values(rows)


def cnemc_text(path: Path) -> Counter[str]:
    """Count lines of daily means separated by blanks; the last field is PM2.5, and -9999 is missing.

    Repeated values are those of all pollutants but ozone, the third before the last, which is not read from daily files.
    """
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    found = [
        count_values(
            (tuple(line[index] for index in (0, 4, 5)), tuple(line[1:4]), line[column])
            for line in lines
            if float(line[column]) != -9999
        )
        for column in (-6, -5, -4, -2, -1)
    ]
    return Counter({**found[-1], "repeated": sum(each["repeated"] for each in found)})


def airmonitor(path: Path) -> Counter[str]:
    """Count the numbers of the data frame of a monitor."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Missing constructor")
        (monitor,) = rdata.read_rda(path).values()
    data = monitor["data"]
    return count_values(
        (name, time, str(x))
        for name in data
        if name != "datetime"
        for time, x in zip(data["datetime"], data[name], strict=True)
    )


def cmaq(folder: Path) -> Counter[str]:
    """Count the cells of a field of a model."""
    return count_values(((row["lon"], row["lat"]), "", row["PM25"]) for row in dicts(folder / "CMAQ_CA.csv"))


def pm25(source: str, **options: object) -> Callable[[Path], tuple[xr.DataArray, ReadReport | None]]:
    """Return a function that reads PM2.5 of an archive with the package."""

    def reading(path: Path) -> tuple[xr.DataArray, ReadReport | None]:
        chosen = {name: option(path) if callable(option) else option for name, option in options.items()}
        data, report = read(source, chosen.pop("path", path), **chosen)
        return data["pm25"], report

    return reading


def read_taiwan(path: Path) -> tuple[xr.DataArray, ReadReport | None]:
    """Read the file of Taiwan with a station table of its names, at places that are made up."""
    names = sorted({row["測站"].strip() for row in dicts(path, "cp950")})
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "stations.csv"
        places = [f"{name},{120 + 0.01 * number:.2f},23.5" for number, name in enumerate(names)]
        table.write_text("\n".join(["station,longitude,latitude", *places, ""]), encoding="utf-8")
        return pm25("taiwan_epa", stations=table)(path)


ARCHIVES: dict[str, tuple[Callable[[Path], tuple[xr.DataArray, ReadReport | None]], Callable[[Path], Counter[str]]]] = {
    "cnemc_north_2025_01": (pm25("cnemc", stations=lambda path: path), cnemc),
    "beijing_2013_2016": (pm25("bjmemc"), bjmemc),
    "uci_beijing_multisite": (pm25("uci_beijing"), uci_beijing),
    "urbanair_north_2014_2015": (
        pm25(
            "table",
            path=lambda path: path / "urbanair_north_2014_2015.parquet",
            stations=lambda path: path / "urbanair_stations.csv",
            time_zone="Asia/Shanghai",
        ),
        urbanair,
    ),
    "aqi36": (lambda path: (sample_data(path)["pm25"], None), aqi36),
    "increase_beijing": (
        lambda path: (IncreaseBeijing().cases(Request(path, xr.Dataset))[0].data["pm25"], None),
        increase,
    ),
    "world/epa_daily_2.csv": (pm25("aqs", resolution="day"), aqs_daily),
    "world/openaq_export": (pm25("openaq"), openaq),
    "world/taiwan_epa_24_columns.csv": (read_taiwan, taiwan),
    "world/cnemc_city_20170411.txt": (pm25("cnemc_text", resolution="day"), cnemc_text),
    "world/airmonitor_carmel_valley.rda": (pm25("airmonitor"), airmonitor),
    "cmaq_california": (
        lambda path: (read_field(path / "CMAQ_CA.csv", "pm25", variable="PM25", units="ug m-3"), None),
        cmaq,
    ),
}
"""Archives by path: how the package reads them, and how they are counted."""


if __name__ == "__main__":
    sys.exit(main())
