"""What elevation and the density of cities add to kriging, on the simulated network: hidden stations and the true grid.

OMP_NUM_THREADS=1 python benchmarks/covariates.py [--days 20] [--stations 584] [--model kriging] [--seed 0]

Both maps are those that the simulation itself uses, so that they say more of the air than real ones can; the third is noise.
"""

import argparse
import tempfile

import numpy as np
import xarray as xr

from aqnet_pyg import fit, reanalyze
from aqnet_pyg.grid import Grid
from aqnet_pyg.readers import covariates_on_grid, with_covariates
from aqnet_pyg.simulation import simulate
from aqnet_pyg.simulation.geography import BOX, elevation, urban_density
from aqnet_pyg.splits import Split
from aqnet_pyg.training import FitSettings

WIDTH = 0.15
"""Degrees over which the emissions of a city are spread."""


def maps(seed):
    """Return rasters of 0.05 degrees: elevation in meters, density of cities, and noise."""
    west, east, south, north = BOX
    longitude, latitude = np.arange(west, east, 0.05), np.arange(south, north, 0.05)
    places = [axis.ravel() for axis in np.meshgrid(longitude, latitude)]
    shape = latitude.size, longitude.size
    values = {
        "elevation": elevation(*places),
        "density": urban_density(*places, WIDTH).sum(axis=0),
        "noise": np.random.default_rng(seed).normal(size=shape),
    }
    axes = {"longitude": longitude, "latitude": latitude}
    return {
        name: xr.DataArray(np.reshape(one, shape).astype(np.float32), axes, ("latitude", "longitude"), name)
        for name, one in values.items()
    }


def main():
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--stations", type=int, default=584)
    parser.add_argument("--model", default="kriging")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    data, truth = simulate(args.days, stations=args.stations, seed=args.seed)
    split = Split.of(data, 0.2, seed=args.seed, target="pm25")
    grid, rasters = Grid.around(data, 0.25), maps(args.seed)
    start = data.time.values[split.time.test][0]
    print(
        f"{'covariates':<32}{'MAE':>8}{'RMSE':>8}{'grid MAE':>10}{'grid RMSE':>10}  (ug/m3; simulated, seed {args.seed})"
    )
    for names in (
        [],
        ["elevation"],
        ["density"],
        ["elevation", "density"],
        ["noise"],
        ["elevation", "density", "noise"],
    ):
        chosen = [rasters[name] for name in names]
        known = with_covariates(data, chosen)
        settings = FitSettings(model=args.model, known=tuple(f"{name}_map" for name in names))
        with tempfile.TemporaryDirectory() as folder:
            model = fit(known, folder, settings, split=split)
        on_grid = covariates_on_grid(grid, chosen) if names else None
        hidden = split.stations.hidden
        at, field = reanalyze(model, known, hidden=hidden, grid=grid, start=start, covariates=on_grid, at_visible=False)
        error = (at.pm25 - at.pm25_measured).sel(station=list(hidden))
        true = truth.interp(latitude=field.latitude, longitude=field.longitude).sel(time=field.time)
        scores = [
            figure
            for each in (error, field.pm25 - true)
            for figure in (float(abs(each).mean()), float(np.sqrt((each**2).mean())))
        ]
        label = ", ".join(names) or "none"
        print(f"{label:<32}{scores[0]:>8.2f}{scores[1]:>8.2f}{scores[2]:>10.2f}{scores[3]:>10.2f}", flush=True)


if __name__ == "__main__":
    main()
