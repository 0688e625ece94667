import warnings

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.collections import LineCollection, QuadMesh
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.path import Path
from report.report_data import made_up_grid, made_up_result

from aqnet_pyg.baselines import great_circle_km
from aqnet_pyg.errors import InputError
from aqnet_pyg.report import map_field, save_figure, style
from aqnet_pyg.stations import make_station_data


def simulated(count=30, hours=30, city="Beijing", seed=0):
    rng = np.random.default_rng(seed)
    stations = pd.DataFrame(
        {"longitude": rng.uniform(112, 118, count), "latitude": rng.uniform(36, 41, count), "city": city},
        index=[f"S{i:04d}" for i in range(count)],
    )
    values = rng.uniform(10, 90, (hours, count))
    time = pd.date_range("2025-01-01", periods=hours, freq="h")
    return make_station_data({"pm25": values}, time, stations, time_zone="Asia/Shanghai", source="simulated")


def field(stations, west=110.0, east=121.0):
    longitude, latitude = np.arange(west, east, 0.5), np.arange(34.0, 43.0, 0.5)
    values = np.random.default_rng(1).uniform(10, 90, (stations.sizes["time"], latitude.size, longitude.size))
    coordinates = {"time": stations.time, "latitude": latitude, "longitude": longitude}
    return xr.DataArray(values, coordinates, ("time", "latitude", "longitude"))


def collections(figure, kind):
    return [each for each in figure.axes[0].collections if isinstance(each, kind)]


def points(figure):
    """Longitudes, latitudes and values of visible and of hidden stations, as drawn."""
    drawn = [each for each in figure.axes[0].collections if not isinstance(each, QuadMesh | LineCollection)]
    return [(*each.get_offsets().T, each.get_array()) for each in drawn]


def test_no_color_far_from_visible_stations():
    stations = simulated(6)
    hidden = list(stations.station.values[:2])
    grid = field(stations)
    (mesh,) = collections(map_field(grid, stations, hidden, reach_km=80), QuadMesh)
    longitude, latitude = (axis.ravel() for axis in np.meshgrid(grid.longitude, grid.latitude))
    visible = stations.isel(station=slice(2, None))
    distances = great_circle_km((longitude, latitude), (visible.longitude.values, visible.latitude.values)).min(axis=1)
    blank = np.ma.getmaskarray(mesh.get_array()).ravel()
    assert 0 < blank.sum() < blank.size
    np.testing.assert_array_equal(blank, distances > 80)
    np.testing.assert_allclose(mesh.get_array().ravel()[~blank], grid.mean("time").values.ravel()[~blank])


def test_stations_that_measured_nothing_lend_no_color():
    stations = simulated(2)
    stations["pm25"][:, 1] = np.nan
    (mesh,) = collections(map_field(field(stations), stations, reach_km=80), QuadMesh)
    alone = stations.isel(station=[0])
    (expected,) = collections(map_field(field(stations), alone, reach_km=80), QuadMesh)
    np.testing.assert_array_equal(np.ma.getmaskarray(mesh.get_array()), np.ma.getmaskarray(expected.get_array()))


def test_stations_are_where_they_are_and_as_they_measured():
    stations = simulated(30)
    stations["pm25"][:, 7] = np.nan
    hidden = ["S0001", "S0004"]
    figure = map_field(None, stations, hidden)
    visible_points, hidden_points = points(figure)
    expected = stations.sel(station=hidden)
    np.testing.assert_allclose(hidden_points[0], expected.longitude)
    np.testing.assert_allclose(hidden_points[1], expected.latitude)
    np.testing.assert_allclose(hidden_points[2], expected.pm25.mean("time"), rtol=1e-5)
    assert len(visible_points[0]) == 27
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["visible station (27)", "hidden station (2)"]


