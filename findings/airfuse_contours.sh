#!/bin/sh
# airfuse 0.8.5 (PyPI), which fuses AirNow, PurpleAir and forecasts of NOAA: to_geopandas, and hence the GeoJSON of to_geojson, makes one
# polygon of all rings of a contour level, the first as its outline and the others as holes. Since matplotlib 3.8 a level is a single
# path (https://matplotlib.org/stable/api/prev_api_changes/api_changes_3.8.0.html), so that a second hot spot becomes a hole. Of two
# equal plumes of 105 ug/m3, 140 km apart, one is lost: its center lies in no polygon, five of the seven categories have a negative area,
# and these polygons are invalid. There is no warning. Each outline with its own holes is a polygon of its own.
# Needs PyPI; the field is computed here, nothing is downloaded. airfuse is installed without its dependencies for GRIB and servers, which
# this function does not use. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps airfuse==0.8.5
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==1.26.4 pandas==2.2.3 matplotlib==3.9.2 geopandas==1.0.1 shapely==2.0.6 pyproj==3.6.1 2>/dev/null
"$folder/venv/bin/python" - <<'PYTHON'
import warnings
from importlib.metadata import version

import matplotlib.pyplot  # noqa: F401  before warnings are recorded
import numpy as np
from airfuse.util import to_geopandas
from shapely.geometry import Point

print(", ".join(f"{name} {version(name)}" for name in ("airfuse", "matplotlib", "geopandas", "shapely")))
x, y = np.arange(60) * 5.0, np.arange(40) * 5.0  # km
centers = {"western": (80.0, 100.0), "eastern": (220.0, 100.0)}
widths = {"western": 20.0, "eastern": 16.0}
column, row = np.meshgrid(x, y)
field = 5 + sum(
    100 * np.exp(-((column - east) ** 2 + (row - north) ** 2) / (2 * widths[name] ** 2))
    for name, (east, north) in centers.items()
)
edges = [-5.0, 10, 20, 30, 50, 70, 90, 120, 500.4]  # those of airfuse
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    polygons = to_geopandas(x, y, field, "EPSG:5070")[0]
print("warnings:", len(warned))
print("category        area of polygons, km2   area of cells, km2   valid")
for (name, polygon), low, high in zip(
    polygons[["Name", "geometry"]].itertuples(index=False), edges[:-1], edges[1:], strict=True
):
    cells = 25 * ((field >= low) & (field < high)).sum()
    print(f"{name:15s} {polygon.area:20.0f} {cells:20d}   {polygon.is_valid}")
found = {
    name: [category for category, polygon in zip(polygons.Name, polygons.geometry, strict=True) if polygon.contains(Point(at))]
    for name, at in centers.items()
}
for name, (east, north) in centers.items():
    value = field[int(north / 5), int(east / 5)]
    print(f"center of the {name} plume: {value:.0f} ug/m3, in the polygon of: {', '.join(found[name]) or 'none'}")
assert found == {"western": ["90 to 120"], "eastern": []}, "the behavior has changed"
assert not warned, "the behavior has changed"
assert (polygons.area < 0).sum() == 5, "the behavior has changed"
PYTHON
