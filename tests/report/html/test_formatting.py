"""Names, units and periods as text."""

import numpy as np
import pytest

from aqnet_pyg.report.html.formatting import name_parts, period_text, plain_name, plain_units


@pytest.mark.parametrize(
    ("pollutant", "plain", "parts"),
    [
        ("pm25", "PM₂.₅", ("PM", "2.5")),
        ("no2", "NO₂", ("NO", "2")),
        ("co", "CO", ("CO", "")),
        ("wind", "wind", ("wind", "")),
    ],
)
def test_names(pollutant, plain, parts):
    assert plain_name(pollutant) == plain
    assert name_parts(pollutant) == parts


def test_units():
    assert plain_units("ug m-3") == "µg m⁻³"


def test_periods_are_in_local_time():
    hours = np.array([["2025-01-02T20", "2025-01-01T20"]], "datetime64[ns]")
    assert period_text(hours, "Asia/Shanghai") == "2 Jan 2025 04:00 to 3 Jan 2025 04:00 (Asia/Shanghai)"
    assert period_text(hours, "Etc/GMT-8") == "2 Jan 2025 04:00 to 3 Jan 2025 04:00 (UTC+8)"
    assert period_text(hours[:, 0], "UTC") == "2 Jan 2025 20:00 (UTC)"
