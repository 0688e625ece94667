"""Station data: variable names, units, attributes and checks.

*Station data* is one :class:`xarray.Dataset` with the dimensions ``(time, station)``: a float32 variable for each
pollutant, NaN where missing, on a complete hourly time axis in UTC. Readers return station data, and so do
predictions at stations. This module imports no torch.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.local_dates import load_zone
from aqnet_pyg.text import counted

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""


@dataclass(frozen=True)
class Pollutant:
    """Name, units and valid range of a pollutant.

    Args:
        label: Common name, for labels.
        standard_name: The CF standard name.
        units: UDUNITS string of the concentration.
        highest: Hourly values above this (in ``units``), or below zero, are impossible and masked by every reader. The
            highest PM2.5 on a Lunar New Year's night is about 2,000 µg m-3.
    """

    label: str
    standard_name: str
    units: str
    highest: float


POLLUTANTS: dict[str, Pollutant] = {
    "pm25": Pollutant("PM2.5", "mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air", "ug m-3", 3000.0),
    "pm10": Pollutant("PM10", "mass_concentration_of_pm10_ambient_aerosol_particles_in_air", "ug m-3", 10000.0),
    "so2": Pollutant("SO2", "mass_concentration_of_sulfur_dioxide_in_air", "ug m-3", 5000.0),
    "no2": Pollutant("NO2", "mass_concentration_of_nitrogen_dioxide_in_air", "ug m-3", 2000.0),
    "o3": Pollutant("O3", "mass_concentration_of_ozone_in_air", "ug m-3", 2000.0),
    "co": Pollutant("CO", "mass_concentration_of_carbon_monoxide_in_air", "mg m-3", 150.0),
}
"""The six pollutants, in the order of model inputs."""

MONITOR, SENSOR = "monitor", "sensor"
"""Classes of instruments: monitors, against which others are calibrated and all is scored, and cheaper sensors. Users may name
further classes."""

HUMIDITY = "relative_humidity"
"""Variable of station data with the relative humidity in %, with which readings of sensors change."""

SMALLEST_FILL = 1e30
"""No concentration in any unit is above this: it is a fill value, such as that of NetCDF, 9.96921e36."""


def make_station_data(
    variables: Mapping[str, Any],
    time: Any,
    stations: pd.DataFrame,
    *,
    time_zone: str,
    source: str,
    attributes: Mapping[str, Mapping[str, Any]] | None = None,
) -> xr.Dataset:
    """Create station data from arrays, and check them.

    Args:
        variables: Arrays of shape ``[time, station]`` by name; pollutants in the units of :data:`POLLUTANTS`, further
            names are covariates. Where a data frame or ``xarray.DataArray`` has labels, they decide which value belongs to which
            hour and station; the units of an ``xarray.DataArray`` must be those. Masked and missing values (of any type) become
            NaN; impossible values of pollutants, such as fill values, become NaN with a warning.
        time: Ends of the averaging hours in UTC (or with a time zone), shape ``[time]``, in any order: datetimes of NumPy,
            pandas, Python or cftime, or text in ISO 8601. Gaps are filled with NaN.
        stations: One row per station, indexed by station code, with ``longitude`` and ``latitude`` in degrees; any of
            ``elevation`` (meters), ``name``, ``city``, ``province`` and ``instrument`` (``monitor``, ``sensor`` or another
            class; ``monitor`` where it is empty) is kept.
        time_zone: IANA name of the local zone, such as ``"Asia/Shanghai"``, or its offset from UTC, such as ``"+05:30"``.
        source: Origin of the data, one line.
        attributes: Attributes (``units``, ``long_name``) of the further variables, by name.

    Returns:
        Station data with CF attributes, on every hour from the first to the last.

    Raises:
        InputError: If coordinates, codes, times, or the shape, labels, units or type of an array are invalid, or an hour is
            repeated.
    """
    if len(time) == 0 or len(stations) == 0:
        raise InputError(f"{source}: no measurements were found; check the path and the station list.")
    hours, index = _hours(time, source), _codes(stations.index, source)
    if hours.has_duplicates:
        raise InputError(
            f"{source}: the hour {hours[hours.duplicated()][0]} occurs more than once; give each hour once."
        )
    coords: dict[str, Any] = {
        "time": (
            "time",
            hours.to_numpy("datetime64[ns]"),
            {"standard_name": "time", "long_name": "end of the averaging hour, UTC"},
        ),
        "station": (
            "station",
            index.to_numpy(object),
            {"cf_role": "timeseries_id", "long_name": "station code"},
        ),
    }
    for name, attrs in _COORDINATES.items():
        if name in stations:
            column = stations[name]
            values = _texts_of(name, column) if name in _TEXTS else _numbers(column, np.float64, f"{source}: {name}")
            coords[name] = ("station", values, dict(attrs))
    data = {
        name: (
            ("time", "station"),
            _values(name, values, hours, index, source),
            variable_attributes(name) | dict((attributes or {}).get(name, {})),
        )
        for name, values in variables.items()
    }
    dataset = xr.Dataset(
        data,
        coords,
        {"Conventions": "CF-1.11", "featureType": "timeSeries", "time_zone": time_zone, "source": source},
    )
    every = pd.date_range(hours.min(), hours.max(), freq="h")
    if not hours.isin(every).all():
        off = hours[~hours.isin(every)][0]
        raise InputError(f"{source}: {off} is no whole number of hours after {every[0]}; give hourly values.")
    if not every.equals(hours):
        dataset = dataset.reindex(time=every.to_numpy("datetime64[ns]"))
    return check_station_data(dataset)


def _values(name: str, values: Any, hours: pd.DatetimeIndex, codes: pd.Index, source: str) -> np.ndarray:
    """Float32 values in the order of hours and codes, NaN where missing or (for pollutants, with a warning) impossible."""
    where, dims = f"{source}: {name}", ("time", "station")
    labels: Mapping[Any, pd.Index] = {}
    if isinstance(values, pd.DataFrame):
        axes = dict(zip(dims, (values.index, values.columns), strict=True))
        labels = {dim: axis for dim, axis in axes.items() if not isinstance(axis, pd.RangeIndex)}
    elif isinstance(values, xr.DataArray):
        if set(values.dims) != set(dims):
            raise InputError(f"{where} has the dimensions {values.dims}; use (time, station).")
        units = str(values.attrs.get("units", ""))
        if units and name in POLLUTANTS and _plain_units(units) != _plain_units(POLLUTANTS[name].units):
            raise InputError(
                f"{where} has the units {units!r}, but station data have {POLLUTANTS[name].units!r}; convert it, such as with "
                "aqnet_pyg.levels.convert_units."
            )
        values = _decoded(values.transpose(*dims))
        labels = values.indexes
    array = _numbers(values, np.float32, where)
    if array.shape != (len(hours), len(codes)):
        raise InputError(
            f"{where} has the shape {array.shape}, but there are {counted(len(hours), 'hour')} and "
            f"{counted(len(codes), 'station')}; give an array of shape [time, station]."
        )
    if "time" in labels:
        array = array[_order(_hours(labels["time"], where), hours, "hour", where)]
    if "station" in labels:
        array = array[:, _order(_codes(labels["station"], where), codes, "station", where)]
    return _without_impossible(array, name, source, POLLUTANTS[name].highest) if name in POLLUTANTS else array


def _plain_units(units: str) -> str:
    """Units in lower case without spaces and signs, in ASCII: ``ugm3`` for ``µg/m³`` and ``ug m-3``."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", units).lower()).replace("μ", "u")


