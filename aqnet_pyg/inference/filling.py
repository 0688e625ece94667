"""Trained models of gaps + station data → the missing hours of the stations, as xarray."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.gap_masks import gap_length
from aqnet_pyg.inference.cf_products import INTERVAL
from aqnet_pyg.stations import POLLUTANTS, check_station_data, variable_attributes

STATUS = {
    "measured": 0,
    "filled": 1,
    "not_filled_gap_longer_than_limit": 2,
    "not_filled_nothing_measured_near": 3,
}
"""Values of ``<pollutant>_status`` by meaning."""


@runtime_checkable
class GapEstimator(Protocol):
    """Interface of a trained model that fills gaps of one pollutant, such as :class:`aqnet_pyg.ensembles.GapModel`."""

    @property
    def target(self) -> str:
        """The pollutant."""

    @property
    def stations(self) -> Sequence[str]:
        """Codes of its stations, in the order of the columns of the values."""

    @property
    def others(self) -> Sequence[str]:
        """The other pollutants that are inputs; may be empty."""

    def fill(
        self, values: np.ndarray, time: np.ndarray, others: Sequence[np.ndarray] = ()
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Estimate the missing hours.

        Args:
            values: Measurements, shape ``[time, station]``, NaN where missing.
            time: Consecutive hours in UTC, shape ``[time]``.
            others: Measurements of the other pollutants, each of the shape of the values.

        Returns:
            Values, ends of the 90 % interval and status (of :data:`STATUS`), each of shape ``[time, station]``.
        """


def fill(
    model: GapEstimator | Iterable[GapEstimator],
    stations: xr.Dataset,
    *,
    longest: int | None = None,
    start: np.datetime64 | str | None = None,
    end: np.datetime64 | str | None = None,
) -> xr.Dataset:
    """Fill the hours that stations miss.

    A missing hour is estimated from the hours before and after it at the same station and from the other stations. Measured
    values are returned bit for bit.

    If the station data are chunked (dask), nothing is computed yet: each pollutant is one task, since a long gap needs hours far
    away, so memory is that of one pollutant at all hours.

    Args:
        model: A trained model; or several, each of another pollutant.
        stations: Station data. Every station has to be one of the model's; of the model's other stations there are no
            measurements.
        longest: Longest gap to fill, in hours; longer ones stay missing. Default: every gap is filled.
        start: First hour of the result (UTC); hours outside the period are inputs. Default: the first of the data.
        end: Last hour of the result; default the last of the data.

    Returns:
        For each pollutant, with the dimensions ``(time, station)``: ``<pollutant>``, measured or filled, NaN where neither;
        the ends of the 90 % interval, ``<pollutant>_lower`` and ``<pollutant>_upper``, which are the value itself where it was
        measured; and ``<pollutant>_status`` with the values of :data:`STATUS`.

    Raises:
        InputError: If a pollutant is not in the data, a station is not one of the model's, two models have the same pollutant,
            ``longest`` is below 1, or no hour is in the period.
    """
    models = [model] if isinstance(model, GapEstimator) else list(model)
    targets = [one.target for one in models]
    if not targets or len(set(targets)) < len(targets):
        found = f"of {', '.join(targets)}" if targets else "of no pollutant"
        raise InputError(f"model: models {found} were given; give one of each pollutant to fill.")
    if longest is not None and longest < 1:
        raise InputError(f"longest: {longest} hours were given; use at least 1.")
    stations = check_station_data(stations)
    fields: dict[str, Any] = {}
    for one in models:
        fields |= _fields(one, stations, longest)
    places = {name: coord for name, coord in stations.coords.items() if coord.dims == ("station",)}
    result = xr.Dataset(fields, {"time": stations.time.variable} | places, _attributes(stations, targets, longest))
    first, last = (None if when is None else pd.Timestamp(when) for when in (start, end))
    result = result.sel(time=slice(first, last))
    if not result.sizes["time"]:
        hours = stations.indexes["time"]
        raise InputError(
            f"start, end: no hour from {start} to {end} is in the data, which go from {hours[0]} to {hours[-1]}."
        )
    return result


