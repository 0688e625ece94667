"""The variable of a pollutant in a file, and its level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.fields.conventions import FieldConvention
from aqnet_pyg.readers.tables.column_names import pollutant_of
from aqnet_pyg.stations import POLLUTANTS

_SHOWN = 12
"""Number of names or levels that a message lists."""


@dataclass(frozen=True)
class Terms:
    """The variables whose weighted sum is the pollutant.

    Args:
        weights: Weights by name of the variable.
        rule: The choice in words.
    """

    weights: Mapping[str, float]
    rule: str

    @property
    def first(self) -> str:
        """Name of the first variable, whose units and dimensions are those of all."""
        return next(iter(self.weights))


def choose_variable(
    dataset: xr.Dataset, convention: FieldConvention, target: str, variable: str | None, where: str
) -> Terms:
    """Return the variable of a pollutant: the one that is named, or that of the conventions.

    Args:
        dataset: The file.
        convention: Its conventions.
        target: A key of :data:`~aqnet_pyg.stations.POLLUTANTS`.
        variable: Name of the variable, if the user gives it.
        where: The file, for the message.

    Raises:
        InputError: If there is no such variable, or several are possible.
    """
    names = [str(name) for name, values in dataset.data_vars.items() if values.dtype.kind in "fiu" and values.ndim >= 1]
    listed = ", ".join(names[:_SHOWN]) + (" ..." if len(names) > _SHOWN else "")
    if variable is not None:
        if variable not in names:
            raise InputError(f"{where}: there is no variable {variable!r}; use one of {listed or 'another file'}.")
        return Terms({variable: 1.0}, f"Variable {variable!r}, as given.")
    for name in convention.variables.get(target, ()):
        if name in names:
            return Terms({name: 1.0}, f"Variable {name!r} ({convention.title}).")
    formula = convention.formulas.get(target)
    if formula and set(formula) <= set(names):
        words = " + ".join(name if weight == 1 else f"{weight:.4f} {name}" for name, weight in formula.items())
        return Terms(formula, f"{POLLUTANTS[target].label} = {words} ({convention.title}).")
    standard = POLLUTANTS[target].standard_name
    by_standard = [
        name
        for name in names
        if str(dataset[name].attrs.get("standard_name", "")) in (standard, _without_ambient(standard))
    ]
    for found, reason in ((by_standard, "standard name"), ([n for n in names if pollutant_of(n) == target], "name")):
        if len(found) > 1:
            raise InputError(
                f"{where}: {', '.join(found)} may all be {POLLUTANTS[target].label}; choose one (variable=, or "
                "--first_guess_variable)."
            )
        if found:
            return Terms({found[0]: 1.0}, f"Variable {found[0]!r}, by its {reason}.")
    missing = f" (of {' + '.join(formula)} some are missing)" if formula and set(formula) & set(names) else ""
    raise InputError(
        f"{where}: no variable is recognized as {POLLUTANTS[target].label}{missing}; name it (variable=, or "
        f"--first_guess_variable), one of {listed or 'another file'}."
    )


def _without_ambient(standard_name: str) -> str:
    """The alias of a standard name of particles."""
    return standard_name.replace("_ambient_aerosol_particles", "_ambient_aerosol")


def choose_levels(
    values: xr.DataArray, keep: set[str], convention: FieldConvention, level: float | None, where: str
) -> tuple[dict[str, int], list[str]]:
    """Return the position along each dimension that is neither time nor horizontal, and the choices in words.

    Args:
        values: The variable.
        keep: Dimensions of time and the horizontal ones.
        convention: Conventions of the file.
        level: Value of the coordinate of the level (or its number from 0, if there is no coordinate), if the user gives it.
        where: The file, for the message.

    Raises:
        InputError: If there are several levels or members and none is chosen, or there is no such level.
    """
    position: dict[str, int] = {}
    rules = []
    extra = [str(name) for name in values.dims if name not in keep]
    several = [name for name in extra if values.sizes[name] > 1]
    if len(several) > 1:
        raise InputError(
            f"{where}: the variable has the dimensions {', '.join(several)} besides time and place; select one of each first."
        )
    if level is not None and not extra:
        raise InputError(f"{where}: level {level:g} was given, but the variable has no levels; leave it out.")
    for name in extra:
        coordinate = values[name].values if name in values.coords else None
        labels = np.arange(values.sizes[name]) if coordinate is None else coordinate
        if level is not None and (name in several or not several):
            numbers = labels.astype(np.float64) if labels.dtype.kind in "iuf" else np.full(len(labels), np.nan)
            matches = np.flatnonzero(np.isclose(numbers, level, rtol=1e-6, atol=1e-9))
            if not len(matches):
                raise InputError(f"{where}: there is no level {level:g} along {name!r}; use one of {_listed(labels)}.")
            position[name] = int(matches[0])
            rules.append(f"Level {level:g} along {name!r}, as given.")
        elif values.sizes[name] == 1:
            position[name] = 0
            if coordinate is not None:
                rules.append(f"The only level along {name!r}, {labels[0]}.")
        elif name == convention.surface:
            position[name] = 0
            rules.append(f"The lowest of {len(labels)} layers along {name!r} ({convention.title}).")
        else:
            raise InputError(
                f"{where}: the variable has {len(labels)} levels along {name!r}; choose one (level=), such as {_listed(labels)}."
            )
    return position, rules


def _listed(labels: np.ndarray) -> str:
    return ", ".join(str(label) for label in labels[:_SHOWN]) + (" ..." if len(labels) > _SHOWN else "")