def _order(given: pd.Index, wanted: pd.Index, noun: str, where: str) -> np.ndarray:
    """Positions of the wanted labels among as many given ones."""
    absent = wanted[~wanted.isin(given)]
    if len(absent):
        raise InputError(
            f"{where} has no value for the {noun} {absent[0]}; label it like the others, or give an array."
        )
    if not given.is_unique:
        return np.arange(len(given)) if given.equals(wanted) else _order(given.unique(), wanted, noun, where)
    return given.get_indexer(wanted)


def _hours(time: Any, where: str) -> pd.DatetimeIndex:
    """Times in UTC without a zone, in nanoseconds, from datetimes of any type and text in ISO 8601."""
    index = pd.Index(np.asarray(time) if isinstance(time, xr.DataArray) else time)
    if index.dtype == object:
        index = index.infer_objects()
    if len(index) and hasattr(index[0], "calendar"):  # cftime
        calendar = index[0].calendar
        if calendar not in ("standard", "gregorian", "proleptic_gregorian"):
            raise InputError(
                f"{where}: the times are of the calendar {calendar!r}; give them in the Gregorian calendar."
            )
        index = pd.Index([hour.isoformat() for hour in index])
    try:
        if isinstance(index, pd.PeriodIndex) or index.dtype.kind in "biufcm":
            raise TypeError
        hours = pd.DatetimeIndex(index if index.dtype.kind == "M" else pd.to_datetime(index, format="ISO8601"))
        hours = (hours if hours.tz is None else hours.tz_convert(None)).as_unit("ns")
    except (TypeError, ValueError):
        raise InputError(
            f"{where}: the times are of the type {index.dtype}, such as {index[0]}; give datetimes in UTC, such as "
            "pandas.to_datetime returns."
        ) from None
    if hours.hasnans:
        raise InputError(
            f"{where}: {int(np.sum(hours.isna()))} of {counted(len(hours), 'time')} are missing; give all of them."
        )
    return hours.rename("time")


