"""Which visible stations are hidden to see how methods do, near to and far from those that are left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from aqnet_pyg.baselines import distance_matrix_km
from aqnet_pyg.baselines.base import coordinates_of
from aqnet_pyg.ensembles.folds import block_spacing, station_folds
from aqnet_pyg.errors import InputError

__all__ = ["AWAY_KM", "Hidden", "every_station", "unknown_stations"]

AWAY_KM = 75.0
"""Stations closer than this are hidden with a station, to see how networks do far from any."""

GROUPS = 4
"""In which those stations are asked for, so that enough are left to look at."""


class Hidden(NamedTuple):
    """What is hidden for an exam.

    Args:
        asked: Codes of the stations that are asked for.
        hidden: Codes of the stations that are hidden: these and perhaps others.
        far: Whether everything around them is hidden.
    """

    asked: list[str]
    hidden: list[str]
    far: bool


def every_station(stations: xr.Dataset) -> Iterator[Hidden]:
    """Hide every station once with others drawn at random, and once with its whole block.

    Args:
        stations: The visible stations.
    """
    codes, coordinates = [str(code) for code in stations.station.values], coordinates_of(stations)
    for spacing in (None, block_spacing(stations)):
        try:
            folds = station_folds(codes, coordinates, spacing)
        except InputError:  # all in one place: there is no far away
            continue
        for fold in folds:
            yield Hidden(list(fold), list(fold), far=spacing is not None)


def unknown_stations(stations: xr.Dataset, places: Sequence[str]) -> Iterator[Hidden]:
    """Hide some stations, these alone, and then with all that are around some of them.

    Args:
        stations: The visible stations.
        places: Codes of those that a network does not know.
    """
    yield Hidden(list(places), list(places), far=False)
    around = distance_matrix_km(coordinates_of(stations.sel(station=list(places))), coordinates_of(stations)) < AWAY_KM
    codes = stations.station.values
    for number in range(GROUPS):
        asked = np.arange(number, len(places), GROUPS)
        hidden = around[asked].any(axis=0)
        # Where most stations are near to each other, nothing is left to look at; there is no far away either.
        if asked.size and hidden.mean() <= 0.5:
            yield Hidden([places[place] for place in asked], list(codes[hidden]), far=True)
