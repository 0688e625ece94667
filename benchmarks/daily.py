"""Train a model once and append days one by one, one of them killed; compare the result with one run, and measure the times.

``python benchmarks/daily.py [--days 14] [--stations 100] [--model kriging] [--out daily.json]``

Of a simulated network, the first 30 days train the model. Every later day, the file grows by a day and
``aqnet reanalyze --append`` is run in a process of its own; in the middle of the period it is first killed (SIGKILL) while it
predicts, and run again. "again" repeats the last day. Seconds of each run are those of the clock and of the processor.
"""

from __future__ import annotations

import argparse
import json
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import xarray as xr

from aqnet_pyg.readers import write_netcdf
from aqnet_pyg.simulation import simulate

TRAINING_DAYS = 30


def main() -> None:
    """Run the days, compare, and print the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--stations", type=int, default=100)
    parser.add_argument("--model", default="kriging")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--spacing", type=float, default=1.0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    data, _ = simulate(days=TRAINING_DAYS + options.days + 1, stations=options.stations, truth=False)
    local = data.indexes["time"].tz_localize("UTC").tz_convert(data.attrs["time_zone"]).tz_localize(None)
    midnights = np.unique(local.normalize())[1:]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "growing.nc"
        write_netcdf(data.isel(time=local <= midnights[TRAINING_DAYS - 1]), file)
        common = ["netcdf", "--path", str(file), "--spacing", str(options.spacing)]
        trained = folder / "trained"
        result = {
            "settings": vars(options) | {"out": str(options.out)},
            "train": seconds([*common, "--model", options.model, "--steps", str(options.steps), "--out", str(trained)]),
            "days": [],
        }
        common += ["--checkpoint", str(trained / "aqnet.ckpt"), "--device", "cpu"]
        daily = [*common, "--append", "--out", str(folder / "daily")]
        first = str(midnights[TRAINING_DAYS - 1])[:10]
        for number, midnight in enumerate(midnights[TRAINING_DAYS : TRAINING_DAYS + options.days]):
            write_netcdf(data.isel(time=local <= midnight), file)
            start = ["--start", first] if number == 0 else []
            if number == options.days // 2:
                result["killed after"] = killed([*daily, *start], result["days"][-1][0])
            result["days"].append(seconds([*daily, *start]))
        result["one run"] = seconds([*common, "--start", first, "--out", str(folder / "once")])
        result["again"] = seconds(daily)
        result["equal"] = all(
            xr.open_dataset(folder / "daily" / product).load().equals(xr.open_dataset(folder / "once" / product).load())
            for product in ("stations.nc", "grid.nc")
        )
    text = json.dumps(result, indent=2)
    print(text)
    if options.out is not None:
        options.out.write_text(text + "\n", encoding="utf-8")
    sys.exit(0 if result["equal"] else 1)


def started(arguments: list[str]) -> subprocess.Popen:
    """Start ``aqnet reanalyze``."""
    return subprocess.Popen(
        [sys.executable, "-m", "aqnet_pyg.commands.main", "reanalyze", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def seconds(arguments: list[str]) -> tuple[float, float]:
    """Run ``aqnet reanalyze`` and return its seconds by the clock and of the processor."""
    begun, used = time.perf_counter(), processor_seconds()
    process = started(arguments)
    _, errors = process.communicate()
    if process.returncode:
        sys.exit(errors)
    return round(time.perf_counter() - begun, 1), round(processor_seconds() - used, 1)


def processor_seconds() -> float:
    """Processor time of the runs that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def killed(arguments: list[str], expected: float) -> float:
    """Kill ``aqnet reanalyze`` after 0.8 of the expected seconds; return the seconds until then."""
    process = started(arguments)
    time.sleep(0.8 * expected)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "it had ended before"
    return round(0.8 * expected, 1)


if __name__ == "__main__":
    main()
