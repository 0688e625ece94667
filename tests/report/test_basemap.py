"""Elements of maps: bounds, cell edges, color scale, borders, hatching and city names."""

import warnings

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.image import imread
from report.report_data import drawn_aspect, synthetic_grid, synthetic_stations

from aqnet_pyg.errors import InputError
from aqnet_pyg.report import map_field, save_figure, style
from aqnet_pyg.report.basemap import cell_edges, color_scale, extent

STATIONS = synthetic_stations(5, city="")


def test_extent_includes_all_points_with_a_margin():
    rng = np.random.default_rng(0)
    for longitude, latitude in (
        rng.uniform(100, 120, (2, 9)) - [[0], [80]],
        (np.full(3, 116.0), np.linspace(30, 50, 3)),
    ):
        west, east, south, north = extent(longitude, latitude)
        assert west < longitude.min() <= longitude.max() < east
        assert south < latitude.min() <= latitude.max() < north
        aspect = (east - west) * np.cos(np.radians((south + north) / 2)) / (north - south)
        assert 0.99 < aspect < 2.51


def test_cell_edges():
    for centers in (np.array([1.0, 1.5, 2.0]), np.array([2.0, 1.5, 1.0])):
        low, high = cell_edges(centers)
        np.testing.assert_allclose(low, centers - 0.25)
        np.testing.assert_allclose(high, centers + 0.25)
    np.testing.assert_allclose(cell_edges(np.array([7.0])), [[6.5], [7.5]])


def test_color_scale():
    assert color_scale(np.array([1.0, 5.0, np.nan]), "viridis").get_clim() == (1, 5)
    assert color_scale(np.arange(1001.0), "viridis").get_clim() == (10, 990)
    assert color_scale(np.array([3.0, 3.0]), "viridis").get_clim() == (0, 3)
    assert color_scale(np.array([0.0]), "viridis").get_clim() == (0, 1)
    assert color_scale(np.array([0.0]), "viridis", (2, 4)).get_clim() == (2, 4)


def test_borders(tmp_path):
    path = tmp_path / "borders.geojson"
    path.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": {"type":'
        '"MultiPolygon", "coordinates": [[[[112,37],[114,37],[113,39],[112,37]]], [[[115,37],[116,37],[115,39],[115,37]],'
        "[[115.2,37.2],[115.4,37.2],[115.2,37.4],[115.2,37.2]]]]}}]}"
    )
    (lines,) = [
        each for each in map_field(None, STATIONS, borders=path).axes[0].collections if isinstance(each, LineCollection)
    ]
    assert sorted(len(line) for line in lines.get_segments()) == [4, 4, 4]
    path.write_text("<html>")
    (coasts,) = [each for each in map_field(None, STATIONS).axes[0].collections if isinstance(each, LineCollection)]
    assert coasts.get_segments(), "coasts and borders of Natural Earth"
    with pytest.raises(InputError, match=r"borders\.geojson: the borders cannot be read"):
        map_field(None, STATIONS, borders=path)
    with pytest.raises(InputError, match=r"none\.geojson: the borders cannot be read"):
        map_field(None, STATIONS, borders=tmp_path / "none.geojson")


def test_holes_are_not_hatched(tmp_path):
    stations = synthetic_stations(1, city="")
    stations["longitude"], stations["latitude"] = ("station", [115.0]), ("station", [38.0])
    figure = map_field(synthetic_grid(stations), stations, masked="hatched", bounds=(110, 120, 34, 42))
    area = figure.axes[0].patches[0]
    area.set(facecolor="red", hatch=None, zorder=9)
    save_figure(figure, tmp_path / "map.png")
    picture = imread(tmp_path / "map.png")
    height = picture.shape[0]
    at = figure.axes[0].transData.transform([[115.2, 38.2], [111.0, 35.0]]).round().astype(int)
    reds = [picture[height - y, x, 1] < 0.1 and picture[height - y, x, 0] > 0.9 for x, y in at]
    assert reds == [False, True]


def test_names_of_cities_do_not_overlap():
    cities = [f"City {i}" for i in range(40)]
    stations = synthetic_stations(40, city=cities)
    # Pairs of cities next to each other: there is room for only one of the two names.
    for axis in ("longitude", "latitude"):
        first = stations[axis].values[::2]
        stations[axis] = "station", np.ravel(np.column_stack([first, first + 0.02]))
    figure = map_field(None, stations)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert 5 < len(boxes) <= 12
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_names_without_a_font_are_left_out(monkeypatch):
    monkeypatch.setattr(style, "_letters", lambda path: frozenset(map(ord, "Beijing")))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Matplotlib warns of missing characters
        for city, written in (("Beijing", ["Beijing"]), ("北京", [])):
            figure = map_field(None, synthetic_stations(5, city=city))
            drawn_aspect(figure)
            assert [text.get_text() for text in figure.axes[0].texts] == written
