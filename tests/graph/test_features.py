"""Edge features side by side; properties on any network are in tests/properties."""

import pickle

import pytest
import torch

from aqnet_pyg.graph import (
    Bearing,
    Distance,
    EdgeFeatures,
    Edges,
    ElevationDifference,
    GaussianWeight,
    InverseDistanceWeight,
    TravelTime,
    WindAlignment,
    knn,
    knn_edges,
)

EVERY = [
    Distance(),
    Bearing(),
    ElevationDifference(),
    GaussianWeight(30.0),
    InverseDistanceWeight(1.5),
    WindAlignment(0.2),
    TravelTime(12.0),
]


def test_features_are_differentiable_in_positions():
    pos = torch.tensor([[0.0, 0.0], [1.0, 1.0]], requires_grad=True)
    features = EdgeFeatures([Distance(), Bearing(), GaussianWeight(100.0)])(Edges(torch.tensor([[1], [0]]), pos))
    assert torch.autograd.grad(features.sum(), pos)[0].isfinite().all()


def test_edges_of_a_search_and_given_edges_have_the_same_features():
    pos = torch.rand(50, 2, dtype=torch.float64) * 10 + 30
    attributes = {"elevation": torch.rand(50), "wind": torch.rand(50, 2)}
    for edges in (knn(pos, 5), knn(pos, 5, visible=torch.arange(50) < 3), knn(pos, 5, pos_dst=pos[:7] + 1)):
        cells = pos if len(pos) == len(edges.sphere[1]) else pos[:7] + 1
        assert torch.equal(EdgeFeatures()(edges), EdgeFeatures()(Edges(edges.edge_index, pos, cells)))
    assert EdgeFeatures(EVERY)(Edges(knn_edges(pos, 5), pos, src=attributes)).shape == (250, 8)


@pytest.mark.parametrize("feature", EVERY, ids=repr)
def test_features_can_be_restored_from_their_repr_and_pickled(feature):
    assert eval(repr(feature)) == feature
    assert pickle.loads(pickle.dumps(feature)) == feature


def test_a_custom_feature_takes_five_lines():
    class Northing:
        dim = 1

        def __call__(self, edges):
            return (edges.source("pos")[:, 1] - edges.target("pos")[:, 1]).float()[:, None]

    pos = torch.tensor([[0.0, 0.0], [0.0, 1.0]])
    assert EdgeFeatures([Distance(), Northing()])(Edges(torch.tensor([[1], [0]]), pos))[0, 1] == 1
