"""A user-defined graph: the nearest station in each quadrant."""

import torch

from aqnet_pyg.graph import EdgeFeatures, Edges, bearing, knn_edges


class Quarters:
    """Edges from the nearest visible station in each quadrant.

    Interface: ``k``, the maximum number of neighbors of a target; ``dim``, the number of edge features; and a call: positions in
    degrees ``[N, 2]`` (longitude first), visibility ``[N]``, optionally other targets ``[M, 2]`` → edges ``[2, E]`` from visible
    stations to targets, and their features ``[E, dim]``. A station is not its own neighbor.
    """

    k = 4

    def __init__(self, candidates=24):
        self.candidates = candidates
        self.features = EdgeFeatures()
        self.dim = self.features.dim

    def __call__(self, pos, visible, pos_dst=None):
        """Keep the nearest candidate of each (target, quadrant); candidates are sorted by target and distance."""
        there = pos if pos_dst is None else pos_dst
        edge_index = knn_edges(pos, self.candidates, visible=visible, pos_dst=pos_dst)
        angle = bearing(there[edge_index[1]], pos[edge_index[0]]) % (2 * torch.pi)
        place = edge_index[1] * 4 + (angle / (torch.pi / 2)).long().clamp(max=3)
        order = place.argsort(stable=True)
        first = order[place[order].diff(prepend=place.new_tensor([-1])) > 0]
        edge_index = edge_index[:, first.sort().values]
        return edge_index, self.features(Edges(edge_index, pos, there))
