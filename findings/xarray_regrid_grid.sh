#!/bin/sh
# xarray-regrid 0.4.2 (PyPI, https://xarray-regrid.readthedocs.io): Grid(north, east, south, west, resolution_lat, resolution_lon) includes its
# bounds if they are a multiple of the resolution apart, as 0.25 degrees show. But the test is a remainder of binary fractions,
# which is not zero for 0.1 and 0.4 degrees, the grids of CAMS; and that of longitudes uses the resolution of latitudes, so that 0.5 x 0.625
# degrees, the grid of MERRA-2, fail as well. The northernmost row and the easternmost column are left out, without a warning.
# Grid.over of aqnet_pyg covers both ends.
# Needs PyPI. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check xarray-regrid==0.4.2 xarray==2026.9.0 numpy==2.4.6 pandas==2.3.3
"$folder/venv/bin/python" - <<'PYTHON'
from xarray_regrid import Grid


def ends(north, east, *resolutions):
    grid = Grid(north, east, 30, -25, *resolutions).create_regridding_dataset()
    return round(float(grid.latitude[-1]), 3), round(float(grid.longitude[-1]), 3)


cases = [
    ("0.25 degrees", (72, 45, 0.25, 0.25), (72, 45)),
    ("0.1 degrees (CAMS Europe)", (72, 45, 0.1, 0.1), (71.9, 44.9)),
    ("0.4 degrees (CAMS global)", (72, 45, 0.4, 0.4), (71.6, 44.6)),
    ("0.5 x 0.625 degrees (MERRA-2)", (72, 43.75, 0.5, 0.625), (72, 43.125)),
]
for name, arguments, seen in cases:
    found = ends(*arguments)
    print(f"{name}: from 30 N 25 W to {arguments[0]} N {arguments[1]} E requested; last row and column at {found[0]} N {found[1]} E")
    assert found == seen, "the behavior has changed"
PYTHON
