"""Exact order of neighbors: by distance rounded to a millimeter, then by index.

Kernels guarantee neither: their order of ties depends on the layout of the search tree, and their rounding differs. Here
the distances of their candidates are recomputed and sorted, and the search is repeated with more candidates wherever a tie
may continue beyond the last one.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from aqnet_pyg.graph.kernels import nearest_candidates
from aqnet_pyg.graph.search_points import SearchPoints
from aqnet_pyg.graph.sphere import vector_norm
from aqnet_pyg.stations import EARTH_RADIUS_KM

TIE_KM = 1e-6
"""Distances (chords in kilometers) are compared after rounding to this: a millimeter, far above rounding errors of float64."""

_APART = 3 * TIE_KM / EARTH_RADIUS_KM  # chords that differ by this much differ by more than a millimeter after rounding
_CHUNK = 2**15  # candidates per chunk: fits in the cache
_OTHER_GRAPH = 3.0  # chords are at most 2 within a graph and at least GRAPH_OFFSET between graphs


def chord_mm(chord: Tensor) -> Tensor:
    """Round chords of the unit sphere to whole millimeters for comparison, float64, any shape."""
    return torch.round(chord * (EARTH_RADIUS_KM / TIE_KM))


def sorted_nearest(points: SearchPoints, k: int, kernel: str | None = None) -> tuple[Tensor, Tensor]:
    """The first ``k`` sources of each target by distance, then by index, without the target itself.

    Args:
        points: Sources and targets.
        k: Number of neighbors, at most the number of sources.
        kernel: Name of a kernel; default the first installed one.

    Returns:
        Stations, long, and chords of the unit sphere, float64, both of shape ``[T, k]``. A row with fewer than ``k``
        possible neighbors in its graph is padded with arbitrary values.
    """
    targets, sources, skipped = len(points.target), len(points.source), points.target_station is not None
    if k == 0 or targets == 0:
        return points.target.new_zeros(targets, 0, dtype=torch.long), points.target.new_zeros(targets, 0)
    # One candidate more than needed shows whether a tie continues; the target itself is among them too.
    width = min(k + 1 + skipped, sources)
    candidates = nearest_candidates(points.source, points.target, width, kernel)
    chord = _chords(points, points.target, candidates)
    station = _stations(points, candidates)
    if width > k + skipped:
        # Where all distances differ by more than the rounding errors of a kernel, its order is exact, and the target
        # itself comes first.
        gap = chord.diff(dim=1)
        if points.source.size(1) > 3:
            gap.masked_fill_(chord[:, 1:] > _OTHER_GRAPH, torch.inf)
        if points.source_station is None or points.target_station is None:
            found, apart = (part[:, skipped : k + skipped] for part in (station, chord))
        else:
            columns = (station[:, :1] == points.target_station[:, None]) + torch.arange(k, device=station.device)
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
        order, settled = _order(
            station, chord, None if points.target_station is None else points.target_station[rows], k
        )
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
        station = _stations(points, candidates)


def edge_order(source: Tensor, target: Tensor, chord: Tensor) -> Tensor:
    """Permutation that sorts edges by target, then distance, then source, shape ``[E]``.

    Args:
        source: Source of each edge, shape ``[E]``.
        target: Target of each edge, shape ``[E]``.
        chord: Length of each edge as a chord of the unit sphere, shape ``[E]``.
    """
    by_source = source.argsort(stable=True)
    # Every chord is shorter than 2**34 mm.
    key = target * 2**34 + chord_mm(chord).long()
    return by_source[key[by_source].argsort(stable=True)]


def _stations(points: SearchPoints, sources: Tensor) -> Tensor:
    """Stations of sources, any shape."""
    return sources if points.source_station is None else points.source_station[sources]


def _order(station: Tensor, chord: Tensor, target_station: Tensor | None, k: int) -> tuple[Tensor, Tensor]:
    """Columns of the first candidates, ``[T, k]`` or fewer, and whether no further source can be among them, ``[T]``."""
    distance = chord_mm(chord)
    border = distance.amax(dim=1)
    if target_station is not None:
        distance = distance.masked_fill(station == target_station[:, None], torch.inf)
    by_index = station.argsort(dim=1)
    order = by_index.gather(1, distance.gather(1, by_index).argsort(dim=1, stable=True))[:, :k]
    # A margin of one millimeter: a kernel may have missed a source at the border because of its own rounding.
    settled = (distance.gather(1, order)[:, -1] < border - 1) & (order.size(1) == k)
    return order, settled | (chord.amax(dim=1) > _OTHER_GRAPH)


def _chords(points: SearchPoints, target: Tensor, candidates: Tensor) -> Tensor:
    there = points.source.T.contiguous()
    here = there if target is points.source else target.T.contiguous()
    chord, size = target.new_empty(candidates.shape), max(1, _CHUNK // candidates.size(1))
    for first in range(0, len(candidates), size):
        some = candidates[first : first + size]
        place = some.reshape(-1)
        # index_select on one component at a time is several times faster than there[candidates].
        offset = [
            a.index_select(0, place).view_as(some).sub_(b[first : first + size, None])
            for a, b in zip(there, here, strict=True)
        ]
        chord[first : first + size] = vector_norm(offset)
    return chord


def true_indices(mask: Tensor) -> Tensor:
    """Indices of the true entries of a flattened mask, ascending, shape ``[count]``."""
    if mask.is_cuda:
        return mask.flatten().nonzero().flatten()
    return torch.from_numpy(np.flatnonzero(mask.numpy()))  # eight times faster than nonzero
