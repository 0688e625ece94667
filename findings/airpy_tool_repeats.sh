#!/bin/sh
# airpy-tool 2.0.0 (PyPI), which cleans files of India's CPCB, calls readings "consecutive repeats" if their standard deviation over
# the last 48 hours (192 rows) is below a tenth of their mean plus 1. So changing readings of a steady episode are removed, while a
# stuck sensor is removed only after most of two days. Of three days at 300 ± 20 µg/m³, with another reading each quarter of an hour,
# a third is removed from the second day on, which takes the episode off the daily means; of three days with 42.0 in each row, the first
# 47 hours stay. (With pandas 3, airpy cannot be imported, since SettingWithCopyWarning is no more.)
# Needs PyPI; the files are written here. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check airpy-tool==2.0.0 numpy==2.4.6 pandas==2.3.3
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import contextlib
import io
import warnings

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")
from airpy import process_data

time = pd.date_range("2024-01-01", periods=960, freq="15min")
step = np.arange(960)
usual = 60 + 30 * np.sin(2 * np.pi * step / 96) + np.where(step % 2, 3.0, -3.0)
episode, stuck = usual.copy(), usual.copy()
part = slice(400, 688)
episode[part] = 300 + 17 * np.sin(step[part] / 9) + np.where(step[part] % 2, 3.0, -3.0)
stuck[part] = 42.0
kept = {}
for name, values in {"episode": episode, "stuck": stuck}.items():
    table = pd.DataFrame({"Timestamp": time.strftime("%Y-%m-%d %H:%M:%S"), "PM2.5 (µg/m³)": values.round(2)})
    table.to_csv("site_5112_2024.csv", index=False)
    with contextlib.redirect_stdout(io.StringIO()):
        cleaned = process_data(input_path="site_5112_2024.csv", output_path=name, pollutants=["PM25"], overwrite=True)
    kept[name] = cleaned["PM25_consecutives"].iloc[part].notna().to_numpy()
changes = int((np.diff(episode[part].round(2)) != 0).sum())
print(f"episode of 288 readings, of which {changes} differ from the one before: {(~kept['episode']).sum()} removed as repeats")
print(f"288 readings of 42.0: {(~kept['stuck']).sum()} removed, the first after {kept['stuck'].argmin() / 4:g} hours")
assert (changes, (~kept["episode"]).sum(), (~kept["stuck"]).sum(), kept["stuck"].argmin()) == (287, 100, 99, 189), "the behavior has changed"
PYTHON
