"""Examples of mutual and symmetric graphs; properties on any network are in tests/properties."""

import pytest
import torch

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import knn_edges, mutual_edges, symmetric_edges


def test_a_city_and_a_remote_station():
    pos = torch.tensor([[0.0, 0.0], [0.1, 0.0], [0.25, 0.0], [9.0, 0.0]])
    nearest = knn_edges(pos, 1)
    assert nearest.tolist() == [[1, 0, 1, 2], [0, 1, 2, 3]]
    assert mutual_edges(nearest).tolist() == [[1, 0], [0, 1]]
    assert symmetric_edges(nearest, pos).tolist() == [[1, 0, 2, 1, 3, 2], [0, 1, 1, 2, 2, 3]]


def test_a_hidden_station_keeps_its_neighbors_and_does_not_become_a_source():
    pos = torch.tensor([[0.0, 0.0], [0.1, 0.0], [0.25, 0.0]])
    visible = torch.tensor([True, True, False])
    nearest = knn_edges(pos, 1, visible=visible)
    assert nearest.tolist() == [[1, 0, 1], [0, 1, 2]]
    assert mutual_edges(nearest).tolist() == [[1, 0], [0, 1]]
    assert mutual_edges(nearest, visible=visible).tolist() == nearest.tolist()
    assert symmetric_edges(nearest, pos, visible=visible).tolist() == nearest.tolist()
    assert symmetric_edges(nearest, pos).tolist() == [[1, 0, 2, 1], [0, 1, 1, 2]]


def test_no_edges():
    nothing = torch.empty(2, 0, dtype=torch.long)
    assert mutual_edges(nothing).shape == symmetric_edges(nothing, torch.rand(3, 2)).shape == (2, 0)


def test_a_mask_of_another_size_raises_an_error():
    with pytest.raises(InputError, match="visible: got shape"):
        symmetric_edges(torch.tensor([[0], [1]]), torch.rand(2, 2), visible=torch.ones(3))
