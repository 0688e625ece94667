#!/bin/sh
# pythonaq 0.5.1 (PyPI), "a port of openair's aqStats": aq_stats counts the hours whose running 8-hour mean of ozone is above 100 µg/m³, and
# names the column days_rolling_8_hour_gt_100; the objective, and openair, count days. One afternoon of 180 µg/m³ is 11 "days"; three
# such afternoons in a year are 33, far above the ten days that the UK objective permits. The column of NO2, too, holds hours in the name
# of days (days_hourly_gt_200), although the objective is one of hours. The means are also centered (align='centre'), so that they reach four
# hours into the future; an episode of the evening counts on two dates.
# Needs PyPI; the data are made here. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pythonaq==0.5.1 numpy==2.4.6 pandas==2.3.3 scipy==1.16.3
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import pandas as pd
from PythonAQ import aq_stats

time = pd.date_range("2024-01-01", "2024-12-31 23:00", freq="h")
ozone = pd.Series(60.0, index=time)
for day in ("2024-06-10", "2024-07-20", "2024-08-05"):
    ozone[f"{day} 11:00":f"{day} 18:00"] = 180.0
running = ozone.rolling(8).mean()
days = int((running.resample("D").max() > 100).sum())
dioxide = pd.Series(30.0, index=time)
dioxide["2024-01-15 07:00":"2024-01-15 12:00"] = 250.0
table = pd.DataFrame({"date_time": time, "o3": ozone.to_numpy(), "no2": dioxide.to_numpy()})
ozone_count = int(aq_stats(table, "o3").iloc[0]["days_rolling_8_hour_gt_100"])
dioxide_count = int(aq_stats(table, "no2").iloc[0]["days_hourly_gt_200"])
print(f"ozone, {days} days with a running mean above 100: days_rolling_8_hour_gt_100 = {ozone_count}")
print(f"NO2, one day with six hours above 200: days_hourly_gt_200 = {dioxide_count}")
assert (days, ozone_count, dioxide_count) == (3, 33, 6), "the behavior has changed"
PYTHON
