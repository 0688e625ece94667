"""Five folds of stations: each station is hidden in one of them, one by one at random or with its whole block."""

from __future__ import annotations

import warnings
from collections.abc import Collection

import numpy as np
import xarray as xr

from aqnet_pyg.baselines.coordinates import Coordinates, coordinates_of
from aqnet_pyg.errors import InputError, optional_imports
from aqnet_pyg.grid import unwrap_longitude
from aqnet_pyg.stations import reference_stations

FOLDS = 5
"""Folds of a cross-validation over stations."""


def station_folds(
    codes: Collection[str],
    coordinates: Coordinates,
    spacing: float | None = None,
    folds: int = FOLDS,
    seed: int = 0,
) -> list[tuple[str, ...]]:
    """Assign stations to folds.

    The folds depend on the seed and on the codes, not on their order.

    Args:
        codes: Station codes.
        coordinates: Their longitudes and latitudes in degrees, each of shape ``[station]``.
        spacing: Stations in one block are in one fold: blocks are about square, with sides of this number of degrees of
            latitude (Verde's ``BlockKFold``, on longitudes shortened by the cosine of the mean latitude). ``None`` assigns
            stations one by one.
        folds: Number of folds.
        seed: Random seed.

    Returns:
        The codes of each fold, sorted.

    Raises:
        InputError: If there are fewer stations, or fewer blocks with stations, than folds.
    """
    order = np.argsort(np.asarray(codes, dtype=str))
    codes = np.asarray(codes, dtype=object)[order]
    longitude, latitude = (np.asarray(axis, np.float64)[order] for axis in coordinates)
    if spacing is None:
        from sklearn.model_selection import KFold

        splitter, unit = KFold(folds, shuffle=True, random_state=seed), "stations; use more stations"
    else:
        with optional_imports():
            import verde

        splitter = verde.BlockKFold(spacing, n_splits=folds, shuffle=True, random_state=seed)
        unit = f"blocks of {spacing:g} degrees; use more stations or smaller blocks"
    places = np.stack([unwrap_longitude(longitude) * np.cos(np.radians(latitude.mean())), latitude], axis=1)
    try:
        with warnings.catch_warnings():
            # In a city one block may hold a third of all stations.
            warnings.filterwarnings("ignore", "Could not balance folds")
            chosen = [tuple(str(code) for code in codes[test]) for _, test in splitter.split(places)]
    except ValueError:
        raise InputError(f"stations: {len(codes)} stations do not make {folds} folds of {unit}.") from None
    return [tuple(sorted(fold)) for fold in chosen]


def folds_of_monitors(stations: xr.Dataset, folds: int = FOLDS, seed: int = 0) -> list[tuple[str, ...]]:
    """Assign the stations against which is scored to folds, one by one.

    Args:
        stations: Station data.
        folds: Number of folds, if there are so many of these stations.
        seed: Random seed.
    """
    monitors = stations.isel(station=reference_stations(stations))
    codes = monitors.station.values.astype(str)
    return station_folds(codes, coordinates_of(monitors), folds=min(folds, len(codes)), seed=seed)


def block_spacing(data: xr.Dataset) -> float:
    """Return the side of the blocks in degrees: a sixth of the network's height, between 0.3 (a city) and 1.5 (a country).

    Args:
        data: Station data.
    """
    height = float(data.latitude.max() - data.latitude.min())
    return min(max(height / 6, 0.3), 1.5)
