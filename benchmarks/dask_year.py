"""Predict a year of the simulated network on a fine grid with dask: memory of the workers, and a run that is killed and resumed.

    python benchmarks/dask_year.py --out FOLDER [--days 365] [--spacing 0.1] [--steps 50]

To save time the network has 8 channels and 4 neighbors and is trained briefly; the station data are simulated. Three
runs of ``aqnet reanalyze`` with the same checkpoint: one process; two processes, killed after a third of the blocks;
the same command again. The stores must be identical.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import xarray as xr

from aqnet_pyg.commands.reanalyze import run_training
from aqnet_pyg.commands.settings import TrainingSettings
from aqnet_pyg.readers import write_netcdf
from aqnet_pyg.simulation import simulate
from aqnet_pyg.training import NetworkSettings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--spacing", type=float, default=0.1)
    parser.add_argument("--steps", type=int, default=50)
    options = parser.parse_args()
    folder = options.out
    folder.mkdir(parents=True, exist_ok=True)
    archive, checkpoint = folder / "year.nc", folder / "model" / "aqnet.ckpt"
    if not checkpoint.exists():
        data, _ = simulate(days=options.days, truth=False)
        write_netcdf(data, archive)
        write_netcdf(data.isel(time=slice(0, 24 * 30)), folder / "month.nc")
        run_training(
            TrainingSettings(
                "netcdf",
                str(folder / "month.nc"),
                out=str(checkpoint.parent),
                steps=options.steps,
                k=4,
                network=NetworkSettings(channels=8),
                hidden=0.0,
            )
        )

    def command(name: str, workers: int) -> list[str]:
        return [
            *(sys.executable, "-m", "aqnet_pyg.commands.main", "reanalyze", "netcdf", "--path", str(archive)),
            *("--checkpoint", str(checkpoint), "--period", "all", "--hidden", "0", "--spacing", str(options.spacing)),
            *("--dask", str(workers), "--out", str(folder / name)),
        ]

    for name in ("one", "two"):
        shutil.rmtree(folder / name, ignore_errors=True)
    seconds, memory = watched(command("one", 1))
    print(f"one process: {seconds:.0f} s, largest process {memory:.2f} GiB", flush=True)

    parts = folder / "two" / ".unfinished" / "stations.zarr.parts"
    process = subprocess.Popen(command("two", 2), start_new_session=True)
    blocks = None
    while process.poll() is None:
        done = len(list(parts.glob("0*"))) if parts.is_dir() else 0
        if blocks is None and (folder / "one" / "grid.zarr").is_dir():
            with xr.open_zarr(folder / "one" / "grid.zarr") as grid:
                blocks = len(grid.pm25.chunks[0])
        if blocks and done >= blocks // 3:
            os.killpg(process.pid, signal.SIGKILL)
            break
        time.sleep(0.2)
    process.wait()
    print(f"killed with {done} of {blocks} blocks written", flush=True)
    seconds, memory = watched(command("two", 2))
    print(f"two processes, the rest: {seconds:.0f} s, largest process {memory:.2f} GiB", flush=True)

    for name in ("stations", "grid"):
        with xr.open_zarr(folder / "one" / f"{name}.zarr") as one, xr.open_zarr(folder / "two" / f"{name}.zarr") as two:
            assert one.attrs == two.attrs
            assert set(one.variables) == set(two.variables)
            for variable in one.variables:
                a, b = one[variable], two[variable]
                for start in range(0, a.shape[0] if a.ndim else 1, 240):
                    part = {a.dims[0]: slice(start, start + 240)} if a.ndim else {}
                    np.testing.assert_array_equal(a.isel(part).values, b.isel(part).values, err_msg=str(variable))
            print(f"{name}: {dict(one.sizes)}, identical", flush=True)


def watched(command: list[str]) -> tuple[float, float]:
    """Run a command and return its seconds and the largest resident memory of any of its processes in GiB."""
    start, peak = time.perf_counter(), 0
    process = subprocess.Popen(command)

    def watch() -> None:
        nonlocal peak
        while process.poll() is None:
            for child in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
                try:
                    peak = max(peak, child.memory_info().rss)
                except psutil.Error:
                    continue
            time.sleep(0.2)

    thread = threading.Thread(target=watch)
    thread.start()
    if process.wait():
        sys.exit(f"{' '.join(command)} failed")
    thread.join()
    return time.perf_counter() - start, peak / 2**30


if __name__ == "__main__":
    main()
