"""Intervals of a trained model, calibrated at stations and hours that it was not trained on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from aqnet_pyg.conformal import ConformalIntervals
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference.averaging_periods import PERIODS, over_period
from aqnet_pyg.inference.predictor import Predictor
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.inference.trained_model import TrainedModel
from aqnet_pyg.levels.averaging import Average
from aqnet_pyg.nn import AQNet


def calibrate(
    model: TrainedModel | Predictor | AQNet,
    stations: xr.Dataset,
    hidden: Sequence[Collection[str]],
    device: str = "cpu",
) -> TrainedModel:
    """Fit the intervals of a model to its errors; they are then part of the results of :func:`aqnet_pyg.reanalyze`.

    Args:
        model: The model.
        stations: Station data of hours that it was not trained on.
        hidden: Codes of stations that it was not trained on: the collections are hidden and predicted one after the other. In a
            forecast the errors at the visible stations are used too, since their future is unknown.
        device: As for :func:`aqnet_pyg.reanalyze`.

    Returns:
        A trained model of the same predictor with the intervals.

    Raises:
        InputError: If nothing was measured where there is a prediction, or as :func:`aqnet_pyg.reanalyze`.
    """
    model = TrainedModel.of(model)
    results = []
    for codes in hidden:
        result, _ = reanalyze(
            replace(model, intervals=None, daily_intervals={}), stations, hidden=codes, at_visible=False, device=device
        )
        results.append(result if model.window.task.own_history else result.sel(station=sorted(codes)))
    fitted = {name: _fit(results, model.target, average) for name, average in PERIODS.items()}
    hourly = fitted.pop("1h")
    if hourly is None:
        raise InputError("hidden: nothing was measured at these stations where there is a prediction; choose others.")
    daily = {name: intervals for name, intervals in fitted.items() if intervals is not None}
    return replace(model, intervals=hourly, daily_intervals=daily)


def _fit(results: Sequence[xr.Dataset], target: str, average: Average) -> ConformalIntervals | None:
    """Fit the intervals of a period; None if no such period was measured."""
    parts = [
        (*mean.arguments(result.station_distance), mean.measured.transpose(*mean.value.dims).values)
        for result in results
        for mean in over_period(result, target, average)
        if mean.measured is not None
    ]
    value, spread, distance, lead, measured = (
        np.concatenate([array.ravel() for array in arrays]) for arrays in zip(*parts, strict=True)
    )
    if not np.isfinite(value + measured).any():
        return None
    return ConformalIntervals().fit(value, spread, distance, measured, lead)
