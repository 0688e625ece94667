"""Pictures and page of a run of ``aqnet fill``, written to its folder."""

import base64

import numpy as np
from filling_samples import HourlyMean
from report.html_runs import METRICS
from station_samples import random_station_data

from aqnet_pyg import fill
from aqnet_pyg.commands.filling_page import write_filling_page


def test_the_page_holds_the_pictures_beside_it(tmp_path):
    data = random_station_data(hours=72, missing=0)
    data["pm25"][30:34, 2] = np.nan
    path = write_filling_page(fill(HourlyMean.of(data), data), METRICS, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"report.html", "pm25_gaps.png", "pm25_series.png"}
    page = path.read_text(encoding="utf-8")
    for name in ("gaps", "series"):
        assert base64.b64encode((tmp_path / f"pm25_{name}.png").read_bytes()).decode() in page
    assert f"at station {data.station.values[2]}, measured and filled" in page
