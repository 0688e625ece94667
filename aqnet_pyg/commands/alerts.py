"""``aqnet alerts``: exceedances of limit values as table, CSV and GeoJSON."""

from __future__ import annotations

import json
import logging
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.commands.run_folder import CSV_HASH, DAYS_HASH, RunFolder, writing_to
from aqnet_pyg.commands.run_identity import RUN
from aqnet_pyg.commands.settings import AlertSettings
from aqnet_pyg.errors import InputError
from aqnet_pyg.io.csv_text import escape_table
from aqnet_pyg.io.files import replacing
from aqnet_pyg.levels import STANDARDS

if TYPE_CHECKING:
    from aqnet_pyg.inference.trained_model import TrainedModel

log = logging.getLogger(__name__)

LINES = 20
"""Number of printed rows of the table."""


def run_alerts(settings: AlertSettings) -> str:
    """Write ``alerts.csv``, ``alerts.geojson`` and ``exceedance_days.csv`` to the folder of a run; return the likeliest rows.

    Raises:
        InputError: If the folder has no results, or as for :func:`aqnet_pyg.inference.alerts`.
    """
    if not 0 <= settings.probability <= 1:
        raise InputError(f"probability: {settings.probability} is not between 0 and 1; give a number in this range.")
    run = RunFolder(settings.run)
    with writing_to(run.path):
        table, days = find_alerts(run, run.model(), settings)
        write_alerts(run, table, days)
    files = f"{run.path / 'alerts.csv'} and alerts.geojson"
    if table.empty:
        return f"No limit is exceeded with a probability of {settings.probability:g} or more. {files} are empty."
    rows = table.head(LINES).to_string(index=False, float_format=lambda number: f"{number:.4g}", na_rep="-")
    return f"{rows}\n{len(table)} alerts, the {min(LINES, len(table))} likeliest above; all are in {files}."


def find_alerts(run: RunFolder, model: TrainedModel, settings: AlertSettings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table of exceedances at stations and cells, the likeliest first, and that of the days above limits at stations.

    Args:
        run: Folder of the results.
        model: Trained model of the results.
        settings: Standard, level and minimum probability.

    Raises:
        InputError: If the probabilities were no better than climatology at the hidden stations of the run, or as for
            :func:`aqnet_pyg.inference.alerts`.
    """
    from aqnet_pyg.inference.exceedances import alert_table, alerts, exceedance_days

    skill = run.metrics.get("alerts") or {}
    if not has_skill(skill):
        raise InputError(
            f"{run.path}: at its hidden stations the probabilities of exceedances are no better than their observed frequency "
            f"(Brier score {skill['brier']:.3g}, and {skill['brier_of_the_mean']:.3g} for the frequency); train the model on "
            "these stations, or on more of them."
        )
    found = [alerts(part.load(), model, settings.standard, level=settings.level) for part in (run.stations, run.grid)]
    tables = [alert_table(part, settings.probability) for part in found]
    table = pd.concat([part for part in tables if not part.empty] or tables, ignore_index=True)
    table = table.sort_values(["probability", "predicted"], ascending=False, kind="stable", ignore_index=True)
    return table, exceedance_days(found[0])


def write_alerts(run: RunFolder, table: pd.DataFrame, days: pd.DataFrame) -> None:
    """Write ``alerts.csv``, ``alerts.geojson`` and ``exceedance_days.csv``.

    Args:
        run: Folder of the results and of the files.
        table: Exceedances, of :func:`find_alerts`.
        days: Days above limits, likewise.

    Raises:
        InputError: If a file cannot be written.
    """
    from aqnet_pyg.inference.exceedances import alert_features

    about = {RUN: run.metrics.get(RUN)}
    for name, (key, rows) in {"alerts.csv": (CSV_HASH, table), "exceedance_days.csv": (DAYS_HASH, days)}.items():
        text = escape_table(rows).to_csv(index=False, float_format="%.6g", lineterminator="\n").encode()
        about[key] = sha256(text).hexdigest()
        with replacing(run.path / name) as file:
            file.write_bytes(text)
    with replacing(run.path / "alerts.geojson") as file:
        file.write_text(json.dumps(alert_features(table) | about, ensure_ascii=False), encoding="utf-8")


def has_skill(reliability: dict[str, Any] | None) -> bool:
    """Whether probabilities of exceedance are not worse than the observed frequency, as far as hidden stations show it.

    A difference of the Brier scores of up to 0.01 is not counted: where nothing is exceeded, that of the frequency is 0.

    Args:
        reliability: Result of :func:`alert_reliability`; None or empty if nothing was measured at hidden stations.
    """
    return not reliability or reliability["brier"] <= reliability["brier_of_the_mean"] + 0.01


def alert_reliability(stations: xr.Dataset, model: TrainedModel) -> dict[str, Any] | None:
    """Reliability of exceedance probabilities over all standards and levels.

    Args:
        stations: Results at hidden stations, in hours outside the training.
        model: Trained model of the results.

    Returns:
        The ``brier`` score, that of a constant forecast of the observed frequency of each limit (``brier_of_the_mean``), and
        ``reliability`` with a row for each bin: ``forecast``, ``observed``, ``count``. None if there are no pairs of probability
        and measurement.
    """
    from aqnet_pyg.inference.exceedances import alerts
    from aqnet_pyg.report import reliability_of_probabilities

    probabilities, exceedances, climatology = [], [], []
    for name, standard in STANDARDS.items():
        for level in standard.levels:
            try:
                found = alerts(stations, model, name, level=level)
            except InputError:  # no daily limit of this pollutant in this level
                continue
            for limit in (str(key).removesuffix("_measured") for key in found if str(key).endswith("_measured")):
                measured = found[f"{limit}_measured"]
                above = (measured >= found[limit].attrs["threshold"]).where(measured.notnull())
                probability, truth = (
                    part.values.ravel() for part in xr.broadcast(found[f"{limit}_probability"], above)
                )
                known = np.isfinite(probability) & np.isfinite(truth)
                if not known.any():
                    continue
                probabilities.append(probability[known])
                exceedances.append(truth[known].astype(np.float64))
                climatology.append(np.full(known.sum(), exceedances[-1].var()))
    if not probabilities:
        return None
    probability, truth = np.concatenate(probabilities), np.concatenate(exceedances)
    table = reliability_of_probabilities(probability, truth)
    return {
        "brier": float(np.mean((probability - truth) ** 2)),
        "brier_of_the_mean": float(np.mean(np.concatenate(climatology))),
        "reliability": table.to_dict("records"),
    }
