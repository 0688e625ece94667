"""What the commands do, as calls that a notebook can make: a source in, a folder of results out."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import lightning as L
import numpy as np
import pandas as pd
import xarray as xr
from tqdm import tqdm

from aqnet_pyg.baselines import IDW, Interpolator, OrdinaryKriging
from aqnet_pyg.datasets import Window
from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation import scores
from aqnet_pyg.files import output_folder, write_dataset, write_json
from aqnet_pyg.grid import Grid
from aqnet_pyg.nn import AQNet
from aqnet_pyg.nn.checkpoint import library_versions, load_model, save_model
from aqnet_pyg.readers import READERS, read
from aqnet_pyg.readers.report import ReadReport
from aqnet_pyg.reanalysis import reanalyze
from aqnet_pyg.report.maps import map_field, save_figure
from aqnet_pyg.simulation import simulate
from aqnet_pyg.simulation.write import WRITERS
from aqnet_pyg.splits import StationSplit, TimeSplit, random_hidden, read_hidden, split_stations
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.training import StationDataModule, train

__all__ = [
    "InfoSettings",
    "ReanalysisSettings",
    "SimulationSettings",
    "TrainingSettings",
    "describe",
    "run_reanalysis",
    "run_simulation",
    "run_training",
    "table",
]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingSettings:
    """Train a model on station data.

    Args:
        source: ``simulated``, or the name of a reader: ``cnemc``, ``bjmemc``, ``uci_beijing``, ``table``, ``netcdf``.
        path: File, zip or folder of the archive.
        stations: Station table or folder of station lists, where the archive needs one.
        days: Length of the simulated network's period.
        task: ``reconstruct`` the hours that visible stations measured, or ``forecast`` the next hours.
        target: Pollutant to predict: ``pm25``, ``pm10``, ``so2``, ``no2``, ``o3`` or ``co``.
        history: Hours of input; default 24 to reconstruct, 336 to forecast.
        horizon: Hours to forecast.
        margin: Hours at each end of the history that are context only, to reconstruct.
        hidden: A file with the codes of hidden stations, or the fraction to hide at random; 0 hides none.
        k: Neighbours of a target; default 16, or fewer where fewer stations are visible.
        steps: Optimiser steps.
        seed: Of the simulation, the split and the training.
        out: Folder for the results.
        resume: Go on with an interrupted training in that folder.
        strict: Stop at the first broken file instead of reporting and skipping it.
        device: Where to compute: ``auto``, ``cpu``, ``gpu``.
    """

    source: str
    path: str | None = None
    stations: str | None = None
    days: int = 90
    task: Literal["reconstruct", "forecast"] = "reconstruct"
    target: str = "pm25"
    history: int | None = None
    horizon: int = 24
    margin: int = 6
    hidden: str | float = 0.1
    k: int | None = None
    steps: int = 400
    seed: int = 0
    out: str = "runs/latest"
    resume: bool = False
    strict: bool = False
    device: str = "auto"

    @property
    def window(self) -> Window:
        """Hours read and predicted."""
        if self.task == "forecast":
            return Window(self.history or 336, horizon=self.horizon)
        return Window(self.history or 24, margin=self.margin)


@dataclass(frozen=True)
class ReanalysisSettings(TrainingSettings):
    """Train a model on station data (or take a trained one), then predict at hidden stations and on a grid.

    Args:
        checkpoint: A trained model, ``aqnet.ckpt`` of an earlier run; nothing is trained then.
        spacing: Of the grid, in degrees.
        period: What is predicted: ``test``, the last fifth of the hours, which training does not see, or ``all``.
    """

    checkpoint: str | None = None
    spacing: float = 0.25
    period: Literal["test", "all"] = "test"


@dataclass(frozen=True)
class InfoSettings:
    """Say what is in a file or an archive.

    Args:
        source: Name of a reader: ``cnemc``, ``bjmemc``, ``uci_beijing``, ``table``, ``netcdf``; or ``simulated``.
        path: File, zip or folder of the archive.
        stations: Station table or folder of station lists, where the archive needs one.
        strict: Stop at the first broken file instead of reporting and skipping it.
    """

    source: str
    path: str | None = None
    stations: str | None = None
    strict: bool = False


@dataclass(frozen=True)
class SimulationSettings:
    """Write the simulated network in the format of a published archive.

    Args:
        format: ``cnemc``, ``bjmemc``, ``uci_beijing``, ``table`` or ``netcdf``.
        out: File or folder to write.
        days: Length of the period.
        stations: Number of stations.
        seed: Of everything random.
    """

    format: str
    out: str
    days: int = 90
    stations: int = 584
    seed: int = 0


@dataclass(frozen=True)
class _Split:
    stations: StationSplit
    time: TimeSplit

    def describe(self, data: xr.Dataset) -> dict[str, Any]:
        hours = data.indexes["time"]
        parts = {name: part for name, part in asdict(self.time).items()}
        return {
            "stations": {name: len(codes) for name, codes in asdict(self.stations).items()},
            "hidden": list(self.stations.hidden),
            "time": {name: [str(hours[part][0]), str(hours[part][-1])] for name, part in parts.items()},
        }


def _open(
    source: str, path: str | None, stations: str | None, strict: bool = False, **simulated: int
) -> tuple[xr.Dataset, ReadReport | None, xr.DataArray | None]:
    """Station data, what the reader reports and, for the simulated network, the true field of PM2.5."""
    if source == "simulated":
        data, truth = simulate(**simulated)
        return data, None, truth
    if source in READERS and path is None:
        raise InputError(f"path: the source {source!r} needs one; name the file, zip or folder of the archive.")
    options: dict[str, Any] = {} if stations is None else {"stations": stations}
    data, report = read(source, path, **options, **({"strict": True} if strict else {}))
    return data, report, None


def _open_logged(settings: TrainingSettings) -> tuple[xr.Dataset, xr.DataArray | None]:
    data, report, truth = _open(
        settings.source, settings.path, settings.stations, settings.strict, days=settings.days, seed=settings.seed
    )
    if report is not None:
        log.info("%s", report)
    return data, truth


def run_training(settings: TrainingSettings) -> AQNet:
    """Train and write ``aqnet.ckpt``, ``checkpoints/``, ``metrics.csv`` and ``run.log`` to the folder ``settings.out``.

    Raises:
        InputError: If anything in the settings or the source cannot be used; nothing long is started then.
    """
    folder = output_folder(settings.out)
    with _log_file(folder):
        data, _ = _open_logged(settings)
        return _train(settings, folder, data, _split(settings, data))


def run_reanalysis(settings: ReanalysisSettings) -> dict[str, Any]:
    """Train (unless a checkpoint is given), predict, score and write everything to the folder ``settings.out``.

    Writes ``stations.nc``, ``grid.nc``, ``metrics.json``, ``map.png``, ``aqnet.ckpt`` and ``run.log``.

    Returns:
        The content of ``metrics.json``.

    Raises:
        InputError: If anything in the settings or the source cannot be used.
    """
    folder = output_folder(settings.out)
    with _log_file(folder):
        data, truth = _open_logged(settings)
        split, grid = _split(settings, data), Grid.around(data, settings.spacing)
        if settings.checkpoint is None:
            model = _train(settings, folder, data, split)
        else:
            model = load_model(settings.checkpoint)
            settings = replace(settings, task=model.window.task, target=model.target)
        hours = data.time.values
        test = slice(hours[split.time.test][0], hours[split.time.test][-1])
        period = test if settings.period == "test" else slice(hours[0], hours[-1])
        log.info(
            "predicting %d stations and %d cells, %s to %s UTC",
            data.sizes["station"],
            len(grid.pos),
            period.start,
            period.stop,
        )
        at_stations, on_grid = reanalyze(
            model,
            data,
            hidden=split.stations.hidden,
            grid=grid,
            start=period.start,
            end=period.stop,
            device=_device(settings.device),
            progress=_progress,
        )
        for result in (at_stations, on_grid):
            result.attrs["history"] = f"aqnet_pyg {library_versions()['aqnet-pyg']}, seed {settings.seed}"
        write_dataset(at_stations.transpose("station", ...), folder / "stations.nc")
        write_dataset(on_grid, folder / "grid.nc")
        metrics = {
            "dataset": data.attrs.get("source", settings.source),
            "seed": settings.seed,
            "split": split.describe(data),
            "tasks": {settings.task: _score(settings, data, truth, split, at_stations, on_grid, test)},
            "versions": library_versions(),
        }
        write_json(metrics, folder / "metrics.json")
        _map(folder / "map.png", settings, data, split, on_grid)
        log.info("wrote stations.nc, grid.nc, metrics.json, map.png and aqnet.ckpt to %s", folder)
    return metrics


def describe(settings: InfoSettings) -> str:
    """What is in an archive, as text: the report of the reader and a line for each variable.

    Raises:
        InputError: If it cannot be read.
    """
    data, report, _ = _open(settings.source, settings.path, settings.stations, settings.strict)
    hours = data.indexes["time"]
    west, east = float(data.longitude.min()), float(data.longitude.max())
    south, north = float(data.latitude.min()), float(data.latitude.max())
    lines = [str(report)] if report is not None else []
    lines += [
        f"stations    {data.sizes['station']}, {west:.2f} to {east:.2f} degrees east, {south:.2f} to {north:.2f} degrees north",
        f"hours       {len(hours)}, {hours[0]} to {hours[-1]} UTC, local zone {data.attrs['time_zone']}",
        f"{'variable':<20}{'measured':>9}{'mean':>9}{'median':>9}{'highest':>9}  units",
    ]
    for name in data.data_vars:
        if name.endswith("_flag"):
            continue
        values = data[name].values[np.isfinite(data[name].values)]
        figures = (values.mean(), np.median(values), values.max()) if values.size else (np.nan,) * 3
        share = values.size / data[name].size
        lines.append(
            f"{name:<20}{share:>9.1%}"
            + "".join(f"{x:>9.1f}" for x in figures)
            + f"  {data[name].attrs.get('units', '')}"
        )
    return "\n".join(lines)


def run_simulation(settings: SimulationSettings) -> str:
    """Write the simulated network; returns a line on what was written.

    Raises:
        InputError: If the format is unknown or the place cannot be written to.
    """
    if settings.format not in WRITERS:
        raise InputError(f"format: {settings.format!r} is not known; use one of {', '.join(WRITERS)}.")
    data, _ = simulate(days=settings.days, stations=settings.stations, seed=settings.seed, truth=False)
    output_folder(Path(settings.out).parent)
    WRITERS[settings.format](data, settings.out)
    return f"{settings.days} simulated days of {settings.stations} stations are in {settings.out}."


def table(metrics: dict[str, Any]) -> str:
    """The scores of a run as text, for a terminal."""
    lines = [f"{metrics['dataset']}, seed {metrics['seed']}"]
    for task, places in metrics["tasks"].items():
        for place, rows in places.items():
            if not rows:
                continue
            where = {"stations": "hidden stations", "grid": "true grid"}[place]
            lines.append(f"{task}, {where:<24}{'MAE':>9}{'RMSE':>9}{'R2':>8}{'n':>10}")
            for name, row in rows.items():
                lines.append(
                    f"  {name:<{len(task) + 24}}{row['mae']:>9.2f}{row['rmse']:>9.2f}{row['r2']:>8.3f}{row['n']:>10}"
                )
    return "\n".join(lines)


def _split(settings: TrainingSettings, data: xr.Dataset) -> _Split:
    if settings.target not in data:
        raise InputError(f"target: {settings.target!r} is not in the data; they have {', '.join(data.data_vars)}.")
    codes = [str(code) for code in data.station.values]
    try:
        fraction = float(settings.hidden)
    except ValueError:
        hidden: Sequence[str] = read_hidden(settings.hidden, codes)
    else:
        hidden = () if fraction == 0 else random_hidden(codes, fraction, settings.seed)
    time = TimeSplit.by_fraction(data.sizes["time"])
    for name, part in asdict(time).items():
        hours = part.stop - part.start
        if hours < settings.window.length:
            raise InputError(
                f"history: a window takes {settings.window.length} hours, but the {name} part of the data has {hours}; "
                "shorten --history (or --horizon), or give more data."
            )
    return _Split(split_stations(codes, hidden, seed=settings.seed), time)


def _train(settings: TrainingSettings, folder: Path, data: xr.Dataset, split: _Split) -> AQNet:
    L.seed_everything(settings.seed, workers=True, verbose=False)
    visible, validation = list(split.stations.visible), list(split.stations.validation)
    training_data = data.sel(station=visible).isel(time=split.time.train)
    windows = StationDataModule(
        training_data,
        data.sel(station=visible + validation).isel(time=split.time.validation),
        validation,
        settings.window,
        target=settings.target,
        k=min(16, len(visible) - 1) if settings.k is None else settings.k,
    )
    model = AQNet(settings.window, windows.scaler, target=settings.target, k=windows.graph.k)
    log.info(
        "training on %d stations and %d hours to %s %s; checkpoints go to %s",
        len(visible), training_data.sizes["time"], settings.task, settings.target, folder / "checkpoints",
    )  # fmt: skip
    train(
        model,
        windows,
        folder,
        steps=settings.steps,
        resume=settings.resume,
        trainer_options={"accelerator": settings.device},
    )
    save_model(model, folder / "aqnet.ckpt")
    return model


def _score(
    settings: ReanalysisSettings,
    data: xr.Dataset,
    truth: xr.DataArray | None,
    split: _Split,
    at_stations: xr.Dataset,
    on_grid: xr.Dataset,
    test: slice,
) -> dict[str, Any]:
    """Errors at hidden stations and on the true grid, ours and the classical ones, on the same station-hours."""
    sources = data.sel(station=sorted(split.stations.visible + split.stations.validation))
    target = sources[settings.target].transpose("time", "station")
    known = (sources.longitude.values, sources.latitude.values)
    hidden = at_stations.sel(station=list(split.stations.hidden))
    steps = "time" if settings.task == "reconstruct" else "forecast_reference_time"
    hidden, on_grid = hidden.sel({steps: test}), on_grid.sel({steps: test})
    if settings.task == "reconstruct":
        carried = target.sel(time=hidden.time.values).values
    else:
        # What a classical method would carry into the future: the mean of the last day.
        last_day = target.rolling(time=24, min_periods=1).mean()
        carried = last_day.sel(time=hidden.forecast_reference_time.values).values
    classical: dict[str, Interpolator] = {"idw": IDW(), "kriging": OrdinaryKriging()}
    for method in classical.values():
        method.fit(known, target.isel(time=split.time.train).values)

    def compare(truth: np.ndarray, ours: np.ndarray, longitude: np.ndarray, latitude: np.ndarray) -> dict[str, Any]:
        rows = {"aqnet": ours}
        for name, method in classical.items():
            values = method.predict((longitude, latitude), carried)
            rows[name] = values if ours.ndim == 2 else np.repeat(values[:, None], ours.shape[1], axis=1)
        everywhere = np.logical_and.reduce([np.isfinite(row) for row in rows.values()])
        truth = np.where(everywhere, truth, np.nan)
        return {name: scores(truth, row) for name, row in rows.items()}

    result: dict[str, Any] = {"stations": None, "grid": None}
    if hidden.sizes["station"]:
        result["stations"] = compare(
            hidden[f"{settings.target}_measured"].values,
            hidden[settings.target].values,
            hidden.longitude.values,
            hidden.latitude.values,
        )
    if truth is not None and settings.target == "pm25":
        cells = on_grid[settings.target].stack(cell=("latitude", "longitude"))
        true = truth.interp(latitude=on_grid.latitude, longitude=on_grid.longitude).stack(
            cell=("latitude", "longitude")
        )
        true = true.reindex(time=np.unique(on_grid.time.values)).sel(time=on_grid.time)
        result["grid"] = compare(true.values, cells.values, cells.longitude.values, cells.latitude.values)
    return result


def _map(path: Path, settings: ReanalysisSettings, data: xr.Dataset, split: _Split, on_grid: xr.Dataset) -> None:
    """Draw the local day of the period with the highest mean; of a forecast, of the last one."""
    field = on_grid[settings.target]
    if settings.task == "forecast":
        field = field.isel(forecast_reference_time=-1).drop_vars("forecast_reference_time").swap_dims(lead="time")
    # An hour is labelled by its end, so the hour that ends at midnight is of the day before.
    local = field.indexes["time"].tz_localize("UTC").tz_convert(data.attrs["time_zone"]) - pd.Timedelta("1h")
    days = pd.Series(field.mean(("latitude", "longitude")).values, local.date).groupby(level=0).agg(["size", "mean"])
    day = days[days["size"] == days["size"].max()]["mean"].idxmax()
    hours = field.time.values[local.date == day]
    product = "forecast" if settings.task == "forecast" else "reanalysis"
    figure = map_field(
        field,
        data,
        split.stations.hidden,
        pollutant=settings.target,
        time=slice(hours[0], hours[-1]),
        title=f"{POLLUTANTS[settings.target].label}, {product}, mean of {day}",
    )
    save_figure(figure, path)


def _device(name: str) -> str:
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return "cuda" if name == "gpu" else name


def _progress(loop: Iterable, total: int) -> Iterable:
    return tqdm(loop, total=total, desc="windows", unit="window", disable=not sys.stderr.isatty())


@contextmanager
def _log_file(folder: Path) -> Iterator[None]:
    """Keep the log in ``run.log``, beside whatever the caller does with it."""
    handler = logging.FileHandler(folder / "run.log", mode="a", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    root = logging.getLogger("aqnet_pyg")
    root.addHandler(handler)
    level = root.level
    root.setLevel(min(level or logging.INFO, logging.INFO))
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()
