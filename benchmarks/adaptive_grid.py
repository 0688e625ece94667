"""Compare a network's large grid, whose departure from kriging is interpolated where it is smooth, with one at every cell.

    python benchmarks/adaptive_grid.py runs/simulated/aqnet.ckpt --hours 80 200 290

The checkpoint is that of `aqnet reanalyze simulated`. At each of the hours begins a window on 22,311 cells, with all of the
simulated stations; errors are against the simulated field. Prints errors, the difference of both grids, and processor seconds
with one thread.
"""

import argparse
import time

import numpy as np
import torch
import xarray as xr

from aqnet_pyg import Grid, load_model, reanalyze, simulate


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("--hours", type=int, nargs="+", default=[80, 200, 290], help="first predicted hours")
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = load_model(options.checkpoint)
    stations, truth = simulate(days=18, stations=584)
    grid = Grid(np.linspace(103, 125, 201), np.linspace(31, 44, 111))
    truth = (
        truth.load().interp(longitude=grid.longitude, latitude=grid.latitude).transpose("time", "latitude", "longitude")
    )
    found, seconds = {True: [], False: []}, {True: 0.0, False: 0.0}
    for hour in options.hours:
        times = stations.time.values[[hour, hour + model.predictor.window.steps - 1]]
        for every_cell in (True, False):
            start = time.process_time()
            _, field = reanalyze(
                model, stations, hidden=[], grid=grid, start=times[0], end=times[1], every_cell=every_cell
            )
            seconds[every_cell] += time.process_time() - start
            found[every_cell].append(field.pm25)
    every, adaptive = (xr.concat(found[each], "time") for each in (True, False))
    expected = truth.sel(time=every.time)
    for name, field in (("every cell", every), ("interpolated", adaptive)):
        error = (field - expected).values[np.isfinite(expected.values)]
        spent = seconds[name == "every cell"]
        print(f"{name}: MAE {np.abs(error).mean():.3f}, RMSE {np.sqrt(np.square(error).mean()):.3f}, {spent:.1f} s")
    difference = (adaptive - every).values
    print(
        f"difference: {np.sqrt(np.square(difference).mean()):.3f} root mean square, {np.abs(difference).max():.1f} at most"
    )


if __name__ == "__main__":
    main()
