"""Page of a run of ``aqnet fill``."""

import re

import numpy as np
import pytest
from filling_samples import HourlyMean
from report.html_runs import METRICS
from station_samples import random_station_data

from aqnet_pyg import fill
from aqnet_pyg.errors import InputError
from aqnet_pyg.report import filling_page
from aqnet_pyg.report.html.filling_page import gap_table

EVIL = "</style><img src=x onerror=alert(1)>&\"'"
ROW = {"mae": 1.234, "rmse": 2.0, "r2": 0.9, "n": 1000}
SCORES = {
    "held_out": True,
    "overall": {"model": ROW | {"coverage": 0.912, "width": 9.5}, "linear": ROW | {"mae": 4.5}},
    "by_gap_length": {"2-3": {"model": ROW}},
}


@pytest.fixture
def product():
    data = random_station_data(hours=72, missing=0)
    data["pm25"][30:34, 2] = np.nan
    data["pm25"][50, :] = np.nan
    data["pm25"][10, 5] = np.nan
    return fill(HourlyMean.of(data), data)


def metrics(scores=SCORES, **other):
    return METRICS | {"pollutants": {"pm25": {"scores": scores}}} | other


def test_content(product):
    page = filling_page(product, metrics(), {"Calendar": b"picture"})
    for text in (
        *("PM₂.₅: filled gaps", "Measured data", "12 stations", "1.23", "91.2%", "Model (this run)", "Linear in time"),
        *("2-3", "trained without them", "data:image/png;base64,cGljdHVyZQ==", "Files skipped", "it is empty"),
    ):
        assert text in page, text
    assert "<script" not in page
    assert "may have been trained on them" in filling_page(product, metrics(SCORES | {"held_out": False}))
    assert "No hours were masked" in filling_page(product, metrics(None))


def test_numbers_of_gaps(product):
    rows = gap_table(product, "pm25").rows
    assert rows == [["1", 13, 1, 0, 12], ["4-12", 1, 4, 0, 0], ["All gaps", 14, 5, 0, 12]]


def test_text_from_the_data_is_escaped(product):
    page = filling_page(product, metrics(dataset=EVIL, settings={EVIL: EVIL}, reader={"notes": [EVIL]}), {EVIL: b""})
    assert "<img src=x" not in page
    assert page.count("</style>") == 1


def test_no_network_requests(product):
    page = filling_page(product, metrics(), {"Calendar": b"picture"})
    addresses = re.findall(r"""\b(?:src|href|action|url)\s*[=(]\s*["']?([^"'\s)>]*)""", page)
    assert all(address.startswith(("#", "data:")) for address in addresses)
    assert "default-src &#39;none&#39;" in page


def test_another_data_set(product):
    with pytest.raises(InputError, match="has a status"):
        filling_page(product[["pm25"]], {})