def _codes(labels: pd.Index, where: str) -> pd.Index:
    """Station codes as an index of Python strings."""
    if isinstance(labels, pd.MultiIndex):
        raise InputError(
            f"{where}: station codes have {labels.nlevels} levels, such as {labels[0]!r}; give one text each."
        )
    if labels.hasnans:
        raise InputError(
            f"{where}: {int(np.sum(labels.isna()))} of {len(labels)} station codes are missing; give each a code."
        )
    codes = [label.decode() if isinstance(label, bytes) else str(label) for label in labels]
    return pd.Index(codes, dtype=object, name="station")


def _texts(values: Any) -> np.ndarray:
    """Python strings, empty where missing."""
    array = np.asarray(values, object)
    return np.array(["" if absent else str(value) for absent, value in zip(pd.isna(array), array, strict=True)], object)


def _texts_of(name: str, values: Any) -> np.ndarray:
    """Texts of a coordinate of stations; classes of instruments are in lower case, and those without one are monitors."""
    found = _texts(values)
    if name == "instrument":
        found = np.array([text.strip().lower() or MONITOR for text in found], object)
    return found


def _numbers(values: Any, dtype: type[np.floating], where: str) -> np.ndarray:
    """Numbers of any type as floats, NaN where masked or missing."""
    try:
        if isinstance(values, pd.DataFrame | pd.Series):
            values = values.to_numpy()  # missing values of nullable types are objects
        if isinstance(values, np.ma.MaskedArray):
            return np.ma.filled(values.astype(dtype), np.nan)
        array = np.asarray(values)
        if array.dtype == object:
            array = np.where(pd.isna(array), np.nan, array)
        elif array.dtype.kind not in "biuf":
            raise TypeError
        with np.errstate(over="ignore"):  # beyond float32: infinite, which is impossible
            return array.astype(dtype, copy=False)
    except (TypeError, ValueError) as error:
        kind = getattr(values, "dtype", type(values).__name__)
        reason = f": {error}" if str(error) else ""
        raise InputError(f"{where} is of type {kind}, not numbers{reason}; convert it to numbers first.") from None


def _decoded(values: xr.DataArray) -> xr.DataArray:
    """Values of a file that was opened without decoding them: scaled, and NaN where they are its fill values."""
    if not _UNDECODED & set(values.attrs):
        return values
    decoded = xr.decode_cf(xr.Dataset({"values": values.variable}), decode_times=False, decode_coords=False)
    return xr.DataArray(decoded["values"].variable.drop_encoding(), values.coords, name=values.name)


def _without_impossible(values: np.ndarray, name: str, source: str, highest: float) -> np.ndarray:
    """The values, or a copy of them without those that are negative or too high, with a warning."""
    with np.errstate(invalid="ignore"):
        bad = (values < 0) | (values > highest)
    if not bad.any():
        return values
    message = f"{source}: {counted(int(bad.sum()), 'impossible value')} of {name} set to missing."
    warnings.warn(message, stacklevel=4)
    return np.where(bad, np.float32(np.nan), values)


