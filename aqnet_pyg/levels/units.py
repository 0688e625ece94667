"""Concentrations of a pollutant in other units, between mass and mixing ratio too."""

from __future__ import annotations

import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import POLLUTANTS

__all__ = ["convert_units"]

_MASS = {"ug m-3": 1.0, "mg m-3": 1e3}
"""Micrograms in a cubic meter."""

_RATIO = {"ppb": 1.0, "1e-9": 1.0, "ppm": 1e3, "1e-6": 1e3}
"""Parts in a billion."""

_MOLAR_MASS = {"so2": 64.066, "no2": 46.006, "o3": 47.998, "co": 28.010}
"""Grams a mole."""

_GAS_CONSTANT = 8.314462618
_ZERO_CELSIUS = 273.15


def convert_units(
    values: xr.DataArray, pollutant: str, units: str, *, temperature: float = 25.0, pressure: float = 1013.25
) -> xr.DataArray:
    """Concentrations in other units.

    Args:
        values: Concentrations with an attribute ``units``; without one they are in those of
            :data:`~aqnet_pyg.stations.POLLUTANTS`.
        pollutant: A key of :data:`~aqnet_pyg.stations.POLLUTANTS`.
        units: One of ``ug m-3``, ``mg m-3``, ``ppb`` and ``ppm`` (or CF's ``1e-9`` and ``1e-6``).
        temperature: Of the air that the mass is in a cubic meter of, in °C. Chinese networks report gases at 25 °C; before
            September 2018 they did at 0 °C.
        pressure: Likewise, in hPa.

    Returns:
        The concentrations, with their coordinates and attributes; lazy where the input is.

    Raises:
        InputError: If there is no way from one to the other, as for particles into parts of a volume.

    Examples:
        >>> ozone = xr.DataArray([196.2], attrs={"units": "ug m-3"})
        >>> convert_units(ozone, "o3", "ppb").values.round(1)
        array([100.])
    """
    own = values.attrs.get("units", POLLUTANTS[pollutant].units)
    plain = own.replace("µ", "u").replace("μ", "u").replace("³", "3").replace("/m3", " m-3")
    for name, found in ((units, units), (own, plain)):
        if found not in _MASS | _RATIO:
            raise InputError(
                f"{pollutant}: {name!r} are no units of a concentration; use one of {', '.join(_MASS | _RATIO)}."
            )
    if (plain in _MASS) != (units in _MASS):
        if pollutant not in _MOLAR_MASS:
            raise InputError(f"{pollutant}: particles have no {own if plain in _RATIO else units}; use 'ug m-3'.")
        litres = _GAS_CONSTANT * (temperature + _ZERO_CELSIUS) / (pressure * 100) * 1000  # of one mole
        parts = litres / _MOLAR_MASS[pollutant]  # parts in a billion that one microgram in a cubic meter makes
        factor = _MASS[plain] * parts / _RATIO[units] if plain in _MASS else _RATIO[plain] / parts / _MASS[units]
    else:
        table = _MASS if plain in _MASS else _RATIO
        factor = table[plain] / table[units]
    converted = values if factor == 1 else values * values.dtype.type(factor)
    return converted.assign_attrs({**values.attrs, "units": units})
