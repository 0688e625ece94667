"""Scores of a model and of classical interpolators, on the same station-hours."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from aqnet_pyg.baselines import IDW, Interpolator, OrdinaryKriging
from aqnet_pyg.ensembles.tuning import TunedInterpolators
from aqnet_pyg.evaluation.metrics import scores


class Comparison:
    """Scores of a model and of classical interpolators, which are tuned by leave-one-out on the visible stations.

    The interpolators are inverse distance, ordinary kriging and kriging of logarithms. In a forecast they interpolate the
    persistence of the last day: its mean at each station.

    Args:
        target: Measurements of the visible stations, ``(time, station)`` with longitude and latitude.
        train: Hours for tuning, as positions on the time axis.
        name: Row of the model: ``network``, ``ensemble`` or ``kriging``, which then takes the place of tuned kriging.
        tuned: Cache of tuned interpolators.
    """

    def __init__(self, target: xr.DataArray, train: slice, name: str, tuned: TunedInterpolators | None = None) -> None:
        self.target, self.name = target.transpose("time", "station"), name
        coordinates = (target.longitude.values, target.latitude.values)
        values, tuned = self.target.isel(time=train).values, tuned or TunedInterpolators()
        rows: dict[str, Interpolator] = {
            "idw": IDW(),
            "kriging": OrdinaryKriging(),
            "kriging-log": OrdinaryKriging(log=True),
        }
        rows.pop(name, None)
        shown = tqdm(rows.items(), "tuning", leave=False, delay=2, disable=not sys.stderr.isatty())
        self.classical = {row: tuned.fit(method, coordinates, values) for row, method in shown}

    def __call__(
        self,
        truth: xr.DataArray,
        predicted: xr.DataArray,
        others: Mapping[str, xr.DataArray] | None = None,
        interval: tuple[xr.DataArray, xr.DataArray] | None = None,
    ) -> dict[str, dict[str, float | int]]:
        """Score at the coordinates and hours of a prediction.

        Args:
            truth: Measurements, or the true field.
            predicted: The prediction, of the same shape; its last dimension has longitudes and latitudes.
            others: Further rows by name, of the same shape, such as a first guess.
            interval: Lower and upper limits of the prediction, of the same shape.

        Returns:
            Scores by row, all at the values that every row predicts; with an interval, the row of the prediction has its
            ``coverage`` (0 to 1) and mean ``width`` too.
        """
        if "lead" in predicted.dims:
            last_day = self.target.rolling(time=24, min_periods=1).mean()
            observed = last_day.sel(time=predicted.forecast_reference_time.values).values
        else:
            observed = self.target.sel(time=predicted.time.values).values
        rows = {self.name: predicted.values} | {name: other.values for name, other in (others or {}).items()}
        for name, method in tqdm(
            self.classical.items(), "scoring", leave=False, delay=2, disable=not sys.stderr.isatty()
        ):
            values = method.predict((predicted.longitude.values, predicted.latitude.values), observed)
            rows[name] = (
                np.repeat(values[:, None], predicted.sizes["lead"], axis=1) if "lead" in predicted.dims else values
            )
        complete = np.logical_and.reduce([np.isfinite(row) for row in rows.values()])
        known = np.where(complete, truth.values, np.nan)
        found = {name: scores(known, row) for name, row in rows.items()}
        if interval is not None and np.isfinite(known).any():
            lower, upper = (limit.values for limit in interval)
            here = np.isfinite(known)
            inside = (lower[here] <= known[here]) & (known[here] <= upper[here])
            found[self.name] |= {"coverage": float(inside.mean()), "width": float(np.mean(upper[here] - lower[here]))}
        return found


def table(metrics: dict[str, Any]) -> str:
    """Return the scores of a run as text, for a terminal."""
    lines = [f"{metrics['dataset']}, seed {metrics['seed']}"]
    for task, places in metrics["tasks"].items():
        for place, rows in places.items():
            if not rows:
                continue
            where = {"stations": "hidden stations", "grid": "true grid"}[place]
            heading = f"{task}, {where:<24}{'MAE':>9}{'RMSE':>9}{'R2':>8}{'n':>10}"
            lines.append(
                heading + (f"{'in 90 %':>10}{'width':>9}" if any("width" in row for row in rows.values()) else "")
            )
            for name, row in rows.items():
                line = f"  {name:<{len(task) + 24}}{row['mae']:>9.2f}{row['rmse']:>9.2f}{row['r2']:>8.3f}{row['n']:>10}"
                lines.append(line + (f"{row['coverage']:>10.1%}{row['width']:>9.2f}" if "width" in row else ""))
    lines += metrics.get("notes", [])
    return "\n".join(lines)
