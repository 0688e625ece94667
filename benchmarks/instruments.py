"""Score maps and hidden monitors with cheap sensors beside monitors: used by class, all trusted alike, and monitors alone.

OMP_NUM_THREADS=2 python benchmarks/instruments.py [--days 20] [--sensors 1000] [--model krigings] [--cnemc FOLDER]

Without --cnemc, monitors and sensors are simulated (aqnet_pyg.simulation.simulate), and the map is scored against the true field.
With --cnemc the case is half-synthetic: every other station of the archive becomes a sensor. It then reads what a PurpleAir
sensor would, by the inverse of the correction of Barkjohn et al. (2021, doi 10.5194/amt-14-4617-2021), with an invented humidity
of the day, a factor of each sensor (10 %) and noise (8 % and 2 ug/m3). A fifth of the monitors is hidden in all rows.
"""

import argparse
import tempfile

import numpy as np
import pandas as pd

from aqnet_pyg import fit, read, reanalyze
from aqnet_pyg.grid import Grid
from aqnet_pyg.simulation import simulate
from aqnet_pyg.splits import Split
from aqnet_pyg.stations import HUMIDITY, MONITOR, SENSOR
from aqnet_pyg.training import FitSettings


def half_synthetic(folder):
    """Return an archive in which every other station, in the order of codes, is a sensor by a published error model."""
    data, _ = read("cnemc", folder, stations=folder)
    data = data[["pm25"]].sortby("station")
    rng = np.random.default_rng(0)
    sensor = np.arange(data.sizes["station"]) % 2 == 1
    hour = data.indexes["time"].hour.to_numpy()[:, None] + 8
    weather = pd.Series(rng.normal(0, 1, data.sizes["time"])).ewm(24).mean().to_numpy()[:, None]
    humidity = np.clip(
        50 + 60 * weather - 15 * np.sin(2 * np.pi * (hour - 9) / 24) + rng.normal(0, 3, data.pm25.shape), 5, 99
    )
    reading = (data.pm25.values + 0.0862 * humidity - 5.75) / 0.524
    reading *= np.exp(rng.normal(0, 0.1, len(sensor)) + rng.normal(0, 0.08, reading.shape))
    reading = np.maximum(reading + rng.normal(0, 2, reading.shape), 0)
    values = np.where(sensor, reading, data.pm25.values).astype(np.float32)
    data = data.assign(pm25=data.pm25.copy(data=values))
    data[HUMIDITY] = (("time", "station"), np.where(sensor, humidity, np.nan).astype(np.float32))
    return data.assign_coords(instrument=("station", np.where(sensor, SENSOR, MONITOR).astype(object)))


def row(name, data, truth, hidden, model):
    """Fit, predict the last fifth of the hours, and print the scores."""
    split = Split.of(data, hidden, target="pm25")
    with tempfile.TemporaryDirectory() as folder:
        fitted = fit(data, folder, FitSettings(model=model), split=split)
    grid = None if truth is None else Grid.around(data, 0.25)
    start = data.time.values[split.time.test][0]
    stations, field = reanalyze(fitted, data, hidden=split.stations.hidden, grid=grid, start=start, at_visible=False)
    stations = stations.sel(station=list(split.stations.hidden))
    measured = stations.pm25_measured
    error = stations.pm25 - measured
    covered = ((measured >= stations.pm25_lower) & (measured <= stations.pm25_upper)).where(measured.notnull())
    text = f"{name:<22}{float(np.sqrt((error**2).mean())):>10.2f}{float(abs(error).mean()):>10.2f}{float(covered.mean()):>10.1%}"
    if truth is not None:
        true = truth.interp(latitude=field.latitude, longitude=field.longitude).sel(time=field.time)
        text += f"{float(np.sqrt(((field.pm25 - true) ** 2).mean())):>12.2f}"
    print(text, flush=True)


def main():
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--monitors", type=int, default=100)
    parser.add_argument("--sensors", type=int, default=1000)
    parser.add_argument("--model", default="krigings")
    parser.add_argument("--cnemc")
    args = parser.parse_args()
    truth = None
    if args.cnemc:
        data = half_synthetic(args.cnemc)
    else:
        data, truth = simulate(args.days, stations=args.monitors, sensors=args.sensors)
        data = data[["pm25", HUMIDITY]]
    monitors = data.isel(station=data.instrument.values == MONITOR).drop_vars([HUMIDITY, "instrument"])
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(Split.of(monitors, 0.2, target="pm25").stations.hidden))
        file.flush()
        doubled = data.assign(pm25=(data.pm25 * np.where(data.instrument == SENSOR, 2, 1)).astype(np.float32))
        doubled["pm25"].attrs = data.pm25.attrs
        print(f"{'':<22}{'RMSE':>10}{'MAE':>10}{'coverage':>10}{'RMSE (map)':>12}")
        row("monitors alone", monitors, truth, file.name, args.model)
        row("all trusted alike", data.drop_vars("instrument"), truth, file.name, args.model)
        row("by class", data, truth, file.name, args.model)
        row("by class, twice gain", doubled, truth, file.name, args.model)


if __name__ == "__main__":
    main()
