"""A model beside the classical interpolators, on the same station-hours."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from aqnet_pyg.baselines import IDW, Interpolator, OrdinaryKriging
from aqnet_pyg.evaluation.metrics import scores

__all__ = ["Comparison", "table"]


class Comparison:
    """Scores of a model, of inverse distance and of ordinary kriging, both tuned by leave-one-out on visible stations.

    To forecast, the classical methods interpolate what they would carry into the future: the mean of the last day.

    Args:
        target: Measurements of the visible stations, ``(time, station)`` with longitude and latitude.
        train: Hours for tuning, as positions on the time axis.
    """

    def __init__(self, target: xr.DataArray, train: slice) -> None:
        self.target = target.transpose("time", "station")
        known = (target.longitude.values, target.latitude.values)
        self.classical: dict[str, Interpolator] = {"idw": IDW(), "kriging": OrdinaryKriging()}
        for method in self.classical.values():
            method.fit(known, self.target.isel(time=train).values)

    def __call__(self, truth: xr.DataArray, ours: xr.DataArray) -> dict[str, dict[str, float | int]]:
        """Compare at the places and hours of a prediction.

        Args:
            truth: What was measured, or the true field.
            ours: The prediction, of the same shape: its last dimension has longitudes and latitudes.

        Returns:
            Scores by model, all where every model has a value.
        """
        if "lead" in ours.dims:
            last_day = self.target.rolling(time=24, min_periods=1).mean()
            carried = last_day.sel(time=ours.forecast_reference_time.values).values
        else:
            carried = self.target.sel(time=ours.time.values).values
        rows = {"aqnet": ours.values}
        for name, method in self.classical.items():
            values = method.predict((ours.longitude.values, ours.latitude.values), carried)
            rows[name] = np.repeat(values[:, None], ours.sizes["lead"], axis=1) if "lead" in ours.dims else values
        everywhere = np.logical_and.reduce([np.isfinite(row) for row in rows.values()])
        known = np.where(everywhere, truth.values, np.nan)
        return {name: scores(known, row) for name, row in rows.items()}


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
