"""Lists of hidden stations: those of the package, or folds computed from the data."""

from __future__ import annotations

import xarray as xr

from aqnet_pyg.baselines.coordinates import coordinates_of
from aqnet_pyg.ensembles.folds import FOLDS, block_spacing, station_folds
from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.io.network_metadata import network_folder
from aqnet_pyg.splits import read_hidden


def measured_stations(data: xr.Dataset, target: str) -> xr.Dataset:
    """Select the stations with any measurement of the target, and the floating-point variables.

    Args:
        data: Station data.
        target: The pollutant.

    Raises:
        InputError: If the target is not in the data.
    """
    if target not in data:
        raise InputError(f"target: {target!r} is not in the data; available: {', '.join(map(str, data.data_vars))}.")
    kept = [name for name, values in data.data_vars.items() if values.dtype.kind == "f"]
    return data[kept].isel(station=data[target].notnull().any("time").values)


def hidden_folds(data: xr.Dataset, request: Request, regime: str) -> list[tuple[str, ...]]:
    """Return five lists of stations to hide.

    For networks of the package (by the name of the data folder) they are the lists ``random_1.txt`` to ``blocked_5.txt``,
    without stations that are not in the data; for others, the folds of ``aqnet_pyg.ensembles.folds.station_folds``.

    Args:
        data: Station data.
        request: Options of the cases.
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
