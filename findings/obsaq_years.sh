#!/bin/sh
# obsaq 0.0.4 (PyPI) merges yearly files of UK-AIR by the names that pandas makes of repeated headers (status, unit, status.1, unit.1 ...), so
# that in a year with other pollutants the status and unit beside a value are those of another pollutant. Here 2023 has ozone and NO2, 2024
# NO2 and PM2.5: in 2024, "status" beside ozone is that of NO2, "status.1" beside NO2 is that of PM2.5 (N: not ratified), and the unit of
# NO2 is in the column of ozone's. A day that is selected by start and end holds 24:00 of the day before, and not its own:
# hours are labeled at their end, and 24:00 is taken for the next date.
# Needs PyPI; requests.get is replaced by files in the published layout. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check obsaq==0.0.4 numpy==2.4.6 pandas==2.3.3 requests==2.32.5
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import contextlib
import io

import obsaq.obsaq as obsaq
import pandas as pd

PM25 = "PM<sub>2.5</sub> particulate matter (Hourly measured)"
STATUS = {"Ozone": "R", "Nitrogen dioxide": "P", PM25: "N"}


def yearly(year, names):
    lines = ["Data supplied by UK-AIR", "", "", "", "Date,time," + ",".join(f"{name},status,unit" for name in names)]
    for day in ("01", "02"):
        for hour in range(1, 25):
            values = ",".join(f"{10 + hour},{STATUS[name]},unit of {name}" for name in names)
            lines.append(f"{day}-01-{year},{hour:02d}:00,{values}")
    return "\n".join(lines) + "\n"


FILES = {2023: yearly(2023, ["Ozone", "Nitrogen dioxide"]), 2024: yearly(2024, ["Nitrogen dioxide", PM25])}


class Answer:
    status_code = 200

    def __init__(self, url):
        self.text = FILES[int(url[-8:-4])]


obsaq.requests.get = lambda url, headers=None: Answer(url)


def merged(start, end):
    archive = obsaq.meta()
    archive.final_sites = pd.DataFrame({"site_id": ["MY1"], "start_date": ["1997-01-01"], "end_date": ["ongoing"]})
    with contextlib.redirect_stdout(io.StringIO()):
        return archive.download_sites("aurn", start=start, end=end, pollutant=None, save_per_site=False, save_merged=True)


both = merged("2023-01-01", "2024-12-31")
last = both.iloc[-1]
print(list(both.columns))
print(f"2024: NO2 {last['Nitrogen dioxide']}, status.1 {last['status.1']}, unit.1 {last['unit.1']}; in the columns of ozone: {last['status']}, {last['unit']}")
day = merged("2024-01-02", "2024-01-02")
print(f"selected 2024-01-02: {len(day)} rows, from {day['Date'].iloc[0]} {day['time'].iloc[0]} to {day['Date'].iloc[-1]} {day['time'].iloc[-1]}")
assert last["status.1"] == "N" and last["unit.1"] == f"unit of {PM25}" and last["unit"] == "unit of Nitrogen dioxide", "the behavior has changed"
assert (day["Date"].iloc[0], day["time"].iloc[0], day["time"].iloc[-1]) == ("01-01-2024", "24:00", "23:00"), "the behavior has changed"
PYTHON
