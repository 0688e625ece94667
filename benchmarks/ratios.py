"""Measure parts of the package beside the same parts of an earlier checkout, or of PyKrige: processor time, peak memory, ratios.

python benchmarks/ratios.py PART ... [--before CHECKOUT] [--sizes N ...] [--checkpoint FILE] [--quick]

The parts are `tuning` of ordinary kriging (168 hours), `background` of a window of 12 hours (its first call, and later ones with
the same stations), `training` (a step to reconstruct), `grid` (168 hours of 22,311 cells by kriging and by a network, and from 12
hours by a network at every cell, beside PyKrige, from 2 hours, if it is installed; the network is that of a checkpoint, or
untrained) and `start-up` of the command line. Stations are those of the simulated network, with others around them beyond its
size; a twentieth of the values is missing. The rows of a part and a number of stations are measured in a process of their own,
with one thread: processor seconds, and the peak of resident memory of the whole process. An earlier checkout is stopped after
--limit seconds of processor time.
"""

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent.parent
PYKRIGE, PYKRIGE_HOURS = "PyKrige", 2
GRID = (111, 201)
"""Rows and columns of the grid."""


def network(stations, hours):
    """Return coordinates and values ``[time, station]``."""
    from aqnet_pyg.simulation.network import simulate_network

    rng = np.random.default_rng(0)
    table = simulate_network(min(stations, 584))
    town = rng.integers(0, len(table), stations - len(table))
    longitude = np.append(table.longitude, table.longitude.to_numpy()[town] + rng.normal(0, 0.5, len(town)))
    latitude = np.append(table.latitude, table.latitude.to_numpy()[town] + rng.normal(0, 0.4, len(town)))
    level = 60 + 15 * np.sin(longitude / 2 + np.arange(hours)[:, None] / 20) * np.cos(latitude)
    values = level + rng.normal(0, 20, (hours, 1)) + rng.normal(0, 6, level.shape)
    values[rng.random(values.shape) < 0.05] = np.nan
    return (longitude, latitude), values


def cells():
    """Return longitudes and latitudes of a grid over the network: 22,311 cells."""
    longitude, latitude = np.meshgrid(np.linspace(103, 125, GRID[1]), np.linspace(31, 44, GRID[0]))
    return longitude.ravel(), latitude.ravel()


def timed(run):
    """Return the processor seconds of a call."""
    start = time.process_time()
    run()
    return time.process_time() - start


def tuning(stations):
    from aqnet_pyg.baselines import OrdinaryKriging

    kriging, sample = OrdinaryKriging(), network(stations, 168)
    return {"tuning, 168 h": timed(lambda: kriging.fit(*sample))}


def background(stations):
    import torch

    from aqnet_pyg.nn import KrigingBackground

    torch.set_num_threads(1)
    coordinates, values = network(stations, 12)
    values = torch.from_numpy(values.T)
    arguments = values.nan_to_num().float(), values.isfinite(), torch.from_numpy(np.stack(coordinates, axis=1))
    kriging = KrigingBackground(300.0, 0.1).eval()
    with torch.no_grad():
        first, *later = (timed(lambda: kriging(*arguments)) for _ in range(2 if stations > 2000 else 4))
    return {"background, 12 h, first": first, "background, 12 h, later": min(later)}


def untrained(scaler):
    """Return a network with a departure from kriging that is not zero."""
    import torch

    from aqnet_pyg.nn import AQNet
    from aqnet_pyg.windows import Window

    torch.manual_seed(0)
    made = AQNet(Window(24, margin=6), scaler)
    made.background.set_covariance(300.0, 0.1)
    for name, parameter in made.named_parameters():
        if name.endswith("departure.weight"):
            torch.nn.init.normal_(parameter, 0, 0.05)
    return made


def training(stations):
    import torch

    from aqnet_pyg.simulation import simulate
    from aqnet_pyg.training import StationDataModule, TrainingModule
    from aqnet_pyg.windows import Window

    torch.set_num_threads(1)
    data, _ = simulate(days=5, stations=stations, truth=False)
    codes = data.station.values
    windows = StationDataModule(data.isel(station=slice(10, None)), data, codes[:10], Window(24, margin=6))
    module, batches = TrainingModule(untrained(windows.scaler)), iter(windows.train_dataloader())
    module.log = lambda *_, **__: None  # there is no trainer
    return {
        "training step": float(
            np.median([timed(lambda: module.training_step(next(batches)).backward()) for _ in range(12)][1:])
        )
    }


def grid(stations, checkpoint=None):
    import torch

    from aqnet_pyg.baselines import LocalSillKriging
    from aqnet_pyg.inference import NetworkPredictor, Request
    from aqnet_pyg.scaling import Scaler
    from aqnet_pyg.simulation import simulate
    from aqnet_pyg.training import load_model

    torch.set_num_threads(1)
    (coordinates, values), places = network(stations, 168), cells()
    kriging = LocalSillKriging(range_km=400, nugget=0.05).fit(coordinates, values)
    found = {
        "grid by kriging, with standard deviation; PyKrige": timed(
            lambda: kriging.predict(places, values, return_std=True)
        )
    }
    data, _ = simulate(days=8, stations=stations, truth=False)
    if checkpoint is None:
        predictor = NetworkPredictor(untrained(Scaler.fit(data, ["pm25", "pm10"])))
    else:
        predictor = load_model(checkpoint).predictor
    window, where = predictor.window, np.stack(places, axis=1)
    request = Request((), where, window.steps, at_visible=False, grid_shape=GRID)
    week = data.isel(time=slice(168 + 2 * window.margin))
    found["grid by a network; PyKrige"] = timed(lambda: predictor.predict(week, request))
    seconds = timed(lambda: predictor.predict(data.isel(time=slice(24)), replace(request, grid_shape=None)))
    found["grid by a network, at every cell; PyKrige"] = seconds * 168 / window.steps
    if importlib.util.find_spec("pykrige"):
        found[PYKRIGE] = pykrige(coordinates, values, places) * 168 / PYKRIGE_HOURS
    return found


