"""How time and memory of interpolators grow with stations and cells: the constants of docs/scaling.md.

python benchmarks/scaling.py [--quick] [--stations N ...] [--hours 24] [--cells 2000] [--rows kriging,gpboost]

Stations and cells are random, in 25 by 15 degrees of northern China; a twentieth of the measurements is missing, at random, so
that every hour has a pattern of its own. The covariance is given to kriging, and estimated by GPBoost (if it is installed) in its
fit. Processor time, which other load changes less than the time on the clock; peak of memory above that before.
The last column is the cost of a station and hour relative to that at the smallest number of stations: 1 is linear growth.
"""

import argparse
import importlib.util

import numpy as np

from aqnet_pyg.baselines import IDW, OrdinaryKriging, VecchiaGP
from aqnet_pyg.evaluation.cost import measured

ROWS = {
    "idw": lambda: IDW(k=16, power=2.0),
    "kriging": lambda: OrdinaryKriging(range_km=400, nugget=0.05),
    "gpboost": VecchiaGP,
}
REGION = (100, 125), (30, 45)


def network(stations, hours, cells):
    """Return coordinates, measurements ``[time, station]`` and coordinates of the cells."""
    random = np.random.default_rng(0)
    coordinates, targets = (tuple(random.uniform(*axis, number) for axis in REGION) for number in (stations, cells))
    phase = np.arange(hours)[:, None] / 5
    values = 60 + 30 * np.sin(coordinates[0] / 3 + phase) + 20 * np.cos(coordinates[1] / 2 - phase)
    values += random.normal(0, 5, values.shape)
    values[random.random(values.shape) < 0.05] = np.nan
    return coordinates, values, targets


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="584 and 2,000 stations only")
    parser.add_argument("--stations", type=int, nargs="+")
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--cells", type=int, default=2000)
    parser.add_argument("--rows", default=",".join(ROWS))
    options = parser.parse_args()
    numbers = options.stations or ([584, 2000] if options.quick else [584, 2000, 5000])
    names = [
        name for name in options.rows.split(",") if name != "gpboost" or importlib.util.find_spec("gpboost") is not None
    ]
    print(f"Interpolators, {options.hours} hours, {options.cells:,} cells:\n")
    print("| row | stations | fit s | predict s | µs a cell and hour | peak MiB | growth |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name in names:
        first = None
        for number in numbers:
            coordinates, values, cells = network(number, options.hours, options.cells)
            made = ROWS[name]()
            with measured() as fit:
                made.fit(coordinates, values)
            with measured() as predict:
                assert np.isfinite(made.predict(cells, values)).all()
            per_cell = predict.processor_seconds / options.hours / options.cells * 1e6
            each = (fit.processor_seconds + predict.processor_seconds) / number
            first = first or each
            memory = "" if fit.memory_mib is None else f"{max(fit.memory_mib, predict.memory_mib):,.0f}"
            print(
                f"| {name} | {number:,} | {fit.processor_seconds:.2f} | {predict.processor_seconds:.2f} | {per_cell:.2f} "
                f"| {memory} | {each / first:.2f} |",
                flush=True,
            )
    print()


if __name__ == "__main__":
    main()
