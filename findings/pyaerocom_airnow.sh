#!/bin/sh
# pyaerocom 0.38.0 (PyPI) reads hourly data of AirNow several hours early: their times are GMT, beside which a column has the offset
# of the site's local time (https://docs.airnowapi.org/docs/HourlyDataFactSheet.pdf). ReadAirNow adds that offset to the time and calls
# the result UTC, so that 05:00 GMT in New York becomes 00:00 UTC (were the times local, it would have to be subtracted). Offsets
# of half hours lose the half: -3.5 becomes -3. The hour is thus another one in each zone. Values of -999 are missing; they are read
# as concentrations. read_airnow leaves the times as they are and -999 out.
# Needs PyPI, and installs 800 MB; the files are written here in the published format, with the names that ReadAirNow expects. attrs is
# imported by pyaerocom, but not installed with it. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyaerocom==0.38.0 attrs==26.1.0 numpy==2.4.6 pandas==3.1.1
mkdir "$folder/home" "$folder/monthly"
cd "$folder"
HOME="$folder/home" "$folder/venv/bin/python" - <<'PYTHON'
from pathlib import Path

from pyaerocom.io.read_airnow import ReadAirNow

Path("monthly/202507.dam").write_text(
    "07/01/25|05:00|360610135|New York|-5|PM2.5|UG/M3|9.0|agency\n"
    "07/01/25|05:00|060371103|Los Angeles|-8|PM2.5|UG/M3|9.0|agency\n"
    "07/01/25|05:00|000010102|Mount Pearl|-3.5|PM2.5|UG/M3|9.0|agency\n"
    "07/01/25|06:00|000010102|Mount Pearl|-3.5|PM2.5|UG/M3|-999|agency\n"
)
Path(ReadAirNow.STAT_METADATA_FILENAME).write_text(
    "aqsid,name,lat,lon,elevation,city,address,timezone,environment,populationclass,modificationdate,comment\n"
    "360610135,New York,40.82,-73.95,10,x,x,x,x,x,x,x\n"
    "060371103,Los Angeles,34.07,-118.23,10,x,x,x,x,x,x,x\n"
    "000010102,Mount Pearl,47.56,-52.71,10,x,x,x,x,x,x,x\n"
)
reader = ReadAirNow(data_id="AirNow", data_dir=".")
stations = reader.read("concpm25").to_station_data_all("concpm25")["stats"]
found = {one.station_name: ([str(time)[11:16] for time in one.dtime], list(map(float, one.concpm25))) for one in stations}
print("file: 9.0 at 05:00 GMT at three sites, and a missing value at 06:00 GMT; pyaerocom, in UTC:")
for name, (times, values) in found.items():
    print(f"  {name}: {', '.join(f'{value:g} at {time}' for time, value in zip(times, values))}")
assert found == {
    "New York": (["00:00"], [9.0]),
    "Los Angeles": (["21:00"], [9.0]),
    "Mount Pearl": (["02:00", "03:00"], [9.0, -999.0]),
}, "the behavior has changed"
PYTHON