def pykrige(coordinates, values, places):
    """Return the seconds of some hours; stations differ between hours, so that each has a system of its own."""
    from pykrige.ok import OrdinaryKriging

    def run():
        for hour in values[:PYKRIGE_HOURS]:
            there = np.isfinite(hour)
            made = OrdinaryKriging(
                *(axis[there] for axis in coordinates),
                hour[there],
                variogram_model="exponential",
                variogram_parameters={"psill": 570.0, "range": 10.8, "nugget": 30.0},
                coordinates_type="geographic",
            )
            made.execute("points", *places)

    return timed(run)


MEASURED = {"tuning": tuning, "background": background, "training": training, "grid": grid}
"""Functions of the number of stations, and of grids of a checkpoint, which return the seconds of each row."""

SIZES = {
    "tuning": ([584, 2000, 5000], [584]),
    "background": ([584, 2000, 5000, 20_000], [584, 2000]),
    "training": ([584, 2000], [584]),
    "grid": ([584], [584]),
}
"""Numbers of stations of the whole and of the quick run."""

MOST_BEFORE = {"tuning": 584, "background": 5000, "training": 2000, "grid": 0}
"""Largest number of stations of an earlier checkout, whose time and memory may grow with the square; grids have PyKrige."""

COMMANDS = {
    "import aqnet_pyg": ["-c", "import aqnet_pyg"],
    "aqnet --help": ["-m", "aqnet_pyg.commands.main", "--help"],
    "an option that does not exist": ["-m", "aqnet_pyg.commands.main", "reanalyze", "simulated", "--nosuch", "1"],
    "aqnet evaluate nosuch": ["-m", "aqnet_pyg.commands.main", "evaluate", "nosuch"],
}
"""Start-up: arguments of Python."""


def measure(part, stations, tree, limit=None, checkpoint=None):
    """Run a part with the package of a checkout; return seconds by row and the peak in GiB, or None above the limit."""
    command = [sys.executable, __file__, part, "--sizes", str(stations), "--child"]
    command += ["--checkpoint", checkpoint] if checkpoint else []
    done = subprocess.run(
        command,
        env=environment(tree),
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=limit and (lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))),
    )
    if done.returncode < 0 and limit:
        return None
    done.check_returncode()
    return json.loads(done.stdout.splitlines()[-1])


def environment(tree):
    """Return the variables of a process with one thread that imports the package of a checkout."""
    path = os.pathsep.join(filter(None, (str(tree), os.environ.get("PYTHONPATH"))))
    return os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}


def start_up(tree):
    """Return the processor seconds of each command, the least of three."""
    seconds = {}
    for name, arguments in COMMANDS.items():
        if not (tree / "aqnet_pyg" / "commands").is_dir():
            arguments = [word.replace("aqnet_pyg.commands.main", "aqnet_pyg.cli") for word in arguments]
        tries = []
        for _ in range(3):
            before = children()
            subprocess.run(
                [sys.executable, *arguments], env=environment(tree), cwd=tree, check=False, capture_output=True
            )
            tries.append(children() - before)
        seconds[name] = min(tries)
    return seconds


def children():
    """Return the processor seconds of all finished child processes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compare(part, options):
    """Print the rows of a part."""
    if part == "start-up":
        found = start_up(HERE)
        earlier = start_up(options.before) if options.before else {}
        for name, seconds in found.items():
            row(name, "", earlier.get(name), seconds, None)
        return
    for stations in options.sizes or SIZES[part][options.quick]:
        now = measure(part, stations, HERE, checkpoint=options.checkpoint if part == "grid" else None)
        compared = options.before and stations <= MOST_BEFORE[part]
        before = measure(part, stations, options.before, options.limit) if compared else {}
        peer = now["seconds"].pop(PYKRIGE, None)
        for name, seconds in now["seconds"].items():
            earlier = f"> {options.limit}" if before is None else before.get("seconds", {}).get(name, peer)
            row(name, f"{stations:,}", earlier, seconds, now["gib"])


def row(name, stations, earlier, seconds, memory):
    """Print a row of the table; ``earlier`` is a number, a text with a bound, or None."""
    bound = isinstance(earlier, str)
    number = float(earlier.removeprefix("> ")) if bound else earlier
    ratio = "" if number is None else f"{'> ' if bound else ''}{number / seconds:.1f}"
    shown = "" if number is None else earlier if bound else f"{number:.2f}"
    peak = "" if memory is None else f"{memory:.2f}"
    print(f"| {name} | {stations} | {shown} | {seconds:.2f} | {ratio} | {peak} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", choices=[*MEASURED, "start-up"])
    parser.add_argument("--before", type=lambda path: Path(path).resolve(), help="an earlier checkout of the package")
    parser.add_argument("--limit", type=int, default=120, help="processor seconds of a part of an earlier checkout")
    parser.add_argument("--sizes", type=int, nargs="+", help="numbers of stations")
    parser.add_argument("--checkpoint", help="a trained network to predict grids, such as that of the main job")
    parser.add_argument("--quick", action="store_true", help="small sizes only")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        arguments = [options.checkpoint] if options.checkpoint else []
        seconds = MEASURED[options.parts[0]](options.sizes[0], *arguments)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps({"seconds": seconds, "gib": peak}))
        return
    print("| | stations | before or peer, s | now, s | ratio | peak, GiB |\n|---|---:|---:|---:|---:|---:|")
    for part in options.parts:
        compare(part, options)


if __name__ == "__main__":
    main()
