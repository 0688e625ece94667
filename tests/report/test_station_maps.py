"""Positions, sizes and colors of the bubbles of stations."""

import numpy as np
import pytest
from report.report_data import drawn_aspect, layers, synthetic_result, synthetic_stations, texts

from aqnet_pyg.errors import InputError
from aqnet_pyg.report import map_errors, map_stations


def bubbles(ax):
    """Positions, values and areas of the bubbles."""
    drawn = [each for each in ax.collections if each.get_array() is not None]
    return [
        np.concatenate(part)
        for part in zip(*((b.get_offsets(), b.get_array(), b.get_sizes()) for b in drawn), strict=True)
    ]


def by_place(places, *others):
    order = np.lexsort(np.asarray(places).T)
    return [np.asarray(part)[order] for part in (places, *others)]


def test_stations_are_colored_and_sized_by_their_measurements():
    stations = synthetic_stations(30, city="")
    stations["pm25"][:, 3] = np.nan
    hidden = ["S0001", "S0002"]
    figure = map_stations(stations, hidden, time="2025-01-01")
    ax = figure.axes[0]
    places, values, sizes = by_place(*bubbles(ax))
    known = stations.isel(station=np.arange(30) != 3, time=slice(24))
    expected = by_place(np.stack([known.longitude, known.latitude], axis=1), known.pm25.mean("time"))
    np.testing.assert_allclose(places, expected[0])
    np.testing.assert_allclose(values, expected[1], rtol=1e-6)
    np.testing.assert_allclose(sizes / values, (sizes / values)[0], rtol=1e-6)
    assert texts(ax.get_legend())[-1] == "hidden station (2)"
    assert all(text.endswith("µg m$^{-3}$") for text in texts(ax.get_legend())[:-1])
    assert ax.get_title() == "29 stations, PM$_{2.5}$, mean of 2025-01-01 08:00 to 2025-01-02 07:00 (Asia/Shanghai)"
    assert ax.child_axes[0].get_ylabel() == "PM$_{2.5}$ (µg m$^{-3}$)"
    outlined = [each for each in ax.collections if np.allclose(each.get_linewidths(), 1.3)]
    np.testing.assert_allclose(
        by_place(outlined[0].get_offsets())[0],
        by_place(np.stack([stations.longitude.sel(station=hidden), stations.latitude.sel(station=hidden)], axis=1))[0],
    )


def test_small_bubbles_lie_on_large_ones():
    for drawn in layers(map_stations(synthetic_stations(40, city="")).axes[0]):
        assert (np.diff(drawn.get_sizes()) <= 0).all()


def test_the_densest_area_is_enlarged():
    stations = synthetic_stations(60, city="")
    town = np.arange(60) < 20
    rng = np.random.default_rng(0)
    stations["longitude"] = "station", np.where(town, 116.4 + rng.uniform(-0.1, 0.1, 60), stations.longitude)
    stations["latitude"] = "station", np.where(town, 39.9 + rng.uniform(-0.1, 0.1, 60), stations.latitude)
    ax, beside = map_stations(stations).axes
    west, east = beside.get_xlim()
    south, north = beside.get_ylim()
    assert east - west < 0.5
    inside = stations.longitude.values[town], stations.latitude.values[town]
    assert ((west < inside[0]) & (inside[0] < east) & (south < inside[1]) & (inside[1] < north)).all()
    np.testing.assert_allclose(by_place(*bubbles(ax))[1], by_place(*bubbles(beside))[1])
    np.testing.assert_allclose(3 * by_place(*bubbles(ax))[2], by_place(*bubbles(beside))[2])
    assert len(map_stations(stations, zoom=None).axes) == 1
    assert map_stations(stations, zoom=(112, 114, 36, 38)).axes[1].get_xlim() == (112, 114)
    # Stations far apart are not enlarged.
    assert len(map_stations(synthetic_stations(60, city="")).axes) == 1


def test_errors_at_hidden_stations():
    result = synthetic_result(30, city="")
    result["pm25_measured"][:, 0] = np.nan
    result["pm25_measured"][5:, 3] = np.nan
    figure = map_errors(result)
    ax = figure.axes[0]
    places, values, sizes = by_place(*bubbles(ax))
    hidden = result.isel(station=np.arange(3, 30, 3))
    error = np.square((hidden.pm25 - hidden.pm25_measured).astype(float))
    expected = by_place(np.stack([hidden.longitude, hidden.latitude], axis=1), np.sqrt(error.mean("time")))
    np.testing.assert_allclose(places, expected[0])
    np.testing.assert_allclose(values, expected[1])
    np.testing.assert_allclose(sizes / values, (sizes / values)[0], rtol=1e-6)
    assert ax.get_title() == f"PM$_{{2.5}}$ at 9 hidden stations, RMSE {float(error.mean()) ** 0.5:.3g} µg m$^{{-3}}$"
    assert texts(ax.get_legend())[-1] == "visible station (20)"
    (dots,) = [each for each in layers(ax) if each.get_array() is None]
    assert len(dots.get_offsets()) == 20
    assert ax.child_axes[0].get_ylabel() == "RMSE of PM$_{2.5}$ (µg m$^{-3}$)"
    assert map_errors(result, title="Mine").axes[0].get_title() == "Mine"


def test_errors_of_chosen_hours():
    result = synthetic_result(9, city="")
    day = result.sel(time="2025-01-02")
    np.testing.assert_array_equal(
        bubbles(map_errors(result, time="2025-01-02").axes[0])[1], bubbles(map_errors(day).axes[0])[1]
    )


@pytest.mark.parametrize("count", [1, 1000])
def test_few_and_many_stations(count):
    result = synthetic_result(count, hours=2, city="")
    for figure in (map_stations(result), map_errors(result)):
        assert 0.4 < drawn_aspect(figure) < 1.4


def test_across_the_antimeridian():
    result = synthetic_result(3, city="", hidden=["S0000", "S0001"])
    result["longitude"] = "station", [179.5, -179.5, 178.0]
    for figure in (map_stations(result), map_errors(result)):
        assert np.ptp(figure.axes[0].get_xlim()) < 10
        np.testing.assert_allclose(sorted(bubbles(figure.axes[0])[0][:, 0])[-2:], [179.5, 180.5])


def test_nothing_to_draw():
    result = synthetic_result(6)
    for draw in (map_stations, map_errors):
        with pytest.raises(InputError, match="measurements"):
            draw(result.where(result.station_distance < 0).assign(visible=result.visible))
    with pytest.raises(InputError, match="no hidden station has measurements"):
        map_errors(synthetic_result(6, hidden=[]))
    with pytest.raises(InputError, match="none of pm25 has both"):
        map_errors(synthetic_stations(6))
