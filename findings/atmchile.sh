#!/bin/sh
# atmchile 0.3.2 (PyPI) reads the two-digit years of SINCA as 20xx: files of Chile from before 2000, whose first hours are of 1997, get
# times of 2097, and its table of the requested hours stays empty without an error. read_sinca reads 97 as 1997.
# Needs PyPI; the answer of the server is written here in the published format, nothing is downloaded from SINCA. Fails if this
# changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check atmchile==0.3.2
"$folder/venv/bin/python" - <<'PYTHON'
from datetime import datetime
from unittest.mock import Mock, patch

from atmchile import ChileAirQuality

header = "FECHA (YYMMDD);HORA (HHMM);Registros validados;Registros preliminares;Registros no validados;\n"
rows = "".join(f"970402;{hour:02d}00;{80 + hour};;;\n" for hour in range(1, 24))
with patch("requests.get", return_value=Mock(content=(header + rows).encode())):
    found = ChileAirQuality().get_data("RM/D14", "PM10", datetime(1997, 4, 2), datetime(1997, 4, 2), curate=False)
print(f"values in the file: 23, values of PM10 that atmchile returns: {found['PM10'].notna().sum()}")
assert found["PM10"].notna().sum() == 0, "the behavior has changed"
with patch("requests.get", return_value=Mock(content=(header + rows).encode())):
    found = ChileAirQuality().get_data("RM/D14", "PM10", datetime(2097, 4, 2), datetime(2097, 4, 2), curate=False)
print(f"the same file requested for 2097: {found['PM10'].notna().sum()}, the first at {found['date'].iloc[0]}")
assert str(found["date"].iloc[0]).startswith("2097-04-02 01"), "the behavior has changed"
PYTHON
