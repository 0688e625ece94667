"""Great-circle k nearest neighbours under a contract that kernels alone do not keep.

* In-degree is exactly ``min(k, visible others)``: coincident points neither add nor cost a neighbour.
* Neighbours are the nearest by great circle; ties, to :data:`TIE_KM`, break by index.
* Every source is visible, no station is its own neighbour, no edge joins two graphs of a batch.
* Coordinates that are not finite are refused, not isolated in silence.
"""

from __future__ import annotations

import torch
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.kernels import nearest_candidates
from aqnet_pyg.graph.sphere import unit_sphere
from aqnet_pyg.stations import EARTH_RADIUS_KM

__all__ = ["TIE_KM", "knn_edges"]

TIE_KM = 1e-6
"""Distances (of chords, in kilometres) are compared after rounding to this: a millimetre, far above float64's noise."""

_SPARE = 4  # candidates beyond k and the station itself, so that a tie at the border rarely needs a second look
_GRAPHS_APART = 4.0  # along a fourth axis, for the graphs of a batch: farther than any two points of the unit sphere


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
        k: Number of neighbours; a target with fewer visible others gets all of them.
        visible: Stations that may be sources, bool, shape ``[N]``; default all.
        pos_dst: Longitude and latitude of the targets, shape ``[M, 2]``; default the stations themselves, none of which
            is then its own neighbour.
        batch: Graph of each station, shape ``[N]``, in any order; default one graph.
        batch_dst: Graph of each target, shape ``[M]``; goes with ``pos_dst``.
        kernel: One of :data:`aqnet_pyg.graph.KERNELS`; default the best installed.

    Returns:
        ``edge_index``, shape ``[2, E]``: sources (row 0) index ``pos``, targets (row 1) index ``pos_dst`` or ``pos``;
        sorted by target, then distance, then source.

    Raises:
        InputError: If ``k`` is not positive or shapes or coordinates cannot be used.
    """
    if k < 1:
        raise InputError(f"k: {k} neighbours were asked for; use at least 1.")
    loops = pos_dst is None
    sphere = unit_sphere(pos)
    everyone = torch.arange(len(pos), device=pos.device)
    sources = everyone if visible is None else everyone[_checked("visible", visible, len(pos)).bool()]
    batch = torch.zeros_like(everyone) if batch is None else _checked("batch", batch, len(pos))
    if loops:
        target, batch_dst = sphere, batch
    else:
        target = unit_sphere(pos_dst)
        if batch_dst is None:
            batch_dst = torch.zeros(len(target), dtype=torch.long, device=pos.device)
        batch_dst = _checked("batch_dst", batch_dst, len(target))
    graphs = int(max(batch.max(), batch_dst.max())) + 1 if len(batch) and len(batch_dst) else 1
    # How many sources a target may have, and so its in-degree.
    others = torch.bincount(batch[sources], minlength=graphs)[batch_dst]
    if loops and visible is not None:
        others = others - visible.bool().long()
    elif loops:
        others = others - 1
    degree = others.clamp(max=k)

    source, apart = sphere[sources], _GRAPHS_APART
    if graphs > 1:
        source = torch.cat([source, batch[sources, None] * apart], dim=1)
        target = torch.cat([target, batch_dst[:, None] * apart], dim=1)
    found = torch.full((len(target), k), -1, dtype=torch.long, device=pos.device)
    rows, width = torch.arange(len(target), device=pos.device), k + loops + _SPARE
    while len(rows) and len(sources):
        width = min(width, len(sources))
        candidates = nearest_candidates(source, target[rows], width, kernel)
        chosen, settled = _order(source, target[rows], sources, candidates, k, rows if loops else None)
        # A tie that reaches the last candidate may go on beyond it: ask again, twice as wide.
        settled |= width == len(sources)
        found[rows[settled]] = chosen[settled]
        rows, width = rows[~settled], 2 * width
    kept = torch.arange(k, device=pos.device) < degree[:, None]
    targets = torch.arange(len(target), device=pos.device)[:, None].expand(-1, k)
    return torch.stack([found[kept], targets[kept]])


def _order(
    source: Tensor, target: Tensor, sources: Tensor, candidates: Tensor, k: int, own: Tensor | None
) -> tuple[Tensor, Tensor]:
    """The first ``k`` candidates (as station indices) by (distance, index), and whether no other could be among them."""
    chord = (source[candidates] - target[:, None]).norm(dim=2)
    distance = torch.round(chord * (EARTH_RADIUS_KM / TIE_KM))
    border = distance.amax(dim=1)
    station = sources[candidates]
    if own is not None:
        distance = distance.masked_fill(station == own[:, None], torch.inf)
    by_index = station.argsort(dim=1)
    order = by_index.gather(1, distance.gather(1, by_index).argsort(dim=1, stable=True))[:, :k]
    last = distance.gather(1, order)[:, -1]
    settled = (last < border) & (order.size(1) == k)
    chosen = station.gather(1, order)
    if chosen.size(1) < k:
        chosen = torch.nn.functional.pad(chosen, (0, k - chosen.size(1)), value=-1)
    return chosen, settled


def _checked(name: str, values: Tensor, length: int) -> Tensor:
    if values.shape != (length,):
        raise InputError(f"{name}: shape {tuple(values.shape)} was given; use [{length}], one entry a point.")
    return values
