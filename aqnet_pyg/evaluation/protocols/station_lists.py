"""Which stations are hidden: a list that is given, the lists that are shipped, or folds dealt anew."""

from __future__ import annotations

import xarray as xr

from aqnet_pyg.baselines.base import coordinates_of
from aqnet_pyg.ensembles.folds import FOLDS, block_spacing, station_folds
from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.network_metadata import network_folder
from aqnet_pyg.splits import read_hidden


def measuring(data: xr.Dataset, target: str) -> xr.Dataset:
    """The stations that measured the target at all, and the variables that are numbers at every hour.

    Args:
        data: Station data.
        target: The pollutant.

    Raises:
        InputError: If the target is not in the data.
    """
    if target not in data:
        raise InputError(f"target: {target!r} is not in the data; they have {', '.join(data.data_vars)}.")
    kept = [name for name, values in data.data_vars.items() if values.dtype.kind == "f"]
    return data[kept].isel(station=data[target].notnull().any("time").values)


def folds_of(data: xr.Dataset, request: Request, regime: str) -> list[tuple[str, ...]]:
    """Five lists of stations to hide.

    For data in a folder of a known name they are the lists ``random_1.txt`` to ``blocked_5.txt`` that are shipped, less the
    stations that are not in the data; for others, :func:`aqnet_pyg.ensembles.folds.station_folds` deals them.

    Args:
        data: Station data.
        request: The data and options.
        regime: ``"random"`` or ``"blocked"``.
    """
    codes = [str(code) for code in data.station.values]
    try:
        folder = network_folder(request.folder.resolve().name)
        listed = [read_hidden(folder / f"{regime}_{number}.txt") for number in range(1, FOLDS + 1)]
    except InputError:
        spacing = block_spacing(data) if regime == "blocked" else None
        return station_folds(codes, coordinates_of(data), spacing)
    return [tuple(code for code in fold if code in set(codes)) for fold in listed]
