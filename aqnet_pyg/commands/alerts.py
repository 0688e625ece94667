"""``aqnet alerts``: where limit values are exceeded, as table, CSV and GeoJSON."""

from __future__ import annotations

import json
import logging
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.commands.run_folder import RunFolder
from aqnet_pyg.commands.settings import AlertSettings
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference.alerts import alert_features, alert_table, alerts
from aqnet_pyg.inference.trained_model import TrainedModel
from aqnet_pyg.io.files import replacing
from aqnet_pyg.levels import STANDARDS
from aqnet_pyg.report import reliability_of_probabilities

log = logging.getLogger(__name__)

LINES = 20
"""Rows of the table that are printed."""


def run_alerts(settings: AlertSettings) -> str:
    """Write ``alerts.csv`` and ``alerts.geojson`` to the folder of a run; returns the likeliest rows as text.

    Raises:
        InputError: If the folder has no results, or as :func:`aqnet_pyg.inference.alerts.alerts`.
    """
    if not 0 <= settings.probability <= 1:
        raise InputError(f"probability: {settings.probability} is no probability; give one from 0 to 1.")
    run = RunFolder(settings.run)
    table = write_alerts(run, run.model(), settings)
    where = f"{run.path / 'alerts.csv'} and alerts.geojson"
    if table.empty:
        return f"Nowhere is a limit exceeded with a probability of {settings.probability:g} or more. {where} are empty."
    shown = table.head(LINES).to_string(index=False, float_format=lambda number: f"{number:.4g}", na_rep="-")
    return f"{shown}\n{len(table)} alerts, the {min(LINES, len(table))} likeliest above; all are in {where}."


def write_alerts(run: RunFolder, model: TrainedModel, settings: AlertSettings) -> pd.DataFrame:
    """Write both files.

    Args:
        run: Where the results are and the files go.
        model: The model that made the results.
        settings: Standard, level and least probability.
    """
    tables = []
    for result in (run.stations, run.grid):
        found = alerts(result.load(), model, settings.standard, level=settings.level)
        tables.append(alert_table(found, settings.probability))
    table = pd.concat([part for part in tables if not part.empty] or tables, ignore_index=True)
    table = table.sort_values(["probability", "predicted"], ascending=False, kind="stable", ignore_index=True)
    with replacing(run.path / "alerts.csv") as beside:
        table.to_csv(beside, index=False, float_format="%.6g")
    with replacing(run.path / "alerts.geojson") as beside:
        beside.write_text(json.dumps(alert_features(table), ensure_ascii=False), encoding="utf-8")
    return table


def alert_reliability(stations: xr.Dataset, model: TrainedModel) -> dict[str, Any] | None:
    """Reliability of exceedance probabilities, over all standards and levels.

    Args:
        stations: Results at stations that were hidden, in hours that were not trained on.
        model: The model that made them.

    Returns:
        The ``brier`` score, the one of always saying how often it happens (``brier_of_the_mean``), and ``reliability``, a
        row a bin: ``forecast``, ``observed``, ``count``. None where nothing can be compared.
    """
    probabilities, exceedances = [], []
    for name, standard in STANDARDS.items():
        for level in standard.levels:
            try:
                found = alerts(stations, model, name, level=level)
            except InputError:  # not every level has a limit of days for every pollutant
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
