"""Quality flags of values that are suspect but possible. No value is changed, as extreme values may be real (fireworks, smoke).

A spike is a value that fits neither the hours beside it nor nearby stations, the first kind of outlier of Wu et al. (2018),
doi 10.1007/s00376-018-8067-9. They estimate its probability; here the limits are fixed, so that a flag does not depend on other
data of the archive.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from aqnet_pyg.stations import EARTH_RADIUS_KM, POLLUTANTS, pollutants_in

FLAG_EXCEEDS_PM10 = 1
"""Bit of a quality flag: PM2.5 above PM10 in the same hour."""

FLAG_REPEATED = 2
"""Bit of a quality flag: one of at least 12 equal values in a row."""

FLAG_SPIKE = 4
"""Bit of a quality flag: a spike in one hour among calm neighbors: above a tenth of the highest possible value, and above
five times the hours beside it (at least one of them is measured) and the eight nearest stations within 100 km (at least three of
them are measured) from the hour before to the hour after."""

REPEATED_HOURS = 12
"""Number of equal consecutive values from which on they are suspect."""

SPIKE_RATIO = 5.0
"""Ratio to the hours beside it, and to nearby stations, above which a value is a spike."""

SPIKE_NEIGHBORS = 8
"""Number of nearest stations with which a value is compared."""

SPIKE_KM = 100.0
"""Distance in km up to which a station is compared."""

_FEWEST = 3
"""Number of these stations that have to be measured."""


def flag_suspect(dataset: xr.Dataset) -> xr.Dataset:
    """Add a CF quality flag ``<pollutant>_flag`` beside each pollutant, for values that are suspect but possible.

    Bits: :data:`FLAG_EXCEEDS_PM10` (for both PM2.5 and PM10), :data:`FLAG_REPEATED` and :data:`FLAG_SPIKE`. No value is changed,
    as extreme values may be real (fireworks).

    Args:
        dataset: Station data, in the units of :data:`~aqnet_pyg.stations.POLLUTANTS`.

    Returns:
        A new data set; attribute ``ancillary_variables`` of a pollutant names its flag.
    """
    dataset = dataset.copy()
    exceeds = None
    if "pm25" in dataset and "pm10" in dataset:
        exceeds = dataset["pm25"].values > dataset["pm10"].values
    places = _unit_vectors(dataset["longitude"].values, dataset["latitude"].values)
    for name in pollutants_in(dataset):
        values = dataset[name].values
        flag = np.where(_repeated(values), FLAG_REPEATED, 0).astype(np.int8)
        if exceeds is not None and name in ("pm25", "pm10"):
            flag |= np.where(exceeds, FLAG_EXCEEDS_PM10, 0).astype(np.int8)
        flag[_spikes(values, places, POLLUTANTS[name].highest / 10)] |= FLAG_SPIKE
        dataset[f"{name}_flag"] = (
            ("time", "station"),
            flag,
            {
                "standard_name": "quality_flag",
                "long_name": f"{POLLUTANTS[name].label}: suspect but possible values",
                "flag_masks": np.array([FLAG_EXCEEDS_PM10, FLAG_REPEATED, FLAG_SPIKE], np.int8),
                "flag_meanings": "pm2p5_exceeds_pm10 repeated_value spike_among_calm_neighbors",
            },
        )
        dataset[name].attrs["ancillary_variables"] = f"{name}_flag"
    return dataset


def _repeated(values: np.ndarray) -> np.ndarray:
    """Return whether each value is in a run of at least REPEATED_HOURS equal ones along the first axis."""
    hours = len(values)
    if hours < REPEATED_HOURS:
        return np.zeros(values.shape, bool)
    # A run of n equal values is n - 1 equal steps; all-equal windows of that width are built by doubling.
    full, span = values[1:] == values[:-1], 1
    while span < REPEATED_HOURS - 1:
        step = min(span, REPEATED_HOURS - 1 - span)
        full, span = full[:-step] & full[step:], span + step
    repeated = np.zeros(values.shape, bool)
    for shift in range(REPEATED_HOURS):
        repeated[shift : shift + len(full)] |= full
    return repeated


def _spikes(values: np.ndarray, places: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Hours and stations of spikes above a value, by ``[time, station]`` values and unit vectors of the stations."""
    hours, stations = np.nonzero(values > least)
    found = values[hours, stations] / SPIKE_RATIO
    beside = np.fmax(_at(values, hours - 1, stations), _at(values, hours + 1, stations))
    rises = found > beside  # not where neither hour is measured
    hours, stations, found = hours[rises], stations[rises], found[rises]
    calm = np.zeros(len(hours), bool)
    for station in np.unique(stations):
        rows = np.flatnonzero(stations == station)
        near = _nearest(places, station)
        around = [_at(values, (hours[rows] + shift)[:, None], near[None, :]) for shift in (-1, 0, 1)]
        highest = np.fmax.reduce(around)  # [row, neighbor]
        above = highest >= found[rows, None]
        calm[rows] = (np.isfinite(highest).sum(axis=1) >= _FEWEST) & ~above.any(axis=1)
    return hours[calm], stations[calm]


def _at(values: np.ndarray, hours: np.ndarray, stations: np.ndarray) -> np.ndarray:
    """Values at hours and stations, NaN before the first and after the last hour."""
    inside = (hours >= 0) & (hours < len(values))
    return np.where(inside, values[np.clip(hours, 0, len(values) - 1), stations], np.nan)


def _unit_vectors(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Points on the unit sphere, shape ``[station, 3]``, of longitudes and latitudes in degrees."""
    east, north = np.radians(longitude), np.radians(latitude)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=-1)


def _nearest(places: np.ndarray, station: int) -> np.ndarray:
    """The nearest other stations within the distance at which they are compared."""
    distance = np.linalg.norm(places - places[station], axis=1) * EARTH_RADIUS_KM  # of chords: the arc to 0.001 %
    distance[station] = np.inf
    nearest = np.argsort(distance, kind="stable")[:SPIKE_NEIGHBORS]
    return nearest[distance[nearest] <= SPIKE_KM]
