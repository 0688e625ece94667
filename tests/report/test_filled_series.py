"""Series of a station with filled gaps."""

import numpy as np
import pytest
from filling_samples import HourlyMean
from report.report_data import texts
from station_samples import random_station_data

from aqnet_pyg import fill
from aqnet_pyg.errors import InputError
from aqnet_pyg.report import example_of_filling, plot_filled

EIGHT = np.timedelta64(8, "h")  # Beijing is eight hours ahead of UTC


@pytest.fixture
def data():
    data = random_station_data(hours=72, missing=0)
    data["pm25"][30:34, 2] = np.nan
    data["pm25"][50, :] = np.nan
    return data


def test_measured_and_filled_hours(data):
    code = str(data.station.values[2])
    product = fill(HourlyMean.of(data), data)
    ax = plot_filled(product, code).axes[0]
    filled, measured = ax.lines
    np.testing.assert_array_equal(measured.get_ydata(), data.pm25[:, 2])
    expected = np.full(72, np.nan, np.float32)
    expected[29:35] = product.pm25[29:35, 2]  # from measurement to measurement
    np.testing.assert_array_equal(filled.get_ydata(), expected)
    assert measured.get_xdata()[0] == data.time.values[0] + EIGHT
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert band.max() == pytest.approx(float(product.pm25_upper[29:35, 2].max()))
    assert texts(ax.get_legend()) == ["90 % interval", "filled", "measured"]
    assert ax.get_title() == code
    assert ax.get_ylabel() == "PM$_{2.5}$ (µg m$^{-3}$)"


def test_part_of_the_hours(data):
    product = fill(HourlyMean.of(data), data)
    _, measured = plot_filled(product, str(data.station.values[0]), time="2016-12-02", title="one day").axes[0].lines
    assert len(measured.get_ydata()) == 24


def test_an_example_has_both(data):
    data["pm25"][:, 4] = np.nan  # all filled
    data["pm25"][20:50, 7] = np.nan
    station, hours = example_of_filling(fill(HourlyMean.of(data), data))
    assert station == data.station.values[7]
    assert hours == slice(data.time.values[0], data.time.values[-1])


def test_errors(data):
    product = fill(HourlyMean.of(data), data)
    with pytest.raises(InputError, match="'nowhere' is not in the product"):
        plot_filled(product, "nowhere")
    with pytest.raises(InputError, match="2031"):
        plot_filled(product, str(data.station.values[0]), time="2031-01-01")
