"""Variants of a graph over stations: edges that go both ways, or none.

A hidden station sends nothing, so what ends at one can never go both ways. Say which stations are visible, and both
variants leave the edges into hidden ones as they are; otherwise the mutual graph would isolate them, and the symmetric one
would make them sources.
"""

from __future__ import annotations

import torch
from torch import Tensor

from aqnet_pyg.graph.edges import Edges
from aqnet_pyg.graph.search_points import check_length
from aqnet_pyg.graph.tie_breaking import in_order

__all__ = ["mutual_edges", "symmetric_edges"]


def mutual_edges(edge_index: Tensor, *, visible: Tensor | None = None) -> Tensor:
    """Only the edges that go both ways: ``i → j`` stays if ``j → i`` is there too.

    In-degree is at most what it was, and may be none.

    Args:
        edge_index: Edges between the stations of one or more graphs, shape ``[2, E]``.
        visible: bool, shape ``[N]``; edges into hidden stations stay. Default all are visible.

    Returns:
        Those edges, in their order, shape ``[2, F]``.
    """
    source, target = edge_index
    stations = int(edge_index.max()) + 1 if edge_index.numel() else 0
    kept = torch.isin(source * stations + target, target * stations + source)
    if visible is not None:
        kept |= ~visible.bool()[target]
    return edge_index[:, kept]


def symmetric_edges(edge_index: Tensor, pos: Tensor, *, visible: Tensor | None = None) -> Tensor:
    """The edges, and those that go the other way: ``j → i`` for every ``i → j`` whose target ``j`` is visible.

    In-degree is at least what it was, and has no bound but the number of visible others: in a network with a dense city,
    far more than ``k``.

    Args:
        edge_index: Edges between the stations of one or more graphs, none twice, shape ``[2, E]``.
        pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
        visible: bool, shape ``[N]``; hidden stations do not become sources. Default all are visible.

    Returns:
        All edges, none twice, shape ``[2, F]``, sorted by target, then distance, then source.

    Raises:
        InputError: If shapes or coordinates cannot be used.
    """
    back = edge_index.flip(0)
    if visible is not None:
        check_length("visible", visible, len(pos))
        back = back[:, visible.bool()[back[0]]]
    both = torch.cat([edge_index, back], dim=1)
    key = torch.unique(both[1] * len(pos) + both[0])
    both = torch.stack([key % len(pos), key // len(pos)])
    return both[:, in_order(*both, Edges(both, pos).chord)]
