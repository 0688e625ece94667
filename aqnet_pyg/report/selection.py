"""Selection of hours and stations from station data and results, and means over hours."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar, cast

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError

_Data = TypeVar("_Data", bound=xr.Dataset | xr.DataArray)

Hours = str | slice | np.datetime64 | None
"""An hour, a day or a slice (UTC), as in ``sel(time=...)``; None for all."""


def predicted_pollutant(result: xr.Dataset) -> str:
    """Return the pollutant of a result at stations.

    Raises:
        InputError: If the dataset is not a result at stations.
    """
    for name in map(str, result.data_vars):
        if f"{name}_measured" in result:
            return name
    raise InputError(
        f"result: none of {', '.join(map(str, result.data_vars))} has both predictions and measurements; pass the result at "
        "stations of reanalyze(), or stations.nc of a run."
    )


def filled_pollutants(product: xr.Dataset) -> list[str]:
    """Return the pollutants of a product of :func:`aqnet_pyg.fill`.

    Raises:
        InputError: If the dataset is not such a product.
    """
    found = [str(name) for name in product.data_vars if f"{name}_status" in product]
    if not found:
        raise InputError(
            f"product: none of {', '.join(map(str, product.data_vars))} has a status; pass the result of fill(), or filled.nc of "
            "a run."
        )
    return found


def filled_pollutant(product: xr.Dataset, pollutant: str | None) -> str:
    """Return the pollutant, or the first of a product of :func:`aqnet_pyg.fill`.

    Args:
        product: Result of :func:`aqnet_pyg.fill`.
        pollutant: The pollutant; None for the first.

    Raises:
        InputError: If the product does not have it.
    """
    found = filled_pollutants(product)
    if pollutant is not None and pollutant not in found:
        raise InputError(f"pollutant: {pollutant!r} is not in the product; use one of {', '.join(found)}.")
    return pollutant or found[0]


def measurements(stations: xr.Dataset, pollutant: str) -> xr.DataArray:
    """Return the measurements in station data or in a result at stations.

    Args:
        stations: Station data or a result.
        pollutant: The pollutant.

    Raises:
        InputError: If the pollutant is not in the data.
    """
    for name in (f"{pollutant}_measured", pollutant):
        if name in stations:
            return newest_forecasts(stations[name])
    raise InputError(
        f"pollutant: {pollutant!r} is not in the station data; use one of {', '.join(map(str, stations.data_vars))}."
    )


def newest_forecasts(result: _Data, issued: str | np.datetime64 | None = None) -> _Data:
    """Return forecasts on a single time axis; a reconstruction is returned unchanged.

    Args:
        result: Dimensions ``forecast_reference_time`` and ``lead``, or ``time``.
        issued: Reference time of the forecast to select; ``None`` selects the newest one for each hour.

    Raises:
        InputError: If there is no forecast with this reference time.
    """
    if "lead" not in result.dims:
        if issued is not None:
            raise InputError(f"issued: {issued} was given, but this is a reconstruction; leave it out.")
        return result
    if issued is not None:
        if np.datetime64(issued) not in result.indexes["forecast_reference_time"]:
            first, last = result.forecast_reference_time.values[[0, -1]].astype("datetime64[h]")
            raise InputError(f"issued: no forecast was issued at {issued}; choose one from {first} to {last} (UTC).")
        result = cast(_Data, result.sel(forecast_reference_time=[np.datetime64(issued).astype("datetime64[ns]")]))
    # Sorted by time, then lead: the first of each hour is the newest forecast for it.
    hours, lead = result.time.values.ravel(), np.tile(result.lead.values, result.sizes["forecast_reference_time"])
    order = np.lexsort((lead, hours))
    chosen = order[np.unique(hours[order], return_index=True)[1]]
    rounds, leads = np.unravel_index(chosen, (result.sizes["forecast_reference_time"], result.sizes["lead"]))
    points = {"forecast_reference_time": xr.DataArray(rounds, dims="time"), "lead": xr.DataArray(leads, dims="time")}
    newest = result.drop_vars("time").isel(points)
    return cast(_Data, newest.assign_coords(time=("time", hours[chosen], result.time.attrs)))


def select_hours(array: _Data, time: Hours, argument: str) -> _Data:
    """Select hours of an array or dataset; without dimension ``time`` it is returned unchanged.

    Args:
        array: Any dimensions.
        time: The hours.
        argument: Name of the argument that the array comes from, for messages.

    Raises:
        InputError: If no hour is selected.
    """
    if time is None or "time" not in array.dims:
        return array
    try:
        selected = cast(_Data, array.sel(time=time))
    except (KeyError, ValueError) as error:
        raise InputError(
            f"time: {time} is not on the time axis of the {argument}; choose an hour or day of it."
        ) from error
    if selected.sizes.get("time", 1) == 0:
        raise InputError(f"time: {time} selects no hour of the {argument}; choose an hour or day of its time axis.")
    return selected


def mean_over_hours(array: xr.DataArray, time: Hours, argument: str) -> xr.DataArray:
    """Return the mean over the selected hours; arguments as in :func:`select_hours`."""
    selected = select_hours(array, time, argument)
    return selected.mean("time") if "time" in selected.dims else selected


def station_means(
    stations: xr.Dataset, hidden: Collection[str], pollutant: str, time: Hours, measured: bool = True
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the mean measurement of each station over the selected hours, and these hours.

    Args:
        stations: Station data, or a result at stations, whose own hidden stations are added to ``hidden``.
        hidden: Codes of hidden stations.
        pollutant: The variable.
        time: The hours.
        measured: Whether measurements are needed.

    Returns:
        A row for each station with ``value`` (NaN without measurements), ``longitude``, ``latitude``, ``hidden`` and ``city``;
        and the hours, shape ``[hour]``.

    Raises:
        InputError: If a variable, hour or code does not exist, or there are no measurements.
    """
    values = measurements(stations, pollutant)
    codes = stations.indexes["station"]
    unknown = sorted(set(hidden) - set(codes))
    if unknown:
        raise InputError(f"hidden: {unknown[0]!r} is not a station of the data; use codes such as {codes[0]!r}.")
    selected = select_hours(values, time, "stations")
    also_hidden = stations.visible.values == 0 if "visible" in stations else False
    table = pd.DataFrame(
        {
            "value": mean_over_hours(values, time, "stations").values.astype(np.float64),
            "longitude": stations.longitude.values,
            "latitude": stations.latitude.values,
            "hidden": codes.isin(list(hidden)) | also_hidden,
            "city": stations.city.values.astype(str) if "city" in stations.coords else "",
        },
        index=codes,
    )
    if measured and table.value.isna().all():
        raise InputError(f"stations: there are no measurements of {pollutant} in these hours; choose other hours.")
    return table, np.atleast_1d(selected.time.values)
