"""Measurements that follow a field, for tests of interpolators with a first guess."""

import numpy as np


def field_and_measurements(stations=40, hours=3, noise=0.5, seed=0):
    """Places, and measurements that are twice a field that varies from place to place, plus a level of the hour."""
    rng = np.random.default_rng(seed)
    coordinates = rng.uniform(110, 118, stations), rng.uniform(33, 40, stations)
    fields = rng.uniform(5, 50, (hours, stations, 1))
    level = rng.uniform(10, 30, (hours, 1))
    return coordinates, level + 2 * fields[..., 0] + noise * rng.standard_normal((hours, stations)), fields
