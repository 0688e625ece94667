"""Random arguments of an interpolator, and a wrapper with one output tensor."""

import torch
from torch import nn

from aqnet_pyg.graph import EdgeFeatures, Edges, knn_edges

STATIONS, CELLS, STEPS, CHANNELS, K = 20, 7, 6, 8, 5


def knn_arguments(targets=None, seed=0):
    torch.manual_seed(seed)
    pos = torch.rand(STATIONS, 2, dtype=torch.float64) * 5 + torch.tensor([110.0, 35.0])
    there = pos if targets is None else torch.rand(targets, 2, dtype=torch.float64) * 5 + torch.tensor([110.0, 35.0])
    edge_index = knn_edges(pos, K, pos_dst=None if targets is None else there)
    edge_attr = EdgeFeatures()(Edges(edge_index, pos, there))
    valid = torch.rand(STATIONS, STEPS) < 0.8
    value = torch.randn(STATIONS, STEPS) * valid
    return (
        torch.randn(STATIONS, STEPS, CHANNELS),
        value,
        valid,
        pos if targets is None else (pos, there),
        edge_index,
        edge_attr,
    )


class Values(nn.Module):
    """The interpolated values only, from values first, as ``assert_module`` of PyG calls a convolution."""

    def __init__(self, conv, state, valid, pos):
        super().__init__()
        self.conv, self.state, self.valid, self.pos = conv, state, valid, pos

    def forward(self, x, edge_index, edge_attr):
        return self.conv(self.state, x, self.valid, self.pos, edge_index, edge_attr).value