_UNDECODED = {"_FillValue", "missing_value", "scale_factor", "add_offset"}
"""Attributes of variables that xarray has not decoded."""

_TEXTS = ("name", "city", "province", "instrument")
"""Coordinates of stations that are text."""

_COORDINATES: dict[str, dict[str, str]] = {
    "longitude": {"standard_name": "longitude", "units": "degrees_east"},
    "latitude": {"standard_name": "latitude", "units": "degrees_north"},
    "elevation": {"standard_name": "surface_altitude", "units": "m"},
    "name": {"long_name": "station name"},
    "city": {"long_name": "city"},
    "province": {"long_name": "province"},
    "instrument": {"long_name": "class of the instrument"},
}


VISIBLE_ATTRIBUTES = {
    "long_name": "whether the measurements of the station are inputs",
    "flag_values": np.array([0, 1], np.int8),
    "flag_meanings": "hidden visible",
}
"""Attributes of the coordinate ``visible`` along ``station``: 0 where hidden."""


def variable_attributes(name: str) -> dict[str, Any]:
    """Return CF attributes of an hourly variable, with units and standard name if it is one of :data:`POLLUTANTS`."""
    attrs: dict[str, Any] = {"cell_methods": "time: mean"}
    if name in POLLUTANTS:
        pollutant = POLLUTANTS[name]
        attrs |= {"standard_name": pollutant.standard_name, "long_name": pollutant.label, "units": pollutant.units}
    return attrs


def check_coordinates(longitude: np.ndarray, latitude: np.ndarray, where: str) -> None:
    """Check that coordinates are complete, in range and not swapped.

    Args:
        longitude: Degrees east, -180 to 360, shape ``[station]``.
        latitude: Degrees north, -90 to 90, shape ``[station]``.
        where: File or argument of the coordinates, for the error message.

    Raises:
        InputError: If any is invalid; the message names the first invalid row.
    """
    longitude, latitude = np.asarray(longitude, np.float64), np.asarray(latitude, np.float64)
    bad = ~np.isfinite(longitude) | ~np.isfinite(latitude)
    if bad.any():
        raise InputError(
            f"{where}: {bad.sum()} of {bad.size} coordinates are missing (first at row {bad.argmax()}); "
            "give longitude and latitude in degrees."
        )
    if (np.abs(latitude) > 90).any():
        row = int((np.abs(latitude) > 90).argmax())
        hint = (
            "longitude and latitude appear to be swapped; give longitude first"
            if abs(longitude[row]) <= 90
            else "latitudes go from -90 to 90 degrees"
        )
        raise InputError(f"{where}: latitude {latitude[row]:g} at row {row} is out of range; {hint}.")
    off = (longitude < -180) | (longitude > 360)
    if off.any():
        raise InputError(
            f"{where}: longitude {longitude[off.argmax()]:g} at row {off.argmax()} is out of range; "
            "longitudes go from -180 to 360 degrees."
        )


def check_station_data(dataset: xr.Dataset) -> xr.Dataset:
    """Check that a data set is station data, and return it in the standard form.

    As :func:`standard_form`; besides, impossible values of pollutants, such as undeclared fill values, become NaN with a warning
    (of chunked data when they are computed): negative ones, and those above :func:`highest_possible`.

    Args:
        dataset: Data set with the dimensions ``time`` and ``station``.

    Raises:
        InputError: As :func:`standard_form`.
    """
    dataset = standard_form(dataset)
    changed: dict[Any, xr.DataArray] = {}
    for name in pollutants_in(dataset):
        values = dataset[name]
        highest = highest_possible(values)
        if values.chunks:
            changed[name] = xr.apply_ufunc(
                _without_impossible,
                values,
                name,
                "station data",
                highest,
                dask="parallelized",
                output_dtypes=[values.dtype],
                keep_attrs=True,
            )
            continue
        array = values.compute().values  # one that was opened lazily is not kept in memory
        possible = _without_impossible(array, name, "station data", highest)
        if possible is not array:
            changed[name] = values.copy(data=possible)
    return dataset.assign(changed) if changed else dataset


