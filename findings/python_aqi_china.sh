#!/bin/sh
# python-aqi 0.6.1 (PyPI), index of China (ALGO_MEP): the breakpoints of HJ 633-2012, which it cites, are joined
# (https://www.mee.gov.cn/ywgz/fgbz/bz/bzwb/jcffbz/201203/t20120302_224166.shtml, formula 1 and table 1: CO 0, 2, 4, 14 mg/m3 for 0, 50,
# 100, 150; indices are rounded up). It puts gaps of 1 between them, as in the US index, truncates concentrations to integers and
# rounds indices to the nearest. CO is published with one decimal: 2.9 mg/m3 has the index 50 (excellent) rather than 73 (good),
# 4.9 mg/m3 100 (good) rather than 105 (lightly polluted). PM2.5 of 120 ug/m3 has 157 rather than 158.
# aqnet_pyg.levels.aqi(data, "china") interpolates between joined breakpoints and rounds up.
# Needs PyPI. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-aqi==0.6.1
"$folder/venv/bin/python" - <<'PYTHON'
from fractions import Fraction
from math import ceil

import aqi
from aqi.constants import POLLUTANT_CO_24H, POLLUTANT_PM25

INDEX = [0, 50, 100, 150, 200, 300, 400, 500]
TABLE = {POLLUTANT_CO_24H: [0, 2, 4, 14, 24, 36, 48, 60], POLLUTANT_PM25: [0, 35, 75, 115, 150, 250, 350, 500]}


def standard(points, value):
    """Formula 1 of HJ 633-2012."""
    k = next(k for k in range(7) if value <= points[k + 1])
    return ceil(Fraction(INDEX[k + 1] - INDEX[k], points[k + 1] - points[k]) * (value - points[k]) + INDEX[k])


for pollutant, values in {POLLUTANT_CO_24H: "2.0 2.5 2.9 3.0 4.0 4.9 5.0", POLLUTANT_PM25: "35 36 75 76 120"}.items():
    for value in values.split():
        expected = standard(TABLE[pollutant], Fraction(value))
        found = int(aqi.to_iaqi(pollutant, value, algo=aqi.ALGO_MEP))
        print(f"{pollutant} {value}: HJ 633-2012 {expected}, python-aqi {found}")
steps = [Fraction(tenths, 10) for tenths in range(601)]
found = [int(aqi.to_iaqi(POLLUTANT_CO_24H, str(float(value)), algo=aqi.ALGO_MEP)) for value in steps]
expected = [standard(TABLE[POLLUTANT_CO_24H], value) for value in steps]
wrong = sum(one != other for one, other in zip(found, expected))
print(f"CO from 0.0 to 60.0 mg/m3: {wrong} of {len(steps)} indices differ, by up to {max(b - a for a, b in zip(found, expected))}")
assert (found[29], expected[29], found[49], expected[49]) == (50, 73, 100, 105), "the behavior has changed"
assert int(aqi.to_iaqi(POLLUTANT_PM25, "120", algo=aqi.ALGO_MEP)) == 157, "the behavior has changed"
PYTHON
