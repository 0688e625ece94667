"""Stations and hours of a run: the parts of a training, or the period that a trained model serves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.commands.settings import ReanalysisSettings
from aqnet_pyg.errors import InputError
from aqnet_pyg.local_dates import local_days
from aqnet_pyg.readers.assembly.selection import edge_day
from aqnet_pyg.splits import Split, hidden_stations
from aqnet_pyg.windows import Window

if TYPE_CHECKING:
    from aqnet_pyg.inference.trained_model import TrainedModel

_HOUR = pd.Timedelta("1h")


@dataclass(frozen=True)
class RunPlan:
    """Stations and hours of a run; hours in UTC.

    Args:
        hidden: Codes of the hidden stations, sorted.
        measuring: Codes of the others.
        tuning: Hours in which classical interpolators are tuned, as positions on the time axis of the station data.
        scored: First and last hour that is scored; of forecasts, of issue.
        first: First hour of the results; of forecasts, of the first issue.
        last: Last hour of the results; of forecasts, of the last horizon.
        origin: First hour to compute: windows begin there. Hours before ``first`` are left out of the results.
        about: For ``metrics.json``: number of stations, hidden codes, and first and last hour of each part.
        notes: Sentences on what the results lack.
    """

    hidden: tuple[str, ...]
    measuring: tuple[str, ...]
    tuning: slice
    scored: tuple[pd.Timestamp, pd.Timestamp]
    first: pd.Timestamp
    last: pd.Timestamp
    origin: pd.Timestamp
    about: dict[str, Any]
    notes: tuple[str, ...] = ()


def training_plan(data: xr.Dataset, split: Split, period: str) -> RunPlan:
    """Return the plan of a run with a split.

    Args:
        data: Station data.
        split: Their parts.
        period: ``test`` to predict the hours for the test, or ``all``.
    """
    hours = data.indexes["time"]
    test = hours[split.time.test][0], hours[split.time.test][-1]
    first, last = test if period == "test" else (hours[0], hours[-1])
    return RunPlan(
        split.stations.hidden,
        tuple(split.measuring),
        split.time.train,
        test,
        first,
        last,
        first,
        split.to_dict(data),
    )


def with_context(
    settings: ReanalysisSettings, window: Window, resume: pd.Timestamp | None, zone: str
) -> dict[str, Any]:
    """Return the options ``start`` and ``end`` with which the reader also reads the hours around the period.

    Args:
        settings: Settings with the first and the last local date to predict.
        window: Hours read and predicted.
        resume: First hour to predict again of a result that is continued; None otherwise.
        zone: Local time zone of that result.
    """
    before, after = _context(window)
    result: dict[str, Any] = {}
    starts = [] if settings.start is None else [edge_day("start", settings.start, "start_time")]
    if resume is not None:
        starts.append(np.datetime64(int(local_days(pd.DatetimeIndex([resume]), zone)[0]), "D"))
    if starts:
        result["start"] = str(min(starts) - before)
    if settings.end is not None:
        result["end"] = str(edge_day("end", settings.end, "end_time") + after)
    return result


def served_plan(
    data: xr.Dataset,
    model: TrainedModel,
    settings: ReanalysisSettings,
    *,
    hidden: tuple[str, ...] | None = None,
    resume: pd.Timestamp | None = None,
) -> tuple[xr.Dataset, RunPlan]:
    """Return station data and the plan to predict all hours of a period with a trained model.

    Windows of a reconstruction begin at multiples of their steps since 1970, so that an hour is predicted alike in whatever
    period it is served. Forecasts are issued every 24 hours back from the last measured hour.

    Args:
        data: Station data.
        model: The trained model.
        settings: Settings with the dates, and the stations to hide.
        hidden: Codes to hide instead.
        resume: First hour to predict again of a result that is continued; the dates do not begin later.

    Returns:
        The data, with empty hours before or after them where windows need these, and the plan.

    Raises:
        InputError: If no hour of the period is in the data, or as :func:`aqnet_pyg.splits.hidden_stations`.
    """
    window, target = model.window, model.target
    if target not in data:
        raise InputError(f"target: the model predicts {target!r}, which is not in the data; read data that have it.")
    codes = [str(code) for code in data.station.values]
    if hidden is None:
        hidden = tuple(sorted(hidden_stations(data, settings.stations_to_hide, settings.seed, target)))
    measuring = tuple(code for code in sorted(codes) if code not in set(hidden))
    hours = pd.DatetimeIndex(data.indexes["time"])
    first, last = _period(hours, data.attrs["time_zone"], settings)
    if resume is not None and last >= resume:
        first = max(min(first if settings.start else resume, resume), hours[0])
    from aqnet_pyg.inference.reanalysis import absent_variables  # imports deep learning

    notes: list[str] = []
    absent = absent_variables(model.predictor, data)
    if absent:
        notes.append(
            f"The model also reads {', '.join(absent)}, which the data lack: taken as missing. It was not trained for "
            "that, so that its errors can be larger; train one with these variables only (--variables)."
        )
    if window.horizon:
        seen = data[target].sel(station=list(measuring)).notnull().any("station").values
        measured = hours[seen & (hours <= last)]
        if measured.empty or measured[-1] < first:
            raise InputError(
                f"target: no station that is not hidden measured {target} from {first} to {last} UTC; choose other dates."
            )
        origin, issued, missing = _issues(window, hours[0], first, measured[-1])
        if missing:
            notes.append(
                f"The data have {window.history - missing} of the {window.history} hours that a forecast reads; the others "
                "are taken as missing."
            )
        first, last = origin, issued + window.horizon * _HOUR
        begin, scored = origin - (window.history - 1) * _HOUR, (origin, issued)
    else:
        origin = aligned(first, window)
        begin, scored = origin, (first, last)
    extended = pd.date_range(min(begin, hours[0]), max(last, hours[-1]), freq="h", name="time")
    about = {
        "stations": {"visible": len(measuring), "hidden": len(hidden)},
        "hidden": list(hidden),
        "time": {"prediction": [str(first), str(last)]},
    }
    # Climatology of forecasts is that of the hours before them.
    tuning = slice(None) if not window.horizon else slice(0, int(extended.searchsorted(origin)) + 1)
    plan = RunPlan(hidden, measuring, tuning, scored, first, last, origin, about, tuple(notes))
    return data if extended.equals(hours) else data.reindex(time=extended), plan


def aligned(hour: pd.Timestamp, window: Window) -> pd.Timestamp:
    """Return the first predicted hour of the window with an hour, where windows begin at multiples of their steps since 1970.

    Args:
        hour: The hour, UTC.
        window: Hours read and predicted, to reconstruct.
    """
    return hour.floor(f"{window.steps}h")


def _context(window: Window) -> tuple[int, int]:
    """Days to read before and after a period."""
    if window.horizon:
        return math.ceil(window.history / 24), math.ceil(window.horizon / 24)
    days = math.ceil((window.steps + window.margin) / 24)
    return days, days


def _period(hours: pd.DatetimeIndex, zone: str, settings: ReanalysisSettings) -> tuple[pd.Timestamp, pd.Timestamp]:
    days = local_days(hours, zone).astype("datetime64[D]")
    chosen = np.ones(len(days), bool)
    if settings.start is not None:
        chosen &= days >= edge_day("start", settings.start, "start_time")
    if settings.end is not None:
        chosen &= days <= edge_day("end", settings.end, "end_time")
    if not chosen.any():
        raise InputError(
            f"start, end: no hour from {settings.start or days[0]} to {settings.end or days[-1]} is in the data, which have "
            f"{days[0]} to {days[-1]}; choose other dates."
        )
    return hours[chosen][0], hours[chosen][-1]


def _issues(
    window: Window, begin: pd.Timestamp, first: pd.Timestamp, last: pd.Timestamp
) -> tuple[pd.Timestamp, pd.Timestamp, int]:
    """Return the hours of the first and the last issue, a whole number of days apart, and the missing hours of history."""
    earliest = max(first, begin + (window.history - 1) * _HOUR)
    if earliest > last:
        return last, last, int((earliest - last) / _HOUR)
    return last - ((last - earliest) // (24 * _HOUR)) * 24 * _HOUR, last, 0
