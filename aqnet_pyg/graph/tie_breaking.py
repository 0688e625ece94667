"""The exact order of neighbors: by distance rounded to a millimeter, then by index.

Kernels promise neither: they break ties as their trees happen to lie, and round as they please. Here their candidates are
measured again, put in order, and asked for anew wherever a tie might go on beyond the last of them.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from aqnet_pyg.graph.kernels import nearest_candidates
from aqnet_pyg.graph.search_points import Points
from aqnet_pyg.graph.sphere import length
from aqnet_pyg.stations import EARTH_RADIUS_KM

__all__ = ["TIE_KM", "in_order", "marked", "nearest_in_order", "ticks"]

TIE_KM = 1e-6
"""Distances (of chords, in kilometers) are compared after rounding to this: a millimeter, far above float64's noise."""

_APART = 3 * TIE_KM / EARTH_RADIUS_KM  # chords this far apart differ by more than a tick, however they are rounded
_AT_ONCE = 2**15  # candidates measured at a time: few enough to be near at hand
_OTHER_GRAPH = 3.0  # chords are 2 at most within a graph, and GRAPHS_APART at least between two


def ticks(chord: Tensor) -> Tensor:
    """Chords of the unit sphere in whole millimeters, float64, any shape: what distances are compared by."""
    return torch.round(chord * (EARTH_RADIUS_KM / TIE_KM))


def nearest_in_order(points: Points, k: int, kernel: str | None = None) -> tuple[Tensor, Tensor]:
    """The ``k`` sources that come first for each target, by distance and then by index, without the target itself.

    Args:
        points: Sources and targets.
        k: At most the number of sources.
        kernel: See :func:`aqnet_pyg.graph.kernels.nearest_candidates`.

    Returns:
        Stations, long, and chords of the unit sphere, float64, both of shape ``[T, k]``. A row with fewer than ``k`` others
        in its graph goes on with anything.
    """
    targets, sources, skipped = len(points.target), len(points.source), points.own is not None
    if k == 0 or targets == 0:
        return points.target.new_zeros(targets, 0, dtype=torch.long), points.target.new_zeros(targets, 0)
    # Beyond the target itself, one more than is needed tells whether a tie goes on.
    width = min(k + 1 + skipped, sources)
    candidates = nearest_candidates(points.source, points.target, width, kernel)
    chord = _chords(points, points.target, candidates)
    station = candidates if points.index is None else points.index[candidates]
    if width > k + skipped:
        # Where all distances differ, and by more than a kernel's noise could turn round, its order is right, and the
        # target itself comes first.
        gap = chord.diff(dim=1)
        if points.source.size(1) > 3:
            gap.masked_fill_(chord[:, 1:] > _OTHER_GRAPH, torch.inf)
        if points.index is None or not skipped:
            found, apart = (part[:, skipped : k + skipped] for part in (station, chord))
        else:
            columns = (station[:, :1] == points.own[:, None]) + torch.arange(k, device=station.device)
            found, apart = (part.gather(1, columns) for part in (station, chord))
        if gap.amin() > _APART:
            return found, apart
        rows = (gap.amin(dim=1) <= _APART).nonzero().flatten()
        found, apart = found.contiguous(), apart.contiguous()
        station, chord = station[rows], chord[rows]
    else:
        rows = torch.arange(targets, device=chord.device)
        found, apart = station.new_zeros(targets, k), chord.new_zeros(targets, k)
    while True:
        order, settled = _order(station, chord, None if points.own is None else points.own[rows], k)
        settled |= width == sources
        done, order = rows[settled], order[settled]
        found[done, : order.size(1)] = station[settled].gather(1, order)
        apart[done, : order.size(1)] = chord[settled].gather(1, order)
        rows, width = rows[~settled], min(2 * width, sources)
        if not len(rows):
            return found, apart
        target = points.target[rows]
        candidates = nearest_candidates(points.source, target, width, kernel)
        chord = _chords(points, target, candidates)
        station = candidates if points.index is None else points.index[candidates]


def in_order(source: Tensor, target: Tensor, chord: Tensor) -> Tensor:
    """The permutation that sorts edges by target, distance and source, shape ``[E]``.

    Args:
        source: Shape ``[E]``.
        target: Shape ``[E]``.
        chord: Distance on the unit sphere, shape ``[E]``.
    """
    by_source = source.argsort(stable=True)
    # No chord has 2**34 ticks.
    key = target * 2**34 + ticks(chord).long()
    return by_source[key[by_source].argsort(stable=True)]


def _order(station: Tensor, chord: Tensor, own: Tensor | None, k: int) -> tuple[Tensor, Tensor]:
    """Which candidates come first, ``[T, k]`` or fewer, and whether no other source could be among them, ``[T]``."""
    distance = ticks(chord)
    border = distance.amax(dim=1)
    if own is not None:
        distance = distance.masked_fill(station == own[:, None], torch.inf)
    by_index = station.argsort(dim=1)
    order = by_index.gather(1, distance.gather(1, by_index).argsort(dim=1, stable=True))[:, :k]
    # A tick to spare: a kernel's own rounding may have left out one that is as near as the border.
    settled = (distance.gather(1, order)[:, -1] < border - 1) & (order.size(1) == k)
    return order, settled | (chord.amax(dim=1) > _OTHER_GRAPH)


def _chords(points: Points, target: Tensor, candidates: Tensor) -> Tensor:
    there = points.source.T.contiguous()
    here = there if target is points.source else target.T.contiguous()
    chord, size = target.new_empty(candidates.shape), max(1, _AT_ONCE // candidates.size(1))
    for first in range(0, len(candidates), size):
        some = candidates[first : first + size]
        place = some.reshape(-1)
        # For one axis at a time, index_select is several times as fast as there[candidates].
        offset = [
            a.index_select(0, place).view_as(some).sub_(b[first : first + size, None])
            for a, b in zip(there, here, strict=True)
        ]
        chord[first : first + size] = length(offset)
    return chord


def marked(mask: Tensor) -> Tensor:
    """Places of a flattened mask that are true, ascending, shape ``[places]``."""
    if mask.is_cuda:
        return mask.flatten().nonzero().flatten()
    return torch.from_numpy(np.flatnonzero(mask.numpy()))  # eight times as fast as nonzero
