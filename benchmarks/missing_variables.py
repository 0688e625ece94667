"""Error of a network of all pollutants where the data have only its target, beside a network that is trained on the target.

``python benchmarks/missing_variables.py [--days 20] [--stations 60] [--steps 100] [--seeds 3]``

Simulated data; mean absolute error of PM2.5 at hidden stations, in the hours of the test, mean over seeds.
"""

from __future__ import annotations

import argparse
import tempfile

import numpy as np

from aqnet_pyg import FitSettings, fit, reanalyze, simulate
from aqnet_pyg.splits import Split
from aqnet_pyg.stations import POLLUTANTS


def error(model, stations, split):
    """Mean absolute error at hidden stations in the test hours."""
    hidden = list(split.stations.hidden)
    predicted, _ = reanalyze(model, stations, hidden=hidden)
    hours = stations.indexes["time"][split.time.test]
    departure = (predicted.pm25 - stations.pm25).sel(time=np.intersect1d(predicted.time, hours), station=hidden)
    return float(abs(departure).mean())


def main():
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("days", 20), ("stations", 60), ("steps", 100), ("seeds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    errors: dict[str, list[float]] = {}
    for seed in range(options.seeds):
        stations, _ = simulate(days=options.days, stations=options.stations, truth=False, seed=seed)
        split = Split.of(stations, hidden=0.2, seed=seed)
        others = [name for name in POLLUTANTS if name in stations and name != "pm25"]
        alone = stations.assign({name: stations[name] * np.nan for name in others})
        with tempfile.TemporaryDirectory() as folder:
            settings = {"model": "network", "k": 8, "steps": options.steps, "seed": seed}
            every = fit(stations, f"{folder}/all", FitSettings(**settings), split=split)
            one = fit(stations, f"{folder}/one", FitSettings(**settings, variables=("pm25",)), split=split)
        for name, value in (
            ("trained with all, all measured", error(every, stations, split)),
            ("trained with all, PM2.5 measured", error(every, alone, split)),
            ("trained with PM2.5", error(one, stations, split)),
        ):
            errors.setdefault(name, []).append(value)
    for name, values in errors.items():
        print(f"{name:<34}{np.mean(values):7.3f}  {' '.join(f'{value:.3f}' for value in values)}")


if __name__ == "__main__":
    main()
