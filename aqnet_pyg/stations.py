"""Station data: variable names, units, attributes and checks.

*Station data* is one :class:`xarray.Dataset` with the dimensions ``(time, station)``: a float32 variable for each
pollutant, NaN where missing, on a complete hourly time axis in UTC. Readers return station data, and so do
predictions at stations. This module imports no torch.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
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

FLAG_EXCEEDS_PM10 = 1
"""Bit of a quality flag: PM2.5 above PM10 in the same hour."""

FLAG_REPEATED = 2
"""Bit of a quality flag: one of at least :data:`REPEATED_HOURS` equal values in a row."""

REPEATED_HOURS = 12
"""Number of equal consecutive values from which on they are suspect."""


def make_station_data(
    variables: Mapping[str, np.ndarray],
    time: pd.DatetimeIndex | np.ndarray,
    stations: pd.DataFrame,
    *,
    time_zone: str,
    source: str,
    attributes: Mapping[str, Mapping[str, Any]] | None = None,
) -> xr.Dataset:
    """Create station data from arrays, and check them.

    Args:
        variables: Arrays of shape ``[time, station]`` by name; pollutants in the units of :data:`POLLUTANTS`, further
            names are covariates. Masked and missing values (of any type) become NaN; impossible values of pollutants, such as
            fill values, become NaN with a warning.
        time: Ends of the averaging hours in UTC (or with a time zone), shape ``[time]``, in any order; gaps are filled with NaN.
        stations: One row per station, indexed by station code, with ``longitude`` and ``latitude`` in degrees; any of
            ``elevation`` (meters), ``name``, ``city`` and ``province`` is kept.
        time_zone: IANA name of the local zone, such as ``"Asia/Shanghai"``.
        source: Origin of the data, one line.
        attributes: Attributes (``units``, ``long_name``) of the further variables, by name.

    Returns:
        Station data with CF attributes, on every hour from the first to the last.

    Raises:
        InputError: If coordinates, codes, times or the shape of an array are invalid, or an hour is repeated.
    """
    if len(time) == 0 or len(stations) == 0:
        raise InputError(f"{source}: no measurements were found; check the path and the station list.")
    hours = pd.DatetimeIndex(time)
    if hours.tz is not None:
        hours = hours.tz_convert(None)
    if hours.has_duplicates:
        raise InputError(
            f"{source}: the hour {hours[hours.duplicated()][0]} occurs more than once; give each hour once."
        )
    shape = (len(hours), len(stations))
    index = pd.Index(stations.index.astype(str), name="station")
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
            text = name in ("name", "city", "province")
            values = column.fillna("").astype(str).to_numpy(object) if text else column.to_numpy(np.float64)
            coords[name] = ("station", values, dict(attrs))
    data = {
        name: (
            ("time", "station"),
            _floats(name, values, shape, source),
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


def _floats(name: str, values: Any, shape: tuple[int, int], source: str) -> np.ndarray:
    """Values as float32, NaN where masked, missing or (for pollutants, with a warning) impossible."""
    if isinstance(values, np.ma.MaskedArray):
        array = np.ma.filled(values.astype(np.float32), np.nan)
    elif isinstance(values, pd.DataFrame):
        array = values.to_numpy(np.float32, na_value=np.nan)
    elif isinstance(values, xr.DataArray) and {"time", "station"} <= set(values.dims):
        array = values.transpose("time", "station").to_numpy().astype(np.float32)
    else:
        array = np.asarray(values, np.float32)
    if array.shape != shape:
        raise InputError(
            f"{source}: {name} has the shape {array.shape}, but there are {shape[0]} hours and {shape[1]} stations; give an "
            "array of shape [time, station]."
        )
    if name in POLLUTANTS and _impossible(name, array).any():
        array = array.copy()  # not the array of the caller
        masked = mask_impossible(name, array)
        warnings.warn(f"{source}: {counted(masked, 'impossible value')} of {name} set to missing.", stacklevel=3)
    return array


_COORDINATES: dict[str, dict[str, str]] = {
    "longitude": {"standard_name": "longitude", "units": "degrees_east"},
    "latitude": {"standard_name": "latitude", "units": "degrees_north"},
    "elevation": {"standard_name": "surface_altitude", "units": "m"},
    "name": {"long_name": "station name"},
    "city": {"long_name": "city"},
    "province": {"long_name": "province"},
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
    """Check that a data set is station data, and return it with the dimensions ``(time, station)``.

    Codes become objects, and pollutants of other types float32; otherwise the data set is unchanged.

    Raises:
        InputError: If a dimension, coordinate or the zone is missing, codes are repeated, coordinates are out of range or the
            time axis is not hourly, complete and ascending.
    """
    for name in ("time", "station"):
        if name not in dataset.dims:
            raise InputError(
                f"station data: dimension {name!r} is missing (found {tuple(dataset.dims)}); use (time, station)."
            )
    for name in ("longitude", "latitude"):
        if name not in dataset.coords:
            raise InputError(f"station data: coordinate {name!r} is missing; add it along 'station', in degrees.")
    if "time_zone" not in dataset.attrs:
        raise InputError(
            "station data: attribute 'time_zone' is missing; set the IANA name of the local zone, such as "
            "'Asia/Shanghai'."
        )
    codes = dataset.indexes["station"]
    if not codes.is_unique:
        raise InputError(
            f"station data: station code {codes[codes.duplicated()][0]!r} occurs more than once; codes must be unique."
        )
    check_coordinates(dataset.longitude.values, dataset.latitude.values, "station data")
    step = np.diff(dataset.time.values.astype("datetime64[s]").astype(np.int64))
    if (step != 3600).any():
        raise InputError(
            "station data: the time axis is not hourly and complete; use reindex(time=...) with every hour from first "
            "to last."
        )
    return _in_standard_form(dataset)


def _in_standard_form(dataset: xr.Dataset) -> xr.Dataset:
    """Order of the dimensions, and types, of station data."""
    texts = [name for name in ("station", "name", "city", "province") if name in dataset.coords]
    others = {name: dataset[name].astype(object) for name in texts if dataset[name].dtype != object}
    if others:
        dataset = dataset.assign_coords(others)
    for name in pollutants_in(dataset):
        values = dataset[name]
        if values.dims[:2] != ("time", "station"):
            values = values.transpose("time", "station", ...)
        if values.dtype != np.float32:
            values = values.astype(np.float32)
        if values is not dataset[name] and (values.dims != dataset[name].dims or values.dtype != dataset[name].dtype):
            dataset = dataset.assign({name: values})
    return dataset


def pollutants_in(dataset: xr.Dataset) -> list[str]:
    """Return the names of the pollutants in a data set, in the order of :data:`POLLUTANTS`."""
    return [name for name in POLLUTANTS if name in dataset]


def mask_impossible(name: str, values: np.ndarray) -> int:
    """Set impossible values of a pollutant to NaN, in place.

    Args:
        name: A key of :data:`POLLUTANTS`.
        values: Concentrations in its units, any shape.

    Returns:
        The number of values masked.
    """
    bad = _impossible(name, values)
    values[bad] = np.nan
    return int(bad.sum())


def _impossible(name: str, values: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return (values < 0) | (values > POLLUTANTS[name].highest)


def flag_suspect(dataset: xr.Dataset) -> xr.Dataset:
    """Add a CF quality flag ``<pollutant>_flag`` beside each pollutant, for values that are suspect but possible.

    Bits: :data:`FLAG_EXCEEDS_PM10` (for both PM2.5 and PM10) and :data:`FLAG_REPEATED`. No value is changed, as
    extreme values may be real (fireworks).

    Returns:
        A new data set; attribute ``ancillary_variables`` of a pollutant names its flag.
    """
    dataset = dataset.copy()
    exceeds = None
    if "pm25" in dataset and "pm10" in dataset:
        exceeds = dataset["pm25"].values > dataset["pm10"].values
    for name in pollutants_in(dataset):
        flag = np.where(_repeated(dataset[name].values), FLAG_REPEATED, 0).astype(np.int8)
        if exceeds is not None and name in ("pm25", "pm10"):
            flag |= np.where(exceeds, FLAG_EXCEEDS_PM10, 0).astype(np.int8)
        dataset[f"{name}_flag"] = (
            ("time", "station"),
            flag,
            {
                "standard_name": "quality_flag",
                "long_name": f"{POLLUTANTS[name].label}: suspect but possible values",
                "flag_masks": np.array([FLAG_EXCEEDS_PM10, FLAG_REPEATED], np.int8),
                "flag_meanings": "pm2p5_exceeds_pm10 repeated_value",
            },
        )
        dataset[name].attrs["ancillary_variables"] = f"{name}_flag"
    return dataset


def _repeated(values: np.ndarray) -> np.ndarray:
    """Return whether each value is in a run of at least REPEATED_HOURS equal ones along the first axis."""
    hours = len(values)
    if hours < REPEATED_HOURS:
        return np.zeros(values.shape, bool)
    # A run of n equal values is n - 1 equal steps; all-equal windows of that width are built by doubling.
    full, span = values[1:] == values[:-1], 1
    while span < REPEATED_HOURS - 1:
        step = min(span, REPEATED_HOURS - 1 - span)
        full, span = full[:-step] & full[step:], span + step
    repeated = np.zeros(values.shape, bool)
    for shift in range(REPEATED_HOURS):
        repeated[shift : shift + len(full)] |= full
    return repeated


def station_table(dataset: xr.Dataset) -> pd.DataFrame:
    """Return one row per station, indexed by code, with all coordinates along ``station``; see :func:`make_station_data`."""
    names: Sequence[str] = [name for name in _COORDINATES if name in dataset.coords]
    return pd.DataFrame({name: dataset[name].values for name in names}, index=dataset.indexes["station"])
