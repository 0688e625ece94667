"""The first guess of a run: fields of a transport model, at the stations and for the grid."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
import xarray as xr

from aqnet_pyg.commands.settings import TrainingSettings, names
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid, box_around
from aqnet_pyg.readers.fields import read_field, with_first_guess

log = logging.getLogger(__name__)


class FirstGuess(NamedTuple):
    """Opened first guesses.

    Args:
        stations: Station data, with a variable for each first guess.
        fields: The fields.
        names: The variables, in the order of the fields.
    """

    stations: xr.Dataset
    fields: list[xr.DataArray]
    names: tuple[str, ...]


def open_first_guess(
    settings: TrainingSettings, stations: xr.Dataset, grid: Grid | None = None, ahead: int = 0
) -> FirstGuess:
    """Read the first guesses of the settings in the period and region of station data, and add them to these.

    The rules that were applied are logged.

    Args:
        settings: Settings with the files.
        stations: Station data.
        grid: Grid on which the fields are needed too.
        ahead: Hours after the last one of the data for which the fields are needed too.

    Returns:
        Station data, fields and names; without files the data as they are, and none.

    Raises:
        InputError: If a file cannot be read, or does not fit the station data.
    """
    paths, variables = names(settings.first_guess), names(settings.first_guess_variable)
    options = dict(settings.first_guess_options or {})
    if not paths:
        for name in ("first_guess_variable", "first_guess_options"):
            if getattr(settings, name):
                raise InputError(f"{name}: it has no use without first_guess; give the file too.")
        return FirstGuess(stations, [], ())
    if len(variables) not in (0, 1, len(paths)):
        raise InputError(
            f"first_guess_variable: {len(variables)} names are given for {len(paths)} files; give one, or one for each."
        )
    hours = pd.DatetimeIndex(stations.indexes["time"])
    end = hours[-1] + pd.Timedelta(hours=ahead)
    options = {"start": hours[0].date(), "end": end.date(), "bbox": box_around(stations, grid)} | options
    chosen: Sequence[str | None] = variables * (1 if len(variables) == len(paths) else len(paths)) or [None] * len(
        paths
    )
    fields = []
    for path, variable in zip(paths, chosen, strict=True):
        field = read_field(path, settings.target, variable=variable, **options)
        for rule in field.attrs.get("rules", ()):
            log.info("first guess: %s", rule)
        fields.append(field)
    with_fields = with_first_guess(stations, fields, settings.target)
    added = tuple(str(name) for name in with_fields.data_vars if name not in stations.data_vars)
    for name in added:
        log.info("first guess: %s", with_fields[name].attrs["comment"])
    return FirstGuess(with_fields, fields, added)
