#!/bin/sh
# pyproj 3.7.2 (PyPI): of a rotated-pole grid (CF grid mapping rotated_latitude_longitude, as of COSMO and REMO),
# CRS.geodetic_crs is the rotated system itself. Transforming to it, the usual way from grid coordinates to longitude and latitude,
# returns the rotated coordinates unchanged and without a warning, though the same line is right for Lambert grids of WRF and CMAQ.
# CRS.source_crs is the unrotated one. read_field of aqnet_pyg uses it.
# Needs PyPI. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyproj==3.7.2
"$folder/venv/bin/python" - <<'PYTHON'
import pyproj
from pyproj import CRS, Transformer

print(f"pyproj {pyproj.__version__}, PROJ {pyproj.proj_version_str}")
rotated = CRS.from_cf(
    {
        "grid_mapping_name": "rotated_latitude_longitude",
        "grid_north_pole_latitude": 50.0,
        "grid_north_pole_longitude": -170.0,
    }
)
lambert = CRS.from_cf(
    {
        "grid_mapping_name": "lambert_conformal_conic",
        "standard_parallel": [30.0, 60.0],
        "longitude_of_central_meridian": 110.0,
        "latitude_of_projection_origin": 35.0,
    }
)


def place(crs, target):
    return tuple(round(value, 6) + 0.0 for value in Transformer.from_crs(crs, target, always_xy=True).transform(0.0, 0.0))


print("center of the Lambert grid, by geodetic_crs:", place(lambert, lambert.geodetic_crs), "(true: 110 E 35 N)")
print("center of the rotated grid, by geodetic_crs:", place(rotated, rotated.geodetic_crs), "(true: 10 E 40 N)")
print("center of the rotated grid, by source_crs:  ", place(rotated, rotated.source_crs))
assert place(lambert, lambert.geodetic_crs) == (110.0, 35.0), "the behavior has changed"
assert place(rotated, rotated.geodetic_crs) == (0.0, 0.0), "the behavior has changed"
assert place(rotated, rotated.source_crs) == (10.0, 40.0), "the behavior has changed"
PYTHON
