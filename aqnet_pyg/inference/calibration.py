"""Intervals of a trained model, calibrated at stations and hours that it was not trained on."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import xarray as xr

from aqnet_pyg.conformal import ConformalIntervals
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference.averaging_periods import PERIODS, over_period
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.levels.averaging import Average
from aqnet_pyg.nn import AQNet

__all__ = ["calibrate"]


def calibrate(model: AQNet, stations: xr.Dataset, hidden: Collection[str], device: str = "cpu") -> None:
    """Give a model the intervals that fit its errors; what :func:`aqnet_pyg.reanalyze` then returns has them.

    Args:
        model: A trained model.
        stations: Station data of hours that it was not trained on.
        hidden: Codes of stations there that it was not trained on. They are hidden and predicted; in a forecast the visible
            stations count too, whose future is unknown.
        device: Where to compute.

    Raises:
        InputError: If nothing was measured where there is a prediction, or as :func:`aqnet_pyg.reanalyze`.
    """
    model.intervals, model.daily_intervals = None, {}
    result, _ = reanalyze(model, stations, hidden=hidden, device=device)
    if model.window.task == "reconstruct":
        result = result.sel(station=sorted(hidden))
    fitted = {name: _fit(result, model.target, average) for name, average in PERIODS.items()}
    model.intervals = fitted.pop("1h")
    if model.intervals is None:
        raise InputError("hidden: nothing was measured at these stations where there is a prediction; choose others.")
    model.daily_intervals = {name: intervals for name, intervals in fitted.items() if intervals is not None}


def _fit(result: xr.Dataset, target: str, average: Average) -> ConformalIntervals | None:
    """Intervals of a period; None where no such period was measured."""
    parts = [
        (*mean.arguments(result.station_distance), mean.measured.transpose(*mean.value.dims).values)
        for mean in over_period(result, target, average)
    ]
    value, spread, distance, lead, measured = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    if not np.isfinite(value + measured).any():
        return None
    return ConformalIntervals().fit(value, spread, distance, measured, lead)