def _fields(model: GapEstimator, stations: xr.Dataset, longest: int | None) -> dict[str, Any]:
    """Variables of one pollutant."""
    target = model.target
    if target not in stations:
        raise InputError(
            f"stations: there is no variable {target!r}, which the model fills; use a model of another pollutant."
        )
    columns = _columns(model, stations)
    measured, *others = _variables(model, stations)
    time = stations.time.values

    def filled(*arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        return _filled(model, arrays, time, columns, longest)

    arrays = xr.apply_ufunc(
        filled,
        measured,
        *others,
        input_core_dims=[["time", "station"]] * (1 + len(others)),
        output_core_dims=[["time", "station"]] * 4,
        dask="parallelized",
        dask_gufunc_kwargs={"allow_rechunk": True},
        output_dtypes=[np.float32, np.float32, np.float32, np.int8],
    )
    names = [target, *(f"{target}_{name}" for name in ("lower", "upper", "status"))]
    attributes = _field_attributes(measured, names)
    return {
        name: (array.variable.dims, array.data, about)
        for name, array, about in zip(names, arrays, attributes, strict=True)
    }


def model_arrays(model: GapEstimator, stations: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return the measurements of a model's pollutants at all its stations.

    Args:
        model: The model.
        stations: Station data; every station is one of the model's.

    Returns:
        Measurements of the target and of the other pollutants, float64, shape ``[variable, time, station]``, NaN where missing
        or where the data have no such station; and the positions of the stations of the data among those of the model.

    Raises:
        InputError: If a station is not one of the model's.
    """
    columns = _columns(model, stations)
    arrays = [array.values for array in _variables(model, stations)]
    return _at_all_stations(arrays, len(model.stations), columns), columns


def _columns(model: GapEstimator, stations: xr.Dataset) -> np.ndarray:
    """Positions of the stations among those of the model, ``[station]``."""
    codes = pd.Index([str(code) for code in model.stations])
    columns = codes.get_indexer(stations.indexes["station"])
    if (columns < 0).any():
        code = stations.station.values[columns.argmin()]
        raise InputError(
            f"stations: {int((columns < 0).sum())} of {len(columns)} are not among the stations of the model, such as {code!r}; "
            "train a model on these data, or leave them out."
        )
    return columns


def _variables(model: GapEstimator, stations: xr.Dataset) -> list[xr.DataArray]:
    """The target and the other pollutants, ``[time, station]``; those that the data lack are missing everywhere."""
    return [
        (stations[name] if name in stations else xr.full_like(stations[model.target], np.nan)).transpose(
            "time", "station"
        )
        for name in (model.target, *model.others)
    ]


def _at_all_stations(arrays: Sequence[np.ndarray], stations: int, columns: np.ndarray) -> np.ndarray:
    """Finite values in the columns of a model's stations, ``[variable, time, station]``, NaN elsewhere."""
    known = np.full((len(arrays), len(arrays[0]), stations), np.nan)
    known[:, :, columns] = [np.where(np.isfinite(array), array, np.nan) for array in arrays]
    return known


def _filled(
    model: GapEstimator, arrays: Sequence[np.ndarray], time: np.ndarray, columns: np.ndarray, longest: int | None
) -> tuple[np.ndarray, ...]:
    """Values, ends of the interval and status, shape ``[time, station]``.

    ``arrays`` are the measurements of the pollutant and of the others, and ``columns`` those of the stations in the model.
    """
    values = arrays[0]
    missing = ~np.isfinite(values)
    first, *others = _at_all_stations(arrays, len(model.stations), columns)
    all_stations = model.fill(first, time.astype("datetime64[h]"), others)
    *estimates, status = (array[:, columns] for array in all_stations)
    status = np.where(missing, status, STATUS["measured"]).astype(np.int8)
    if longest is not None:
        status[missing & (gap_length(missing) > longest)] = STATUS["not_filled_gap_longer_than_limit"]
    new = status == STATUS["filled"]
    results = [np.where(new, array, np.where(missing, np.nan, values)).astype(np.float32) for array in estimates]
    return (*results, status)


def _field_attributes(measured: xr.DataArray, names: Sequence[str]) -> list[dict[str, Any]]:
    """CF attributes of value, ends of the interval and status."""
    target = names[0]
    attrs = variable_attributes(target) | measured.attrs
    label, units = attrs.get("long_name", target), attrs.get("units")
    ends = [
        {"long_name": f"{label}: {level:.0%} quantile where filled, the value where measured"}
        | ({"units": units} if units else {})
        for level in INTERVAL
    ]
    flag = {
        "long_name": f"{label}: whether measured or filled",
        "flag_values": np.array(list(STATUS.values()), np.int8),
        "flag_meanings": " ".join(STATUS),
    }
    return [attrs | {"ancillary_variables": " ".join(names[1:])}, *ends, flag]


def _attributes(stations: xr.Dataset, targets: Sequence[str], longest: int | None) -> dict[str, Any]:
    labels = ", ".join(POLLUTANTS[target].label if target in POLLUTANTS else target for target in targets)
    asked = {} if longest is None else {"longest_gap_hours": longest}
    return {
        "Conventions": "CF-1.11",
        "featureType": "timeSeries",
        "title": f"{labels}: measurements and filled gaps",
        "source": f"gaps filled in {stations.attrs.get('source', 'station data')}",
        "task": "fill",
        "time_zone": stations.attrs["time_zone"],
        **asked,
    }
