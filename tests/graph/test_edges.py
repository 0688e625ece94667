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


def test_directions_of_edges_to_the_east_to_the_north_and_between_coincident_points():
    pos = torch.tensor([[10.0, 0.0], [11.0, 0.0], [11.0, 1.0], [10.0, 0.0]], dtype=torch.float64)
    edges = Edges(torch.tensor([[1, 2, 3], [0, 1, 0]]), pos)
    torch.testing.assert_close(torch.stack(edges.to_source), torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    torch.testing.assert_close(torch.stack(edges.to_target), torch.tensor([[-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]))
    assert edges.km.tolist() == pytest.approx([111.195, 111.195, 0], rel=1e-5)


def test_directions_are_those_at_the_other_end():
    """Along a great circle through high latitudes, the direction to the target is not opposite to that to the source."""
    pos = torch.tensor([[0.0, 60.0], [90.0, 60.0]], dtype=torch.float64)
    edges = Edges(torch.tensor([[0], [1]]), pos)
    (east, north), (back_east, back_north) = edges.to_source, edges.to_target
    assert east.item() < 0 < back_east.item()
    assert north.item() > 0.6
    assert back_north.item() > 0.6


@pytest.mark.parametrize("chunk", [1, 2, 3])
def test_quantities_do_not_depend_on_the_chunks(chunk, monkeypatch):
    torch.manual_seed(0)
    pos, edge_index = torch.rand(6, 2, dtype=torch.float64) * 50, torch.randint(6, (2, 7))
    whole = Edges(edge_index, pos)
    expected = whole.km, *whole.to_source, *whole.to_target
    monkeypatch.setattr("aqnet_pyg.graph.edges._CHUNK", chunk)
    parts = Edges(edge_index, pos)
    assert all(map(torch.equal, (parts.km, *parts.to_source, *parts.to_target), expected))


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