def test_one_color_scale_that_outliers_do_not_take():
    stations = simulated(200)
    stations["pm25"][:, 0] = 5000
    figure = map_field(field(stations), stations, ["S0003"], time="2025-01-01T05")
    limits = (
        {each.norm.vmin for each in figure.axes[0].collections},
        {each.norm.vmax for each in figure.axes[0].collections},
    )
    assert [len(each) for each in limits] == [1, 1]
    assert limits[1].pop() < 100


def test_an_hour_a_day_or_all():
    stations = simulated(5)
    for time, hours in (("2025-01-01T03", [3]), ("2025-01-01", range(24)), (None, range(30))):
        figure = map_field(None, stations, time=time)
        np.testing.assert_allclose(
            points(figure)[0][2], stations.pm25.isel(time=list(hours)).mean("time"), rtol=1e-5, err_msg=str(time)
        )
    # Beijing is eight hours ahead.
    title = map_field(None, stations, time=np.datetime64("2025-01-01T20")).axes[0].get_title()
    assert title == "PM$_{2.5}$, 2025-01-02 04:00 (Asia/Shanghai)"
    title = map_field(None, stations).axes[0].get_title()
    assert title == "PM$_{2.5}$, mean of 2025-01-01 08:00 to 2025-01-02 13:00 (Asia/Shanghai)"
    assert map_field(None, stations, title="Mine").axes[0].get_title() == "Mine"


def test_labels():
    figure = map_field(field(simulated()), simulated())
    map_axes, bar = figure.axes[0], figure.axes[0].child_axes[0]
    assert bar.get_ylabel() == "PM$_{2.5}$ (µg m$^{-3}$)"
    assert map_axes.xaxis.get_major_formatter()(115, 0) == "115°E"
    assert map_axes.xaxis.get_major_formatter()(200, 0) == "160°W"
    assert map_axes.yaxis.get_major_formatter()(-7.5, 0) == "7.5°S"
    assert map_axes.get_aspect() == pytest.approx(1 / np.cos(np.radians(np.mean(map_axes.get_ylim()))))
    assert [text.get_text() for text in map_axes.texts] == ["Beijing"]


def test_names_of_cities_do_not_overlap():
    cities = [f"City {i}" for i in range(40)]
    stations = simulated(40, city=cities)
    # Pairs of cities that nearly touch: there is room for one name of each.
    for axis in ("longitude", "latitude"):
        first = stations[axis].values[::2]
        stations[axis] = "station", np.ravel(np.column_stack([first, first + 0.02]))
    figure = map_field(None, stations)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert 5 < len(boxes) <= 12
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_names_without_a_font_are_left_out(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_figure(map_field(None, simulated(city="北京")), tmp_path / "map.png")


@pytest.mark.parametrize("count", [1, 2, 1000])
@pytest.mark.parametrize("with_grid", [True, False])
def test_few_and_many_stations(tmp_path, count, with_grid):
    stations = simulated(count, hours=2)
    figure = map_field(field(stations) if with_grid else None, stations, stations.station.values[1::10])
    save_figure(figure, tmp_path / "map.png")
    height, width = imread(tmp_path / "map.png").shape[:2]
    assert 0.4 < height / width < 1.4


def test_names_are_written_in_a_font_that_has_their_letters(monkeypatch):
    plain = {ord(letter) for letter in "Zürich"}
    letters = {"sans-serif": plain, "SimHei": {ord(letter) for letter in "北京A1"}, "Heiti SC": {ord("京")}}
    monkeypatch.setattr(style, "findfont", lambda properties, **_: properties.get_family()[0])
    monkeypatch.setattr(style, "_letters", lambda family: frozenset(letters.get(family, ())))
    assert style.fonts_for("Zürich") == ["sans-serif"]
    assert style.fonts_for("北京A1") == ["SimHei"]
    assert style.fonts_for("京") == ["SimHei"]
    assert style.fonts_for("上海") is None


def test_the_letters_of_a_font():
    assert style.fonts_for("Besançon, Łódź, Ñuñoa") == ["sans-serif"]
    assert style.fonts_for("\U0010ffff") is None


def test_doubtful_cells_are_blank_or_hatched():
    stations = simulated(6)
    grid = made_up_grid(stations)
    far = np.ma.getmaskarray(collections(map_field(grid, stations, reach_km=150), QuadMesh)[0].get_array())
    wide = ((grid.pm25_upper - grid.pm25_lower).mean("time") > 9).values
    assert (far & ~wide).any()
    assert (wide & ~far).any()
    blank = map_field(grid, stations, reach_km=150, widest=9)
    np.testing.assert_array_equal(np.ma.getmaskarray(collections(blank, QuadMesh)[0].get_array()), far | wide)
    legend = [text.get_text() for text in blank.axes[0].get_legend().get_texts()]
    assert legend[-1] == "no visible station within 150 km\nor 90 % interval wider than 9 µg m$^{-3}$"

    hatched = map_field(grid, stations, reach_km=150, widest=9, doubtful="hatched")
    (mesh,) = collections(hatched, QuadMesh)
    np.testing.assert_allclose(mesh.get_array().compressed(), grid.pm25.mean("time").values.ravel())
    (area,) = hatched.axes[0].patches
    assert area.get_hatch()
    cells = np.stack(np.meshgrid(grid.longitude, grid.latitude), axis=-1).reshape(-1, 2)
    inside = np.zeros(len(cells), int)
    for ring in map(Path, area.get_path().to_polygons()):
        # Holes run clockwise.
        x, y = ring.vertices.T
        inside += int(np.sign(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))) * ring.contains_points(cells)
    np.testing.assert_array_equal(inside, (far | wide).ravel())
    # Both are the same map otherwise.
    assert hatched.axes[0].get_xlim() == blank.axes[0].get_xlim()
    assert mesh.norm.vmin == collections(blank, QuadMesh)[0].norm.vmin


