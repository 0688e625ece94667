"""``aqnet alerts``: exceedances of limit values as table, CSV and GeoJSON."""

from __future__ import annotations

import json
import logging
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.commands.run_folder import CSV_HASH, RunFolder, writing_to
from aqnet_pyg.commands.run_identity import RUN
from aqnet_pyg.commands.settings import AlertSettings
from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import replacing
from aqnet_pyg.levels import STANDARDS

if TYPE_CHECKING:
    from aqnet_pyg.inference.trained_model import TrainedModel

log = logging.getLogger(__name__)

LINES = 20
"""Number of printed rows of the table."""


def run_alerts(settings: AlertSettings) -> str:
    """Write ``alerts.csv`` and ``alerts.geojson`` to the folder of a run; return the most probable rows as text.

    Raises:
        InputError: If the folder has no results, or as for :func:`aqnet_pyg.inference.alerts`.
    """
    if not 0 <= settings.probability <= 1:
        raise InputError(f"probability: {settings.probability} is not between 0 and 1; give a number in this range.")
    run = RunFolder(settings.run)
    with writing_to(run.path):
        table = write_alerts(run, run.model(), settings)
    files = f"{run.path / 'alerts.csv'} and alerts.geojson"
    if table.empty:
        return f"No limit is exceeded with a probability of {settings.probability:g} or more. {files} are empty."
    rows = table.head(LINES).to_string(index=False, float_format=lambda number: f"{number:.4g}", na_rep="-")
    return f"{rows}\n{len(table)} alerts, the {min(LINES, len(table))} likeliest above; all are in {files}."


def write_alerts(run: RunFolder, model: TrainedModel, settings: AlertSettings) -> pd.DataFrame:
    """Write ``alerts.csv`` and ``alerts.geojson``, and return the table.

    Args:
        run: Folder of the results and of the files.
        model: Trained model of the results.
        settings: Standard, level and minimum probability.
    """
    from aqnet_pyg.inference.exceedances import alert_features, alert_table, alerts

    tables = []
    for result in (run.stations, run.grid):
        found = alerts(result.load(), model, settings.standard, level=settings.level)
        tables.append(alert_table(found, settings.probability))
    table = pd.concat([part for part in tables if not part.empty] or tables, ignore_index=True)
    table = table.sort_values(["probability", "predicted"], ascending=False, kind="stable", ignore_index=True)
    text = table.to_csv(index=False, float_format="%.6g", lineterminator="\n").encode()
    about = {RUN: run.metrics.get(RUN), CSV_HASH: sha256(text).hexdigest()}
    with replacing(run.path / "alerts.csv") as file:
        file.write_bytes(text)
    with replacing(run.path / "alerts.geojson") as file:
        file.write_text(json.dumps(alert_features(table) | about, ensure_ascii=False), encoding="utf-8")
    return table


def alert_reliability(stations: xr.Dataset, model: TrainedModel) -> dict[str, Any] | None:
    """Reliability of exceedance probabilities over all standards and levels.

    Args:
        stations: Results at hidden stations, in hours outside the training.
        model: Trained model of the results.

    Returns:
        The ``brier`` score, that of the constant base rate (``brier_of_the_mean``), and ``reliability`` with a row for each
        bin: ``forecast``, ``observed``, ``count``. None if there are no pairs of probability and measurement.
    """
    from aqnet_pyg.inference.exceedances import alerts
    from aqnet_pyg.report import reliability_of_probabilities

    probabilities, exceedances = [], []
    for name, standard in STANDARDS.items():
        for level in standard.levels:
            try:
                found = alerts(stations, model, name, level=level)
            except InputError:  # no daily limit of this pollutant in this level
                continue
            for limit in (str(key).removesuffix("_measured") for key in found if str(key).endswith("_measured")):
                measured = found[f"{limit}_measured"]
                above = (measured >= found[limit].attrs["threshold"]).where(measured.notnull())
                both = xr.broadcast(found[f"{limit}_probability"], above)
                probabilities.append(both[0].values.ravel())
                exceedances.append(both[1].values.ravel())
    if not probabilities:
        return None
    probability, truth = np.concatenate(probabilities), np.concatenate(exceedances).astype(np.float64)
    known = np.isfinite(probability) & np.isfinite(truth)
    if not known.any():
        return None
    probability, truth = probability[known], truth[known]
    table = reliability_of_probabilities(probability, truth)
    return {
        "brier": float(np.mean((probability - truth) ** 2)),
        "brier_of_the_mean": float(np.var(truth)),
        "reliability": table.to_dict("records"),
    }
