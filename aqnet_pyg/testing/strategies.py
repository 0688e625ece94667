"""Hypothesis strategies for station networks and station data.

Coordinates are multiples of a small unit, so that a failing example shrinks to few stations at round degrees.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import torch
import xarray as xr
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.suspect_values import REPEATED_HOURS
from aqnet_pyg.stations import POLLUTANTS, make_station_data

Points = list[tuple[float, float]]


def _anywhere(draw: DrawFn, low: int, high: int) -> Points:
    place = st.tuples(st.integers(-1800, 1800), st.integers(-900, 900))
    return [(x / 10, y / 10) for x, y in draw(st.lists(place, min_size=low, max_size=high))]


def _clusters(draw: DrawFn, low: int, high: int) -> Points:
    """Within a few kilometers of one or two centers."""
    centers = draw(st.lists(st.tuples(st.integers(-179, 180), st.integers(-89, 89)), min_size=1, max_size=2))
    offset = st.tuples(st.sampled_from(centers), st.integers(-50, 50), st.integers(-50, 50))
    offsets = draw(st.lists(offset, min_size=low, max_size=high))
    return [((1000 * east + x) / 1000, (1000 * north + y) / 1000) for (east, north), x, y in offsets]


def _lattice(draw: DrawFn, low: int, high: int) -> Points:
    """Lattice row by row, the last row possibly incomplete: many equal distances."""
    size = draw(st.integers(low, high))
    width = draw(st.integers(max(math.isqrt(size), 1), max(size, 1)))
    return _evenly(draw, [(number % width, number // width) for number in range(size)])


def _line(draw: DrawFn, low: int, high: int) -> Points:
    """Along a parallel, a meridian or a diagonal."""
    east, north = draw(st.sampled_from([(1, 0), (0, 1), (1, 1)]))
    return _evenly(draw, [(east * number, north * number) for number in range(draw(st.integers(low, high)))])


def _evenly(draw: DrawFn, cells: Sequence[tuple[int, int]]) -> Points:
    """Positions of cells of a grid with a drawn origin and step, at most 30 degrees in size."""
    east, north = draw(st.integers(-180, 179)), draw(st.integers(-60, 60))
    step = draw(st.sampled_from([step for step in (1000, 100, 10, 1) if step * len(cells) <= 30_000]))
    return [((1000 * east + step * x) / 1000, (1000 * north + step * y) / 1000) for x, y in cells]


def _coincident(draw: DrawFn, low: int, high: int) -> Points:
    """Several stations at each of one to three positions."""
    places = _anywhere(draw, 1, 3)
    return draw(st.lists(st.sampled_from(places), min_size=low, max_size=high))


def _poles(draw: DrawFn, low: int, high: int) -> Points:
    """Within two degrees of either pole; at the pole itself all longitudes are the same point."""
    place = st.tuples(st.integers(-12, 12), st.integers(0, 20), st.sampled_from([1, -1]))
    points = draw(st.lists(place, min_size=low, max_size=high))
    return [(15.0 * x, sign * (900 - y) / 10) for x, y, sign in points]


def _antimeridian(draw: DrawFn, low: int, high: int) -> Points:
    """On both sides of 180 degrees, with longitudes such as -179 or 181."""
    place = st.tuples(st.integers(-20, 20), st.integers(-20, 20), st.booleans())
    points = draw(st.lists(place, min_size=low, max_size=high))
    return [((1800 + x) / 10 - 360 * (x > 0 and west), y / 10) for x, y, west in points]


def _two_points(draw: DrawFn, low: int, high: int) -> Points:
    """Any two points, including coincident ones and antipodes."""
    first, second = _anywhere(draw, 2, 2)
    opposite = (first[0] + 180 if first[0] <= 0 else first[0] - 180, -first[1])
    return [first, draw(st.sampled_from([second, first, opposite]))]


def _scattered(draw: DrawFn, low: int, high: int) -> Points:
    """Random points within 100, 1,000 or 10,000 km of a center, in general position: no two distances are equal."""
    size, seed = draw(st.integers(low, high)), draw(st.integers(0, 2**32 - 1))
    east, north = draw(st.integers(-180, 180)), draw(st.integers(-90, 90))
    radius = draw(st.sampled_from([0.016, 0.16, 1.6]))
    rng = np.random.default_rng(seed)
    # Around the north pole, then rotated to the latitude and longitude of the center.
    turn, away = rng.uniform(0, 2 * np.pi, size), radius * np.sqrt(rng.random(size))
    x, y, z = np.sin(away) * np.cos(turn), np.sin(away) * np.sin(turn), np.cos(away)
    tilt = np.radians(90 - north)
    x, z = x * np.cos(tilt) + z * np.sin(tilt), z * np.cos(tilt) - x * np.sin(tilt)
    longitude = (np.degrees(np.arctan2(y, x)) + east + 180) % 360 - 180
    latitude = np.degrees(np.arctan2(z, np.hypot(x, y)))
    return list(zip(longitude.tolist(), latitude.tolist(), strict=True))


_DRAW: dict[str, Callable[[DrawFn, int, int], Points]] = {
    "anywhere": _anywhere,
    "clusters": _clusters,
    "lattice": _lattice,
    "line": _line,
    "coincident": _coincident,
    "poles": _poles,
    "antimeridian": _antimeridian,
    "two points": _two_points,
    "scattered": _scattered,
}

KINDS = tuple(_DRAW)
"""Kinds of coordinates, each with a particular difficulty."""


def coordinates(min_size: int = 2, max_size: int = 12, kind: str | None = None) -> SearchStrategy[Tensor]:
    """Strategy for longitudes and latitudes.

    Args:
        min_size: Smallest number of points.
        max_size: Largest number of points.
        kind: One of :data:`aqnet_pyg.testing.KINDS`; default any except ``"scattered"``, whose random points have no ties of
            distance but do not shrink to round numbers.

    Returns:
        Strategy of float64 tensors of shape ``[N, 2]``, degrees, longitude from -180 to 360 first.

    Raises:
        InputError: If the kind is unknown, or is ``"two points"`` and the sizes exclude 2.
    """
    kinds = [name for name in KINDS if name != "two points" or min_size <= 2 <= max_size]
    if kind is None:
        kinds.remove("scattered")
    elif kind not in kinds:
        raise InputError(
            f"kind: {kind!r} is not available for {min_size} to {max_size} points; use one of {', '.join(kinds)}."
        )
    return _coordinates(min_size, max_size, kinds if kind is None else [kind])


@st.composite
def _coordinates(draw: DrawFn, min_size: int, max_size: int, kinds: Sequence[str]) -> Tensor:
    points = _DRAW[draw(st.sampled_from(kinds))](draw, min_size, max_size)
    return torch.tensor(points, dtype=torch.float64).reshape(-1, 2)


@st.composite
def networks(draw: DrawFn, min_size: int = 2, max_size: int = 12, kind: str | None = None) -> tuple[Tensor, Tensor]:
    """Strategy for station networks with hidden stations.

    Args:
        draw: Passed by Hypothesis.
        min_size: Smallest number of stations.
        max_size: Largest number of stations.
        kind: See :func:`aqnet_pyg.testing.coordinates`.

    Returns:
        Strategy of ``(pos, visible)``: float64 ``[N, 2]`` and bool ``[N]``, from all visible to none visible.
    """
    pos = draw(coordinates(min_size, max_size, kind))
    # One number for the whole mask is cheap to draw and shrinks to no hidden station.
    hidden = draw(st.integers(0, 2 ** len(pos) - 1))
    return pos, torch.tensor([not hidden >> station & 1 for station in range(len(pos))], dtype=torch.bool)


@st.composite
def batches(
    draw: DrawFn, min_size: int = 2, max_size: int = 12, kind: str | None = None, max_graphs: int = 3
) -> tuple[Tensor, Tensor, Tensor]:
    """Strategy for the stations of several graphs in the same region, so that a wrong edge between graphs is likely.

    Args:
        draw: Passed by Hypothesis.
        min_size: Smallest number of stations of all graphs together.
        max_size: Largest number of stations of all graphs together.
        kind: See :func:`aqnet_pyg.testing.coordinates`.
        max_graphs: Largest number of graphs; some may have no station.

    Returns:
        Strategy of ``(pos, visible, batch)``: float64 ``[N, 2]``, bool ``[N]`` and int64 ``[N]``, not sorted.
    """
    pos, visible = draw(networks(min_size, max_size, kind))
    graph = st.integers(0, max_graphs - 1)
    return pos, visible, torch.tensor(draw(st.lists(graph, min_size=len(pos), max_size=len(pos))), dtype=torch.long)


ZONES = ("Asia/Shanghai", "UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
"""Time zones of station data: whole hours, daylight saving time, half hours, and daylight saving time of half an hour."""

FAULTS = ("gap", "outage", "no measurements", "spike", "stuck", "exceeds pm10")
"""Faults in :func:`station_data`: missing hours of a station, missing hours of all stations, a station without measurements,
one extreme value, a run of identical values, PM2.5 above PM10."""


@st.composite
def station_data(
    draw: DrawFn,
    min_stations: int = 2,
    max_stations: int = 6,
    min_hours: int = 24,
    max_hours: int = 48,
    pollutants: Sequence[str] = ("pm25", "pm10"),
    kind: str | None = None,
    faults: Sequence[str] = FAULTS,
) -> xr.Dataset:
    """Strategy for station data with gaps, outages and faults as in real data, in any time zone.

    Values are a smooth synthetic field that depends on the sizes only, so that only the faults are drawn and shrunk.

    Args:
        draw: Passed by Hypothesis.
        min_stations: Smallest number of stations.
        max_stations: Largest number of stations.
        min_hours: Smallest number of hours.
        max_hours: Largest number of hours.
        pollutants: Names of pollutants, from :data:`aqnet_pyg.stations.POLLUTANTS`.
        kind: See :func:`aqnet_pyg.testing.coordinates`.
        faults: Possible faults, of which up to four occur: ``"gap"``, ``"outage"``, ``"no measurements"``, ``"spike"``,
            ``"stuck"``, ``"exceeds pm10"``.

    Returns:
        Strategy of valid station data from :func:`aqnet_pyg.stations.make_station_data`, with station codes not in
        alphabetical order.
    """
    pos = draw(coordinates(min_stations, max_stations, kind)).numpy()
    stations, hours = len(pos), draw(st.integers(min_hours, max_hours))
    start = pd.Timestamp("2016-01-01") + pd.Timedelta(hours=draw(st.integers(0, 24 * 366)))
    phase = np.arange(hours)[:, None] / 4 + np.arange(stations) / 2
    values = {
        name: (0.02 * (number + 1) * POLLUTANTS[name].highest * (1.5 + np.sin(phase + number))).astype(np.float32)
        for number, name in enumerate(pollutants)
    }
    if "pm25" in values and "pm10" in values:
        values["pm10"] = values["pm25"] * 1.5
    occurrence = st.tuples(
        st.sampled_from(faults), st.integers(0, hours - 1), st.integers(0, stations - 1), st.sampled_from(pollutants)
    )
    for fault, hour, station, name in draw(st.lists(occurrence, max_size=4)) if faults else []:
        _add_fault(values, fault, hour, station, name)
    codes = [f"S{number:03d}" for number in reversed(range(stations))]
    table = pd.DataFrame({"longitude": pos[:, 0], "latitude": pos[:, 1]}, index=codes)
    time = pd.date_range(start, periods=hours, freq="h")
    return make_station_data(
        values, time, table, time_zone=draw(st.sampled_from(ZONES)), source="synthetic data from Hypothesis"
    )


def _add_fault(values: dict[str, np.ndarray], fault: str, hour: int, station: int, name: str) -> None:
    """Add a fault to arrays ``[time, station]``, in place."""
    if fault == "gap":
        values[name][hour : hour + 6, station] = np.nan
    elif fault == "outage":
        for each in values.values():
            each[hour : hour + 6] = np.nan
    elif fault == "no measurements":
        for each in values.values():
            each[:, station] = np.nan
    elif fault == "spike":
        values[name][hour, station] = POLLUTANTS[name].highest
    elif fault == "stuck":
        values[name][hour : hour + REPEATED_HOURS, station] = values[name][hour, station]
    elif fault == "exceeds pm10" and {"pm25", "pm10"} <= values.keys():
        values["pm25"][hour, station] = min(2 * values["pm10"][hour, station], POLLUTANTS["pm25"].highest)
