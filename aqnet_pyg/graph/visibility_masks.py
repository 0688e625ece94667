"""Neighbors in many windows over the same stations, each with its own hidden ones, without a search for each.

The stations that come first for a target, in exact order, are found once. In a window its neighbors are the first ``k`` of
them that are visible there. Where fewer are, because a window hides a whole region, the search goes on farther out.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.search_points import locate
from aqnet_pyg.graph.tie_breaking import marked, nearest_in_order

__all__ = ["knn_edges_of_masks"]

_AT_ONCE = 2**18  # candidates in memory at a time: few enough to be near at hand


def knn_edges_of_masks(pos: Tensor, k: int, visible: Tensor, pos_dst: Tensor | None, kernel: str | None) -> Tensor:
    """Edges in all windows, numbered as PyG batches graphs; see :func:`aqnet_pyg.graph.knn_edges`.

    Args:
        pos: Degrees, shape ``[N, 2]``.
        k: Positive.
        visible: bool, shape ``[B, N]``.
        pos_dst: Degrees, shape ``[M, 2]``, or None for the stations.
        kernel: As there.

    Raises:
        InputError: If shapes or coordinates cannot be used.
    """
    if visible.size(1) != len(pos):
        raise InputError(
            f"visible: shape {tuple(visible.shape)} was given; use [B, {len(pos)}], a row for each window."
        )
    visible = visible.bool()
    points = locate(pos, pos_dst=pos_dst)
    stations, targets = len(pos), len(points.target)
    counts = visible.double().sum(dim=1).long()
    degree = counts[:, None] - (visible.long() if pos_dst is None else counts.new_zeros(targets))
    degree = degree.clamp(max=k).flatten()  # [B * M]
    end = degree.cumsum(0)
    edge_index = degree.new_empty(2, int(degree.sum()))
    rows = torch.arange(len(degree) if edge_index.size(1) else 0, device=pos.device)  # window and target
    small = torch.int32 if visible.numel() < 2**31 else torch.int64
    width, reach = _widths(k, counts, stations, points.others)
    table = None
    while len(rows):
        first = table is None
        if first or width > reach:
            reach = max(width, reach)
            asked = torch.zeros(targets, dtype=torch.bool, device=pos.device)
            asked[rows % targets] = True
            table = nearest_in_order(points.only(asked), reach, kernel)[0].to(small)
            place = asked.cumsum(0) - 1
        nearest = table[:, :width].contiguous()
        left = []
        for some in rows.split(max(1, _AT_ONCE // width)):
            window = some // targets
            source = nearest.index_select(0, place[some - window * targets])
            source += (window * stations).to(small)[:, None]
            found, short = _first_visible(source, visible, k, degree[some, None])
            if first:
                part = edge_index[:, int(end[some[0]] - degree[some[0]]) : int(end[some[-1]])]
                part[0] = found
                if len(found) == len(some) * k:  # as nearly always, and faster
                    part[1].view(-1, k).copy_(some[:, None])
                else:
                    part[1] = torch.repeat_interleave(degree[some], output_size=len(found)).add_(some[0])
            else:
                columns = torch.arange(k, device=pos.device)
                places = (end - degree)[some, None] + columns
                edge_index[0, places[columns < degree[some, None]]] = found.long()
            left.append(some[short])
        rows, width = torch.cat(left), reach if width < reach else min(2 * width, points.others)
    return edge_index


def _widths(k: int, counts: Tensor, stations: int, others: int) -> tuple[int, int]:
    """Candidates that are enough for nearly all targets, where stations are hidden at random.

    First in the average window, then in the one with the fewest visible stations, but twice as many at most: what a window
    with next to none needs is not looked for everywhere.
    """
    if counts.numel() == 0:
        return 0, 0
    average = max(counts.double().mean().item(), 1.0)
    enough = (k + 2 * math.sqrt(k)) * stations
    return tuple(min(math.ceil(enough / n), others) for n in (average, max(average / 2, counts.min().item())))


def _first_visible(source: Tensor, visible: Tensor, k: int, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """The first ``wanted`` visible of each row of candidates, and the rows with fewer.

    Those rows give any ``wanted`` candidates, to keep the places of what is still to be found.
    """
    rows, width = source.shape
    k = min(k, width)  # else it may not fit into the bytes below
    seen = visible.flatten().index_select(0, source.flatten()).view(rows, width)
    rank = seen.cumsum(dim=1, dtype=torch.uint8 if width < 256 else torch.int32)
    short = marked(rank[:, -1:] < wanted)
    # In place, bytes are compared ten times as fast as into a new mask.
    kept = seen & (rank.le_(k).view(torch.bool) if width < 256 else rank <= k)
    kept[short] = torch.arange(width, device=source.device) < wanted[short]
    return source.flatten().index_select(0, marked(kept)), short
