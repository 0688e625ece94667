#!/bin/sh
# PseudoNetCDF 3.5.0 (PyPI), getTimes of files with the calendar noleap of the CF conventions
# (https://cfconventions.org/cf-conventions/cf-conventions.html#calendar), as CAM-chem writes: the time of day is dropped, so that all
# hours of a day are at 00:00. Of "seconds since", hours are 60 hours apart, as it takes a day for 1,440 seconds. With bounds=True
# it ignores the variable that the attribute "bounds" names (section 7.1), unless its name is time_bounds, and takes times for centers:
# the mean from 11:00 to 12:00, which is labeled 12:00, gets 11:30 to 12:30. None of this is reported.
# read_field refuses calendars other than the Gregorian, and takes the bounds that the attribute names.
# Needs PyPI; the files are written here. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check PseudoNetCDF==3.5.0 netCDF4==1.7.5.1.post1 numpy==1.26.4 xarray==2026.9.0 pandas==2.3.3
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import netCDF4
import numpy as np
from PseudoNetCDF import pncopen


def read(name, calendar, units, values, **options):
    with netCDF4.Dataset(name, "w") as file:
        file.Conventions = "CF-1.8"
        file.createDimension("time", len(values))
        file.createDimension("nv", 2)
        time = file.createVariable("time", "f8", "time")
        time.setncatts({"standard_name": "time", "calendar": calendar, "units": units, "bounds": "time_bnds"})
        time[:] = values
        file.createVariable("time_bnds", "f8", ("time", "nv"))[:] = np.stack([values - np.diff(values)[0], values], axis=1)
    expected = [f"{one:%d %H:%M}" for one in netCDF4.num2date(values, units, calendar)]
    found = [f"{one:%d %H:%M}" for one in pncopen(name, format="netcdf").getTimes(**options)]
    print(f"{calendar}, {units} {options or ''}\n  times in the file: {expected}\n  PseudoNetCDF:      {found}")
    return found


hours = np.arange(11.0, 14.0)
found = read("hours.nc", "noleap", "hours since 2021-01-01 00:00:00", hours)
assert found == ["01 00:00"] * 3, "the behavior has changed"
found = read("seconds.nc", "noleap", "seconds since 2021-01-01 00:00:00", hours * 3600)
assert found == ["28 00:00", "31 00:00", "02 00:00"], "the behavior has changed"
found = read("bounds.nc", "standard", "hours since 2021-01-01 00:00:00", hours, bounds=True)
assert found == ["01 10:30", "01 11:30", "01 12:30", "01 13:30"], "the behavior has changed"
PYTHON
