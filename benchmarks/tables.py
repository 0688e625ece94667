"""Time and memory of reading a long table, beside a plain read of the same file by pyarrow.

python benchmarks/tables.py FOLDER [--rows N] [--layout time|station|parameter]

FOLDER stores the simulated tables for reuse (1.6 GB for 25 million rows of six pollutants). Rows are sorted by time, by
station, or have one pollutant each. The plain read is `pyarrow.csv.read_csv` into an Arrow table, which only parses. Each
line is measured in a separate process: seconds, and the peak of resident memory above that after the imports.
"""

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

STATIONS = 500
POLLUTANTS = ("pm25", "pm10", "so2", "no2", "o3", "co")


def write(path, rows, layout):
    """Write random measurements."""
    generator = np.random.default_rng(0)
    per_hour = STATIONS * (len(POLLUTANTS) if layout == "parameter" else 1)
    hours = np.datetime64("2015-01-01T01", "h") + np.arange(max(rows // per_hour, 1))
    times = [str(hour).replace("T", " ") + ":00:00" for hour in hours]
    places = [
        f"{longitude:.4f},{latitude:.4f}"
        for longitude, latitude in generator.uniform((100, 30), (120, 40), (STATIONS, 2))
    ]
    head = "parameter,value,unit" if layout == "parameter" else ",".join(POLLUTANTS)
    with path.open("w", encoding="utf-8") as file:
        file.write(f"station,time,longitude,latitude,{head}\n")
        outer = range(STATIONS) if layout == "station" else times
        for item in outer:
            pairs = (
                [(item, time) for time in times]
                if layout == "station"
                else [(station, item) for station in range(STATIONS)]
            )
            values = generator.integers(1, 300, (len(pairs), len(POLLUTANTS)))
            for (station, hour), row in zip(pairs, values.tolist(), strict=True):
                start = f"S{station:04d},{hour},{places[station]},"
                if layout == "parameter":
                    file.writelines(
                        f"{start}{name},{value},µg/m³\n" for name, value in zip(POLLUTANTS, row, strict=True)
                    )
                else:
                    file.write(start + ",".join(map(str, row)) + "\n")


def measure(kind, path):
    """Print seconds, megabytes of the result, and the peak of memory in megabytes above the imports."""
    import pyarrow.csv

    from aqnet_pyg.readers import read_table

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    size = pyarrow.csv.read_csv(path).nbytes if kind == "plain" else read_table(path)[0].nbytes
    seconds = time.perf_counter() - start
    print(seconds, size / 2**20, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**10)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=25_000_000)
    parser.add_argument("--layout", choices=("time", "station", "parameter"), default="time")
    parser.add_argument("--measure", choices=("plain", "reader"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    path = options.folder / f"{options.layout}_{options.rows}.csv"
    if options.measure:
        measure(options.measure, path)
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        write(path, options.rows, options.layout)
    print(f"{options.rows:,} rows, {path.stat().st_size / 2**20:,.0f} MB, layout {options.layout}")
    print(f"{'':20}{'s':>8}{'result MB':>12}{'peak MB':>10}{'peak / result':>15}{'s / plain':>11}")
    plain = None
    for kind in ("plain", "reader"):
        command = [
            sys.executable,
            __file__,
            str(options.folder),
            "--rows",
            str(options.rows),
            "--layout",
            options.layout,
        ]
        done = subprocess.run([*command, "--measure", kind], check=True, capture_output=True, text=True)
        seconds, size, peak = map(float, done.stdout.split())
        plain = plain or seconds
        name = "pyarrow.csv" if kind == "plain" else "read_table"
        print(f"{name:20}{seconds:8.1f}{size:12,.0f}{peak:10,.0f}{peak / size:15.2f}{seconds / plain:11.2f}")


if __name__ == "__main__":
    main()
