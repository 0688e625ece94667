"""Lengths, directions and attributes of edges."""

import pytest
import torch
from torch_geometric.data import Data

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import Edges, ElevationDifference


def test_at_a_pole_directions_are_those_of_the_meridians():
    pos = torch.tensor([[30.0, 90.0], [30.0, 89.0], [120.0, 89.0], [30.0, -90.0], [30.0, -89.0]], dtype=torch.float64)
    edges = Edges(torch.tensor([[1, 2, 4], [0, 0, 3]]), pos)
    east, north = edges.to_source
    assert east.tolist() == pytest.approx([0, 1, 0], abs=1e-6)
    assert north.tolist() == pytest.approx([-1, 0, 1], abs=1e-6)


def test_attributes_are_read_from_data():
    data = Data(pos=torch.tensor([[0.0, 0.0], [1.0, 0.0]]), elevation=torch.tensor([100.0, 300.0]))
    edges = Edges(torch.tensor([[0], [1]]), data.pos, src=data)
    assert ElevationDifference()(edges).item() == pytest.approx(0.2)
    assert edges.source("pos").tolist() == [[0, 0]]
    assert edges.target("pos").tolist() == [[1, 0]]


def test_other_targets_need_attributes_of_their_own():
    edges = Edges(torch.tensor([[0], [0]]), torch.zeros(1, 2), torch.ones(1, 2), {"elevation": torch.zeros(1)})
    with pytest.raises(InputError, match="elevation: the targets have no such attribute"):
        ElevationDifference()(edges)
