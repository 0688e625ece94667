"""Great-circle k nearest neighbors with guarantees that the kernels alone do not give.

* The in-degree is exactly ``min(k, visible others)``, also with coincident points.
* Neighbors are the nearest by great circle; ties, to a millimeter, are broken by index.
* Every source is visible, no station is its own neighbor, and no edge connects two graphs of a batch.
* Coordinates that are not finite raise an error.
"""

from __future__ import annotations

import torch
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.edges import Edges
from aqnet_pyg.graph.search_points import search_points
from aqnet_pyg.graph.tie_breaking import sorted_nearest, true_indices
from aqnet_pyg.graph.visibility_masks import knn_edges_of_masks


def knn_edges(
    pos: Tensor,
    k: int,
    *,
    visible: Tensor | None = None,
    pos_dst: Tensor | None = None,
    batch: Tensor | None = None,
    batch_dst: Tensor | None = None,
    kernel: str | None = None,
) -> Tensor:
    """Edges from the ``k`` nearest visible stations to every target.

    Args:
        pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
        k: Number of neighbors; a target with fewer visible others gets all of them.
        visible: Mask of the stations that may be sources, bool, shape ``[N]``; default all. With ``B`` masks, shape
            ``[B, N]``, one call builds ``B`` graphs over the same stations.
        pos_dst: Longitude and latitude of the targets, shape ``[M, 2]``; default the stations themselves, none of which
            is then its own neighbor.
        batch: Graph of each station, shape ``[N]``, in any order; default one graph.
        batch_dst: Graph of each target, shape ``[M]``; required with ``batch`` and ``pos_dst``.
        kernel: ``"torch-cluster"``, ``"pyg-lib"`` or ``"scipy"``, all with the same result; default the first one
            installed.

    Returns:
        ``edge_index``, shape ``[2, E]``: sources (row 0) index ``pos``, targets (row 1) index ``pos_dst`` or ``pos``;
        sorted by target, then distance, then source. With ``B`` masks, nodes are numbered as in a PyG batch: station
        ``n`` of graph ``b`` is ``b * N + n``, target ``m`` is ``b * M + m``.

    Raises:
        InputError: If ``k`` is not positive or a shape or a coordinate is invalid.
    """
    if visible is not None and visible.dim() == 2:
        if batch is not None or batch_dst is not None:
            raise InputError("visible: each mask of shape [B, N] is a graph of its own; omit batch and batch_dst.")
        return knn_edges_of_masks(pos, check_k(k), visible, pos_dst, kernel)
    return knn(pos, k, visible=visible, pos_dst=pos_dst, batch=batch, batch_dst=batch_dst, kernel=kernel).edge_index


def knn(
    pos: Tensor,
    k: int,
    *,
    visible: Tensor | None = None,
    pos_dst: Tensor | None = None,
    batch: Tensor | None = None,
    batch_dst: Tensor | None = None,
    kernel: str | None = None,
) -> Edges:
    """The edges of :func:`aqnet_pyg.graph.knn_edges` with their distances, for :class:`aqnet_pyg.graph.EdgeFeatures`.

    Distances are those of the search and are not computed again. Arguments and errors are as for
    :func:`aqnet_pyg.graph.knn_edges`; ``visible`` is one mask.
    """
    points = search_points(pos, visible=visible, pos_dst=pos_dst, batch=batch, batch_dst=batch_dst)
    found, chord = sorted_nearest(points, min(check_k(k), len(points.source)), kernel)
    degree, targets = points.max_degree, len(found)
    if isinstance(degree, int) or targets == 0 or degree.min() >= found.size(1):
        columns = min(found.size(1), degree) if isinstance(degree, int) else found.size(1)
        edge_index = found.new_empty(2, targets, columns)
        edge_index[0] = found[:, :columns]
        edge_index[1] = torch.arange(targets, device=found.device)[:, None]
        edge_index, chord = edge_index.view(2, -1), chord[:, :columns].reshape(-1)
    else:
        kept = torch.arange(found.size(1), device=found.device) < degree[:, None]
        target = torch.arange(targets, device=found.device).repeat_interleave(kept.sum(dim=1))
        kept = true_indices(kept)
        edge_index, chord = torch.stack([found.flatten()[kept], target]), chord.flatten()[kept]
    edges = Edges(edge_index, pos, pos_dst)
    edges.sphere = points.stations, points.stations if pos_dst is None else points.target[:, :3]
    edges.chord = chord
    return edges


def check_k(k: int) -> int:
    """Return the number of neighbors if it is positive.

    Raises:
        InputError: If it is not.
    """
    if k < 1:
        raise InputError(f"k: got {k}; use at least 1 neighbor.")
    return k
