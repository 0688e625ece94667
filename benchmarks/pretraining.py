"""Score a network that was trained on simulated networks only, at hidden stations of real networks.

OMP_NUM_THREADS=2 python benchmarks/pretraining.py DATA [--steps 400] [--folds 5] [--networks beijing_2013_2016 ...]

DATA is a folder with the folders of the networks. The network is trained on PM2.5 of three simulated seasons, each cut into a
national, a regional and a city network. It then meets the real networks without a further step: only its standardization and the
covariance of its background are those of the visible stations in the hours for tuning, as those of the krigings are. Random folds
of stations are hidden, and scored in hours for validation; hours for test are not used.

Rows: ordinary kriging, the weighted krigings of the ensemble, the network, and the weighted krigings plus the departure of the
network from ordinary kriging.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import HuberLoss
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch_geometric.loader import DataLoader
from torch_geometric.transforms import Compose

from aqnet_pyg import read
from aqnet_pyg.baselines.coordinates import coordinates_of
from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.ensembles.ensemble import fit_kriging, fit_krigings
from aqnet_pyg.ensembles.folds import station_folds
from aqnet_pyg.ensembles.tuning import TunedInterpolators
from aqnet_pyg.evaluation.protocols.aqi36 import sample_data, sample_hours
from aqnet_pyg.graph import BuildGraph, HideRandomStations, KNNGraphBuilder
from aqnet_pyg.inference import NetworkPredictor, reanalyze
from aqnet_pyg.local_dates import split_hours
from aqnet_pyg.nn import AQNet, parameter_groups
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.simulation import simulate
from aqnet_pyg.training.classical_start import set_backgrounds, tuned_kriging
from aqnet_pyg.training.network import HUBER_DELTA
from aqnet_pyg.windows import Window

WINDOW, K = Window(24, margin=6), 16
STARTS = ("2016-11-01", "2017-04-01", "2017-08-01")
SIZES = {"national": 300, "region": 100, "city": 40}
TUNE_DAYS, SCORE_DAYS = 20, 30
READERS = {"beijing_2013_2016": "bjmemc", "cnemc_north_2025_01": "cnemc", "uci_beijing_multisite": "uci_beijing"}


def simulated_networks(days):
    """Return station data of simulated networks of three sizes and densities, in three seasons."""
    rng, networks = np.random.default_rng(0), []
    for seed, start in enumerate(STARTS, 1):
        stations, _ = simulate(days, start, stations=1500, seed=seed, truth=False)
        stations = stations[["pm25"]].isel(station=stations.pm25.notnull().mean("time").values > 0.5)
        longitude, latitude = coordinates_of(stations)
        for name, size in SIZES.items():
            chosen = rng.permutation(len(longitude))[:size]
            if name != "national":
                center = rng.integers(len(longitude)) if name == "region" else densest(longitude, latitude, size, rng)
                chosen = np.argsort(distance(longitude, latitude, center))[:size]
            networks.append(stations.isel(station=np.sort(chosen)))
    return networks


def densest(longitude, latitude, size, rng):
    """Return of thirty random stations the one with the nearest neighbors."""
    drawn = rng.choice(len(longitude), 30, replace=False)
    return min(drawn, key=lambda center: np.sort(distance(longitude, latitude, center))[size])


def distance(longitude, latitude, center):
    return np.hypot((longitude - longitude[center]) * np.cos(np.radians(latitude[center])), latitude - latitude[center])


def network_for(stations, k=K, state=None):
    """Return an untrained network for station data, or one with the parameters of another network, and its windows."""
    windows = StationDataset(stations, WINDOW, variables=("pm25",))
    model = AQNet(WINDOW, Scaler.fit(stations, ["pm25"]), k=k)
    if state is not None:
        model.load_state_dict(state)
    set_backgrounds(model, tuned_kriging(windows))
    return model, windows


def train(networks, steps, station_windows):
    """Return the parameters of a network that is trained on windows of all networks in turn."""
    torch.manual_seed(0)
    loaders, backgrounds = [], []
    for stations in networks:
        model, windows = network_for(stations)
        windows.transform = Compose([HideRandomStations(), BuildGraph(KNNGraphBuilder(K))])
        loaders.append((DataLoader(windows, max(station_windows // len(windows.pos), 1), shuffle=True), windows.scaler))
        backgrounds.append((model.background.range_km.item(), model.background.nugget.item()))
    model, _ = network_for(networks[0])
    averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.98))
    optimizer = torch.optim.AdamW(parameter_groups(model, 2e-3), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [2e-3, 2e-2], total_steps=steps, pct_start=0.1)
    loss = HuberLoss(delta=HUBER_DELTA)
    model.train()
    for step in range(steps):
        loader, model.scaler = loaders[step % len(loaders)]
        model.background.set_covariance(*backgrounds[step % len(loaders)])
        batch = next(iter(loader))
        error = loss(model(batch)[batch.y_mask] / model.scaler.std[0], batch.y[batch.y_mask] / model.scaler.std[0])
        optimizer.zero_grad()
        error.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        averaged.update_parameters(model)
    return averaged.module.state_dict()


def parts(folder):
    """Return station data of the hours to tune and of the hours to score."""
    if folder.name == "aqi36":
        stations = sample_data(folder)
        hours = sample_hours(stations)
    else:
        stations, _ = read(READERS[folder.name], folder)
        hours = split_hours(stations, folder.name, {})
    stations = stations[["pm25"]]
    tune, score = (stations.isel(time=hours[name]) for name in ("train", "validation"))
    tune, score = tune.isel(time=slice(-24 * TUNE_DAYS, None)), score.isel(time=slice(0, 24 * SCORE_DAYS))
    gaps = np.flatnonzero(np.diff(score.time.values) != np.timedelta64(1, "h"))
    score = score.isel(time=slice(0, gaps[0] + 1 if gaps.size else None))
    measured = (tune.pm25.notnull().mean("time") > 0.2).values & score.pm25.notnull().any("time").values
    return tune.isel(station=measured), score.isel(station=measured)


def estimates(tune, score, hidden, state):
    """Return the estimates of all rows at the hidden stations, by row."""
    visible = tune.drop_sel(station=list(hidden))
    tuned = TunedInterpolators()
    models = {
        "kriging": fit_kriging(visible, "pm25", WINDOW, tuned),
        "weighted krigings": fit_krigings(visible, "pm25", WINDOW, tuned),
        "network": NetworkPredictor(network_for(visible, min(K, visible.sizes["station"] - 1), state)[0].eval()),
    }
    rows = {}
    for name, model in models.items():
        product, _ = reanalyze(model, score, hidden=hidden, at_visible=False)
        rows[name] = product.pm25.sel(station=list(hidden)).transpose("time", "station").values
    departure = rows["network"] - rows["kriging"]
    return rows | {"weighted krigings + departure": np.maximum(rows["weighted krigings"] + departure, 0)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--station-windows", type=int, default=600, help="of a step, or one window")
    parser.add_argument("--days", type=int, default=30, help="simulated days of each season")
    parser.add_argument("--folds", type=int, default=5, help="folds that are scored, of five")
    parser.add_argument("--networks", nargs="+", default=[*READERS, "aqi36"])
    parser.add_argument("--weights", type=Path, help="file for the trained parameters; an existing one is used")
    options = parser.parse_args()
    begun = time.process_time()
    if options.weights and options.weights.exists():
        state = torch.load(options.weights, weights_only=True)
    else:
        state = train(simulated_networks(options.days), options.steps, options.station_windows)
        if options.weights:
            torch.save(state, options.weights)
        print(f"Training: {options.steps} steps, {time.process_time() - begun:.0f} s of processor time.\n")
    print("| network | row | values | MAE | RMSE | MAE to weighted krigings, % |\n|---|---|---:|---:|---:|---:|")
    for name in options.networks:
        tune, score = parts(options.data / name)
        folds = station_folds(tune.station.values.astype(str), coordinates_of(tune))[: options.folds]
        truth = [score.pm25.sel(station=list(hidden)).transpose("time", "station").values for hidden in folds]
        found = [estimates(tune, score, hidden, state) for hidden in folds]
        errors = {}
        for row in found[0]:
            difference = np.concatenate([(fold[row] - true).ravel() for fold, true in zip(found, truth, strict=True)])
            errors[row] = difference[np.isfinite(difference)]
        reference = np.abs(errors["weighted krigings"]).mean()
        for row, error in errors.items():
            mae, rmse = np.abs(error).mean(), np.sqrt(np.square(error).mean())
            print(
                f"| {name} | {row} | {len(error):,} | {mae:.2f} | {rmse:.2f} | {100 * (mae / reference - 1):+.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
