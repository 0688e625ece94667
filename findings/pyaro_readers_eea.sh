#!/bin/sh
# pyaro-readers 0.1.12 (PyPI) reads hourly files of the European Environment Agency two hours late: their times are in UTC+1
# (https://eeadmz1-downloads-webapp.azurewebsites.net/content/documentation/How_To_Downloads.pdf), and it takes the IANA name
# Etc/GMT+1, whose sign is that of POSIX, for UTC+1. It is UTC-1. The mean of 12:00 to 13:00 in UTC+1, which is 11:00 to 12:00 UTC,
# gets the times 13:00 to 14:00 UTC. read_eea labels it 12:00 UTC.
# Needs PyPI; the files are written here in the published format, nothing is downloaded from the Agency. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyaro-readers==0.1.12 pyaro==0.3.3 polars==1.44.2 pyarrow==24.0.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
from datetime import datetime
from decimal import Decimal

import polars
from pyaro_readers.eeareader.EEATimeseriesReader import EEATimeseriesReader

columns = {
    "Samplingpoint": ["DE/SPO.DE_X1_PM2"],
    "Pollutant": [6001],
    "Start": [datetime(2023, 2, 7, 12)],
    "End": [datetime(2023, 2, 7, 13)],
    "Value": [Decimal("8.5")],
    "Unit": ["ug.m-3"],
    "AggType": ["hour"],
    "Validity": [1],
    "Verification": [1],
}
types = {"Pollutant": polars.Int32, "Validity": polars.Int32, "Verification": polars.Int32}
times = {"Start": polars.Datetime("ns"), "End": polars.Datetime("ns")}
polars.DataFrame(columns).cast(types | times).write_parquet("SPO.DE_X1_PM2.parquet")
catalog = {
    "Country Code": ["DE"],
    "Sampling Point Id": ["SPO.DE_X1_PM2"],
    "Air Pollutant": ["PM2.5"],
    "AggType": ["hour"],
    "filename": ["SPO.DE_X1_PM2.parquet"],
    "Latitude": [50.0],
    "Longitude": [10.0],
    "Altitude": [100.0],
    "Air Quality Station Area": ["urban"],
    "Air Quality Station Type": ["background"],
    "Air Quality Station Name": ["X"],
    "Air Quality Station EoI Code": ["DEX1"],
    "Timezone": ["UTC+01"],
}
polars.DataFrame(catalog).write_parquet("catalog.parquet")
data = EEATimeseriesReader("catalog.parquet").data("PM2.5")
start, end = str(data.start_times[0])[:16], str(data.end_times[0])[:16]
print(f"file: 2023-02-07 12:00 to 13:00 in UTC+1, which is 11:00 to 12:00 UTC; pyaro-readers: {start} to {end} UTC")
assert (start, end) == ("2023-02-07T13:00", "2023-02-07T14:00"), "the behavior has changed"
PYTHON
