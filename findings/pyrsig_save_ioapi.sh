#!/bin/sh
# pyrsig 0.12.0 (PyPI): save_ioapi writes an area that was cut out of a CMAQ file at another place. To the origin of the grid, which
# is in meters (https://www.cmascenter.org/ioapi/documentation/all_versions/html/GRIDS.html), it adds a number of cells, and the one of
# the columns to YORIG too. The corner of an area in Georgia is in the Pacific, 3,750 km away, when the file is opened again. Times
# with a gap become an even series with the longest step: the hours 0, 1, 2, 5 turn into 0, 3, 6, 9. Neither is reported.
# read_field takes places and hours of a file as they are: use its bbox, start and end to cut areas.
# Needs PyPI; the file is written here in the published format. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyrsig==0.12.0 pyproj==3.7.2 netCDF4==1.7.5.1.post1 xarray==2026.9.0 pandas==2.3.3
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import xarray as xr
from pyproj import Geod
from pyrsig.cmaq import get_lonlat, open_ioapi, save_ioapi
from pyrsig.utils import def_grid_kw

hours, rows, columns = [0, 1, 2, 5], 299, 459
flags = np.array([[[2024183, hour * 10000]] for hour in hours], np.int32)
values = np.arange(4 * rows * columns, dtype=np.float32).reshape(4, 1, rows, columns)
text = {"long_name": "PM25".ljust(16), "units": "ug m-3".ljust(16), "var_desc": "PM2.5".ljust(80)}
layers = {"NLAYS": 1, "VGLVLS": np.array([1, 0.9975], np.float32)}
xr.Dataset(
    {"TFLAG": (("TSTEP", "VAR", "DATE-TIME"), flags), "PM25": (("TSTEP", "LAY", "ROW", "COL"), values, text)},
    attrs={**def_grid_kw["12US1"], **layers, "NVARS": 1, "VAR-LIST": "PM25".ljust(16), "SDATE": 2024183, "STIME": 0, "TSTEP": 10000},
).to_netcdf("usa.nc", format="NETCDF3_CLASSIC")

area = open_ioapi("usa.nc").isel(ROW=slice(100, 110), COL=slice(300, 320))
save_ioapi(area, "area.nc")
again = open_ioapi("area.nc")


def corner(dataset):
    places = get_lonlat(dataset)
    return round(float(places.lon[0, 0]), 2), round(float(places.lat[0, 0]), 2)


def times(dataset):
    return dataset.TSTEP.dt.hour.values.tolist()


assert (again.PM25.values == area.PM25.values).all()
print(f"area cut out: corner at {corner(area)}, hours {times(area)}")
print(f"area saved:   corner at {corner(again)}, hours {times(again)}, same values")
moved = Geod("+a=6370000 +b=6370000").inv(*corner(area), *corner(again))[2] / 1000
print(f"moved by {moved:.0f} km; XORIG should be {area.XORIG + 300 * area.XCELL:.0f}, is {again.XORIG:.0f}")
assert again.XORIG == area.XORIG + 300 and again.YORIG == area.YORIG + 300, "the behavior has changed"
assert times(again) == [0, 3, 6, 9], "the behavior has changed"
PYTHON
