#!/bin/sh
# pyrsig 0.12.0 (PyPI), statistics of models against measurements, quickstats: "all other columns will be treated as estimates".
# Means are taken of each column by itself, so that hours without a measurement or a model value count in one of them: a model that is 2
# too high in every hour has a mean bias of -3 if the hour of the highest measurement is missing. The correlation and index of
# agreement beside it are of common hours. The fractional bias, 2 (M - O) / (M + O) of the means, is divided by the sum over all
# columns, so that it changes with each further model in the table: 0.095, and 0.017 beside a poor model.
# Scores of aqnet_pyg are of the hours in which both are present, and do not depend on other rows of the table.
# Needs PyPI. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyrsig==0.12.0 pyproj==3.7.2 netCDF4==1.7.5.1.post1 xarray==2026.9.0 pandas==2.3.3
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import pandas as pd
from pyrsig.utils import quickstats

hours = pd.DataFrame({"obs": [10.0, 20.0, 30.0], "model": [12.0, 22.0, 32.0]})
gap = hours.assign(model=[12.0, 22.0, np.nan])
beside = hours.assign(poor=[100.0, 200.0, 300.0])
statistics = {"complete": hours, "an hour missing": gap, "beside a poor model": beside}
found = pd.DataFrame({name: quickstats(table)["model"] for name, table in statistics.items()}).loc[["mb", "fmb", "r", "ioa"]]
print("a model that is 2 too high in every hour (means 20 and 22):")
print(found.round(3).to_string())
print("expected: mb 2 in all three; fmb 2 x 2 / 42 = 0.095, and with the hour missing 2 x 2 / 32 = 0.125")
assert np.allclose(found.loc["mb"], [2, -3, 2]), "the behavior has changed"
assert np.allclose(found.loc["fmb"], [4 / 42, -6 / 37, 4 / 242]), "the behavior has changed"
PYTHON
