"""Compare NeuralKNNGridder with Verde's gridders by blocked cross-validation on real hours.

python benchmarks/gridder.py --data DIR [--hours 60] [--spacing 100]

DIR holds an archive of the Chinese national network (CNEMC): daily files and station lists. The hours are drawn from the last
third of the archive; only stations that measured PM2.5 in all of these hours are used. verde.cross_val_score hides them in five
folds of blocks (verde.BlockKFold, shuffled); RMSE is the mean over folds and hours. All gridders use the same projected
coordinates. KNeighbors' k and Spline's damping minimize the RMSE of the same cross-validation on 24 hours drawn
from the first two thirds; NeuralKNNGridder selects its parameters within each fit. Requires pyproj.
"""

import argparse
import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: see aqnet_pyg/commands/main.py

import time
import warnings

import numpy as np
import pyproj
import verde

from aqnet_pyg.integrations import NeuralKNNGridder
from aqnet_pyg.readers import read_cnemc

TUNING_HOURS = 24
NEIGHBORS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
DAMPINGS = (1e-8, 1e-7, 1e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 1e-2, 1e-1, 1.0)


def draw(pm25, number):
    """Return random hours at the stations with measurements in all of them, and the mask of these stations."""
    measured = np.isfinite(pm25)
    most = np.flatnonzero(measured.mean(axis=1) > 0.8)  # excludes hours with outages
    values = pm25[np.sort(np.random.default_rng(0).choice(most, number, replace=False))].astype(np.float64)
    complete = np.isfinite(values).all(axis=0)
    return values[:, complete], complete


def each_hour(gridder, coordinates, hours, blocks):
    """Return the RMSE of each hour, fitted separately."""
    return np.array([together(gridder, coordinates, (hour,), blocks) for hour in hours])


def together(gridder, coordinates, hours, blocks):
    """Return the mean RMSE of hours that are fitted together."""
    scores = verde.cross_val_score(gridder, coordinates, tuple(hours), cv=blocks, scoring="neg_root_mean_squared_error")
    return -scores.mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--hours", type=int, default=60)
    parser.add_argument("--spacing", type=float, default=100.0, help="side of the blocks in kilometers")
    options = parser.parse_args()

    warnings.filterwarnings("ignore", module="sklearn|verde")  # KNeighbors and Spline warn at every fit
    stations, _ = read_cnemc(options.data, stations=options.data)
    longitude, latitude, pm25 = stations.longitude.values, stations.latitude.values, stations.pm25.values
    projection = pyproj.Proj(proj="aea", lat_1=34, lat_2=42, lat_0=latitude.mean(), lon_0=longitude.mean())
    coordinates = projection(longitude, latitude)
    blocks = verde.BlockKFold(spacing=1000 * options.spacing, n_splits=5, shuffle=True, random_state=0)

    cut = 2 * len(pm25) // 3
    hours, complete = draw(pm25[:cut], TUNING_HOURS)
    places = tuple(axis[complete] for axis in coordinates)
    print(
        f"Tuning: {len(hours)} hours to {stations.time.values[cut - 1]:.16} UTC, {complete.sum()} stations", flush=True
    )
    others = []
    for name, choices in {
        "KNeighbors, k": {k: verde.KNeighbors(k) for k in NEIGHBORS},
        "Spline, damping": {damping: verde.Spline(damping=damping) for damping in DAMPINGS},
    }.items():
        errors = {choice: each_hour(gridder, places, hours, blocks).mean() for choice, gridder in choices.items()}
        best = min(errors, key=errors.get)
        others.append((f"verde.{name} = {best:g}", choices[best]))
        print(f"  {name}: " + ", ".join(f"{choice:g} {error:.2f}" for choice, error in errors.items()), flush=True)

    hours, complete = draw(pm25[cut:], options.hours)
    places = tuple(axis[complete] for axis in coordinates)
    print(
        f"\n{len(hours)} hours from {stations.time.values[cut]:.16} UTC, {complete.sum()} stations, "
        f"5 folds of blocks of {options.spacing:g} km"
    )
    print(f"{'PM2.5, µg/m³':40}{'RMSE':>8}{'relative':>10}{'better in':>16}{'s a fold':>10}")
    ours = None
    for name, gridder in [("NeuralKNNGridder, each hour separately", NeuralKNNGridder(projection=projection)), *others]:
        begun = time.perf_counter()
        errors = each_hour(gridder, places, hours, blocks)
        seconds = (time.perf_counter() - begun) / len(hours) / 5
        ours = errors if ours is None else ours
        better = "" if ours is errors else f"{(ours < errors).sum()} of {len(errors)}"
        line(name, errors.mean(), ours.mean(), better, seconds)
    for name, steps in [("NeuralKNNGridder, all hours together", None), ("the same, untrained", 0)]:
        begun = time.perf_counter()
        error = together(NeuralKNNGridder(steps=steps, projection=projection), places, hours, blocks)
        line(name, error, ours.mean(), "", (time.perf_counter() - begun) / 5)


def line(name, error, ours, better, seconds):
    print(f"{name:40}{error:8.3f}{100 * (error / ours - 1):+9.1f}%{better:>16}{seconds:10.2f}", flush=True)


if __name__ == "__main__":
    main()
