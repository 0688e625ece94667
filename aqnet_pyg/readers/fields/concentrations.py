"""From the units of a model to those of station data."""

from __future__ import annotations

import re

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.units import conversion_factor, is_concentration_unit
from aqnet_pyg.stations import POLLUTANTS

TEMPERATURE, PRESSURE = 25.0, 1013.25
"""Reference state of mass concentrations of gases in °C and hPa, unless another temperature is given."""

_UNDECLARED = 100
"""Multiples of the highest possible hourly value above which a value must be a fill value."""

_UNDERSHOOT = -1.0
"""Lowest value, in the units of the pollutant, that may be the undershoot of an advection scheme or of packing."""

_MASS_RATIOS = {"kgkg1": 1e9, "kgkg": 1e9, "ugkg1": 1.0, "ugkg": 1.0, "ugkgdryair": 1.0}
"""Mixing ratios by mass, in µg per kg, by spelling in lower case without signs."""

_MOLE_RATIOS = {"molmol1": 1e9, "molmol": 1e9, "volvol": 1e9, "m3m3": 1e9, "vv": 1e9}
"""Mixing ratios by volume, in ppb."""

_DENSITIES = {"AIRDENS": False, "DENS": False, "ALT": True}
"""Variables with the density of air in kg m-3, or its inverse (True), of MERRA-2, CMAQ and WRF."""


def density_variable(dataset: xr.Dataset) -> tuple[str, bool] | None:
    """Return the variable with the density of air, and whether it is its inverse; None if there is none.

    Args:
        dataset: The file.
    """
    for name, values in dataset.data_vars.items():
        if values.attrs.get("standard_name") == "air_density":
            return str(name), False
    return next(((name, inverse) for name, inverse in _DENSITIES.items() if name in dataset.data_vars), None)


def is_mass_ratio(units: str) -> bool:
    """Return whether units are those of a mixing ratio by mass, which takes the density of air to convert."""
    return _plain(units) in _MASS_RATIOS


def conversion(target: str, units: str | None, temperature: float | None, where: str) -> tuple[float, str | None]:
    """Return the factor from the units of a variable to those of station data, and the rule in words.

    The factor of a mixing ratio by mass is that of the product with the density of air in kg m-3.

    Args:
        target: A key of :data:`~aqnet_pyg.stations.POLLUTANTS`.
        units: Units of the variable.
        temperature: Reference temperature in °C; by default 25 °C.
        where: File and variable, for the message.

    Raises:
        InputError: If the units are missing, unknown or do not fit the pollutant.
    """
    if units is None or not units.strip():
        raise InputError(f"{where}: the units are not stated; give them (units=), such as units='ug m-3'.")
    own = POLLUTANTS[target].units
    plain = _plain(units)
    degrees = TEMPERATURE if temperature is None else temperature
    present, scale = units.strip(), 1.0
    if plain in _MASS_RATIOS:
        present, scale = "ug m-3", _MASS_RATIOS[plain]
    elif plain in _MOLE_RATIOS:
        present, scale = "ppb", _MOLE_RATIOS[plain]
    elif not is_concentration_unit(present):
        raise InputError(
            f"{where}: {units!r} are not units of concentration; choose another variable, or give its units (units=)."
        )
    try:
        factor = scale * conversion_factor(target, present, own, temperature=degrees, pressure=PRESSURE)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    if plain in _MASS_RATIOS:
        return factor, f"Converted from {units.strip()!r} to {own!r} with the density of air in the file."
    if factor == 1:
        return factor, None
    ratio = present.lower().startswith(("pp", "parts", "1e-"))
    state = f" at {degrees:g} °C and {PRESSURE:g} hPa" if ratio else ""
    return factor, f"Converted from {units.strip()!r} to {own!r}{state}."


def plausible(values: xr.DataArray, target: str) -> xr.DataArray:
    """Return float32 concentrations: small negative ones are zero, and further ones and fill values NaN; lazy if the input is.

    Args:
        values: Concentrations in the units of the pollutant.
        target: A key of :data:`~aqnet_pyg.stations.POLLUTANTS`.
    """
    values = values.astype(np.float32)
    highest = np.float32(_UNDECLARED * POLLUTANTS[target].highest)
    kept = values.where((values >= _UNDERSHOOT) & (values <= highest))
    return kept.where(~(kept < 0), np.float32(0))


def _plain(units: str) -> str:
    """Units in lower case without spaces and signs."""
    return re.sub(r"[\W_]", "", units.lower())
