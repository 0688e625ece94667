#!/bin/sh
# ioos_qc 3.0.0 (PyPI), tests of QARTOD: "Missing and masked data is flagged as MISSING"
# (https://ioos.github.io/ioos_qc/api/ioos_qc.html, gross_range_test), and netCDF4 returns masked arrays. But the mask is dropped, and the
# fill value taken for a measurement: a missing hour gets FAIL (4) rather than MISSING (9), and good hours beside it FAIL as spikes.
# With NaN instead of a mask the flags are right.
# flat_line_test has its thresholds in seconds, but counts rows: equal values before and after a gap of a month are one flat line of
# hours. With the default tolerance of 0 it flags nothing, not even two days of one value.
# Station data of aqnet_pyg have NaN where arrays are masked; every hour has a row, and missing ones end a run of repeated values.
# Needs PyPI; the file is written here. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ioos_qc==3.0.0 netCDF4==1.7.5.1.post1 numpy==2.4.6 pandas==2.3.3
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import netCDF4
import numpy as np
import pandas as pd
from ioos_qc import qartod

with netCDF4.Dataset("station.nc", "w") as file:
    file.createDimension("time", 7)
    file.createVariable("pm25", "f4", "time", fill_value=-9999.0)[:] = np.ma.masked_values([10, 11, -1, 12, 11, 10, 10], -1)
with netCDF4.Dataset("station.nc") as file:
    masked = file["pm25"][:]
time = pd.date_range("2024-01-01", periods=7, freq="h")


def flags(values):
    return {
        "gross range": qartod.gross_range_test(values, (0, 1000)).tolist(),
        "spike": qartod.spike_test(values, 50, 500).tolist(),
        "rate of change": qartod.rate_of_change_test(values, time, 50 / 3600).tolist(),
    }


seen, expected = flags(masked), flags(masked.filled(np.nan))
print("PM2.5:", masked)
for name in seen:
    print(f"{name}: {seen[name]}, with NaN {expected[name]}")
assert seen["gross range"] == [1, 1, 4, 1, 1, 1, 1] and expected["gross range"] == [1, 1, 9, 1, 1, 1, 1], "the behavior has changed"
assert seen["spike"] == [2, 4, 4, 4, 1, 1, 2] and expected["spike"] == [2, 2, 9, 2, 1, 1, 2], "the behavior has changed"

limits = {"suspect_threshold": 6 * 3600, "fail_threshold": 12 * 3600}
gap = time.union(time + pd.Timedelta(31, "D"))
values = [1.0, 2, 3, 5, 5, 5, 5, 5, 5, 5, 5, 6, 7, 8]
found = qartod.flat_line_test(values, gap, **limits, tolerance=0.01).tolist()
print("flat for 4 hours, and again for 4 hours a month later, suspect above 6 hours:", found)
assert found[9:11] == [3, 3], "the behavior has changed"
found = qartod.flat_line_test(np.full(48, 5.0), pd.date_range("2024-01-01", periods=48, freq="h"), **limits)
print("flat for 48 hours, failing above 12, default tolerance: flags", sorted({int(flag) for flag in found}))
assert (found == 1).all(), "the behavior has changed"
PYTHON
