"""Sources, targets and numbers of possible neighbors of a search."""

import torch

from aqnet_pyg.graph.search_points import GRAPH_OFFSET, search_points

POS = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
VISIBLE = torch.tensor([True, False, True])


def test_stations_are_sources_and_targets():
    points = search_points(POS)
    assert points.source is points.target
    assert points.source_station is None
    assert points.target_station.tolist() == [0, 1, 2]
    assert points.max_degree == 2


def test_hidden_stations_are_targets_only():
    points = search_points(POS, visible=VISIBLE)
    assert torch.equal(points.source, points.stations[[0, 2]])
    assert points.source_station.tolist() == [0, 2]
    assert points.max_degree.tolist() == [1, 2, 1]


def test_other_targets_have_all_visible_stations():
    points = search_points(POS, visible=VISIBLE, pos_dst=POS[:1] + 5)
    assert points.target_station is None
    assert points.max_degree == 2


def test_graphs_of_a_batch_are_separated_along_a_fourth_axis():
    points = search_points(POS, visible=VISIBLE, batch=torch.tensor([0, 0, 1]))
    assert points.source[:, 3].tolist() == [0, GRAPH_OFFSET]
    assert points.target[:, 3].tolist() == [0, 0, GRAPH_OFFSET]
    assert points.max_degree.tolist() == [0, 1, 0]


def test_selected_targets_keep_their_stations():
    points = search_points(POS, visible=VISIBLE)
    assert points.select_targets(torch.ones(3, dtype=torch.bool)) is points
    some = points.select_targets(torch.tensor([False, True, True]))
    assert some.target_station.tolist() == [1, 2]
    assert some.max_degree.tolist() == [2, 1]
    assert torch.equal(some.target, points.target[1:])
    assert some.source is points.source
