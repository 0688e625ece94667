"""Great-circle k nearest neighbors under a contract that kernels alone do not keep.

* In-degree is exactly ``min(k, visible others)``: coincident points neither add nor cost a neighbor.
* Neighbors are the nearest by great circle; ties, to :data:`TIE_KM`, break by index.
* Every source is visible, no station is its own neighbor, no edge joins two graphs of a batch.
* Coordinates that are not finite are refused, not isolated in silence.
"""

from __future__ import annotations

import torch
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.edges import Edges
from aqnet_pyg.graph.search_points import locate
from aqnet_pyg.graph.tie_breaking import TIE_KM, marked, nearest_in_order
from aqnet_pyg.graph.visibility_masks import knn_edges_of_masks

__all__ = ["TIE_KM", "knn", "knn_edges"]


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
        visible: Stations that may be sources, bool, shape ``[N]``; default all. Of shape ``[B, N]`` for ``B`` windows over
            the same stations, each with its own, in one call.
        pos_dst: Longitude and latitude of the targets, shape ``[M, 2]``; default the stations themselves, none of which
            is then its own neighbor.
        batch: Graph of each station, shape ``[N]``, in any order; default one graph.
        batch_dst: Graph of each target, shape ``[M]``; goes with ``pos_dst``.
        kernel: One of :data:`aqnet_pyg.graph.KERNELS`; default the best installed.

    Returns:
        ``edge_index``, shape ``[2, E]``: sources (row 0) index ``pos``, targets (row 1) index ``pos_dst`` or ``pos``;
        sorted by target, then distance, then source. For windows they are numbered as PyG batches graphs: station ``n``
        of window ``b`` is ``b * N + n``, target ``m`` is ``b * M + m``.

    Raises:
        InputError: If ``k`` is not positive or shapes or coordinates cannot be used.
    """
    if visible is not None and visible.dim() == 2:
        if batch is not None or batch_dst is not None:
            raise InputError("visible: windows of shape [B, N] are graphs of their own; leave out batch and batch_dst.")
        return knn_edges_of_masks(pos, _positive(k), visible, pos_dst, kernel)
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
    """The edges of :func:`knn_edges` with the distances that were measured to find them.

    Pass them to :class:`aqnet_pyg.graph.EdgeFeatures`, which then need not measure again. Arguments and errors are as for
    :func:`knn_edges`.
    """
    points = locate(pos, visible=visible, pos_dst=pos_dst, batch=batch, batch_dst=batch_dst)
    found, chord = nearest_in_order(points, min(_positive(k), len(points.source)), kernel)
    degree, targets = points.others, len(found)
    if isinstance(degree, int) or targets == 0 or degree.min() >= found.size(1):
        columns = min(found.size(1), degree) if isinstance(degree, int) else found.size(1)
        edge_index = found.new_empty(2, targets, columns)
        edge_index[0] = found[:, :columns]
        edge_index[1] = torch.arange(targets, device=found.device)[:, None]
        edge_index, chord = edge_index.view(2, -1), chord[:, :columns].reshape(-1)
    else:
        kept = torch.arange(found.size(1), device=found.device) < degree[:, None]
        target = torch.arange(targets, device=found.device).repeat_interleave(kept.sum(dim=1))
        kept = marked(kept)
        edge_index, chord = torch.stack([found.flatten()[kept], target]), chord.flatten()[kept]
    edges = Edges(edge_index, pos, pos_dst)
    edges.sphere = points.stations, points.stations if pos_dst is None else points.target[:, :3]
    edges.chord = chord
    return edges


def _positive(k: int) -> int:
    if k < 1:
        raise InputError(f"k: {k} neighbors were asked for; use at least 1.")
    return k
