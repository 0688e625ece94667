"""``aqnet fill``: train models of the gaps of a source, fill them, score them and write the results to a folder."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.commands.phases import Phases, seconds_text
from aqnet_pyg.commands.run_folder import PRODUCTS, writing_to
from aqnet_pyg.commands.run_identity import RUN, run_identity, run_key
from aqnet_pyg.commands.settings import FillSettings, names
from aqnet_pyg.commands.sources import open_source
from aqnet_pyg.errors import InputError
from aqnet_pyg.io.csv_text import escape_table
from aqnet_pyg.io.files import fingerprint, replacing, write_dataset, write_json
from aqnet_pyg.io.logs import log_file
from aqnet_pyg.io.staging import begin_results, publish_results
from aqnet_pyg.local_dates import date_mask, local_days
from aqnet_pyg.stations import MONITOR, POLLUTANTS, instruments_of
from aqnet_pyg.training.checkpoint import check_checkpoint, library_versions, load_gap_model, save_model

if TYPE_CHECKING:
    from aqnet_pyg.ensembles.gap_model import GapModel

log = logging.getLogger(__name__)


def run_filling(settings: FillSettings) -> dict[str, Any]:
    """Train models (unless checkpoints are given), fill gaps, score and write all results to the folder ``settings.out``.

    A model is trained without some measured hours, masked as real gaps of other weeks are; at these it is scored. It then fills
    the gaps from all measurements. Writes ``filled.nc``, ``metrics.json``, ``report.html``, ``run.log``, for each pollutant its
    model (``pm25.ckpt``) and pictures (``pm25_gaps.png``, ``pm25_series.png``), and on request ``filled.csv``.

    Returns:
        The content of ``metrics.json``.

    Raises:
        InputError: If the settings or the source cannot be used.
    """
    if settings.checkpoint is not None and not Path(settings.checkpoint).is_dir():
        check_checkpoint(settings.checkpoint)
    with writing_to(settings.out) as folder, log_file("aqnet_pyg", folder / "run.log"):
        phases = Phases()
        data, _, found = open_source(settings, days=settings.days, seed=settings.seed)
        phases.end("read")
        if (instruments_of(data) != MONITOR).any():
            log.warning(
                "instruments: gaps are filled from readings as they are, of all instruments alike; to correct sensors first: "
                "InstrumentCalibration.fit(data, 'pm25').corrected(data) of aqnet_pyg.baselines"
            )
        first, last = _period(data, settings.period)
        loaded = {} if settings.checkpoint is None else _loaded(Path(settings.checkpoint), settings)
        targets = tuple(loaded) or _targets(data, settings.pollutants)
        # Imported once the input is checked, and before anything long: optional packages may be missing.
        from aqnet_pyg.commands.filling_page import write_filling_page
        from aqnet_pyg.inference.filling import STATUS, fill

        phases.end("import")
        models, results = [], {}
        plain, data_sha256 = json.loads(json.dumps(asdict(settings))), fingerprint(data)
        key = run_key(plain, data_sha256)
        staged = begin_results(folder, key, keep=[f"{target}.ckpt" for target in targets])
        for target in targets:
            checkpoint = staged / f"{target}.ckpt"
            model, scores = _model(data, target, settings, loaded.get(target), checkpoint)
            save_model(model, checkpoint)
            models.append(model)
            results[target] = {"scores": scores}
        phases.end("train")
        history = f"aqnet_pyg {library_versions()['aqnet-pyg']}, seed {settings.seed}"
        product = fill(models, data, longest=settings.longest, start=first, end=last)
        model_sha256 = {model.target: model.fingerprint() for model in models}
        run = run_identity(key, model_sha256)
        product = product.assign_attrs({"history": history, RUN: run})
        for target in targets:
            status = product[f"{target}_status"].values
            results[target]["hours"] = {kind: int((status == value).sum()) for kind, value in STATUS.items()}
        phases.end("fill")
        metrics = {
            "dataset": data.attrs.get("source", settings.source),
            "task": "fill",
            "seed": settings.seed,
            RUN: run,
            "model_sha256": model_sha256,
            "settings": plain,
            "data_sha256": data_sha256,
            "reader": None if found is None else found.to_dict(),
            "pollutants": results,
            "versions": library_versions(),
            "seconds": phases.seconds,
        }
        write_dataset(product.transpose("station", ...), staged / "filled.nc")
        if settings.csv:
            write_csv(product, staged / "filled.csv")
            metrics["csv_sha256"] = sha256((staged / "filled.csv").read_bytes()).hexdigest()
        write_filling_page(product, metrics, staged)
        phases.end("report")
        write_json(metrics, staged / "metrics.json")
        publish_results(folder, PRODUCTS)
        log.info("wrote filled.nc, metrics.json, pictures and report.html to %s", folder)
    return metrics


def filling_text(settings: FillSettings) -> str:
    """Run :func:`run_filling`, and return numbers of hours and scores as text."""
    metrics = run_filling(settings)
    blocks = [_text(target, found) for target, found in metrics["pollutants"].items()]
    return "\n\n".join([*blocks, f"{seconds_text(metrics['seconds'])}\nResults are in {settings.out}."])


def write_csv(product: xr.Dataset, path: Path) -> None:
    """Write a row for each station and hour, with words for the status.

    Args:
        product: Result of :func:`aqnet_pyg.fill`.
        path: The file; an existing one is replaced atomically.
    """
    from aqnet_pyg.inference.filling import STATUS

    places = [name for name in ("longitude", "latitude") if name in product.coords]
    table = product.to_dataframe(dim_order=["station", "time"])[[*places, *map(str, product.data_vars)]]
    kinds = {value: kind for kind, value in STATUS.items()}
    for name in product.data_vars:
        if str(name).endswith("_status"):
            table[name] = table[name].map(kinds)
    with replacing(path) as file:
        escape_table(table.reset_index()).to_csv(file, index=False)


def _loaded(path: Path, settings: FillSettings) -> dict[str, GapModel]:
    """Load the model of a file, or those of a folder for the pollutants to fill."""
    if not path.is_dir():
        model = load_gap_model(path)
        return {model.target: model}
    wanted = names(settings.pollutants)
    if wanted == ("all",):
        wanted = tuple(sorted(file.stem for file in path.glob("*.ckpt") if file.stem in POLLUTANTS))
    if not wanted:
        raise InputError(
            f"checkpoint: {path} has no models such as pm25.ckpt; give the folder of a finished `aqnet fill`."
        )
    return {target: load_gap_model(path / f"{target}.ckpt") for target in wanted}


def _targets(data: xr.Dataset, pollutants: str) -> tuple[str, ...]:
    there = [name for name in POLLUTANTS if name in data]
    wanted = tuple(there) if pollutants.strip() == "all" else tuple(dict.fromkeys(names(pollutants)))
    absent = [name for name in wanted if name not in there]
    if absent or not wanted:
        found = f"{absent[0]!r} is not in the data" if absent else f"{pollutants!r} names none"
        raise InputError(f"pollutants: {found}; use some of {', '.join(there)}, or all.")
    return wanted


def _period(data: xr.Dataset, dates: str | None) -> tuple[np.datetime64, np.datetime64]:
    """First and last hour of the local dates, or of the data."""
    hours = data.time.values
    if dates is not None:
        days = local_days(pd.DatetimeIndex(data.indexes["time"]), data.attrs["time_zone"])
        chosen = np.flatnonzero(date_mask(days, dates, "period"))
        if not chosen.size or chosen[-1] - chosen[0] >= chosen.size:
            lack = "leaves days out in between" if chosen.size else "has no hour of the data"
            raise InputError(
                f"period: {dates!r} {lack}; give dates without a break within {np.datetime64(int(days[0]), 'D')} to "
                f"{np.datetime64(int(days[-1]), 'D')}."
            )
        hours = hours[chosen]
    return hours[0], hours[-1]


def _model(
    data: xr.Dataset, target: str, settings: FillSettings, loaded: GapModel | None, trained: Path
) -> tuple[GapModel, dict[str, Any] | None]:
    """Train a model without masked hours, or take the loaded one or that of an interrupted run; and score it there."""
    from aqnet_pyg.evaluation.masked_hours import mask_hours
    from aqnet_pyg.training.gap_fitting import fit_gaps
    from aqnet_pyg.training.gap_settings import GapSettings

    variables = [target, *(name for name in POLLUTANTS if name in data and name != target)]
    arrays = np.stack([data[name].transpose("time", "station").values for name in variables], axis=-1)
    every = mask_hours(arrays, settings.seed)
    kept = {name: xr.DataArray(~every[..., number], dims=("time", "station")) for number, name in enumerate(variables)}
    remaining = data.assign({name: data[name].where(mask) for name, mask in kept.items()})
    masked = every[..., 0]
    options = {} if settings.steps is None else {"steps": settings.steps}
    log.info("%s: %d measured hours are masked for scores", target, masked.sum())
    model = loaded
    if model is None and trained.is_file():
        log.info("%s: the model of the interrupted run is used", target)
        model = load_gap_model(trained)
    if model is None:
        model = fit_gaps(remaining, target, GapSettings(seed=settings.seed, **options))
    if not masked.any():
        return model, None
    return model, {"held_out": loaded is None, **_scores(model, data, remaining, masked)}


def _scores(model: GapModel, data: xr.Dataset, remaining: xr.Dataset, masked: np.ndarray) -> dict[str, Any]:
    """Scores at masked hours, whose measurements ``remaining`` lacks; the background is estimated around them only."""
    from scipy.ndimage import binary_dilation

    from aqnet_pyg.baselines import LinearInTime
    from aqnet_pyg.baselines.coordinates import coordinates_of
    from aqnet_pyg.evaluation.masked_hours import masked_scores
    from aqnet_pyg.inference.filling import model_arrays
    from aqnet_pyg.nn.gap_features import REACH

    time = data.time.values.astype("datetime64[h]")
    (known, *others), columns = model_arrays(model, remaining)
    around = binary_dilation(masked.any(axis=1), iterations=REACH)
    background = model.filler.estimate(known, time, around)
    value, lower, upper, _ = (array[:, columns] for array in model.fill(known, time, others, background))
    measured = known[:, columns]
    estimates = {
        "model": value,
        "space-time": background.value[:, columns],
        "linear": LinearInTime().fit(coordinates_of(data), measured, time).fill(measured, time),
    }
    truth = data[model.target].transpose("time", "station").values
    return masked_scores(truth, masked, estimates, (lower, upper))


def _text(target: str, found: Mapping[str, Any]) -> str:
    """Numbers of hours and scores of one pollutant."""
    from aqnet_pyg.inference.filling import STATUS

    hours = found["hours"]
    kinds = {kind: kind.replace("not_filled_", "not filled: ").replace("_", " ") for kind in STATUS}
    lines = [f"{POLLUTANTS[target].label}: " + "; ".join(f"{count:,} {kinds[kind]}" for kind, count in hours.items())]
    scores = found["scores"]
    if scores is None:
        return "\n".join([*lines, "No hours were masked, so there are no scores."])
    lines.append(f"{'masked hours, by gap length':<28}{'method':<12}{'MAE':>8}{'RMSE':>8}{'in 90 %':>9}{'values':>9}")
    for length, methods in {"all": scores["overall"], **scores["by_gap_length"]}.items():
        for method, row in methods.items():
            covered = f"{row['coverage']:.1%}" if "coverage" in row else ""
            lines.append(f"{length:<28}{method:<12}{row['mae']:>8.2f}{row['rmse']:>8.2f}{covered:>9}{row['n']:>9,}")
    return "\n".join(lines)
