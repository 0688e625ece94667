"""The exact order of neighbors: distance to a millimeter, then index."""

import pytest
import torch

from aqnet_pyg.graph.search_points import search_points
from aqnet_pyg.graph.tie_breaking import chord_mm, edge_order, sorted_nearest, true_indices
from aqnet_pyg.stations import EARTH_RADIUS_KM


def test_chords_are_rounded_to_millimeters():
    chord = torch.tensor([1.0, 1.0 + 1e-4, 2.6e-0], dtype=torch.float64) * 1e-3 / EARTH_RADIUS_KM  # meters
    assert chord_mm(chord).tolist() == [1000, 1000, 2600]


def test_edges_are_sorted_by_target_distance_and_source():
    source, target = torch.tensor([3, 1, 2, 0]), torch.tensor([1, 1, 0, 1])
    chord = torch.tensor([0.1, 0.1, 0.9, 0.2], dtype=torch.float64)
    assert edge_order(source, target, chord).tolist() == [2, 1, 0, 3]


@pytest.mark.parametrize("kernel", ["scipy", None])
def test_a_tie_that_continues_beyond_the_candidates_is_searched_again(kernel):
    # Ten coincident stations, whose distance to the last one is equal; a kernel may return any of them.
    pos = torch.cat([torch.zeros(10, 2), torch.tensor([[1.0, 0.0]])])
    stations, chord = sorted_nearest(search_points(pos), 2, kernel)
    assert stations[10].tolist() == [0, 1]
    assert stations[0].tolist() == [1, 2]
    assert stations[9].tolist() == [0, 1]
    assert chord[:10].max() == 0


def test_indices_of_true_entries():
    assert true_indices(torch.tensor([[True, False], [False, True]])).tolist() == [0, 3]
