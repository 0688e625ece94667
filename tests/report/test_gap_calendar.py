"""Calendar of gaps."""

import numpy as np
import pandas as pd
import pytest
from filling_samples import HourlyMean
from matplotlib.figure import Figure
from report.report_data import drawn_aspect, texts
from station_samples import random_station_data

from aqnet_pyg import fill
from aqnet_pyg.errors import InputError
from aqnet_pyg.report import plot_gaps
from aqnet_pyg.report.gap_calendar import DAYS, day_kinds


@pytest.fixture
def product():
    data = random_station_data(hours=96, missing=0)
    data["pm25"][30:34, 2] = np.nan
    data["pm25"][50, :] = np.nan
    return fill(HourlyMean.of(data), data)


def test_kinds_of_days():
    time = pd.date_range("2025-01-01 01:00", periods=72, freq="h")  # days of UTC
    status = np.zeros((72, 4), np.int8)
    status[24:30, 1] = 1
    status[24:40, 2] = 1
    status[24:40, 3] = 1
    status[47, 3] = 2
    days, kinds = day_kinds(status, time, "UTC")
    assert list(days.astype(str)) == ["2025-01-01", "2025-01-02", "2025-01-03"]
    np.testing.assert_array_equal(kinds, [[0, 0, 0, 0], [0, 1, 2, 3], [0, 0, 0, 0]])
    days, _ = day_kinds(status, time, "Asia/Shanghai")  # the first hour ends at 09:00
    assert len(days) == 4


def test_the_calendar(product):
    figure = plot_gaps(product)
    ax = figure.axes[0]
    assert isinstance(figure, Figure)
    _, kinds = day_kinds(product.pm25_status.values, product.indexes["time"], "Asia/Shanghai")
    np.testing.assert_array_equal(ax.images[0].get_array().T, kinds)
    assert texts(ax.get_legend()) == [name for name, _ in DAYS]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(product.station.values)
    assert ax.get_title().startswith("PM$_{2.5}$: 0.3% of the station-hours")
    assert drawn_aspect(figure) < 1


def test_errors(product):
    with pytest.raises(InputError, match="'o3'"):
        plot_gaps(product, "o3")
    with pytest.raises(InputError, match="has a status"):
        plot_gaps(product[["pm25"]])
