#!/bin/sh
# pyairnow 1.4.1 (PyPI), index of the US EPA: its documentation (https://github.com/asymworks/pyairnow#usage) gives ppm as the unit of
# NO2 and SO2, but its breakpoints are in ppb. NO2 of 0.2 ppm, 120 (unhealthy for sensitive groups), has the index 0 (good); so has
# every ambient concentration in ppm. It also rounds concentrations to the nearest digit, which the document that it cites truncates
# (https://document.airnow.gov/technical-assistance-document-for-the-reporting-of-daily-air-quailty.pdf): PM2.5 of 9.06 ug/m3
# is moderate rather than good, and PM10 of 154.7 ug/m3 unhealthy for sensitive groups rather than moderate.
# aqnet_pyg.levels.aqi(data, "epa") converts the units of the data and truncates.
# Needs PyPI; nothing is downloaded from AirNow. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyairnow==1.4.1
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import metadata

from pyairnow.conv import concentration_to_aqi

text = metadata("pyairnow").get_payload()
units = {name: text.split(f"('{name}'): ")[1].split()[0] for name in ("NO2", "SO2", "PM2.5", "PM10")}
print("units in the documentation of pyairnow:", units)
# By the EPA's document: 0.2 ppm = 200 ppb, 101 + 49 / 259 x (200 - 101) = 120; 0.1 ppm = 100 ppb, 101 + 49 / 109 x (100 - 76) = 112.
cases = [("NO2", 0.2, 120, 0), ("SO2", 0.1, 112, 0), ("PM2.5", 9.06, 50, 51), ("PM10", 154.7, 100, 101)]
for pollutant, value, index, seen in cases:
    found = concentration_to_aqi(value, pollutant)
    print(f"{pollutant} {value} {units[pollutant]}: index {index}, pyairnow {found}")
    assert found == seen, "the behavior has changed"
print("NO2 200 (ppb): pyairnow", concentration_to_aqi(200, "NO2"))
assert units["NO2"] == units["SO2"] == "ppm" and concentration_to_aqi(200, "NO2") == 120, "the behavior has changed"
PYTHON
