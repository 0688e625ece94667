"""Check of the settings of a training; importing this module does not import torch."""

from __future__ import annotations

from dataclasses import asdict

import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.splits import Split
from aqnet_pyg.text import counted
from aqnet_pyg.training.settings import FitSettings
from aqnet_pyg.windows import Window

KINDS = {"reconstruct": ("network", "kriging", "krigings", "ensemble"), "forecast": ("network", "ensemble")}
"""Kinds of model that can do a task."""


def check_fit(stations: xr.Dataset, split: Split, settings: FitSettings) -> None:
    """Raise an error for settings that do not fit the data or each other.

    Args:
        stations: Station data.
        split: Their parts.
        settings: Settings of the training.

    Raises:
        InputError: If the target is not in the data, the kind of model cannot do the task, or a part of the data is shorter
            than a window.
    """
    if settings.target not in stations:
        raise InputError(
            f"target: {settings.target!r} is not in the data; they have {', '.join(map(str, stations.data_vars))}."
        )
    task = settings.window.task.name
    if settings.model not in KINDS[task]:
        able = " or ".join(map(repr, KINDS[task]))
        raise InputError(f"model: {settings.model!r} cannot {task}; use {able}.")
    for name in settings.first_guess:
        if name not in stations:
            raise InputError(f"first_guess: {name!r} is not in the data; add it with with_first_guess().")
    for name in settings.known:
        if name not in stations:
            raise InputError(
                f"known: {name!r} is not in the data; they have {', '.join(map(str, stations.data_vars))}."
            )
    kriging = (
        "use --model kriging, which needs no windows and two stations" if task == "reconstruct" else "give more data"
    )
    visible = len(split.stations.visible)
    if settings.model == "network" and visible < 2:
        raise InputError(
            f"stations: {counted(visible, 'station')} to train a network on, and it has no neighbors; {kriging}."
        )
    window, parts = settings.window, {name: part.stop - part.start for name, part in asdict(split.time).items()}
    shortest = min(parts, key=lambda name: parts[name])
    # Kriging has no windows: hours around those of the data are missing.
    if parts[shortest] < window.length and settings.model not in ("kriging", "krigings"):
        raise InputError(
            f"history: a window takes {window.length} hours, but the {shortest} part of the data has {parts[shortest]}; "
            f"{_longest(window, parts[shortest])}, or {kriging}."
        )
    for name in ("train", "validation"):
        check_measured(stations, split, settings.target, name)


def _longest(window: Window, hours: int) -> str:
    """Return what fits into a number of hours, as words."""
    if not window.horizon:
        fits = hours > 2 * window.margin
        return f"the longest that fits is --history {hours}" + ("" if fits else " with a shorter --margin")
    if hours > window.horizon:
        return f"the longest that fits is --history {hours - window.horizon} with --horizon {window.horizon}"
    return f"--history and --horizon may have {hours} hours together"


def check_measured(stations: xr.Dataset, split: Split, target: str, part: str) -> None:
    """Raise an error if no station that is not hidden measured the target in a part of the hours.

    Args:
        stations: Station data.
        split: Their parts.
        target: Pollutant to predict.
        part: ``train``, ``validation`` or ``test``.

    Raises:
        InputError: If there is no measurement.
    """
    hours = getattr(split.time, part)
    values = stations[target].isel(time=hours).sel(station=split.measuring)
    if not bool(values.notnull().any()):
        first, last = (str(stations.time.values[hour])[:13].replace("T", " ") for hour in (hours.start, hours.stop - 1))
        raise InputError(
            f"target: no station measured {target} in the {part} part of the data ({first} to {last} h UTC); choose another "
            "target, or read another period."
        )
