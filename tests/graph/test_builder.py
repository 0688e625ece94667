"""The default graph builder, and the transform that applies a builder."""

import pytest
import torch
from torch_geometric.data import Data

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import BuildGraph, Distance, KNNGraphBuilder
from aqnet_pyg.testing import GraphBuilderTests

POS = torch.tensor([[116.0, 40.0], [117.0, 40.0], [119.0, 40.0]])
VISIBLE = torch.tensor([True, True, False])


class TestKNNGraphBuilder(GraphBuilderTests):
    examples = 20
    k = 3
    ordered = True

    def make(self):
        return KNNGraphBuilder(3)


def test_edges_with_features_between_stations_and_to_cells():
    builder = KNNGraphBuilder(1, [Distance()])
    edge_index, edge_attr = builder(POS, VISIBLE)
    assert edge_index.tolist() == [[1, 0, 1], [0, 1, 2]]
    assert edge_attr.shape == (3, builder.dim) == (3, 1)
    assert builder(POS, VISIBLE, POS[:1] + 0.1)[0].tolist() == [[0], [0]]


def test_transform_applies_the_builder():
    data = BuildGraph(KNNGraphBuilder(1))(Data(pos=POS, visible=VISIBLE))
    edge_index, edge_attr = KNNGraphBuilder(1)(POS, VISIBLE)
    assert torch.equal(data.edge_index, edge_index)
    assert torch.equal(data.edge_attr, edge_attr)


def test_repr():
    assert repr(BuildGraph(KNNGraphBuilder(4))) == "BuildGraph(KNNGraphBuilder(k=4, features=[Distance(), Bearing()]))"


def test_k_must_be_positive():
    with pytest.raises(InputError, match="k: got 0"):
        KNNGraphBuilder(0)
