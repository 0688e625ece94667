"""Points and fields for the tests of the gridders."""

import numpy as np


def points(number=60, seed=0):
    """Random longitudes and latitudes."""
    rng = np.random.default_rng(seed)
    return rng.uniform(112, 117, number), rng.uniform(35, 40, number)


def smooth(coordinates):
    """A smooth field."""
    longitude, latitude = coordinates
    return 60 + 30 * np.sin(longitude / 2) * np.cos(latitude / 2)


def bands(coordinates, number):
    """Snapshots of a field that changes along meridians only."""
    return tuple(50 + 20 * np.sin(3 * coordinates[1] + phase) for phase in range(number))


def mercator(longitude, latitude, inverse=False):
    """Mercator projection of a sphere, in meters."""
    radius = 6371e3
    if inverse:
        return np.degrees(longitude / radius), np.degrees(2 * np.arctan(np.exp(latitude / radius)) - np.pi / 2)
    return radius * np.radians(longitude), radius * np.log(np.tan(np.pi / 4 + np.radians(latitude) / 2))
