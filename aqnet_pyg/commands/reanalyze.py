"""``aqnet train`` and ``aqnet reanalyze``: train a model on a source, predict, score and write the results to a folder."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.commands.appending import Earlier, periods
from aqnet_pyg.commands.covariates import open_covariates
from aqnet_pyg.commands.first_guess import open_first_guess
from aqnet_pyg.commands.phases import Phases, seconds_text
from aqnet_pyg.commands.report import reanalysis_page, write_page, written
from aqnet_pyg.commands.run_folder import PRODUCTS, RunFolder, writing_to
from aqnet_pyg.commands.run_identity import RUN, run_identity, run_key
from aqnet_pyg.commands.run_plan import RunPlan, served_plan, training_plan, with_context
from aqnet_pyg.commands.settings import AlertSettings, ReanalysisSettings, ReportSettings, TrainingSettings
from aqnet_pyg.commands.sources import open_source
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.io.files import fingerprint, write_json
from aqnet_pyg.io.logs import log_file
from aqnet_pyg.io.staging import begin_results, publish_results
from aqnet_pyg.levels.standards import find_standard
from aqnet_pyg.local_dates import local_days
from aqnet_pyg.splits import Split
from aqnet_pyg.stations import POLLUTANTS, reference_stations
from aqnet_pyg.training.checkpoint import check_checkpoint, library_versions, load_model, save_model
from aqnet_pyg.training.checks import check_fit, check_measured
from aqnet_pyg.windows import TASKS

if TYPE_CHECKING:
    from aqnet_pyg.ensembles.tuning import TunedInterpolators
    from aqnet_pyg.inference.trained_model import TrainedModel

log = logging.getLogger(__name__)

_STORES = "*.zarr", "*.zarr.parts"
_REUSED = *_STORES, "aqnet.ckpt"
"""Results of an interrupted run that the same command uses again, and those that it uses when it resumes a training."""


def run_training(settings: TrainingSettings) -> TrainedModel:
    """Train and write ``aqnet.ckpt``, ``checkpoints/``, ``metrics.csv`` and ``run.log`` to the folder ``settings.out``.

    Raises:
        InputError: If the settings or the source cannot be used; raised before any long computation.
    """
    fit_settings = settings.fit_settings
    with writing_to(settings.out) as folder, log_file("aqnet_pyg", folder / "run.log"):
        data = open_source(settings, days=settings.days, seed=settings.seed).data
        split = Split.of(data, settings.stations_to_hide, settings.seed, settings.target)
        data, _, names = open_first_guess(settings, data)
        data, _, covariates = open_covariates(settings, data)
        fit_settings = replace(fit_settings, first_guess=names, known=(*fit_settings.known, *covariates))
        check_fit(data, split, fit_settings)
        from aqnet_pyg.training.fitting import fit

        model = fit(data, folder, fit_settings, split=split)
        save_model(model, folder / "aqnet.ckpt")
        return model


def run_reanalysis(settings: ReanalysisSettings) -> dict[str, Any]:
    """Train (unless a checkpoint is given), predict, score and write all results to the folder ``settings.out``.

    Writes ``stations.nc``, ``grid.nc`` (with dask: ``.zarr``), ``metrics.json``, ``map.png``, ``alerts.csv``,
    ``alerts.geojson``, ``exceedance_days.csv``, ``report.html``, ``aqnet.ckpt`` and ``run.log``.

    Returns:
        The content of ``metrics.json``.

    Raises:
        InputError: If the settings or the source cannot be used.
    """
    if settings.append and not settings.serves:
        raise InputError("append: only a trained model continues results; give --checkpoint too, and no --period test.")
    find_standard(settings.standard)
    if settings.checkpoint is not None:
        check_checkpoint(settings.checkpoint)
    else:
        settings.window  # noqa: B018  # raises if horizon and task do not fit
    if settings.dask is not None:  # imported first, to fail early if they are missing
        import distributed  # noqa: F401
        import zarr  # noqa: F401
    with writing_to(settings.out) as folder, log_file("aqnet_pyg", folder / "run.log"):
        phases = Phases()
        loaded, earlier, reading = None, None, settings
        if settings.checkpoint is not None:
            loaded = load_model(settings.checkpoint, **settings.network.parts)
            changes: dict[str, Any] = {"task": loaded.window.task.name, "target": loaded.target, "model": loaded.kind}
            settings = replace(settings, **changes)
            if settings.append:
                earlier = Earlier.of(folder, _plain(settings), loaded)
            reading = settings
            if settings.serves:
                resume, zone = (None, "") if earlier is None else (earlier.resume, earlier.stations.attrs["time_zone"])
                reading = replace(settings, **with_context(settings, loaded.window, resume, zone))
        data, truth, found = open_source(reading, days=settings.days, seed=settings.seed)
        data = data if earlier is None else earlier.with_stations(data)
        phases.end("read")
        grid = Grid.around(data, settings.spacing) if earlier is None else earlier.cells
        split = None
        if not settings.serves:
            split = Split.of(data, settings.stations_to_hide, settings.seed, settings.target)
            if settings.period != "all" and settings.target in data:
                check_measured(data, split, settings.target, "test")
        data, fields, names = open_first_guess(settings, data, grid, 0 if loaded is None else loaded.window.horizon)
        data, on_cells, covariates = open_covariates(settings, data, grid)
        if loaded is None:
            assert split is not None
            known = (*settings.fit_settings.known, *covariates)
            fit_settings = replace(settings.fit_settings, first_guess=names, known=known)
            check_fit(data, split, fit_settings)
        else:
            from aqnet_pyg.inference.first_guess import add_first_guess

            add_first_guess(data, fields or None, loaded.predictor, on_grid=True)
        plain, data_sha256 = _plain(settings), fingerprint(data)
        if split is not None:
            plan = training_plan(data, split, settings.period or "test")
        else:
            assert loaded is not None
            hidden_before, resume = (None, None) if earlier is None else (earlier.hidden(data), earlier.resume)
            data, plan = served_plan(data, loaded, settings, hidden=hidden_before, resume=resume)
        # Imported once the input is checked, since deep learning takes seconds to start; and before anything long, since optional
        # packages may be missing.
        from aqnet_pyg.commands.alerts import alert_reliability
        from aqnet_pyg.commands.write_results import write_results
        from aqnet_pyg.ensembles.tuning import TunedInterpolators
        from aqnet_pyg.evaluation.verdict import verdict
        from aqnet_pyg.inference.calibration import calibration_notes
        from aqnet_pyg.inference.monitoring import monitored, monitoring_note
        from aqnet_pyg.report import map_field, report_page  # noqa: F401
        from aqnet_pyg.report.basemap import extent, outlines
        from aqnet_pyg.report.html.formatting import plain_units
        from aqnet_pyg.training.fitting import fit

        if settings.borders is not None:
            outlines(settings.borders, extent(grid.longitude, grid.latitude))
        phases.end("import")
        tuned = TunedInterpolators()
        key = run_key(plain, data_sha256)
        if earlier is not None:
            key = run_identity(key, earlier.metrics.get(RUN))
        staged = begin_results(folder, key, _REUSED if settings.resume else _STORES)
        checkpoint = staged / "aqnet.ckpt"
        if loaded is None and checkpoint.is_file():
            log.info("the model of the interrupted run is used")
            loaded = load_model(checkpoint, **settings.network.parts)
        model = loaded or fit(data, folder, fit_settings, split=split, tuned=tuned)
        save_model(model, checkpoint)  # alerts of the results need their model
        run = run_identity(key, model.fingerprint())
        phases.end("train")
        log.info(
            "predicting %d stations and %d cells, %s to %s UTC",
            data.sizes["station"],
            len(grid.pos),
            *(hour.strftime("%Y-%m-%d %H") for hour in (plan.first, plan.last)),
        )
        at_stations, on_grid = write_results(
            model,
            data,
            staged,
            hidden=plan.hidden,
            grid=grid,
            start=plan.origin.to_datetime64(),
            end=plan.last.to_datetime64(),
            first=plan.first.to_datetime64(),
            earlier=None if earlier is None else (earlier.stations, earlier.grid),
            device=settings.device,
            every_cell=settings.every_cell,
            history=f"aqnet_pyg {library_versions()['aqnet-pyg']}, seed {settings.seed}",
            run=run,
            first_guess=fields or None,
            covariates=on_cells,
            dask=settings.dask,
        )
        phases.end("predict")
        predicted = {model.window.time_dim: slice(plan.first, plan.last)}
        at_stations, on_grid = at_stations.sel(predicted), on_grid.sel(predicted)
        scored = {model.window.time_dim: slice(*plan.scored)}
        hidden = at_stations.sel(scored).sel(station=list(plan.hidden))
        hidden = hidden.isel(station=reference_stations(hidden))
        monitoring = monitored(at_stations.sel(scored), model.target)
        about_instruments = [] if model.instruments is None else model.instruments.notes(data)
        notes = [*plan.notes, *about_instruments, *calibration_notes(model, at_stations)]
        if settings.serves and (note := monitoring_note(monitoring)) is not None:
            notes.append(note)
        no_scores = {"stations": None, "grid": None}
        metrics = {
            RUN: run,
            "model_sha256": model.fingerprint(),
            "dataset": data.attrs.get("source", settings.source),
            "seed": settings.seed,
            "model": model.kind,
            "settings": plain,
            "data_sha256": data_sha256,
            "reader": None if found is None else found.to_dict(),
            "first_guess": {name: dict(data[name].attrs) for name in names},
            "covariates": {name: dict(data[name].attrs) for name in covariates},
            "instruments": None if model.instruments is None else model.instruments.state(),
            "split": plan.about,
            "tasks": {
                settings.task: no_scores
                if earlier is not None
                else _score(model, data, truth, plan, at_stations, on_grid, tuned)
            },
            "alerts": alert_reliability(hidden.load(), model),
            "monitoring": monitoring,
            "notes": notes,
            "versions": library_versions(),
            "seconds": phases.seconds,
        }
        if settings.serves:
            metrics["periods"] = periods(earlier, metrics)
        pollutant = POLLUTANTS[model.target]
        if earlier is None:
            metrics["verdict"] = verdict(metrics["tasks"][settings.task], pollutant.label, plain_units(pollutant.units))
        for note in metrics["notes"]:
            log.warning("%s", note)
        phases.end("score")
        write_json(metrics, staged / "metrics.json")
        _map(staged / "map.png", settings, data, plan.hidden, on_grid, run)
        if settings.dask is None:  # both need the whole product in memory
            _alerts(staged, model, settings.standard)
        week = None if earlier is None else _last_week(on_grid)
        with_report = _report(staged, ReportSettings(str(staged), start=week, borders=settings.borders))
        phases.end("report")
        write_json(metrics, staged / "metrics.json")  # again, with the seconds of the report, which reads it
        publish_results(folder, PRODUCTS)
        log.info("wrote stations, grid, metrics.json and map.png to %s", folder)
        if with_report:
            log.info("%s", written(folder / "report.html"))
    return metrics


def training_text(settings: TrainingSettings) -> str:
    """Run :func:`run_training`, and return a message with the path of the checkpoint."""
    run_training(settings)
    return f"The model is {settings.out}/aqnet.ckpt."


def reanalysis_text(settings: ReanalysisSettings) -> str:
    """Run :func:`run_reanalysis`, and return its scores as text."""
    metrics = run_reanalysis(settings)
    from aqnet_pyg.evaluation.comparison import table

    return f"{table(metrics)}\n{seconds_text(metrics['seconds'])}\nResults are in {settings.out}."


def _score(
    model: TrainedModel,
    data: xr.Dataset,
    truth: xr.DataArray | None,
    plan: RunPlan,
    at_stations: xr.Dataset,
    on_grid: xr.Dataset,
    tuned: TunedInterpolators,
) -> dict[str, Any]:
    """Score the model and simple methods: at hidden (of forecasts also visible) stations, and on the true grid."""
    from aqnet_pyg.evaluation.comparison import Comparison

    target = model.target
    guided = model.predictor.first_guess
    # Kriging without a drift remains a row.
    drift = guided or model.predictor.known
    name = "kriging-drift" if drift and model.kind == "kriging" else model.kind
    if model.instruments is not None:
        # The classical rows are from monitors alone, and all scores are at monitors.
        name = "kriging-instruments" if name == "kriging" else name
    monitors = {str(code) for code in data.station.values[reference_stations(data)]}
    measuring = [code for code in plan.measuring if code in monitors]
    scored = [code for code in plan.hidden if code in monitors]
    result: dict[str, Any] = {"stations": None, "grid": None}
    compare = Comparison(data[target].sel(station=measuring), plan.tuning, name, tuned)
    hours = {model.window.time_dim: slice(*plan.scored)}
    if scored:
        hidden = at_stations.sel(hours).sel(station=scored)
        if bool(hidden[f"{target}_measured"].notnull().any()):
            fields = {each.removeprefix(f"{target}_"): hidden[each] for each in guided}
            result["stations"] = compare(
                hidden[f"{target}_measured"], hidden[target], fields, _interval(hidden, target)
            )
        else:
            log.info("no scores: no hidden station measured %s in the scored hours", target)
    if "lead" in at_stations.dims:
        visible = at_stations.sel(hours).sel(station=measuring)
        if bool(visible[f"{target}_measured"].notnull().any()):
            result["measuring"] = compare(
                visible[f"{target}_measured"], visible[target], interval=_interval(visible, target)
            )
    if truth is not None and target == "pm25":
        grid = on_grid.sel(hours)
        predicted = grid[target]
        true = truth.reindex(time=np.unique(predicted.time))
        true = true.interp(latitude=predicted.latitude, longitude=predicted.longitude).sel(time=predicted.time)
        cells = {"cell": ("latitude", "longitude")}
        fields = {each.removeprefix(f"{target}_"): grid[each].stack(cells) for each in guided}
        interval = _interval(grid.stack(cells), target)
        result["grid"] = compare(true.stack(cells), predicted.stack(cells), fields, interval)
    return result


def _interval(result: xr.Dataset, target: str) -> tuple[xr.DataArray, xr.DataArray] | None:
    """Return the limits of the interval; None if the model is not calibrated."""
    if f"{target}_lower" not in result:
        return None
    return result[f"{target}_lower"], result[f"{target}_upper"]


def _map(
    path: Path, settings: ReanalysisSettings, data: xr.Dataset, hidden: Sequence[str], on_grid: xr.Dataset, run: str
) -> None:
    """Draw the mean of the local day with the highest concentrations; of forecasts, of the last one."""
    field = on_grid[settings.target]
    if "lead" in field.dims:
        field = field.isel(forecast_reference_time=-1).drop_vars("forecast_reference_time").swap_dims(lead="time")
    # An hour is labeled by its end, so the hour that ends at midnight belongs to the day before.
    local = field.indexes["time"].tz_localize("UTC").tz_convert(data.attrs["time_zone"]) - pd.Timedelta("1h")
    days = pd.Series(field.mean(("latitude", "longitude")).values, local.date).groupby(level=0).agg(["size", "mean"])
    day = days[days["size"] == days["size"].max()]["mean"].idxmax()
    hours = field.time.values[local.date == day]
    from aqnet_pyg.report import map_field, save_figure

    figure = map_field(
        field.sel(time=hours).compute(),
        data,
        hidden,
        pollutant=settings.target,
        time=slice(hours[0], hours[-1]),
        borders=settings.borders,
        title=f"{POLLUTANTS[settings.target].label}, {TASKS[settings.task].product}, mean of {day}",
    )
    save_figure(figure, path, run=run)


def _plain(settings: TrainingSettings) -> dict[str, Any]:
    """Convert settings to JSON types; those of the network are a namespace on the command line."""
    resolved = {"hidden": settings.stations_to_hide}
    if isinstance(settings, ReanalysisSettings):
        resolved["period"] = settings.period or ("all" if settings.serves else "test")
    return json.loads(json.dumps(asdict(settings) | resolved, default=vars))


def _last_week(result: xr.Dataset) -> str:
    """First of the last seven local dates of a result, for its page."""
    days = local_days(pd.DatetimeIndex(result.time.values.ravel()[-1:]), result.attrs["time_zone"])
    return str(np.datetime64(int(days[0]) - 6, "D"))


def _alerts(folder: Path, model: TrainedModel, standard: str) -> None:
    from aqnet_pyg.commands.alerts import find_alerts, write_alerts

    run = RunFolder(folder)
    try:
        table, days = find_alerts(run, model, AlertSettings(str(folder), standard))
    except InputError as error:  # no limit for this pollutant, no skill, or incomplete days
        log.info("no alerts were written: %s", error)
    else:
        write_alerts(run, table, days)


def _report(folder: Path, settings: ReportSettings) -> bool:
    """Write the report; return whether the period is short enough for it."""
    run = RunFolder(folder)
    try:
        page = reanalysis_page(run, settings)
    except InputError as error:  # the period is too long; all other results are written
        log.info("no report was written: %s", error)
        return False
    write_page(run, page)
    return True
