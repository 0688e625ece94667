"""Score intervals and exceedance probabilities that are calibrated at few stations: coverage, Brier skill and reliability.

OMP_NUM_THREADS=1 python benchmarks/calibration.py [--days 60] [--stations 2 5 50] [--draws 8] [--source cnemc --path FOLDER]

Ordinary kriging is fitted to visible stations in the first half of the hours. In the third quarter, intervals are calibrated at
random hidden stations: alone, and as those of a network, with the leave-one-out errors of kriging at the visible stations as
expected ones. They are scored at the other hidden stations in the last quarter, for hourly values and daily means. Without --path
the data are simulated (aqnet_pyg.simulation.simulate). The limits are 15.5, 35.5, 50.5, 75.5 and 115.5 ug/m3. Brier skill is that
over the observed frequency of each limit, and reliability the largest difference between forecast and observed frequency in ten
bins of probability with at least 200 values. Widths and CRPS are in ug/m3.
"""

import argparse
import tempfile

import numpy as np

from aqnet_pyg import fit, read, reanalyze
from aqnet_pyg.conformal import ConformalIntervals
from aqnet_pyg.evaluation.interval_scores import quantile_scores
from aqnet_pyg.inference import PERIODS, TrainedModel
from aqnet_pyg.inference.averaging_periods import over_period
from aqnet_pyg.simulation import simulate
from aqnet_pyg.splits import Split
from aqnet_pyg.training import FitSettings
from aqnet_pyg.windows import Window

LIMITS = (15.5, 35.5, 50.5, 75.5, 115.5)
MOST_HIDDEN = 150
HOURS = 3
"""Every third hour of hourly values is used."""


def predictions(data, visible, seed=0):
    """Return value, std, distance and truth, each ``[time, station]``, by period, at hidden and at visible stations.

    At visible stations they are left out one at a time.
    """
    data = data[["pm25"]]
    measuring = np.flatnonzero(data.pm25.notnull().any("time").values)
    order = np.random.default_rng(seed).permutation(measuring)
    visible = min(visible, len(order) * 2 // 3)
    kept = order[: visible + MOST_HIDDEN]
    hidden = sorted(str(data.station.values[i]) for i in kept[visible:])
    data = data.isel(station=np.sort(kept))
    first = data.drop_sel(station=hidden).isel(time=slice(0, data.sizes["time"] // 2))
    with tempfile.TemporaryDirectory() as folder:
        settings = FitSettings(model="kriging", window=Window(24, margin=6))
        model = fit(first, folder, settings, split=Split.of(first, target="pm25"))
    result, _ = reanalyze(TrainedModel(model.predictor), data, hidden=hidden)
    measured = result.visible.values.astype(bool)
    found = {}
    for period in ("1h", "24h"):
        (mean,) = over_period(result, "pm25", PERIODS[period])
        value, std, distance, _ = mean.arguments(result.station_distance)
        truth = mean.measured.transpose(*mean.value.dims).values
        step = HOURS if period == "1h" else 1
        parts = [part[::step] for part in np.broadcast_arrays(value, std, distance, truth)]
        found[period] = [[part[:, these] for part in parts] for these in (~measured, measured)]
    return found


def calibrated(arrays, stations, expected=None):
    """Calibrate in the third quarter of the hours at some stations; None if nothing was measured there."""
    hours = len(arrays[0])
    value, std, distance, truth = (part[hours // 2 : hours * 3 // 4, stations] for part in arrays)
    if not np.isfinite(value + truth).any():
        return None
    number = np.broadcast_to(np.arange(len(stations)), value.shape)
    return ConformalIntervals(expected=expected).fit(value, std, distance, truth, station=number)


def scores(arrays, stations, seed, expected):
    """Calibrate at random stations; return coverage, width, CRPS, Brier skill and reliability at the others."""
    hours, count = arrays[0].shape
    order = np.random.default_rng(seed).permutation(count)
    test = np.sort(order[stations:])
    intervals = calibrated(arrays, np.sort(order[:stations]), expected)
    if intervals is None:
        return None
    value, std, distance, truth = (part[hours * 3 // 4 :, test] for part in arrays)
    known = np.isfinite(value + truth)
    found = quantile_scores(intervals, value[known], std[known], distance[known], truth[known])
    forecast = np.stack([intervals.probability_above(limit, value, std, distance)[known] for limit in LIMITS])
    above = np.stack([truth[known] >= limit for limit in LIMITS])
    skill = 1 - np.mean((forecast - above) ** 2) / np.mean(above.var(axis=1))
    bins = np.minimum((forecast * 10).astype(int), 9)
    members = [bins == number for number in range(10) if (bins == number).sum() >= 200]
    reliability = max(abs(forecast[these].mean() - above[these].mean()) for these in members)
    return (*(found[name].mean() for name in ("covered", "width", "crps")), skill, reliability)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=60, help="days of the simulation")
    parser.add_argument("--stations", type=int, nargs="+", default=[2, 5, 50], help="stations of the calibration")
    parser.add_argument("--draws", type=int, default=8, help="random draws of these stations")
    parser.add_argument("--visible", type=int, default=400, help="visible stations")
    parser.add_argument("--source", default="table", help="reader of the data")
    parser.add_argument("--path", help="folder or file of the data; default simulated")
    parser.add_argument("--lists", help="file or folder of the station list, where the reader needs one")
    options = parser.parse_args()
    if options.path is None:
        data = simulate(days=options.days, truth=False)[0]
    else:
        data = read(options.source, options.path, **({"stations": options.lists} if options.lists else {}))[0]
    print(
        "| period | stations | expected | coverage % | least | most | width | CRPS | Brier skill | least | reliability | worst |"
    )
    print("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for period, (hidden, visible) in predictions(data, options.visible).items():
        leave_one_out = calibrated(visible, np.arange(visible[0].shape[1]))
        for stations in options.stations:
            for name, expected in (("default", None), ("kriging", leave_one_out)):
                found = [scores(hidden, stations, seed, expected) for seed in range(options.draws)]
                rows = np.array([row for row in found if row is not None])
                coverage, width, crps, skill, reliability = rows.T
                percent = " | ".join(f"{100 * part:.1f}" for part in (coverage.mean(), coverage.min(), coverage.max()))
                skills = f"{skill.mean():.2f} | {skill.min():.2f} | {reliability.mean():.3f} | {reliability.max():.3f}"
                sizes = f"{width.mean():.1f} | {crps.mean():.2f}"
                print(f"| {period} | {stations} | {name} | {percent} | {sizes} | {skills} |", flush=True)


if __name__ == "__main__":
    main()
