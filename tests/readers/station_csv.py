"""Station tables for the tests of readers that need one."""

import pandas as pd

PLACES = {"longitude": [120.7, 121.5, 126.9], "latitude": [24.2, 25.0, 37.5]}


def write_stations(folder, codes, names=None):
    """Write ``stations.csv`` with made-up coordinates, and return its path."""
    table = pd.DataFrame({"code": codes} | {axis: values[: len(codes)] for axis, values in PLACES.items()})
    if names is not None:
        table["name"] = names
    path = folder / "stations.csv"
    table.to_csv(path, index=False)
    return path
