"""Conversion of the units of an archive to those of station data, at the reference temperature of the archive."""

from __future__ import annotations

from collections.abc import Iterable

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.units import conversion_factor
from aqnet_pyg.readers.conventions import CONVENTIONS
from aqnet_pyg.stations import POLLUTANTS

PRESSURE = 1013.25
"""Reference pressure in hPa of all archives."""


GASES = ("so2", "no2", "o3", "co")
"""Pollutants whose concentrations refer to a temperature and a pressure."""


def mass_factor(archive: str, pollutant: str, units: str, where: str) -> float:
    """Return the factor from units as a file spells them to those of :data:`~aqnet_pyg.stations.POLLUTANTS`.

    Args:
        archive: A key of :data:`~aqnet_pyg.readers.conventions.CONVENTIONS`, for the reference temperature.
        pollutant: A key of :data:`~aqnet_pyg.stations.POLLUTANTS`.
        units: Units of mass concentration, or mixing ratios.
        where: File or argument that gives the units, for the message.

    Raises:
        InputError: If the units are unknown, or there is no conversion.
    """
    temperature = CONVENTIONS[archive].temperature
    try:
        if temperature is None:
            return conversion_factor(pollutant, units, POLLUTANTS[pollutant].units)
        return conversion_factor(
            pollutant, units, POLLUTANTS[pollutant].units, temperature=temperature, pressure=PRESSURE
        )
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def gases_among(names: Iterable[object]) -> str:
    """Return the gases among names of variables, separated by commas; empty if there is none.

    Args:
        names: Names such as those of station data.
    """
    return ", ".join(sorted(set(GASES) & {str(name) for name in names}, key=GASES.index))


def unconverted_note(names: Iterable[object]) -> list[str]:
    """Return the note of the read report on mass concentrations of gases in Europe; none if there is no gas.

    Args:
        names: Pollutants that were read in units of mass concentration.
    """
    gases = gases_among(names)
    return (
        [f"mass concentrations of gases ({gases}) refer to 20 °C and 1013 hPa and were not converted."] if gases else []
    )


def reference_state(archive: str) -> str:
    """Return the temperature and pressure of conversions from mixing ratios in words: ``25 °C and 1013.25 hPa``."""
    return f"{CONVENTIONS[archive].temperature:g} °C and {PRESSURE:g} hPa"
