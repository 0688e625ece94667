"""Kill runs with SIGKILL at random moments: no file is corrupt, and the resumed result equals that of an uninterrupted run.

    python benchmarks/kills.py --job network --kills 50
    python benchmarks/kills.py --job dask --kills 50

Jobs are small: a network trained on a few simulated stations, or kriging with dask. Each run is a fork of this process, so that
its time is that of the run and not of imports; it is killed at a moment drawn uniformly from the duration of the uninterrupted
one, and half of the resumed runs are killed once more.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import dask.threaded
import numpy as np
import xarray as xr

from aqnet_pyg.commands import ReanalysisSettings, RunFolder, run_reanalysis
from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import write_netcdf
from aqnet_pyg.simulation import simulate
from aqnet_pyg.training.checkpoint_files import checked_content

SMALL = {"k": 4, "history": 12, "margin": 2, "spacing": 2.0, "resume": True}
JOBS = {"network": {"model": "network", "steps": 60}, "dask": {"model": "kriging", "period": "all", "dask": "1"}}


def main() -> int:
    """Run the job whole, then with kills, and print a line for each; the status is the number of runs that differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--job", choices=JOBS, default="network")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="no further run begins after this time")
    options = parser.parse_args()
    import aqnet_pyg.inference.reanalysis
    import aqnet_pyg.report
    import aqnet_pyg.training.data
    import aqnet_pyg.training.network_fitting

    aqnet_pyg.training.data.STATIONS_PER_BATCH = 60  # short steps
    keywords = aqnet_pyg.training.network.train.__kwdefaults__
    assert keywords is not None
    keywords["validate_every"] = 8  # a checkpoint at each validation

    if options.job == "dask":
        import distributed  # noqa: F401

        aqnet_pyg.inference.reanalysis.BLOCK_VALUES = 20_000  # several blocks
    begun, rng, wrong, done = time.monotonic(), np.random.default_rng(options.seed), 0, 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data, _ = simulate(days=12, stations=24, truth=False)
        write_netcdf(data, folder / "archive.nc")
        settings = ReanalysisSettings("netcdf", str(folder / "archive.nc"), **SMALL, **JOBS[options.job])
        whole = replace(settings, out=str(folder / "whole"))
        start = time.monotonic()
        assert ended(fork(whole))
        duration = time.monotonic() - start
        print(f"{options.job}: {duration:.1f} s uninterrupted", flush=True)
        for number in range(options.kills):
            if time.monotonic() - begun > options.seconds:
                break
            run = replace(settings, out=str(folder / f"run-{number}"))
            faults, moments = [], []
            for _ in range(1 + int(rng.integers(2))):
                moments.append(float(rng.uniform(0, duration)))
                kill(fork(run), moments[-1])
                faults += corrupt(Path(run.out))
            if not ended(fork(run)):
                faults.append("the resumed run failed")
            else:
                faults += [f"{path.name} is left" for path in Path(run.out).glob(".*")]
                faults += corrupt(Path(run.out)) + differences(folder / "whole", Path(run.out))
            done += 1
            wrong += bool(faults)
            print(
                f"killed after {', '.join(f'{each:.1f}' for each in moments)} s: {'; '.join(faults) or 'equal'}",
                flush=True,
            )
    print(f"{options.job}: {done - wrong} of {done} runs equal the uninterrupted one")
    return wrong


def fork(settings: ReanalysisSettings) -> int:
    """Start a run in a process of its own, and return its number."""
    number = os.fork()
    if number:
        return number
    dask.threaded.default_pool = None  # a fork has none of its threads
    try:
        os.setsid()
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        run_reanalysis(settings)
        os._exit(0)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        os._exit(1)


def kill(number: int, after: float) -> None:
    """Kill a process that has not ended after some seconds."""
    end = time.monotonic() + after
    while time.monotonic() < end:
        if os.waitpid(number, os.WNOHANG)[0]:
            return
        time.sleep(0.005)
    os.kill(number, signal.SIGKILL)
    os.waitpid(number, 0)


def ended(number: int) -> bool:
    """Wait for a process; return whether it ended well."""
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == 0


def corrupt(folder: Path) -> list[str]:
    """Return what cannot be read in a folder in which a run was killed, or are results of half a run."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            try:
                if path.suffix in (".ckpt", ".pt"):
                    checked_content(path)
                elif path.suffix == ".nc":
                    xr.open_dataset(path, engine="h5netcdf").load().close()
                elif path.suffix in (".json", ".geojson"):
                    json.loads(path.read_text(encoding="utf-8"))
            except Exception as error:
                found.append(f"{path.name}: {error}")
    if (folder / "metrics.json").exists() or (folder / ".finished").exists():
        try:
            run = RunFolder(folder)
            run.stations.load()
            run.grid.load()
            run.model()
        except InputError as error:
            found.append(str(error))
    return found


def differences(whole: Path, resumed: Path) -> list[str]:
    """Return which results differ."""
    first, second = RunFolder(whole), RunFolder(resumed)
    found = [
        name for name in ("stations", "grid") if not getattr(first, name).load().equals(getattr(second, name).load())
    ]
    without = {"seconds": 0, "settings": 0}
    if first.metrics | without != second.metrics | without:
        found.append("metrics.json")
    tables = [(folder / "alerts.csv") for folder in (whole, resumed)]
    if len({table.read_bytes() if table.exists() else b"" for table in tables}) > 1:
        found.append("alerts.csv")
    return [f"{name} differs" for name in found]


if __name__ == "__main__":
    sys.exit(main())
