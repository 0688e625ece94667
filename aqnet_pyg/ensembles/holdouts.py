"""Hold-outs of visible stations, near to and far from the remaining ones, to which stacking weights are fitted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import xarray as xr

from aqnet_pyg.baselines import distance_matrix_km
from aqnet_pyg.baselines.coordinates import coordinates_of
from aqnet_pyg.ensembles.folds import block_spacing, station_folds
from aqnet_pyg.errors import InputError

FAR_KM = 75.0
"""Stations closer than this are hidden together with a held-out station, to evaluate members far from any station."""

FAR_GROUPS = 4
"""Groups in which held-out stations are hidden with their surroundings, so that enough stations remain visible."""


class HoldOut(NamedTuple):
    """Stations of one hold-out.

    Args:
        predicted: Codes of the stations that are predicted.
        hidden: Codes of the stations that are hidden: the predicted ones and perhaps others.
        far: Whether all stations around the predicted ones are hidden.
    """

    predicted: list[str]
    hidden: list[str]
    far: bool


def all_stations_in_turn(stations: xr.Dataset) -> Iterator[HoldOut]:
    """Hold out every station once in a random fold, and once with its whole block.

    Args:
        stations: Station data of the visible stations.
    """
    codes, coordinates = [str(code) for code in stations.station.values], coordinates_of(stations)
    for spacing in (None, block_spacing(stations)):
        try:
            folds = station_folds(codes, coordinates, spacing)
        except InputError:  # all stations are in one block, none is far away
            continue
        for fold in filter(None, folds):  # of a few large blocks, a fold may be empty
            yield HoldOut(list(fold), list(fold), far=spacing is not None)


def untrained_stations(stations: xr.Dataset, untrained: Sequence[str]) -> Iterator[HoldOut]:
    """Hold out the stations that a network was not trained on: these alone, and then with all stations around them.

    Args:
        stations: Station data of the visible stations.
        untrained: Codes of the stations that were kept out of the training.
    """
    yield HoldOut(list(untrained), list(untrained), far=False)
    places = coordinates_of(stations.sel(station=list(untrained)))
    near = distance_matrix_km(places, coordinates_of(stations)) < FAR_KM
    codes = stations.station.values
    for group in range(FAR_GROUPS):
        members = list(untrained[group::FAR_GROUPS])
        hidden = near[group::FAR_GROUPS].any(axis=0)
        # In a dense network more than half of the stations would be hidden, and none is far away.
        if members and hidden.mean() <= 0.5:
            yield HoldOut(members, list(codes[hidden]), far=True)