def standard_form(dataset: xr.Dataset) -> xr.Dataset:
    """Return station data with the dimensions ``(time, station)``, ascending hours and standard types.

    Hours become naive UTC in nanoseconds, codes and names Python strings, coordinates float64 and pollutants float32. Fill
    values and scales that attributes declare (``_FillValue``, ``missing_value``, ``scale_factor``, ``add_offset``) are decoded.
    Values that are not in memory yet are not read.

    Args:
        dataset: Data set with the dimensions ``time`` and ``station``.

    Raises:
        InputError: If a dimension, coordinate or the zone is missing or invalid, codes or hours are repeated, coordinates are out
            of range, an hour between the first and the last is missing, or values are no numbers.
    """
    if not isinstance(dataset, xr.Dataset):
        raise InputError(f"station data: {type(dataset).__name__} was given; give an xarray.Dataset.")
    for name in ("time", "station"):
        if name not in dataset.dims:
            raise InputError(
                f"station data: dimension {name!r} is missing (found {tuple(dataset.dims)}); use (time, station)."
            )
        if name not in dataset.indexes:
            raise InputError(f"station data: dimension {name!r} has no coordinate; add its hours or codes.")
    for name in ("longitude", "latitude"):
        if name not in dataset.coords or dataset[name].dims != ("station",):
            raise InputError(f"station data: coordinate {name!r} is missing; add it along 'station', in degrees.")
    if not dataset.sizes["station"] or not dataset.sizes["time"]:
        raise InputError("station data: there is no hour or no station; check the selection.")
    if "time_zone" not in dataset.attrs:
        raise InputError(
            "station data: attribute 'time_zone' is missing; set the IANA name of the local zone, such as "
            "'Asia/Shanghai'."
        )
    load_zone(dataset.attrs["time_zone"], "station data: attribute 'time_zone'")
    dataset = _with_standard_coordinates(dataset)
    codes = dataset.indexes["station"]
    if not codes.is_unique:
        raise InputError(
            f"station data: station code {codes[codes.duplicated()][0]!r} occurs more than once; codes must be unique."
        )
    check_coordinates(dataset.longitude.values, dataset.latitude.values, "station data")
    hours = dataset.indexes["time"]
    if hours.has_duplicates:
        raise InputError(
            f"station data: the hour {hours[hours.duplicated()][0]} occurs more than once; keep one of each, as with "
            "drop_duplicates('time')."
        )
    if not hours.is_monotonic_increasing:
        dataset = dataset.sortby("time")
    if (np.diff(dataset.indexes["time"]) != np.timedelta64(1, "h")).any():
        raise InputError(
            "station data: the time axis is not hourly and complete; use reindex(time=...) with every hour from first "
            "to last."
        )
    return _with_standard_variables(dataset)


def _with_standard_coordinates(dataset: xr.Dataset) -> xr.Dataset:
    """Types of hours, codes and coordinates of stations."""
    found: dict[str, Any] = {}
    hours, codes = dataset.indexes["time"], dataset.indexes["station"]
    if hours.dtype != np.dtype("datetime64[ns]") or hours.hasnans:
        found["time"] = _hours(hours, "station data").to_numpy("datetime64[ns]")
    # Of an index of objects, older versions of pandas and xarray keep the coordinate as fixed-width text.
    if codes.dtype != object or dataset.station.dtype != object or not all(type(code) is str for code in codes):
        found["station"] = _codes(codes, "station data").to_numpy(object)
    for name in _COORDINATES:
        if name in dataset.coords and dataset[name].dims == ("station",):
            values = dataset[name]
            if name in _TEXTS:
                texts = _texts_of(name, values.values)
                if not all(type(text) is str for text in values.values) or (texts != values.values).any():
                    found[name] = texts
            elif values.dtype.kind != "f":
                found[name] = _numbers(values.values, np.float64, f"station data: {name}")
    if not found:
        return dataset
    dims = {name: "time" if name == "time" else "station" for name in found}
    return dataset.assign_coords({name: (dims[name], values, dataset[name].attrs) for name, values in found.items()})


