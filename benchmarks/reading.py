"""Time the reader of the national network and a plain pandas loop on the same files.

python benchmarks/reading.py DIR [--repeats N]

DIR holds daily wide files (a zip file of them, or the files) and the station lists. The plain loops read one data frame
per day, concatenate them, select the hourly types, then melt and pivot (or, second and faster, unstack) to
(time, station, pollutant). They do less than the reader: no coordinates, no checks, no flags, no complete time axis.
The last lines include imports, in a new process: the reader, and xarray with the engine cnemc.
"""

import argparse
import io
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from aqnet_pyg.readers import read_cnemc
from aqnet_pyg.readers.files.archive import find_members, read_members
from aqnet_pyg.readers.read_report import ReadReport

TYPES = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "O3": "o3", "CO": "co"}
"""Variable names by the names in the files."""


def concatenated(folder):
    """Return all days in one data frame, measurements only."""
    report = ReadReport(str(folder))
    members = find_members(folder, r"china_sites_\d{8}\.csv", "china_sites_YYYYMMDD.csv", report)
    frames = [pd.read_csv(io.BytesIO(data)) for _, data in read_members(members, report)]
    frame = pd.concat(frames)
    frame = frame[frame["type"].isin(TYPES)].copy()
    hours = pd.to_datetime(frame["date"].astype(str)) + pd.to_timedelta(frame["hour"], unit="h")
    return frame.assign(time=hours).drop(columns=["date", "hour"])


def melted(folder):
    """Melt to one row per value, pivot to one column per pollutant."""
    long = concatenated(folder).melt(["time", "type"], var_name="station")
    return long.pivot(index=["time", "station"], columns="type", values="value")


def unstacked(folder):
    """Keep the station columns and unstack the types."""
    return concatenated(folder).set_index(["time", "type"]).unstack("type")


FRESH = {
    "read_cnemc": "from aqnet_pyg.readers import read_cnemc; read_cnemc(folder, folder)",
    "xarray.open_dataset": "import xarray; xarray.open_dataset(folder, engine='cnemc')",
}
"""Code that is timed in a new process."""


def fresh(code, folder):
    """Run code in a new process."""
    subprocess.run([sys.executable, "-c", f"folder = {str(folder)!r}; {code}"], check=True)


def seconds(function, repeats):
    """Return median, minimum and maximum seconds of several runs, after a warm-up run."""
    function()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times), min(times), max(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder with the daily files (or their zip) and the station lists")
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()

    dataset, report = read_cnemc(options.folder, options.folder)
    print(report)
    table = melted(options.folder)
    for theirs, ours in TYPES.items():
        local = dataset["time"].to_index() + pd.Timedelta(8, "h")
        plain = table[theirs].unstack("station").reindex(index=local, columns=dataset["station"].to_index())
        same = np.allclose(plain, dataset[ours], equal_nan=True)
        print(f"  {ours}: {int(dataset[ours].notnull().sum()):,} values, the same as the plain loop's: {same}")

    ours = seconds(lambda: read_cnemc(options.folder, options.folder), options.repeats)
    print(f"{'':28}{'median s':>10}{'least':>8}{'most':>8}{'reader / this':>15}")
    print(f"{'read_cnemc':28}{ours[0]:10.3f}{ours[1]:8.3f}{ours[2]:8.3f}")
    for name, loop in (("pandas, melt and pivot", melted), ("pandas, set_index and unstack", unstacked)):
        plain = seconds(lambda loop=loop: loop(options.folder), options.repeats)
        print(f"{name:28}{plain[0]:10.3f}{plain[1]:8.3f}{plain[2]:8.3f}{ours[0] / plain[0]:15.3f}")

    print(f"{'in a fresh process':28}{'median s':>10}{'least':>8}{'most':>8}{'this / reader':>15}")
    reader = None
    for name, code in FRESH.items():
        taken = seconds(lambda code=code: fresh(code, options.folder), options.repeats)
        reader = reader or taken
        print(f"{name:28}{taken[0]:10.3f}{taken[1]:8.3f}{taken[2]:8.3f}{taken[0] / reader[0]:15.3f}")


if __name__ == "__main__":
    main()
