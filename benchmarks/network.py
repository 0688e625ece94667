"""Compare the kriging background of a large network with the one from all stations.

python benchmarks/network.py [--stations 2000] [--hours 12]

Stations are in random towns, and 5 % of their values are missing. Printed are seconds of processor time of one thread, the best
of three: the background of a window from the stations around each place and from all stations, the first call apart, and
the root mean square difference of the two in standard deviations.
"""

import argparse
import time

import numpy as np
import torch

import aqnet_pyg.nn.background
from aqnet_pyg.nn import KrigingBackground


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


if __name__ == "__main__":
    main()
