"""Fields as variables of station data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.units import plain_units
from aqnet_pyg.readers.fields.form import SUFFIX, check_field
from aqnet_pyg.readers.fields.sampling import locate, sample
from aqnet_pyg.stations import POLLUTANTS, check_station_data

_FACTOR = 100
"""Ratio of medians of a field and of measurements beyond which the units of the field must be wrong."""


def with_first_guess(
    stations: xr.Dataset, field: xr.DataArray | Sequence[xr.DataArray], target: str = "pm25"
) -> xr.Dataset:
    """Add model fields at the stations as variables of station data.

    Args:
        stations: Station data.
        field: A field as from :func:`~aqnet_pyg.readers.read_field`, or several.
        target: The pollutant of the fields.

    Returns:
        The station data with the float32 variable ``<target>_first_guess`` (of further fields ``<target>_first_guess_2`` ...),
        dimensions ``(time, station)``, NaN where the field has no value. Its attribute ``comment`` gives the share of
        station-hours with a value; ``rules`` and ``source`` are those of the field.

    Raises:
        InputError: If a field has other units than the pollutant, no value at any hour and station, or a median more than a
            hundred times above or below that of the measurements.
    """
    if target not in POLLUTANTS:
        raise InputError(f"target: {target!r} is not a pollutant; use one of {', '.join(POLLUTANTS)}.")
    stations = check_station_data(stations)
    fields = [field] if isinstance(field, xr.DataArray) else list(field)
    added = {}
    for number, one in enumerate(fields, start=1):
        name = f"{target}{SUFFIX}" + (f"_{number}" if number > 1 else "")
        added[name] = _at_stations(stations, check_field(one), target)
    return stations.assign(added)


def _at_stations(stations: xr.Dataset, field: xr.DataArray, target: str) -> xr.Variable:
    """A field at the stations, dimensions ``(time, station)``."""
    units = str(field.attrs.get("units", ""))
    source = field.attrs.get("source", "first guess")
    if plain_units(units) != plain_units(POLLUTANTS[target].units):
        found = f"the units {units!r}" if units else "no units"
        raise InputError(
            f"{source}: the field has {found}, but {target} has {POLLUTANTS[target].units!r}; convert it, such as with "
            "aqnet_pyg.levels.convert_units."
        )
    hours = pd.DatetimeIndex(stations.indexes["time"])
    if "time" in field.dims:
        own = pd.DatetimeIndex(field.indexes["time"])
        if not own.isin(hours).any():
            raise InputError(
                f"{source}: the field has hours from {own.min():%Y-%m-%d %H:%M} to {own.max():%Y-%m-%d %H:%M} and the stations "
                f"from {hours.min():%Y-%m-%d %H:%M} to {hours.max():%Y-%m-%d %H:%M} (UTC), none in common; give a field of their "
                "period."
            )
    values = sample(field, stations.longitude.values, stations.latitude.values, hours)
    known = np.isfinite(values)
    if not known.any():
        inside = locate(field, stations.longitude.values, stations.latitude.values).inside.any()
        raise InputError(
            f"{source}: all values of the field at the stations are missing or impossible in the units that it states; check its "
            "units and its variable."
            if inside
            else f"{source}: the field covers {_extent(field)} and the stations {_extent(stations)}, and none of them is inside; "
            "give a field of their region."
        )
    if target in stations and not stations[target].chunks:  # lazy measurements are not read for a check
        _check_magnitude(values, stations[target].values, target, source)
    attrs = {
        "long_name": f"first guess of {POLLUTANTS[target].label}",
        "units": POLLUTANTS[target].units,
        "cell_methods": "time: mean",
        "comment": f"The field has values for {100 * known.mean():.1f} % of station-hours.",
    }
    attrs |= {name: field.attrs[name] for name in ("rules", "source") if name in field.attrs}
    return xr.Variable(("time", "station"), values, attrs)


def _check_magnitude(values: np.ndarray, measured: np.ndarray, target: str, source: str) -> None:
    """Refuse fields whose units must be wrong; both arrays of shape ``[time, station]``."""
    both = np.isfinite(values) & np.isfinite(measured) & (measured > 0)
    if not both.any():
        return
    field, stations = (float(np.median(one[both])) for one in (values, measured))
    if not stations / _FACTOR < field < stations * _FACTOR:
        raise InputError(
            f"{source}: the median of the field at the stations is {field:.3g} and that of the measurements {stations:.3g} "
            f"{POLLUTANTS[target].units}; check the units of the field (units=)."
        )


def _extent(data: xr.DataArray | xr.Dataset) -> str:
    """Range of longitudes and latitudes in words."""
    ranges = [
        f"{name}s {data[name].values.min():g} to {data[name].values.max():g}" for name in ("longitude", "latitude")
    ]
    return " and ".join(ranges)
