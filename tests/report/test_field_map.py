"""Map of a field: colors of cells and stations, masked cells, legend."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.collections import LineCollection, QuadMesh
from matplotlib.figure import Figure
from matplotlib.path import Path
from report.report_data import drawn_aspect, layers, synthetic_grid, synthetic_result, synthetic_stations, texts

from aqnet_pyg.baselines import distance_matrix_km
from aqnet_pyg.errors import InputError
from aqnet_pyg.report import map_field
from aqnet_pyg.report.land import on_land


def simulated(count=30, hours=30, city=""):
    """Without names of cities, a map is drawn faster."""
    return synthetic_stations(count, hours, city)


def field(stations, *ends):
    return synthetic_grid(stations, *ends).pm25


def collections(figure, kind):
    return [each for each in figure.axes[0].collections if isinstance(each, kind)]


def points(figure):
    """Longitudes, latitudes and values of visible and of hidden stations, as drawn."""
    drawn = [each for each in figure.axes[0].collections if not isinstance(each, QuadMesh | LineCollection)]
    return [(*each.get_offsets().T, each.get_array()) for each in drawn]


def test_cells_far_from_visible_stations_are_masked():
    stations = simulated(6)
    hidden = list(stations.station.values[:2])
    grid = field(stations)
    (mesh,) = collections(map_field(grid, stations, hidden, max_distance_km=80), QuadMesh)
    longitude, latitude = (axis.ravel() for axis in np.meshgrid(grid.longitude, grid.latitude))
    visible = stations.isel(station=slice(2, None))
    distances = distance_matrix_km((longitude, latitude), (visible.longitude.values, visible.latitude.values)).min(
        axis=1
    )
    blank = np.ma.getmaskarray(mesh.get_array()).ravel()
    assert 0 < blank.sum() < blank.size
    np.testing.assert_array_equal(blank, distances > 80)
    np.testing.assert_allclose(mesh.get_array().ravel()[~blank], grid.mean("time").values.ravel()[~blank])


def test_stations_without_measurements_are_ignored():
    stations = simulated(2)
    stations["pm25"][:, 1] = np.nan
    (mesh,) = collections(map_field(field(stations), stations, max_distance_km=80), QuadMesh)
    alone = stations.isel(station=[0])
    (expected,) = collections(map_field(field(stations), alone, max_distance_km=80), QuadMesh)
    np.testing.assert_array_equal(np.ma.getmaskarray(mesh.get_array()), np.ma.getmaskarray(expected.get_array()))


def test_positions_and_colors_of_stations():
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
    assert texts(figure.axes[0].get_legend()) == ["visible station (27)", "hidden station (2)"]


def test_color_scale_excludes_outliers():
    stations = simulated(200)
    stations["pm25"][:, 0] = 5000
    figure = map_field(field(stations), stations, ["S0003"], time="2025-01-01T05")
    limits = (
        {each.norm.vmin for each in layers(figure.axes[0])},
        {each.norm.vmax for each in layers(figure.axes[0])},
    )
    assert [len(each) for each in limits] == [1, 1]
    assert limits[1].pop() < 100


def test_hour_day_or_all_hours():
    stations = simulated(5)
    for time, hours in (("2025-01-01T03", [3]), ("2025-01-01", range(24)), (None, range(30))):
        figure = map_field(None, stations, time=time)
        np.testing.assert_allclose(
            points(figure)[0][2], stations.pm25.isel(time=list(hours)).mean("time"), rtol=1e-5, err_msg=str(time)
        )
    # Beijing is eight hours ahead of UTC.
    title = map_field(None, stations, time=np.datetime64("2025-01-01T20")).axes[0].get_title()
    assert title == "PM$_{2.5}$, 2025-01-02 04:00 (Asia/Shanghai)"
    title = map_field(None, stations).axes[0].get_title()
    assert title == "PM$_{2.5}$, mean of 2025-01-01 08:00 to 2025-01-02 13:00 (Asia/Shanghai)"
    assert map_field(None, stations, title="Mine").axes[0].get_title() == "Mine"


def test_labels():
    stations = simulated(city="Beijing")
    figure = map_field(field(stations), stations)
    map_axes, bar = figure.axes[0], figure.axes[0].child_axes[0]
    assert bar.get_ylabel() == "PM$_{2.5}$ (µg m$^{-3}$)"
    assert map_axes.xaxis.get_major_formatter()(115, 0) == "115°E"
    assert map_axes.xaxis.get_major_formatter()(200, 0) == "160°W"
    assert map_axes.yaxis.get_major_formatter()(-7.5, 0) == "7.5°S"
    assert map_axes.get_aspect() == pytest.approx(1 / np.cos(np.radians(np.mean(map_axes.get_ylim()))))
    assert [text.get_text() for text in map_axes.texts] == ["Beijing"]


@pytest.mark.parametrize("count", [1, 2, 1000])
@pytest.mark.parametrize("with_grid", [True, False])
def test_few_and_many_stations(count, with_grid):
    stations = simulated(count, hours=2)
    figure = map_field(field(stations) if with_grid else None, stations, stations.station.values[1::10])
    assert 0.4 < drawn_aspect(figure) < 1.4


def test_masked_cells_are_blank_or_hatched():
    stations = simulated(6)
    grid = synthetic_grid(stations)
    far = np.ma.getmaskarray(collections(map_field(grid, stations, max_distance_km=150), QuadMesh)[0].get_array())
    wide = ((grid.pm25_upper - grid.pm25_lower).mean("time") > 9).values
    assert (far & ~wide).any()
    assert (wide & ~far).any()
    blank = map_field(grid, stations, max_distance_km=150, max_width=9)
    np.testing.assert_array_equal(np.ma.getmaskarray(collections(blank, QuadMesh)[0].get_array()), far | wide)
    assert (
        texts(blank.axes[0].get_legend())[-1]
        == "no visible station within 150 km (25 km at sea)\nor 90 % interval wider than 9 µg m$^{-3}$"
    )

    hatched = map_field(grid, stations, max_distance_km=150, max_width=9, masked="hatched")
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
    # Otherwise the maps are the same.
    assert hatched.axes[0].get_xlim() == blank.axes[0].get_xlim()
    assert mesh.norm.vmin == collections(blank, QuadMesh)[0].norm.vmin


def test_the_sea_is_masked_where_no_station_is_near():
    stations = simulated(6)
    grid = synthetic_grid(stations)
    longitude, latitude = np.meshgrid(grid.longitude, grid.latitude)
    near, everywhere = (
        np.ma.getmaskarray(collections(map_field(grid, stations, max_distance_km=km), QuadMesh)[0].get_array())
        for km in (1e4, np.inf)
    )
    np.testing.assert_array_equal(near, ~on_land(longitude, latitude))
    assert near.any()
    assert not everywhere.any()


def test_stations_and_grid_of_a_result():
    result = synthetic_result(12, city="", hidden=["S0002"])
    figure = map_field(synthetic_grid(result), result)
    visible, hidden = points(figure)
    np.testing.assert_allclose(hidden[2], result.pm25_measured.sel(station=["S0002"]).mean("time"), rtol=1e-6)
    assert len(visible[0]) == 11


def test_newest_forecast_is_drawn():
    result = synthetic_result(12, city="", lead=24)
    hour = result.time.values[1, 3]
    (mesh,) = collections(map_field(synthetic_grid(result), result, time=hour, max_distance_km=1e5), QuadMesh)
    np.testing.assert_allclose(mesh.get_array().ravel(), synthetic_grid(result).pm25.values[1, 3].ravel())


def test_colors_limits_and_bounds():
    stations = simulated(40)
    figure = map_field(field(stations), stations, colors="cividis", limits=(0, 50), bounds=(112, 114, 36, 38))
    ax = figure.axes[0]
    assert (*ax.get_xlim(), *ax.get_ylim()) == (112, 114, 36, 38)
    assert {each.get_cmap().name for each in layers(ax)} == {"cividis"}
    assert {(each.norm.vmin, each.norm.vmax) for each in layers(ax)} == {(0, 50)}
    with pytest.raises(InputError, match="colors: 'rainbows' is neither a color map of Matplotlib nor a standard"):
        map_field(None, stations, colors="rainbows")


def test_without_visible_stations_all_cells_are_masked():
    stations = simulated(3)
    (mesh,) = collections(map_field(field(stations), stations, stations.station.values), QuadMesh)
    assert np.ma.getmaskarray(mesh.get_array()).all()


def test_longitudes_of_grid_and_stations_in_different_ranges():
    stations = simulated(10)
    there = stations.assign_coords(longitude=stations.longitude - 180)
    grid = field(stations, 110 + 180, 121 + 180)
    figure = map_field(grid, there)
    assert not np.ma.getmaskarray(collections(figure, QuadMesh)[0].get_array()).all()
    np.testing.assert_allclose(points(figure)[0][0], stations.longitude + 180)


def test_the_same_data_give_the_same_pixels():
    stations = simulated(3)
    figures = [map_field(field(stations), stations) for _ in range(2)]
    for figure in figures:
        figure.dpi = 40
        figure.canvas.draw()
    np.testing.assert_array_equal(*(figure.canvas.buffer_rgba() for figure in figures))


def test_draws_in_given_axes():
    figure = Figure()
    ax = figure.subplots(1, 2)[1]
    assert map_field(None, simulated(), ax=ax) is figure
    assert ax.get_title()


def test_invalid_input():
    stations = simulated(4)
    with pytest.raises(InputError, match="pollutant: 'no2' is not in the station data; use one of pm25"):
        map_field(None, stations, pollutant="no2")
    with pytest.raises(InputError, match="hidden: 'X' is not a station"):
        map_field(None, stations, ["X"])
    with pytest.raises(InputError, match="time: 2026-01-01 "):
        map_field(None, stations, time="2026-01-01")
    with pytest.raises(InputError, match="time: 2026-01-01T00:00 "):
        map_field(None, stations, time=np.datetime64("2026-01-01T00:00"))
    with pytest.raises(InputError, match="grid: its dimensions are"):
        map_field(field(stations).rename(latitude="y"), stations)
    with pytest.raises(InputError, match="grid: it has no variable 'pm25'; it has wind"):
        map_field(xr.Dataset({"wind": field(stations)}), stations)
    with pytest.raises(InputError, match="max_width: the grid has no pm25_upper and pm25_lower"):
        map_field(field(stations), stations, max_width=10)
    with pytest.raises(InputError, match="masked: 'gone'"):
        map_field(field(stations), stations, masked="gone")
    with pytest.raises(InputError, match="no measurements of pm25"):
        map_field(None, stations.where(stations.pm25 < 0))
