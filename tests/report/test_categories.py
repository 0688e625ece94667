"""Colors of categories agree with the index."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.colors import to_hex
from report.report_data import synthetic_stations

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels import aqi
from aqnet_pyg.report import map_field
from aqnet_pyg.report.categories import category_colors


@pytest.mark.parametrize(
    ("standard", "pollutant", "highest"),
    [("china", "pm25", 500), ("china", "co", 60), ("china", "no2", 940), ("epa", "pm25", 325), ("epa", "pm10", 600)],
)
def test_the_color_is_that_of_the_index(standard, pollutant, highest):
    values = np.linspace(0, highest - 0.01, 4001)
    days = xr.DataArray(np.tile(values, (24, 1)).astype(np.float32), dims=("time", "station"))
    hours = xr.Dataset({pollutant: days}, {"time": pd.date_range("2025-01-01T01", periods=24, freq="h")})
    index = aqi(hours, standard, time_zone="UTC")
    expected = np.array(index.category.attrs["flag_colors"].split())[index.category.values[0]]
    scale, names = category_colors(pollutant, standard)
    assert len(names) == len(scale.norm.boundaries) - 1
    different = np.array([to_hex(color) for color in scale.to_rgba(values)]) != expected
    # Exactly at a bound, the index rounds half to even, and float32 is inexact.
    assert different.mean() < 0.001


def test_no_categories():
    for standard, pollutant in (("china", "o3"), ("epa", "so2"), ("who", "pm25")):
        with pytest.raises(InputError, match=f"'{standard}' has no categories for the daily mean of {pollutant}"):
            category_colors(pollutant, standard)


def test_on_a_map():
    stations = synthetic_stations(city="")
    figure = map_field(None, stations, colors="china")
    ax = figure.axes[0]
    bar = ax.child_axes[0]
    assert [text.get_text() for text in bar.texts][:3] == ["excellent", "good", "lightly\npolluted"]
    assert [label.get_text() for label in bar.get_yticklabels()] == ["35.5", "75.5", "115.5", "150.5", "250.5"]
    (circles,) = [each for each in ax.collections if len(each.get_offsets()) > 1]
    figure.draw_without_rendering()
    means = stations.pm25.mean("time").values
    assert {to_hex(color) for color in circles.get_facecolors()[means > 36]} == {"#ffff00"}
