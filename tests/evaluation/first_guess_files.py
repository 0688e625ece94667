"""A small region with monitors and a model field, as files and as cases."""

import numpy as np
import pandas as pd

from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols import PROTOCOLS


def write_region(folder, name="XY", monitors=24, seed=0):
    """Write both files of a region: an index that is three times the field, and some noise."""
    rng = np.random.default_rng(seed)
    longitude, latitude = (axis.ravel() for axis in np.meshgrid(np.linspace(-120, -117, 13), np.linspace(34, 37, 13)))
    value = 8 + 3 * np.sin(2 * longitude) + 2 * np.cos(3 * latitude)
    pd.DataFrame({"PM25": value, "lon": longitude, "lat": latitude}).to_csv(folder / f"CMAQ_{name}.csv", index=False)
    east, north = rng.uniform(-119.9, -117.1, monitors), rng.uniform(34.1, 36.9, monitors)
    index = 3 * (8 + 3 * np.sin(2 * east) + 2 * np.cos(3 * north)) + rng.normal(0, 1, monitors)
    pd.DataFrame({"AQI": index, "lon": east, "lat": north}).to_csv(folder / f"FRM_{name}.csv", index=False)
    return index


def region_cases(folder, **options):
    return PROTOCOLS["first-guess"].cases(Request(folder, lambda: None, **options))
