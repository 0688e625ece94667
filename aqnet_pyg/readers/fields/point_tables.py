"""Fields in tables: one value for each point, at one time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.fields.concentrations import conversion, is_mass_ratio, plausible
from aqnet_pyg.readers.fields.form import LATITUDE, LONGITUDE, SUFFIX, standard_longitude
from aqnet_pyg.readers.tables.column_names import plain, pollutant_of
from aqnet_pyg.stations import POLLUTANTS, check_coordinates, variable_attributes

_LONGITUDES, _LATITUDES, _VALUES = ("lon", "longitude", "long", "x"), ("lat", "latitude", "y"), ("value",)


def read_points(
    file: Path,
    target: str,
    *,
    variable: str | None,
    units: str | None,
    box: tuple[float, float, float, float] | None,
) -> xr.DataArray:
    """Read points with one value each from a CSV file.

    Args:
        file: A table with the columns longitude, latitude and value.
        target: The pollutant, a key of :data:`~aqnet_pyg.stations.POLLUTANTS`.
        variable: Name of the column of the values; by default the one that is named like the pollutant, or ``value``.
        units: Units of the values, which tables do not state.
        box: West, south, east and north in degrees.

    Returns:
        Dimension ``(point,)``, with the coordinates ``longitude`` and ``latitude``.

    Raises:
        InputError: If a column is missing or holds no numbers, or the units are not given.
    """
    try:
        table = pd.read_csv(file)
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: not a CSV file ({str(error).splitlines()[0]}).") from error
    names = {plain(str(name)): str(name) for name in reversed(table.columns)}
    if variable is None:
        found = [str(name) for name in table.columns if pollutant_of(str(name)) == target]
        found = found or [names[name] for name in _VALUES if name in names]
        if len(found) != 1:
            raise InputError(
                f"{file}: {len(found)} columns are recognized as {POLLUTANTS[target].label} (of "
                f"{', '.join(map(str, table.columns))}); name one (variable=, or --first_guess_variable)."
            )
        variable = found[0]
    columns = [next((names[one] for one in known if one in names), None) for known in (_LONGITUDES, _LATITUDES)]
    columns.append(variable if variable in table else None)
    for name, kind in zip(columns, ("longitude", "latitude", repr(variable)), strict=True):
        if name is None:
            raise InputError(f"{file}: there is no column {kind} among {', '.join(map(str, table.columns))}; add it.")
        if table[name].dtype.kind not in "fiu":
            raise InputError(f"{file}: the column {name!r} does not hold numbers only; repair it.")
    longitude, latitude, values = (table[name].to_numpy(np.float64) for name in columns)
    check_coordinates(longitude, latitude, str(file))
    factor, rule = conversion(target, units, None, f"{file}: {variable}")
    if is_mass_ratio(units or ""):
        raise InputError(f"{file}: {variable} is a mixing ratio ({units}); convert it to a concentration.")
    field = plausible(xr.DataArray(values * factor, dims="point"), target).assign_coords(
        longitude=("point", standard_longitude(longitude), dict(LONGITUDE)),
        latitude=("point", np.round(latitude, 9), dict(LATITUDE)),
    )
    if box is not None:
        west, south, east, north = box
        inside = (field.longitude >= west) & (field.longitude <= east)
        inside &= (field.latitude >= south) & (field.latitude <= north)
        if not inside.any():
            raise InputError(f"{file}: no point is in the box {west:g},{south:g},{east:g},{north:g}; give another one.")
        field = field.isel(point=np.flatnonzero(inside.values))
    rules = [f"Column {variable!r} at points; the field is taken for all hours.", *([rule] if rule else [])]
    field.attrs = {**variable_attributes(target), "long_name": f"first guess of {POLLUTANTS[target].label}"}
    field.attrs |= {"rules": rules, "source": file.name}
    return field.rename(f"{target}{SUFFIX}")