def _with_standard_variables(dataset: xr.Dataset) -> xr.Dataset:
    """Order of the dimensions, and types, of hourly values."""
    changed: dict[Any, xr.DataArray] = {}
    for name, given in dataset.data_vars.items():
        if not {"time", "station"} <= set(given.dims):
            if name in POLLUTANTS:
                raise InputError(f"station data: {name} has the dimensions {given.dims}; use (time, station).")
            continue
        values = _decoded(given)
        if name in POLLUTANTS and values.dims[:2] != ("time", "station"):
            values = values.transpose("time", "station", ...)
        convertible = name in POLLUTANTS or pd.api.types.is_numeric_dtype(values.dtype)
        if convertible and not (isinstance(values.dtype, np.dtype) and values.dtype.kind in "biuf"):
            values = values.copy(data=_numbers(values.values, np.float32, f"station data: {name}"))
        elif name in POLLUTANTS and values.dtype != np.float32:
            values = values.astype(np.float32)
        if values is not given:
            changed[name] = values
    return dataset.assign(changed) if changed else dataset


def instruments_of(dataset: xr.Dataset) -> np.ndarray:
    """Return the class of the instrument of each station, shape ``[station]``; all are monitors if none is known.

    Args:
        dataset: Station data in the standard form.
    """
    if "instrument" not in dataset.coords:
        return np.full(dataset.sizes["station"], MONITOR, object)
    return dataset["instrument"].values.astype(object)


def reference_stations(dataset: xr.Dataset) -> np.ndarray:
    """Return whether each station is one against which is scored, shape ``[station]``: the monitors, or all without any monitor.

    Args:
        dataset: Station data in the standard form.
    """
    monitors = instruments_of(dataset) == MONITOR
    return monitors if monitors.any() else ~monitors


def count_instruments(dataset: xr.Dataset) -> str:
    """Return the number of stations of each class, monitors first, such as ``100 monitor, 1,000 sensor``.

    Args:
        dataset: Station data in the standard form.
    """
    names, counts = np.unique(instruments_of(dataset).astype(str), return_counts=True)
    order = sorted(range(len(names)), key=lambda position: (names[position] != MONITOR, -counts[position]))
    return ", ".join(f"{counts[position]:,} {names[position]}" for position in order)


def pollutants_in(dataset: xr.Dataset) -> list[str]:
    """Return the names of the pollutants in a data set, in the order of :data:`POLLUTANTS`."""
    return [name for name in POLLUTANTS if name in dataset]


def highest_possible(values: xr.DataArray) -> float:
    """Return the concentration above which hourly values of a pollutant are impossible, in their units.

    It is :attr:`Pollutant.highest`, or :data:`SMALLEST_FILL` where the attribute ``units`` differs from those of
    :data:`POLLUTANTS`.

    Args:
        values: Variable named by a key of :data:`POLLUTANTS`.
    """
    pollutant = POLLUTANTS[str(values.name)]
    return pollutant.highest if values.attrs.get("units", pollutant.units) == pollutant.units else SMALLEST_FILL


def mask_impossible(name: str, values: np.ndarray) -> int:
    """Set impossible values of a pollutant to NaN, in place.

    Args:
        name: A key of :data:`POLLUTANTS`.
        values: Concentrations in its units, any shape.

    Returns:
        The number of values masked.
    """
    bad = impossible(name, values)
    values[bad] = np.nan
    return int(bad.sum())


def impossible(name: str, values: np.ndarray) -> np.ndarray:
    """Return whether each value of a pollutant is impossible: negative, or above :attr:`Pollutant.highest`.

    Args:
        name: A key of :data:`POLLUTANTS`.
        values: Concentrations in its units, any shape.
    """
    with np.errstate(invalid="ignore"):
        return (values < 0) | (values > POLLUTANTS[name].highest)


def station_table(dataset: xr.Dataset) -> pd.DataFrame:
    """Return one row per station, indexed by code, with all coordinates along ``station``; see :func:`make_station_data`."""
    names: Sequence[str] = [name for name in _COORDINATES if name in dataset.coords]
    return pd.DataFrame({name: dataset[name].values for name in names}, index=dataset.indexes["station"])
