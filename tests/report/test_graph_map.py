"""Map of a graph: edges, stations and components."""

import numpy as np
import pytest
import torch
import xarray as xr
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from report.report_data import drawn_aspect, layers, texts

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import great_circle_distance, knn_edges
from aqnet_pyg.report import map_graph
from aqnet_pyg.report.graph_map import COMPONENTS


def simulated(count, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).uniform([112, 36], [118, 41], (count, 2)))


def drawn(figure):
    """Lines of the edges, and the stations: visible and hidden ones."""
    lines = [each for each in layers(figure.axes[0]) if isinstance(each, LineCollection)]
    return lines, [each for each in layers(figure.axes[0]) if not isinstance(each, LineCollection)]


def labels(figure):
    return texts(figure.axes[0].get_legend())


def test_each_pair_is_drawn_once_with_its_length():
    pos = simulated(30)
    edges = knn_edges(pos, 5)
    (lines,), (stations, hidden) = drawn(map_graph(edges, pos))
    pairs = {frozenset(edge) for edge in edges.T.tolist()}
    assert len(lines.get_segments()) == len(pairs)
    ends = torch.from_numpy(np.array(lines.get_segments()))
    np.testing.assert_allclose(lines.get_array(), great_circle_distance(ends[:, 0], ends[:, 1]))
    assert (np.diff(lines.get_array()) <= 0).all(), "short edges are on top"
    np.testing.assert_allclose(stations.get_offsets(), pos)
    assert len(hidden.get_offsets()) == 0


def test_hidden_stations():
    pos, visible = simulated(30), torch.arange(30) >= 10
    figure = map_graph(knn_edges(pos, 8, visible=visible), pos, visible=visible)
    _, (stations, hidden) = drawn(figure)
    np.testing.assert_allclose(hidden.get_offsets(), pos[:10])
    assert len(stations.get_offsets()) == 20
    assert labels(figure) == ["visible station (20)", "hidden station (10)"]
    assert figure.axes[0].get_title() == "30 stations, 240 edges"


def test_components_have_different_colors():
    pos = torch.cat(
        [simulated(count, count) * 0.01 + torch.tensor([2.0 * count, 30.0]) for count in (7, 9, 3, 3, 3, 3, 3, 3)]
    )
    batch = torch.repeat_interleave(torch.arange(8), torch.tensor([7, 9, 3, 3, 3, 3, 3, 3]))
    figure = map_graph(knn_edges(pos, 8, batch=batch), pos)
    assert figure.axes[0].get_title().endswith("8 components")
    assert labels(figure)[1:] == ["component of 9", "component of 7", *["component of 3"] * 3, "3 smaller ones"]
    _, (stations, _) = drawn(figure)
    colors = [to_hex(color) for color in stations.get_facecolors()]
    assert set(colors[7:16]) == {COMPONENTS[0]}
    assert set(colors[:7]) == {COMPONENTS[1]}
    assert len(set(colors)) == 6


@pytest.mark.parametrize("count", [1, 2, 1000])
def test_few_and_many_stations(count):
    pos = simulated(count)
    assert 0.4 < drawn_aspect(map_graph(knn_edges(pos, 6), pos)) < 1.4


def test_across_the_antimeridian_no_edge_goes_round_the_globe(tmp_path):
    borders = tmp_path / "borders.geojson"
    borders.write_text('{"type": "LineString", "coordinates": [[-179, 0], [-178, 1]]}')
    pos = torch.tensor([[179.0, 0.0], [-179.0, 0.5], [178.0, 1.0]])
    figure = map_graph(knn_edges(pos, 2), pos, borders=borders)
    (lines,), _ = drawn(figure)
    (border,) = [each for each in figure.axes[0].collections if each.get_gid() == "borders"]
    assert max(np.ptp(line[:, 0]) for line in lines.get_segments()) == 3
    assert [line[0, 0] for line in border.get_segments()] == [181]


def test_coincident_stations_in_given_axes():
    figure = Figure()
    ax = figure.subplots(1, 2)[1]
    pos = torch.full((3, 2), 40.0)
    assert map_graph(knn_edges(pos, 2), pos, title="Mine", ax=ax) is figure
    assert ax.get_title() == "Mine"


@pytest.mark.parametrize(("source", "marked"), [("simulated, seed 0", True), ("CNEMC", False)])
def test_simulated_data_are_named(source, marked):
    pos = simulated(6)
    figure = map_graph(knn_edges(pos, 2), pos, stations=xr.Dataset(attrs={"source": source}))
    assert ("simulated data" in [text.get_text() for text in figure.axes[0].texts]) == marked


def test_invalid_input(tmp_path):
    with pytest.raises(InputError, match="there are no stations"):
        map_graph(torch.empty(2, 0, dtype=torch.long), simulated(0))
    with pytest.raises(InputError, match="borders cannot be read"):
        map_graph(knn_edges(simulated(3), 1), simulated(3), borders=tmp_path / "none.geojson")
