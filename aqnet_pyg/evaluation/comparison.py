"""Scores of a model and of simple methods, on the same station-hours."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from tqdm import tqdm

from aqnet_pyg.baselines import IDW, Climatology, Interpolator, OrdinaryKriging
from aqnet_pyg.ensembles.tuning import TunedInterpolators
from aqnet_pyg.evaluation.metrics import scores

LEADS = (6, 12, *range(24, 24 * 31, 24))
"""Last hours of the groups of lead times in which forecasts are scored."""


class Comparison:
    """Scores of a model and of simple methods, which are fitted to the visible stations in the training hours.

    A reconstruction is compared with inverse distance, ordinary kriging and kriging of logarithms (tuned by leave-one-out), and
    with climatology; a forecast with persistence, which is the mean of the last 24 hours, and with climatology. Persistence is
    interpolated to hidden stations by ordinary kriging. Climatology is the mean of the visible stations by month and hour of the
    day; at a visible station, plus the mean departure of this station from it.

    Args:
        target: Measurements of the visible stations, ``(time, station)`` with longitude and latitude.
        train: Hours for tuning, as positions on the time axis.
        name: Row of the model: ``network``, ``ensemble`` or ``kriging``, which then takes the place of tuned kriging.
        tuned: Cache of tuned interpolators.
    """

    def __init__(self, target: xr.DataArray, train: slice, name: str, tuned: TunedInterpolators | None = None) -> None:
        self.target, self.name, self.tuned = target.transpose("time", "station"), name, tuned or TunedInterpolators()
        self.training = self.target.isel(time=train)

    def __call__(
        self,
        truth: xr.DataArray,
        predicted: xr.DataArray,
        others: Mapping[str, xr.DataArray] | None = None,
        interval: tuple[xr.DataArray, xr.DataArray] | None = None,
    ) -> dict[str, dict[str, Any]]:
        """Score at the coordinates and hours of a prediction.

        Args:
            truth: Measurements, or the true field.
            predicted: The prediction, of the same shape; its last dimension has longitudes and latitudes. Where it has codes of
                visible stations, these have their own climatology and, in a forecast, persistence.
            others: Further rows by name, of the same shape, such as a first guess.
            interval: Lower and upper limits of the prediction, of the same shape.

        Returns:
            Scores by row, all at the values that every row predicts; with an interval, the row of the prediction has its
            ``coverage`` (0 to 1) and mean ``width`` too. In a forecast each row has ``leads``: the scores by hours ahead, such as
            ``"25-48"``.
        """
        rows = {self.name: predicted.values} | {name: other.values for name, other in (others or {}).items()}
        simple = self._persistence(predicted) if "lead" in predicted.dims else self._interpolated(predicted)
        rows |= simple | {"climatology": self._climatology(predicted)}
        complete = np.logical_and.reduce([np.isfinite(row) for row in rows.values()])
        known = np.where(complete, truth.values, np.nan)
        found: dict[str, dict[str, Any]] = {name: dict(scores(known, row)) for name, row in rows.items()}
        if "lead" in predicted.dims:
            for name, row in rows.items():
                found[name]["leads"] = _by_lead(known, row, predicted.lead.values)
        if interval is not None and np.isfinite(known).any():
            lower, upper = (limit.values for limit in interval)
            here = np.isfinite(known)
            inside = (lower[here] <= known[here]) & (known[here] <= upper[here])
            found[self.name] |= {"coverage": float(inside.mean()), "width": float(np.mean(upper[here] - lower[here]))}
        return found

    def _interpolated(self, predicted: xr.DataArray) -> dict[str, np.ndarray]:
        """Interpolate the measurements of the same hours."""
        methods: dict[str, Interpolator] = {
            "idw": IDW(),
            "kriging": OrdinaryKriging(),
            "kriging-log": OrdinaryKriging(log=True),
        }
        methods.pop(self.name, None)
        observed = self.target.sel(time=predicted.time.values).values
        shown = tqdm(methods.items(), "scoring", leave=False, delay=2, disable=not sys.stderr.isatty())
        return {name: self._interpolate(method, observed, predicted) for name, method in shown}

    def _persistence(self, predicted: xr.DataArray) -> dict[str, np.ndarray]:
        last_day = self.target.rolling(time=24, min_periods=1).mean()
        observed = last_day.sel(time=predicted.forecast_reference_time.values).values
        values = self._interpolate(OrdinaryKriging(), observed, predicted)
        own, number = self._own(predicted)
        values[:, own] = observed[:, number]
        return {"persistence": np.repeat(values[:, None], predicted.sizes["lead"], axis=1)}

    def _interpolate(self, method: Interpolator, observed: np.ndarray, predicted: xr.DataArray) -> np.ndarray:
        places = (self.target.longitude.values, self.target.latitude.values)
        fitted = self.tuned.fit(method, places, self.training.values)
        return fitted.predict((predicted.longitude.values, predicted.latitude.values), observed)

    def _climatology(self, predicted: xr.DataArray) -> np.ndarray:
        """Return the climatology, of the shape of the prediction."""
        values, hours = self.training.values, self.training.indexes["time"]
        normal = Climatology(1, 1, utc_offset=0.0).fit(values, hours).climatology_
        departure = values - normal[hours.month - 1, hours.hour][:, None]
        known = np.isfinite(departure)
        departures = np.sum(departure, axis=0, where=known) / np.maximum(known.sum(axis=0), 1)
        if "lead" in predicted.dims:
            lead = predicted.lead.values.astype(np.int64) * np.timedelta64(1, "h")
            valid = predicted.forecast_reference_time.values[:, None] + lead
        else:
            valid = predicted.time.values
        each = pd.DatetimeIndex(valid.ravel())
        result = np.repeat(normal[each.month - 1, each.hour].reshape(*valid.shape, 1), predicted.shape[-1], axis=-1)
        own, number = self._own(predicted)
        result[..., own] += departures[number]
        return result

    def _own(self, predicted: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
        """Return the positions of visible stations in the prediction, and in the measurements."""
        if "station" not in predicted.coords or "station" not in self.target.coords:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        numbers = {str(code): number for number, code in enumerate(self.target.station.values)}
        found = [numbers.get(str(code), -1) for code in predicted.station.values]
        own = np.flatnonzero(np.array(found) >= 0)
        return own, np.array(found, np.int64)[own]


def _by_lead(truth: np.ndarray, row: np.ndarray, lead: np.ndarray) -> dict[str, dict[str, float | int]]:
    """Return the scores of groups of lead times; axis 1 is the lead time, in hours."""
    found = {}
    for before, last in pairwise((0, *LEADS)):
        inside = (lead > before) & (lead <= last)
        if inside.any() and np.isfinite(truth[:, inside]).any():
            found[f"{before + 1}-{min(last, int(lead.max()))}"] = scores(truth[:, inside], row[:, inside])
    return found


def table(metrics: dict[str, Any]) -> str:
    """Return the scores of a run as text, for a terminal."""
    lines = [f"{metrics['dataset']}, seed {metrics['seed']}"]
    for task, places in metrics["tasks"].items():
        for place, rows in places.items():
            if not rows:
                continue
            where = {"stations": "hidden stations", "measuring": "visible stations", "grid": "true grid"}[place]
            heading = f"{task}, {where:<24}{'MAE':>9}{'RMSE':>9}{'R2':>8}{'n':>10}"
            lines.append(
                heading + (f"{'in 90 %':>10}{'width':>9}" if any("width" in row for row in rows.values()) else "")
            )
            for name, row in rows.items():
                line = f"  {name:<{len(task) + 24}}{row['mae']:>9.2f}{row['rmse']:>9.2f}{row['r2']:>8.3f}{row['n']:>10}"
                lines.append(line + (f"{row['coverage']:>10.1%}{row['width']:>9.2f}" if "width" in row else ""))
    lines += [*metrics.get("verdict", []), *metrics.get("notes", [])]
    return "\n".join(lines)
