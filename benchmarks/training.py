"""Compare the training of forecasts: the network, also with longer patches and fewer neighbors, and the network as published.

OMP_NUM_THREADS=1 python benchmarks/training.py [--stations 100] [--data beijing_2013_2016 --runs patch-12:100 paper:10 ...]

336 hours are read and 168 predicted. The first table has seconds of processor time of a training step, the median of --steps, on
random values at --stations stations, a twentieth of which are missing; and the station-windows a second, in times those of
`AQNet.paper`. A step to reconstruct 24 hours of 584 stations comes last.

With --data, the folder of Beijing's network, each of --runs (a network and its steps) is trained as in `aqnet evaluate
long-term`, in steps of --station-windows, and scored in the hours for validation: mean absolute error at visible stations and at
those kept out of its training, over two days and over the week.
"""

import argparse
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import xarray as xr
from torch_geometric.transforms import Compose

from aqnet_pyg import read
from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols.build_forecast_case import build_forecast_case
from aqnet_pyg.graph import BuildGraph
from aqnet_pyg.nn import AQNet, parameter_groups
from aqnet_pyg.splits import measured_span
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.training import FitSettings, NetworkSettings, StationDataModule
from aqnet_pyg.training import data as training_data
from aqnet_pyg.training.classical_start import set_regression
from aqnet_pyg.training.network import TrainingModule
from aqnet_pyg.training.network_fitting import fit_network, kept_out
from aqnet_pyg.windows import Window

FORECAST, RECONSTRUCT = Window(336, horizon=168), Window(24, margin=6)


NETWORKS = {
    "paper": {"k": 20},
    "patch-4": {"k": 16, "patch": 4},
    "patch-12": {"k": 16, "patch": 12},
    "patch-12-k-8": {"k": 8, "patch": 12},
    "patch-24-k-8": {"k": 8, "patch": 24},
}
"""Neighbors of a target and hours of a token; ``patch-4`` is the default network."""


def make(name, window, scaler, target="pm25", k=16, **options):
    """Return a network of :data:`NETWORKS`."""
    if name == "paper":
        return AQNet.paper(window, scaler, target=target, k=k)
    return AQNet(window, scaler, target=target, k=k, **options | {"patch": NETWORKS[name]["patch"]})


def random_stations(count, hours=1200):
    """Return station data of six pollutants at random places."""
    rng = np.random.default_rng(0)
    values = {
        name: rng.gamma(2, 25, (hours, count)).clip(0, 400) * (0.02 if name == "co" else 1.0) for name in POLLUTANTS
    }
    for array in values.values():
        array[rng.random(array.shape) < 0.05] = np.nan
    return xr.Dataset(
        {
            name: (("time", "station"), array.astype(np.float32), {"units": "mg m-3" if name == "co" else "µg m-3"})
            for name, array in values.items()
        },
        {
            "time": pd.date_range("2015-01-01", periods=hours, freq="h"),
            "station": [f"{number:04d}A" for number in range(count)],
            "longitude": ("station", rng.uniform(110, 120, count)),
            "latitude": ("station", rng.uniform(32, 42, count)),
        },
        {"time_zone": "Asia/Shanghai"},
    )


def step_seconds(name, stations, window, steps):
    """Return the median seconds of processor time of a training step, and its station-windows."""
    torch.manual_seed(0)
    windows = StationDataModule(
        stations,
        stations.isel(time=slice(0, window.length)),
        stations.station.values[:1],
        window,
        k=NETWORKS[name]["k"],
    )
    module = TrainingModule(make(name, window, windows.scaler, k=windows.graph.k))
    module.log = lambda *_, **__: None
    set_regression(module.model, windows.train_windows)
    optimizer = torch.optim.AdamW(parameter_groups(module, 2e-3), lr=2e-3)
    batches, seconds = iter(windows.train_dataloader()), []
    for _ in range(1 + steps):
        start = time.process_time()
        loss = module.training_step(next(batches))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        seconds.append(time.process_time() - start)
    return np.median(seconds[1:]), windows.batch_size * len(windows.train_windows.codes)


def speed(options):
    """Print the first table."""
    stations = random_stations(options.stations)
    print("| training | step, s | station-windows a second | to `AQNet.paper` |\n|---|---:|---:|---:|")
    published = None
    for name in NETWORKS:
        seconds, count = step_seconds(
            name, stations, FORECAST, max(options.steps // 4, 1) if name == "paper" else options.steps
        )
        published = published or count / seconds
        print(
            f"| forecast, {name} | {seconds:.2f} | {count / seconds:.0f} | {count / seconds / published:.1f} |",
            flush=True,
        )
    seconds, count = step_seconds("patch-4", random_stations(584, 200), RECONSTRUCT, options.steps)
    print(f"| reconstruct, 584 stations | {seconds:.2f} | {count / seconds:.0f} | |")


def validation_errors(network, stations, hidden):
    """Return the mean absolute errors of two days and a week at visible stations, then at hidden ones."""
    windows = StationDataset(stations, FORECAST, scaler=network.scaler, hidden=hidden, stride=24)
    windows.transform = Compose([BuildGraph(network.graph)])
    errors = []
    with torch.no_grad():
        for data in windows:
            errors.append(torch.where(data.y_mask, (network(data) - data.y).abs(), torch.nan))
    errors = torch.stack(errors)
    return [errors[:, chosen, :hours].nanmean() for chosen in (~windows.hidden, windows.hidden) for hours in (48, 168)]


def accuracy(options):
    """Print the second table."""
    training_data.STATIONS_PER_BATCH = options.station_windows
    request = Request(options.data, lambda: read("bjmemc", options.data)[0])
    case = build_forecast_case(request, FORECAST, (0,))
    print(
        "\n| forecast | steps | s | visible, 2 days | week | kept out, 2 days | week |\n|---|---:|---:|---:|---:|---:|---:|"
    )
    for run in options.runs:
        name, _, steps = run.partition(":")
        for seed in options.seeds:
            training, validation = case.training_data(), measured_span(case.validation_data(), "pm25")
            untrained = kept_out(training, seed, 0)
            training = measured_span(training.drop_sel(station=list(untrained)), "pm25")
            k = NETWORKS[name]["k"]
            settings = FitSettings(window=FORECAST, k=k, steps=int(steps), seed=1000 * seed, network=NetworkSettings())
            start = time.process_time()
            with tempfile.TemporaryDirectory() as folder:
                network = fit_network(training, validation, untrained, settings, folder, partial(make, name))
            seconds = time.process_time() - start
            found = validation_errors(network, validation, untrained)
            print(
                f"| {name}, seed {seed} | {steps} | {seconds:.0f} | {' | '.join(f'{each:.2f}' for each in found)} |",
                flush=True,
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stations", type=int, default=100)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--runs", nargs="+", default=["patch-4:200", "patch-12:200"])
    parser.add_argument("--station-windows", type=int, default=600)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    options = parser.parse_args()
    torch.set_num_threads(1)
    accuracy(options) if options.data else speed(options)


if __name__ == "__main__":
    main()
