"""Intervals of a trained model, calibrated at stations and hours that it was not trained on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from aqnet_pyg.conformal import ConformalIntervals
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference.averaging_periods import PERIODS, over_period
from aqnet_pyg.inference.predictor import Predictor
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.inference.trained_model import TrainedModel
from aqnet_pyg.levels.averaging import Average
from aqnet_pyg.text import counted

if TYPE_CHECKING:
    from aqnet_pyg.nn import AQNet


def calibrate(
    model: TrainedModel | Predictor | AQNet,
    stations: xr.Dataset,
    hidden: Sequence[Collection[str]],
    device: str = "cpu",
    expected: TrainedModel | None = None,
) -> TrainedModel:
    """Fit the intervals of a model to its errors; they are then part of the results of :func:`aqnet_pyg.reanalyze`.

    Args:
        model: The model.
        stations: Station data of hours that it was not trained on.
        hidden: Codes of stations that it was not trained on: the collections are hidden and predicted one after the other. In a
            forecast the errors at the visible stations are used too, since their future is unknown.
        device: As for :func:`aqnet_pyg.reanalyze`.
        expected: Calibrated model whose errors are similar, at more stations of the same network, such as a kriging: where the
            hidden stations are few, the intervals are mostly its.

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
    like = (
        {} if expected is None or expected.intervals is None else {"1h": expected.intervals} | expected.daily_intervals
    )
    fitted = {name: _fit(results, model.target, average, like.get(name)) for name, average in PERIODS.items()}
    hourly = fitted.pop("1h") or like.pop("1h", None)
    if hourly is None:
        raise InputError("hidden: nothing was measured at these stations where there is a prediction; choose others.")
    daily = {name: intervals or like[name] for name, intervals in fitted.items() if intervals or name in like}
    return replace(model, intervals=hourly, daily_intervals=daily)


def calibration_notes(model: TrainedModel, result: xr.Dataset) -> list[str]:
    """Return sentences on intervals that are used where they were not calibrated.

    Args:
        model: A trained model.
        result: Its result at stations, of :func:`aqnet_pyg.reanalyze`.

    Returns:
        A sentence for each: no intervals; few stations in their calibration; more than a fifth of the predictions outside its
        range, or more than twice as far from a visible station; less than 80 % or more than 97 % of the measurements at hidden
        stations inside the intervals. Empty if there is none.
    """
    intervals, target = model.intervals, model.target
    if intervals is None:
        return ["The predictions have no intervals, since there were too few stations or hours to calibrate them."]
    notes, units = [], result[target].attrs.get("units", "")
    if intervals.stations_ < _FEW_STATIONS:
        notes.append(
            f"The 90 % intervals were calibrated at {counted(intervals.stations_, 'station')}, which say little about "
            "others."
        )
    low, high = intervals.range_
    predicted = result[target]
    outside = float(((predicted < low) | (predicted > high)).where(predicted.notnull()).mean())
    if outside > _MOST_OUTSIDE:
        notes.append(
            f"The 90 % intervals were calibrated on predictions of {low:.3g} to {high:.3g} {units}, but {outside:.0%} of these "
            "predictions are outside that range."
        )
    hidden = result.isel(station=np.flatnonzero(~result.visible.values.astype(bool)))
    far = hidden.station_distance.values > 2 * intervals.farthest_
    if far.size and far.mean() > _MOST_OUTSIDE:
        notes.append(
            f"The 90 % intervals were calibrated up to {intervals.farthest_:.0f} km from a visible station, but "
            f"{far.mean():.0%} of the hidden stations are more than twice as far."
        )
    measured = hidden[f"{target}_measured"]
    inside = (hidden[f"{target}_lower"] <= measured) & (measured <= hidden[f"{target}_upper"])
    coverage = float(inside.where(measured.notnull()).mean())
    if coverage < _COVERAGE[0] or coverage > _COVERAGE[1]:
        notes.append(f"The 90 % intervals contain {coverage:.0%} of the measurements at hidden stations.")
    return notes


_FEW_STATIONS = 8
_MOST_OUTSIDE = 0.2
_COVERAGE = (0.8, 0.97)


def _fit(
    results: Sequence[xr.Dataset], target: str, average: Average, expected: ConformalIntervals | None
) -> ConformalIntervals | None:
    """Fit the intervals of a period; None if no such period was measured."""
    codes = sorted({str(code) for result in results for code in result.station.values})
    parts = []
    for result in results:
        number = xr.DataArray(np.searchsorted(codes, result.station.values.astype(str)), dims="station")
        for mean in over_period(result, target, average):
            if mean.measured is not None:
                alike = [
                    part.transpose(*mean.value.dims) for part in (mean.measured, number.broadcast_like(mean.value))
                ]
                parts.append((*mean.arguments(result.station_distance), *(part.values for part in alike)))
    value, spread, distance, lead, measured, station = (
        np.concatenate([array.ravel() for array in arrays]) for arrays in zip(*parts, strict=True)
    )
    if not np.isfinite(value + measured).any():
        return None
    return ConformalIntervals(expected=expected).fit(value, spread, distance, measured, lead, station)
