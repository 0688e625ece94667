"""Predictions averaged over the periods of air-quality standards: hours, days, and the highest 1-hour or 8-hour mean of a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from aqnet_pyg.levels.averaging import Average, DailyMaximum, DailyMean, LocalDays, RunningMean

PERIODS: dict[str, Average] = {
    "1h": RunningMean(),
    "24h": DailyMean(min_hours=18),
    "day_1h": DailyMaximum(RunningMean(), first=0, count=24, min_count=18, valid_above=np.inf),
    "day_8h": DailyMaximum(RunningMean(8, min_hours=6), first=0, count=17, min_count=13, valid_above=np.inf),
}
"""Periods for which intervals are calibrated: the hour, the mean of the local day, its highest hour and its highest 8-hour mean.
Standards differ in the minimum number of hours and in the beginning of a day; one calibration per period serves all of them."""


def period_of(average: Average) -> str | None:
    """Return the name in :data:`PERIODS` of the calibration that applies to an average; None if there is none.

    Args:
        average: Averaging rule of a standard.
    """
    match average:
        case RunningMean(hours=1):
            return "1h"
        case DailyMean():
            return "24h"
        case DailyMaximum(mean=RunningMean(hours=1 | 8 as hours)):
            return f"day_{hours}h"
    return None


@dataclass(frozen=True)
class PeriodPrediction:
    """A prediction over periods, each on the dimension ``time`` or ``day`` and those of the places.

    Args:
        value: The prediction.
        spread: Its standard deviation.
        measured: The measurements; None on a grid.
        lead: Mean lead time of the period in hours; 0 for a reconstruction.
    """

    value: xr.DataArray
    spread: xr.DataArray
    measured: xr.DataArray | None
    lead: xr.DataArray | float

    def arguments(self, distance_km: xr.DataArray) -> tuple[np.ndarray, ...]:
        """Return value, spread, distance and lead, of one shape, as :class:`aqnet_pyg.conformal.ConformalIntervals` takes them.

        Args:
            distance_km: Distances of the places to the nearest visible station in kilometers, shape ``[place]``.
        """
        parts = xr.broadcast(self.value, self.spread, distance_km, xr.DataArray(self.lead))
        return tuple(part.transpose(*self.value.dims).values for part in parts)


def over_period(result: xr.Dataset, pollutant: str, average: Average) -> Iterator[PeriodPrediction]:
    """Average a result of :func:`aqnet_pyg.reanalyze`: the reconstruction, or each of its forecasts.

    Args:
        result: At stations or on a grid, with the spread of the neighbors.
        pollutant: The predicted pollutant.
        average: Averaging rule of a standard, with thresholds in the units of the data.
    """
    for timeline in _timelines(result):
        days = LocalDays.from_dataset(timeline, None)
        mean = DailyMean(min_hours=18) if isinstance(average, DailyMaximum) else average
        measured = timeline.get(f"{pollutant}_measured")
        yield PeriodPrediction(
            average(timeline[pollutant], days),
            mean(timeline[f"{pollutant}_spread"], days),
            None if measured is None else average(measured, days),
            mean(timeline.lead.astype(np.float32), days) if "lead" in timeline.coords else 0.0,
        )


def _timelines(result: xr.Dataset) -> Iterator[xr.Dataset]:
    if "lead" not in result.dims:
        yield result
        return
    for number in range(result.sizes["forecast_reference_time"]):
        yield result.isel(forecast_reference_time=number).swap_dims(lead="time")