def test_holes_are_not_hatched(tmp_path):
    stations = simulated(1)
    stations["longitude"], stations["latitude"] = ("station", [115.0]), ("station", [38.0])
    figure = map_field(field(stations), stations, doubtful="hatched", bounds=(110, 120, 34, 42))
    area = figure.axes[0].patches[0]
    area.set(facecolor="red", hatch=None, zorder=9)
    save_figure(figure, tmp_path / "map.png")
    picture = imread(tmp_path / "map.png")
    height = picture.shape[0]
    at = figure.axes[0].transData.transform([[115.2, 38.2], [111.0, 35.0]]).round().astype(int)
    reds = [picture[height - y, x, 1] < 0.1 and picture[height - y, x, 0] > 0.9 for x, y in at]
    assert reds == [False, True]


def test_stations_and_grid_of_a_result():
    result = made_up_result(12, hidden=["S0002"])
    figure = map_field(made_up_grid(result), result)
    visible, hidden = points(figure)
    np.testing.assert_allclose(hidden[2], result.pm25_measured.sel(station=["S0002"]).mean("time"), rtol=1e-6)
    assert len(visible[0]) == 11


def test_of_forecasts_the_newest_count():
    result = made_up_result(12, lead=24)
    hour = result.time.values[1, 3]
    (mesh,) = collections(map_field(made_up_grid(result), result, time=hour, reach_km=1e5), QuadMesh)
    np.testing.assert_allclose(mesh.get_array().ravel(), made_up_grid(result).pm25.values[1, 3].ravel())


def test_colors_limits_and_bounds():
    stations = simulated(40)
    figure = map_field(field(stations), stations, colors="cividis", limits=(0, 50), bounds=(112, 114, 36, 38))
    ax = figure.axes[0]
    assert (*ax.get_xlim(), *ax.get_ylim()) == (112, 114, 36, 38)
    assert {each.get_cmap().name for each in ax.collections} == {"cividis"}
    assert {(each.norm.vmin, each.norm.vmax) for each in ax.collections} == {(0, 50)}
    with pytest.raises(InputError, match="colors: 'rainbows' is no color map of Matplotlib and no standard"):
        map_field(None, stations, colors="rainbows")


