"""Mutual and symmetric variants of a graph over stations.

A hidden station is never a source, so an edge into one has no reverse edge. With ``visible`` given, both variants leave the
edges into hidden stations as they are; without it, the mutual graph would isolate hidden stations and the symmetric graph
would make them sources.
"""

from __future__ import annotations

import torch
from torch import Tensor

from aqnet_pyg.graph.edges import Edges
from aqnet_pyg.graph.search_points import check_length
from aqnet_pyg.graph.tie_breaking import edge_order


def mutual_edges(edge_index: Tensor, *, visible: Tensor | None = None) -> Tensor:
    """Keep only the edges whose reverse exists: ``i → j`` is kept if ``j → i`` is an edge too.

    In-degrees do not increase and may become zero.

    Args:
        edge_index: Edges between the stations of one or more graphs, shape ``[2, E]``.
        visible: Mask of the visible stations, bool, shape ``[N]``; edges into hidden stations are kept. Default all.

    Returns:
        The remaining edges in their order, shape ``[2, F]``.
    """
    source, target = edge_index
    stations = int(edge_index.max()) + 1 if edge_index.numel() else 0
    kept = torch.isin(source * stations + target, target * stations + source)
    if visible is not None:
        kept |= ~visible.bool()[target]
    return edge_index[:, kept]


def symmetric_edges(edge_index: Tensor, pos: Tensor, *, visible: Tensor | None = None) -> Tensor:
    """Add reverse edges: ``j → i`` for every edge ``i → j`` whose target ``j`` is visible.

    In-degrees do not decrease and are bounded only by the number of visible others; in a network with a dense city they can
    far exceed ``k``.

    Args:
        edge_index: Edges between the stations of one or more graphs without duplicates, shape ``[2, E]``.
        pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
        visible: Mask of the visible stations, bool, shape ``[N]``; hidden stations do not become sources. Default all.

    Returns:
        All edges without duplicates, shape ``[2, F]``, sorted by target, then distance, then source.

    Raises:
        InputError: If a shape or a coordinate is invalid.
    """
    reverse = edge_index.flip(0)
    if visible is not None:
        check_length("visible", visible, len(pos))
        reverse = reverse[:, visible.bool()[reverse[0]]]
    both = torch.cat([edge_index, reverse], dim=1)
    key = torch.unique(both[1] * len(pos) + both[0])
    both = torch.stack([key % len(pos), key // len(pos)])
    return both[:, edge_order(both[0], both[1], Edges(both, pos).chord)]
