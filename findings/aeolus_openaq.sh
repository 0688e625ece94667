#!/bin/sh
# aeolus-aq 0.4.5.4 (PyPI) puts OpenAQ beside AirNow in one table without regard to the label of the hour: it takes the end of the
# period from OpenAQ and, from AirNow, the beginning (https://docs.airnowapi.org/docs/HourlyDataFactSheet.pdf). The mean from 22:00 to
# 23:00 UTC appears at 23:00 and at 22:00, and -999 of OpenAQ as a concentration. read_openaq labels it 23:00 and leaves out -999.
# With openaq 1.2.0, which pip installs for it, its OpenAQ source fails (so does it with 1.0.0); hence the older release candidate.
# Needs PyPI; the answers of both servers are written here in the documented format, nothing is downloaded from them.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aeolus-aq==0.4.5.4 openaq==1.0.0rc2 pandas==2.3.3
"$folder/venv/bin/python" - <<'PYTHON'
import os
from datetime import datetime
from types import SimpleNamespace as Namespace
from unittest.mock import Mock, patch

import aeolus
import aeolus.sources.openaq

parameter = Namespace(name="pm25", units="µg/m³")


def measured(start, end, value):
    return Namespace(value=value, period=Namespace(datetime_from=Namespace(utc=start), datetime_to=Namespace(utc=end)))


client = Mock()
client.locations.sensors.return_value = Namespace(results=[Namespace(id=1, parameter=parameter)])
client.measurements.list.return_value = Namespace(
    results=[
        measured("2025-10-03T22:00:00Z", "2025-10-03T23:00:00Z", 9.0),
        measured("2025-10-03T23:00:00Z", "2025-10-04T00:00:00Z", -999.0),
    ]
)
answer = Mock(status_code=200)
answer.json.return_value = [
    {"UTC": "2025-10-03T22:00", "Parameter": "PM2.5", "Value": 9.0, "Unit": "UG/M3", "Latitude": 43.78, "Longitude": -79.47}
]
os.environ["AIRNOW_API_KEY"] = "none"
with patch("requests.get", return_value=answer), patch.object(aeolus.sources.openaq, "_client", client):
    found = aeolus.download(
        {"OPENAQ": ["1274949"], "AIRNOW": ["43d78_m79d47"]},
        start_date=datetime(2025, 10, 3),
        end_date=datetime(2025, 10, 3),
    )
print("the mean from 22:00 to 23:00 UTC is 9.0; the next hour is missing. aeolus returns:")
print(found[["source_network", "date_time", "measurand", "value", "units"]].to_string(index=False))
network = found["source_network"].str.lower()
at = {name: sorted(str(time)[:16] for time in found.loc[network == name, "date_time"]) for name in ("openaq", "airnow")}
assert at == {"openaq": ["2025-10-03 23:00", "2025-10-04 00:00"], "airnow": ["2025-10-03 22:00"]}, f"the behavior has changed: {at}"
assert (found["value"] == -999).any(), "the behavior has changed"
PYTHON