def test_all_hidden_is_all_grey():
    stations = simulated(3)
    (mesh,) = collections(map_field(field(stations), stations, stations.station.values), QuadMesh)
    assert np.ma.getmaskarray(mesh.get_array()).all()


def test_longitudes_may_count_from_elsewhere():
    stations = simulated(10)
    there = stations.assign_coords(longitude=stations.longitude - 180)
    grid = field(stations, 110 + 180, 121 + 180)
    figure = map_field(grid, there)
    assert not np.ma.getmaskarray(collections(figure, QuadMesh)[0].get_array()).all()
    np.testing.assert_allclose(points(figure)[0][0], stations.longitude + 180)


def test_borders(tmp_path):
    path = tmp_path / "borders.geojson"
    path.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": {"type":'
        '"MultiPolygon", "coordinates": [[[[112,37],[114,37],[113,39],[112,37]]], [[[115,37],[116,37],[115,39],[115,37]],'
        "[[115.2,37.2],[115.4,37.2],[115.2,37.4],[115.2,37.2]]]]}}]}"
    )
    (lines,) = collections(map_field(None, simulated(), borders=path), LineCollection)
    assert sorted(len(line) for line in lines.get_segments()) == [4, 4, 4]
    path.write_text("<html>")
    with pytest.raises(InputError, match=r"borders\.geojson: the borders cannot be read"):
        map_field(None, simulated(), borders=path)
    with pytest.raises(InputError, match=r"none\.geojson: the borders cannot be read"):
        map_field(None, simulated(), borders=tmp_path / "none.geojson")


def test_draws_in_axes_of_others():
    figure = Figure()
    ax = figure.subplots(1, 2)[1]
    assert map_field(None, simulated(), ax=ax) is figure
    assert ax.get_title()


def test_input_that_cannot_be():
    stations = simulated(4)
    with pytest.raises(InputError, match="pollutant: 'no2' is not in the station data; use one of pm25"):
        map_field(None, stations, pollutant="no2")
    with pytest.raises(InputError, match="hidden: 'X' is not a station"):
        map_field(None, stations, ["X"])
    with pytest.raises(InputError, match="time: 2026-01-01 "):
        map_field(None, stations, time="2026-01-01")
    with pytest.raises(InputError, match="time: 2026-01-01T00:00 "):
        map_field(None, stations, time=np.datetime64("2026-01-01T00:00"))
    with pytest.raises(InputError, match="grid: dimensions"):
        map_field(field(stations).rename(latitude="y"), stations)
    with pytest.raises(InputError, match="grid: 'pm25' is not in it; it has wind"):
        map_field(xr.Dataset({"wind": field(stations)}), stations)
    with pytest.raises(InputError, match="widest: the grid has no pm25_upper and pm25_lower"):
        map_field(field(stations), stations, widest=10)
    with pytest.raises(InputError, match="doubtful: 'gone'"):
        map_field(field(stations), stations, doubtful="gone")
    with pytest.raises(InputError, match="none measured pm25"):
        map_field(None, stations.where(stations.pm25 < 0))


def test_saving_replaces_at_once(tmp_path):
    path = tmp_path / "map.png"
    figure = map_field(None, simulated(3))
    save_figure(figure, path)
    first = path.read_bytes()
    assert first.startswith(b"\x89PNG")
    save_figure(map_field(None, simulated(3)), path)
    assert path.read_bytes() == first, "the same data make the same picture"
    with pytest.raises(InputError, match=r"map\.xyz: the figure cannot be written"):
        save_figure(figure, tmp_path / "map.xyz")
    with pytest.raises(InputError, match="cannot be written"):
        save_figure(figure, tmp_path / "nowhere" / "map.png")
    assert list(tmp_path.iterdir()) == [path]
