"""Compare the kriging background of a large network with the one from all stations, and time steps and cells of a network.

python benchmarks/network.py [--stations 2000] [--hours 12]

Stations are in random towns, and 5 % of their values are missing. Printed are seconds of processor time of one thread, the best
of three: the background of a window from the stations around each place and from all stations, the first call apart, and
the root mean square difference of the two in standard deviations; a training step with all stations as targets and with a
sample of them; and a window of a grid of 2,400 cells by a network with random parameters, in µs a cell and hour.
"""

import argparse
import time

import numpy as np
import torch

import aqnet_pyg.nn.background
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference import NetworkPredictor, Request
from aqnet_pyg.nn import AQNet, KrigingBackground
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.simulation import simulate
from aqnet_pyg.training.data import StationDataModule
from aqnet_pyg.training.settings import TARGETS_PER_STEP
from aqnet_pyg.windows import Window

WINDOW = Window(24, margin=6)
DENSE_STATIONS = aqnet_pyg.nn.background.DENSE_STATIONS


def sample(stations, hours):
    """Return positions, values and their validity."""
    rng = np.random.default_rng(0)
    towns = rng.uniform([80, 20], [130, 45], (max(stations // 8, 2), 2))
    pos = towns[rng.integers(len(towns), size=stations)] + rng.normal(0, 0.1, (stations, 2))
    wave = np.sin(pos[:, :1] / 5) + np.cos(pos[:, 1:] / 3) * np.cos(np.arange(hours) / 4)
    valid = torch.from_numpy(rng.random((stations, hours)) > 0.05)
    value = torch.from_numpy(wave + rng.normal(0, 0.3, wave.shape)).float()
    return value.masked_fill(~valid, 0.0), valid, torch.from_numpy(pos)


@torch.no_grad()
def timed(arguments, dense_stations):
    """Return the estimate, the seconds of the first call and of the best of three further calls."""
    aqnet_pyg.nn.background.DENSE_STATIONS = dense_stations
    background, seconds = KrigingBackground(300.0, 0.1).eval(), []
    for _ in range(4):
        start = time.process_time()
        estimate = background(*arguments)
        seconds.append(time.process_time() - start)
    return estimate, seconds[0], min(seconds[1:])


def network_of(scaler):
    """Return a network whose departure from the background is not zero."""
    torch.manual_seed(0)
    network = AQNet(WINDOW, scaler)
    network.background.set_covariance(300.0, 0.1)
    with torch.no_grad():
        network.interpolator.departure.weight.normal_(0, 0.05)
    return network


def training_step(data, targets):
    """Return the seconds of a training step with a number of targets, the median of five."""
    codes = data.station.values
    windows = StationDataModule(data.isel(station=slice(10, None)), data, codes[:10], WINDOW, targets_per_step=targets)
    network, seconds = network_of(windows.scaler), []
    batches = iter(windows.train_dataloader())
    for _ in range(6):
        start = time.process_time()
        batch = next(batches)
        (network(batch) - batch.y)[batch.y_mask].abs().mean().backward()
        seconds.append(time.process_time() - start)
    return float(np.median(seconds[1:]))


def grid_window(data):
    """Return the seconds of a window of a grid, for each cell and hour."""
    predictor = NetworkPredictor(network_of(Scaler.fit(data, ["pm25", "pm10"])))
    cells = Grid(np.linspace(113.0, 118.9, 60), np.linspace(35.0, 38.9, 40)).pos
    request = Request((), cells, WINDOW.steps, at_visible=False)
    start = time.process_time()
    predicted = predictor.predict(data.isel(time=slice(24)), request).cells[0]
    return (time.process_time() - start) / predicted.size


def main():
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stations", type=int, default=2000)
    parser.add_argument("--hours", type=int, default=12)
    options = parser.parse_args()
    torch.set_num_threads(1)
    arguments = sample(options.stations, options.hours)
    local, first, again = timed(arguments, 0)
    print(f"local: first {first:.2f} s, then {again:.3f} s")
    dense, first, every = timed(arguments, options.stations)
    print(f"dense: first {first:.2f} s, then {every:.3f} s, {every / again:.0f} times the local one")
    print(f"difference: {(local - dense).square().mean().sqrt():.4f}")
    aqnet_pyg.nn.background.DENSE_STATIONS = DENSE_STATIONS
    data, _ = simulate(days=5, stations=options.stations, truth=False)
    whole, sampled = (training_step(data, targets) for targets in (options.stations, TARGETS_PER_STEP))
    print(f"training step: {whole:.2f} s, with {TARGETS_PER_STEP} targets {sampled:.2f} s, {whole / sampled:.1f} times faster")
    print(f"grid: {1e6 * grid_window(data):.1f} µs a cell and hour")


if __name__ == "__main__":
    main()
