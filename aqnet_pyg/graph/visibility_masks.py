"""Nearest neighbors for many visibility masks over the same stations, without one search per mask.

The nearest stations of each target, in exact order, are searched once. With each mask, the neighbors of a target are the first
``k`` of them that are visible. Where these are fewer than ``k``, because a mask hides a whole region, the search is extended.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.search_points import search_points
from aqnet_pyg.graph.tie_breaking import sorted_nearest, true_indices

_CHUNK = 2**18  # candidates per chunk: fits in the cache


def knn_edges_of_masks(pos: Tensor, k: int, visible: Tensor, pos_dst: Tensor | None, kernel: str | None) -> Tensor:
    """Edges of one graph per mask, numbered as in a PyG batch; see :func:`aqnet_pyg.graph.knn_edges`.

    Args:
        pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
        k: Number of neighbors, positive.
        visible: Masks of the stations that may be sources, bool, shape ``[B, N]``.
        pos_dst: Longitude and latitude of the targets, shape ``[M, 2]``, or None for the stations.
        kernel: Name of a kernel, or None for the first one installed.

    Raises:
        InputError: If a shape or a coordinate is invalid.
    """
    if visible.size(1) != len(pos):
        raise InputError(f"visible: got shape {tuple(visible.shape)}; expected [B, {len(pos)}], one row per mask.")
    visible = visible.bool()
    points = search_points(pos, pos_dst=pos_dst)
    stations, targets = len(pos), len(points.target)
    most = stations - (pos_dst is None and stations > 0)  # possible neighbors of a target
    counts = visible.double().sum(dim=1).long()
    degree = counts[:, None] - (visible.long() if pos_dst is None else counts.new_zeros(targets))
    degree = degree.clamp(max=k).flatten()  # [B * M]
    end = degree.cumsum(0)
    edge_index = degree.new_empty(2, int(degree.sum()))
    rows = torch.arange(len(degree) if edge_index.size(1) else 0, device=pos.device)  # mask and target
    dtype = torch.int32 if visible.numel() < 2**31 else torch.int64
    width, reach = _widths(k, counts, stations, most)
    first = True
    while len(rows):
        if first or width > reach:
            reach = max(width, reach)
            incomplete = torch.zeros(targets, dtype=torch.bool, device=pos.device)
            incomplete[rows % targets] = True
            table = sorted_nearest(points.select_targets(incomplete), reach, kernel)[0].to(dtype)
            table_row = incomplete.cumsum(0) - 1
        nearest = table[:, :width].contiguous()
        remaining = []
        for chunk in rows.split(max(1, _CHUNK // width)):
            mask = chunk // targets
            source = nearest.index_select(0, table_row[chunk - mask * targets])
            source += (mask * stations).to(dtype)[:, None]
            found, short = _first_visible(source, visible, k, degree[chunk, None])
            if first:
                part = edge_index[:, int(end[chunk[0]] - degree[chunk[0]]) : int(end[chunk[-1]])]
                part[0] = found
                if len(found) == len(chunk) * k:  # the usual case, and faster
                    part[1].view(-1, k).copy_(chunk[:, None])
                else:
                    part[1] = torch.repeat_interleave(degree[chunk], output_size=len(found)).add_(chunk[0])
            else:
                columns = torch.arange(k, device=pos.device)
                edges = (end - degree)[chunk, None] + columns
                edge_index[0, edges[columns < degree[chunk, None]]] = found.long()
            remaining.append(chunk[short])
        first = False
        rows, width = torch.cat(remaining), reach if width < reach else min(2 * width, most)
    return edge_index


def _widths(k: int, counts: Tensor, stations: int, most: int) -> tuple[int, int]:
    """Numbers of candidates that suffice for nearly all targets if stations are hidden at random.

    The first is for the average mask, the second for the mask with the fewest visible stations, but at most twice the
    first: one mask with very few visible stations must not widen the search for all.
    """
    if counts.numel() == 0:
        return 0, 0
    average = max(counts.double().mean().item(), 1.0)
    fewest = max(average / 2, counts.min().item())
    enough = (k + 2 * math.sqrt(k)) * stations
    return min(math.ceil(enough / average), most), min(math.ceil(enough / fewest), most)


def _first_visible(source: Tensor, visible: Tensor, k: int, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """The first ``wanted`` visible stations of each row of candidates, and the rows that have fewer.

    Those rows return ``wanted`` arbitrary candidates, which reserve the positions of the edges still to be found.
    """
    rows, width = source.shape
    k = min(k, width)  # must fit into the bytes below
    usable = visible.flatten().index_select(0, source.flatten()).view(rows, width)
    rank = usable.cumsum(dim=1, dtype=torch.uint8 if width < 256 else torch.int32)
    short = true_indices(rank[:, -1:] < wanted)
    # In place, bytes are compared ten times faster than into a new mask.
    kept = usable & (rank.le_(k).view(torch.bool) if width < 256 else rank <= k)
    kept[short] = torch.arange(width, device=source.device) < wanted[short]
    return source.flatten().index_select(0, true_indices(kept)), short
