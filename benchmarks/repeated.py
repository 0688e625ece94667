"""Memory of one process over many reanalyses: files read, predicted, scored, drawn and written each time.

    python benchmarks/repeated.py --runs 200

A network is trained once; each run is `aqnet reanalyze --checkpoint` on the same small archive. Printed is the resident memory,
and its slope over the runs after the first quarter, by least squares.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from aqnet_pyg.commands import ReanalysisSettings, run_reanalysis
from aqnet_pyg.readers import write_netcdf
from aqnet_pyg.simulation import simulate

SMALL = {"k": 4, "history": 12, "margin": 2, "spacing": 2.0, "steps": 4, "days": 8}


def main() -> None:
    """Run, and print memory and slope."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="no further run begins after this time")
    options = parser.parse_args()
    memory, begun = [], time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_netcdf(simulate(days=8, stations=24, truth=False)[0], folder / "archive.nc")
        settings = ReanalysisSettings("netcdf", str(folder / "archive.nc"), out=str(folder / "first"), **SMALL)
        run_reanalysis(settings)
        again = replace(settings, checkpoint=str(folder / "first" / "aqnet.ckpt"), out=str(folder / "again"))
        for number in range(options.runs):
            if time.monotonic() - begun > options.seconds:
                break
            run_reanalysis(again)
            memory.append(resident())
            if number % 20 == 19:
                print(f"{number + 1} runs: {memory[-1]:.1f} MB", flush=True)
    later = np.array(memory[len(memory) // 4 :])
    slope = np.polyfit(np.arange(len(later)), later, 1)[0]
    print(
        f"{len(memory)} runs: {memory[0]:.1f} MB after the first, {memory[-1]:.1f} MB after the last; slope over the last "
        f"{len(later)} runs {1000 * slope:.1f} kB a run"
    )


def resident() -> float:
    """Resident memory of this process in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    main()
