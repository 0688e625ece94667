#!/bin/sh
# pyaerocom 0.38.0 (PyPI) applies the flags of validity in files of the European Environment Agency (E1a and E2a, CSV) to other hours
# than theirs: it sorts the values by time ("sometimes the times in the data files are not ordered", says a comment), but not
# the column Validity. If the rows of a file are out of order, values that the Agency marks as invalid (-1,
# https://dd.eionet.europa.eu/vocabulary/aq/observationvalidity) stay, and valid ones are lost. The columns are found by position,
# as published (https://discomap.eea.europa.eu/map/fme/AirQualityExport.htm).
# Its weighted mean bias, calculate_statistics(..., weights=), is divided by the number of values rather than the sum of weights: a
# bias of 10 everywhere is 6, beside a weighted RMSE of 10.
# read_eea leaves out invalid rows before it sorts.
# Needs PyPI, and installs 800 MB; the files are written here in the published format. attrs is imported by pyaerocom, but not
# installed with it. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyaerocom==0.38.0 attrs==26.1.0 numpy==2.4.6 pandas==3.1.1
mkdir "$folder/home"
cd "$folder"
HOME="$folder/home" "$folder/venv/bin/python" - <<'PYTHON'
from pathlib import Path

import numpy as np
from pyaerocom.io.read_eea_aqerep import ReadEEAAQEREP
from pyaerocom.stats.stats import calculate_statistics

COLUMNS = (
    "Countrycode,Namespace,AirQualityNetwork,AirQualityStation,AirQualityStationEoICode,SamplingPoint,SamplingProcess,Sample,"
    "AirPollutant,AirPollutantCode,AveragingTime,Concentration,UnitOfMeasurement,DatetimeBegin,DatetimeEnd,Validity,Verification"
)
SITE = "DE,x,NET,STA.DE_X1,DEX1,SPO,SPP,SAM,PM2.5,http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001,hour"


def row(hour, value, validity):
    return f"{SITE},{value},\u00b5g/m3,2020-01-04 {hour}:00:00 +01:00,2020-01-04 {hour + 1}:00:00 +01:00,{validity},1"


def read(rows):
    Path("DE_6001_1_2020_timeseries.csv").write_text("\n".join([COLUMNS, *rows]) + "\n", encoding="utf-8")
    station = ReadEEAAQEREP(data_dir=".").read("concpm25").to_station_data_all("concpm25")["stats"][0]
    return [float(value) for value in station.concpm25]


fields = {"AirQualityStation": "STA.DE_X1", "AirPollutantCode": "6001", "Longitude": "10", "Latitude": "50", "Altitude": "9"}
names = [*fields, "AirQualityStationType", "AirQualityStationArea", "AirQualityStationEoICode"]
Path("metadata.csv").write_text("\t".join(names) + "\n" + "\t".join(fields.get(name, "x") for name in names) + "\n")
rows = [row(10, 10, 1), row(11, 11, 1), row(12, 12, 1), row(13, 999, -1)]
ordered, moved = read(rows), read(rows[2:] + rows[:2])
print("valid 10, 11, 12, then 999 that is invalid; rows in order:", ordered, "last two rows first:", moved)
assert np.array_equal(ordered, [10, 11, 12, np.nan], equal_nan=True), "the behavior has changed"
assert np.array_equal(moved, [10, np.nan, 12, 999], equal_nan=True), "the behavior has changed"

measured, weights = np.arange(10.0, 20.0), np.repeat([1.0, 0.2], 5)
found = calculate_statistics(measured + 10, measured, weights=weights)
print(f"all 10 too high, weights 1 and 0.2: mean bias {found['mb']}, RMSE {found['rms']}")
assert (found["mb"], found["rms"]) == (6, 10), "the behavior has changed"
PYTHON
