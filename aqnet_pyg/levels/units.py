"""Conversion of pollutant concentrations, also between mass concentration and mixing ratio."""

from __future__ import annotations

import re
import unicodedata

import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import POLLUTANTS

_MASS = {"ug m-3": 1.0, "mg m-3": 1e3, "ng m-3": 1e-3, "kg m-3": 1e9}
"""Units of mass concentration, in µg m-3."""

_RATIO = {"ppb": 1.0, "1e-9": 1.0, "ppm": 1e3, "1e-6": 1e3}
"""Units of mixing ratio, in ppb."""

_ABBREVIATIONS = {
    "micrograms": "ug",
    "microgram": "ug",
    "milligrams": "mg",
    "milligram": "mg",
    "mcg": "ug",
    "μ": "u",
    "percubicmeter": "m3",
    "percubicmetre": "m3",
    "cubicmeter": "m3",
    "cubicmetre": "m3",
    "perm3": "m3",
}
_SPELLINGS = {
    "ugm3": "ug m-3",
    "mgm3": "mg m-3",
    "ngm3": "ng m-3",
    "kgm3": "kg m-3",
    "ppb": "ppb",
    "ppbv": "ppb",
    "ppm": "ppm",
    "ppmv": "ppm",
    "partsperbillion": "ppb",
    "partspermillion": "ppm",
}
"""Spellings of units, in lower case without spaces and signs."""

_MOLAR_MASS = {"so2": 64.066, "no2": 46.006, "o3": 47.998, "co": 28.010}
"""Molar masses, in g mol-1."""

_GAS_CONSTANT = 8.314462618
_ZERO_CELSIUS = 273.15


def convert_units(
    values: xr.DataArray, pollutant: str, units: str, *, temperature: float = 25.0, pressure: float = 1013.25
) -> xr.DataArray:
    """Convert concentrations of a pollutant to other units.

    Args:
        values: Concentrations with an attribute ``units``; without it, the units of
            :data:`~aqnet_pyg.stations.POLLUTANTS` are assumed.
        pollutant: A key of :data:`~aqnet_pyg.stations.POLLUTANTS`.
        units: One of ``ug m-3``, ``mg m-3``, ``ng m-3``, ``kg m-3``, ``ppb`` and ``ppm`` (or CF's ``1e-9`` and ``1e-6``).
        temperature: Reference temperature of the mass concentration, in °C. Chinese networks report gases at 25 °C, and at
            0 °C before September 2018.
        pressure: Reference pressure, in hPa.

    Returns:
        The concentrations, with their coordinates and attributes; lazy if the input is.

    Raises:
        InputError: If units are unknown, or there is no conversion, as from particle mass to a mixing ratio.

    Examples:
        >>> ozone = xr.DataArray([196.2], attrs={"units": "ug m-3"})
        >>> convert_units(ozone, "o3", "ppb").values.round(1)
        array([100.])
    """
    present = values.attrs.get("units", POLLUTANTS[pollutant].units)
    factor = conversion_factor(pollutant, present, units, temperature=temperature, pressure=pressure)
    converted = values if factor == 1 else values * values.dtype.type(factor)
    return converted.assign_attrs({**values.attrs, "units": units})


def conversion_factor(
    pollutant: str, present: str, units: str, *, temperature: float = 25.0, pressure: float = 1013.25
) -> float:
    """Return the factor from the present units of a pollutant to others; see :func:`convert_units`.

    Args:
        pollutant: A key of :data:`~aqnet_pyg.stations.POLLUTANTS`.
        present: Units as files spell them: ``µg/m³``, ``UG/M3``, ``ug m-3 LC``, ``mg/m3``, ``ppb``, ``ppm`` ...
        units: One of ``ug m-3``, ``mg m-3``, ``ppb`` and ``ppm`` (or CF's ``1e-9`` and ``1e-6``).
        temperature: Reference temperature of the mass concentration, in °C.
        pressure: Reference pressure, in hPa.

    Raises:
        InputError: As :func:`convert_units`.
    """
    plain = plain_units(present)
    for name, key in ((units, units), (present, plain)):
        if key not in _MASS | _RATIO:
            raise InputError(
                f"{pollutant}: {name!r} are not units of concentration; use one of {', '.join(_MASS | _RATIO)}."
            )
    if (plain in _MASS) == (units in _MASS):
        table = _MASS if plain in _MASS else _RATIO
        return table[plain] / table[units]
    if pollutant not in _MOLAR_MASS:
        ratio = present if plain in _RATIO else units
        raise InputError(f"{pollutant}: particles cannot be expressed in {ratio}; use 'ug m-3'.")
    molar_volume = _GAS_CONSTANT * (temperature + _ZERO_CELSIUS) / (pressure * 100) * 1000  # in liters
    parts = molar_volume / _MOLAR_MASS[pollutant]  # ppb per µg m-3
    return _MASS[plain] * parts / _RATIO[units] if plain in _MASS else _RATIO[plain] / parts / _MASS[units]


def plain_units(text: str) -> str:
    """Return units in the spelling of this module (``ug m-3``), if they are units of concentration; otherwise the text.

    Args:
        text: Units as files spell them, such as ``µg/m³``, ``UG/M3``, ``Micrograms/cubic meter (LC)`` or ``Parts per billion``.
    """
    if text in _MASS | _RATIO:
        return text
    compact = re.sub(r"[\s^*._{}$()\[\]/-]", "", unicodedata.normalize("NFKC", text).lower()).replace("−", "")
    for long, short in _ABBREVIATIONS.items():
        compact = compact.replace(long, short)
    compact = re.sub(r"(?<=3)(lc|stp|25c|localconditions)$", "", compact)
    return _SPELLINGS.get(compact, text)


def is_concentration_unit(text: str) -> bool:
    """Return whether a text is a unit of concentration in one of the spellings of files.

    Args:
        text: Text such as ``µg/m³`` or ``ppb``.
    """
    return plain_units(text) in _MASS | _RATIO
