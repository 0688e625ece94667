"""What of station data and results is drawn: hours, stations, and means over hours."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError

__all__ = ["Hours", "measured", "measured_table", "newest_forecasts", "over_hours", "select_hours", "target_of"]

Hours = str | slice | np.datetime64 | None
"""As ``sel(time=...)`` takes them: an hour, a day, a slice (UTC); None is all."""


def target_of(result: xr.Dataset) -> str:
    """The pollutant that a result at stations predicts.

    Raises:
        InputError: If it is no such result.
    """
    for name in map(str, result.data_vars):
        if f"{name}_measured" in result:
            return name
    raise InputError(
        f"result: none of {', '.join(map(str, result.data_vars))} has predictions beside what was measured; pass the "
        "stations that reanalyze() returns, or stations.nc of a run."
    )


def measured(stations: xr.Dataset, pollutant: str) -> xr.DataArray:
    """What stations measured, from station data or a result at stations.

    Args:
        stations: Station data or a result.
        pollutant: Which.

    Raises:
        InputError: If there is no such pollutant.
    """
    for name in (f"{pollutant}_measured", pollutant):
        if name in stations:
            return newest_forecasts(stations[name])
    raise InputError(
        f"pollutant: {pollutant!r} is not in the station data; use one of {', '.join(stations.data_vars)}."
    )


def newest_forecasts(result: xr.Dataset | xr.DataArray, issued: str | np.datetime64 | None = None) -> xr.Dataset:
    """Forecasts on one axis of hours; a reconstruction is returned as it is.

    Args:
        result: With the dimensions ``forecast_reference_time`` and ``lead``, or ``time``.
        issued: The forecast to take; ``None`` takes the newest that there is for each hour.

    Raises:
        InputError: If there is no such forecast.
    """
    if "lead" not in result.dims:
        if issued is not None:
            raise InputError(f"issued: {issued} was asked for, but this is a reconstruction; leave it out.")
        return result
    if issued is not None:
        if np.datetime64(issued) not in result.indexes["forecast_reference_time"]:
            first, last = result.forecast_reference_time.values[[0, -1]].astype("datetime64[h]")
            raise InputError(
                f"issued: no forecast was issued at {issued}; there are some from {first} to {last} (UTC)."
            )
        result = result.sel(forecast_reference_time=[np.datetime64(issued, "ns")])
    # Hours in their order, those of the same time with the shortest lead first.
    hours, lead = result.time.values.ravel(), np.tile(result.lead.values, result.sizes["forecast_reference_time"])
    order = np.lexsort((lead, hours))
    chosen = order[np.unique(hours[order], return_index=True)[1]]
    rounds, leads = np.unravel_index(chosen, (result.sizes["forecast_reference_time"], result.sizes["lead"]))
    points = {"forecast_reference_time": xr.DataArray(rounds, dims="time"), "lead": xr.DataArray(leads, dims="time")}
    return result.drop_vars("time").isel(points).assign_coords(time=("time", hours[chosen], result.time.attrs))


def select_hours(array: xr.DataArray, time: Hours, what: str) -> xr.DataArray:
    """The hours asked for.

    Args:
        array: With ``time``, or without.
        time: Hours.
        what: The argument that the array comes from, for messages.

    Raises:
        InputError: If there are none.
    """
    if time is None or "time" not in array.dims:
        return array
    try:
        selected = array.sel(time=time)
    except (KeyError, ValueError) as error:
        raise InputError(f"time: {time} is not on the time axis of the {what}; choose an hour or day of it.") from error
    if selected.sizes.get("time", 1) == 0:
        raise InputError(f"time: {time} selects no hour of the {what}; choose an hour or day of its time axis.")
    return selected


def over_hours(array: xr.DataArray, time: Hours, what: str) -> xr.DataArray:
    """The mean over the hours asked for; arguments as :func:`select_hours`."""
    selected = select_hours(array, time, what)
    return selected.mean("time") if "time" in selected.dims else selected


def measured_table(
    stations: xr.Dataset, hidden: Collection[str], pollutant: str, time: Hours
) -> tuple[pd.DataFrame, np.ndarray]:
    """What stations measured in the hours asked for, and these hours.

    Args:
        stations: Station data or a result at stations, which knows itself what is hidden.
        hidden: Codes of hidden stations.
        pollutant: The variable.
        time: Hours.

    Returns:
        A row a station and the hours, shape ``[hour]``:
        ``value`` (mean, NaN where nothing was measured), ``longitude``, ``latitude``, ``hidden`` and ``city``.

    Raises:
        InputError: If there is no such variable, hour or code, or no station measured.
    """
    values = measured(stations, pollutant)
    codes = stations.indexes["station"]
    unknown = sorted(set(hidden) - set(codes))
    if unknown:
        raise InputError(f"hidden: {unknown[0]!r} is not a station of the data; use codes such as {codes[0]!r}.")
    selected = select_hours(values, time, "stations")
    unseen = stations.visible.values == 0 if "visible" in stations else False
    table = pd.DataFrame(
        {
            "value": over_hours(values, time, "stations").values.astype(np.float64),
            "longitude": stations.longitude.values,
            "latitude": stations.latitude.values,
            "hidden": codes.isin(list(hidden)) | unseen,
            "city": stations.city.values.astype(str) if "city" in stations.coords else "",
        },
        index=codes,
    )
    if table.value.isna().all():
        raise InputError(f"stations: none measured {pollutant} in the hours to draw; choose other hours.")
    return table, np.atleast_1d(selected.time.values)
