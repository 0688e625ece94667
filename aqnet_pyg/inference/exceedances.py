"""Probabilities that limit values are exceeded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.conformal import ConformalIntervals
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference.averaging_periods import over_period, period_of
from aqnet_pyg.inference.trained_model import TrainedModel
from aqnet_pyg.levels.standard import Limit
from aqnet_pyg.levels.standards import find_level, find_standard, warn_of_replacement
from aqnet_pyg.levels.units import convert_units

LEAST_PERIODS = 10
"""Minimum number of measured averages in the calibration of a probability, such as station-days."""


def alerts(result: xr.Dataset, model: TrainedModel, standard: str = "china", *, level: str | None = None) -> xr.Dataset:
    """Compute the probability that the limit values of a standard are exceeded.

    Averages are those of the standard, over local days. The probability is that of the calibrated quantiles of the model, hourly
    or daily: the share of the errors in the calibration with which the predicted average would exceed the limit.

    Args:
        result: Result of :func:`aqnet_pyg.reanalyze`, at stations or on a grid.
        model: Calibrated model of the result.
        standard: ``china`` (GB 3095-2012), ``china_2026``, ``epa`` (primary standards as of 2024), ``eu`` (Directive 2024/2881)
            or ``who`` (2021).
        level: A column of :func:`aqnet_pyg.levels.limits`. Default: ``grade_2`` of China, ``until_2029`` of the EU, the
            guideline ``AQG`` of WHO.

    Returns:
        For each limit of the predicted pollutant on hours or days, such as ``pm25_24h``: the predicted average in the units
        of the data, ``pm25_24h_probability`` (0 to 1), and at stations ``pm25_24h_measured``; all with the attribute
        ``threshold``, the least value that is rounded to an exceedance. They are on ``time`` or ``day`` and the dimensions of
        the places, for forecasts also on ``forecast_reference_time``. ``limit_value`` is the limit in the units of the data. NaN
        where too few hours have a value.

    Raises:
        InputError: If standard or level are unknown, the model is not calibrated, no limit is on hours or days, or fewer than
            :data:`LEAST_PERIODS` measured hours or days were in the calibration.
    """
    rules, target = find_standard(standard), model.target
    level = find_level(standard, level)
    warn_of_replacement(standard, result)
    if model.intervals is None:
        raise InputError(
            "model: it has no calibrated intervals; train it with fit() or call aqnet_pyg.inference.calibrate(model, ...)."
        )
    if f"{target}_spread" not in result:
        raise InputError(f"result: {target}_spread is missing; pass the result of reanalyze(), or the file of a run.")
    calibrated = {"1h": model.intervals} | model.daily_intervals
    found: dict[str, xr.DataArray] = {}
    few = None
    for name, limit in rules.limits.items():
        intervals = calibrated.get(period_of(limit.average) or "")
        if name.split("_")[0] != target or level not in limit.values or intervals is None:
            continue
        if intervals.count_ < LEAST_PERIODS:
            few = intervals.count_
            continue
        found |= _fields(result, target, name, limit, limit.values[level], rules.units[target], intervals)
    if not found and few is not None:
        raise InputError(
            f"model: its intervals were calibrated on {few} measured averages, and probabilities need at least {LEAST_PERIODS}; "
            "give it more validation stations or hours."
        )
    if not found:
        raise InputError(
            f"standard: {standard!r} has no limit of hours or days for {target} at {level!r} that the model is calibrated for."
        )
    kept = {name: result[name] for name in ("visible", "crs") if name in result}
    return xr.Dataset(found | kept, attrs=result.attrs | {"limits": f"{rules.title}: {level}"})


def _fields(
    result: xr.Dataset,
    target: str,
    name: str,
    limit: Limit,
    highest: float,
    limit_units: str,
    intervals: ConformalIntervals,
) -> dict[str, xr.DataArray]:
    """Return predicted average, probability and measured average for one limit."""
    units = result[target].attrs["units"]
    threshold = _in_units(_threshold(limit, highest), target, limit_units, units)
    means = list(over_period(result, target, limit.average))
    probabilities = [
        mean.value.copy(data=intervals.probability_above(threshold, *mean.arguments(result.station_distance)))
        for mean in means
    ]
    what = f"{limit.average} of {target}"
    fields = {
        name: ([mean.value for mean in means], what, units),
        f"{name}_probability": (probabilities, f"probability of {what} above {highest:g} {limit_units}", "1"),
    }
    measured = [mean.measured for mean in means if mean.measured is not None]  # on a grid, none
    if measured:
        fields[f"{name}_measured"] = (measured, f"{what}, measured", units)
    return {
        name: _together(result, columns).assign_attrs(
            long_name=label, units=unit, threshold=threshold, limit_value=_in_units(highest, target, limit_units, units)
        )
        for name, (columns, label, unit) in fields.items()
    }


def alert_table(found: xr.Dataset, least: float = 0.5) -> pd.DataFrame:
    """Return a row for each place, period and limit that is exceeded with a minimum probability, the most probable first.

    Args:
        found: Result of :func:`alerts`.
        least: Minimum probability.

    Returns:
        Columns ``limit``, ``time`` (the end of the hour, UTC) or ``day`` (local), the place (``station``, or ``longitude`` and
        ``latitude`` in degrees, and ``name``, where there is one), ``predicted``, ``probability``, ``measured``, and the
        ``limit_value``, all in ``units``.
    """
    tables = []
    for name in map(str, found.data_vars):
        if not name.endswith("_probability"):
            continue
        limit = name.removesuffix("_probability")
        columns = {"predicted": limit, "probability": name, "measured": f"{limit}_measured"}
        part = xr.Dataset({column: found[source] for column, source in columns.items() if source in found})
        if "visible" in found:
            part["visible"] = found.visible.astype(bool)
        part = part.drop_vars([coord for coord in part.coords if coord not in _COLUMNS])
        stacked = part.stack(row=part.probability.dims).reset_index("row")
        table = stacked.isel(row=np.flatnonzero(stacked.probability.values >= least)).to_dataframe()
        attributes = {"limit_value": found[limit].attrs["limit_value"], "units": found[limit].attrs["units"]}
        tables.append(table.reset_index(drop=True).assign(limit=limit, **attributes))
    table = pd.concat(tables, ignore_index=True)
    order = [column for column in _COLUMNS if column in table]
    return table[order].sort_values(["probability", "predicted"], ascending=False, kind="stable", ignore_index=True)


_COLUMNS = (
    *("limit", "forecast_reference_time", "day", "time", "station", "name", "longitude", "latitude", "visible"),
    *("predicted", "probability", "measured", "limit_value", "units"),
)


def exceedance_days(found: xr.Dataset) -> pd.DataFrame:
    """Count the days above each daily limit at stations: measured where measured, and expected by the probabilities elsewhere.

    Args:
        found: Result of :func:`alerts` at stations.

    Returns:
        A row for each limit and station: ``limit``, the station and its ``name``, ``city`` and coordinates where there are, and
        ``days`` with a value, of which ``measured_days`` are measured, ``measured_above`` are measured above the limit and
        ``expected_above`` is the sum of the probabilities of the others; ``days_above`` is the sum of the last two.
        ``limit_value`` in ``units``, and ``standard``. Empty for forecasts, which overlap.
    """
    tables = []
    for name in map(str, found.data_vars):
        probability = found[name]
        if not name.endswith("_probability") or set(probability.dims) != {"day", "station"}:
            continue
        limit = name.removesuffix("_probability")
        about, measured = found[limit].attrs, found[f"{limit}_measured"]
        known = measured.notnull()
        columns = {
            "days": known | probability.notnull(),
            "measured_days": known,
            "measured_above": measured >= about["threshold"],
            "expected_above": probability.where(~known),
        }
        counts = xr.Dataset({column: values.sum("day") for column, values in columns.items()})
        table = counts.drop_vars([coord for coord in counts.coords if coord not in _DAY_COLUMNS]).to_dataframe()
        table = table.reset_index()
        attributes = {"limit_value": about["limit_value"], "units": about["units"], "standard": found.attrs["limits"]}
        tables.append(table.assign(limit=limit, days_above=table.measured_above + table.expected_above, **attributes))
    table = pd.concat(tables or [pd.DataFrame(columns=list(_DAY_COLUMNS))], ignore_index=True)
    order = [column for column in _DAY_COLUMNS if column in table]
    return table[order].sort_values(["limit", "days_above"], ascending=[True, False], kind="stable", ignore_index=True)


_DAY_COLUMNS = (
    *("limit", "station", "name", "city", "longitude", "latitude", "days", "measured_days", "measured_above"),
    *("expected_above", "days_above", "limit_value", "units", "standard"),
)


def alert_features(table: pd.DataFrame) -> dict[str, Any]:
    """Convert a table of alerts to a GeoJSON FeatureCollection: one point per row, with the other columns as properties.

    Args:
        table: Result of :func:`alert_table`.
    """
    features = []
    for row in table.to_dict("records"):
        place = [float(row.pop(axis)) for axis in ("longitude", "latitude")]
        properties = {name: _plain(value) for name, value in row.items()}
        features.append(
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": place}, "properties": properties}
        )
    return {"type": "FeatureCollection", "features": features}


def _plain(value: Any) -> Any:
    """Convert a value to a type of JSON."""
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _threshold(limit: Limit, value: float) -> float:
    """Return the smallest average that exceeds a limit after rounding."""
    if limit.rounding is None:
        return float(np.nextafter(value, np.inf))
    above = value + limit.rounding.step * np.linspace(0, 1, 1001)
    return float(above[np.argmax(np.round(limit.rounding(above), 6) > value)])


def _in_units(value: float, pollutant: str, units: str, wanted: str) -> float:
    return convert_units(xr.DataArray(value, attrs={"units": units}), pollutant, wanted).item()


def _together(result: xr.Dataset, columns: list[xr.DataArray]) -> xr.DataArray:
    if "lead" not in result.dims:
        return columns[0]
    dropped = [column.drop_vars(["lead", "forecast_reference_time"], errors="ignore") for column in columns]
    return xr.concat(dropped, result.forecast_reference_time, coords="different", compat="equals", join="outer")
