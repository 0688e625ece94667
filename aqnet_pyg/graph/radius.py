"""All neighbors within a great-circle radius, none forgotten.

* Every visible station within the radius is a neighbor, at most :data:`aqnet_pyg.graph.TIE_KM` beyond it and no farther;
  kernels stop at 32, at random, where nobody tells them otherwise.
* Every source is visible, no station is its own neighbor, no edge joins two graphs of a batch.
* Coordinates that are not finite are refused, not isolated in silence.
"""

from __future__ import annotations

import torch
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.edges import Edges
from aqnet_pyg.graph.kernels import candidates_within
from aqnet_pyg.graph.neighbors import knn
from aqnet_pyg.graph.search_points import locate
from aqnet_pyg.graph.sphere import km_to_chord
from aqnet_pyg.graph.tie_breaking import TIE_KM, in_order, ticks
from aqnet_pyg.stations import EARTH_RADIUS_KM

__all__ = ["radius_edges"]


def radius_edges(
    pos: Tensor,
    radius_km: float,
    *,
    visible: Tensor | None = None,
    pos_dst: Tensor | None = None,
    batch: Tensor | None = None,
    batch_dst: Tensor | None = None,
    max_neighbors: int | None = None,
    kernel: str | None = None,
) -> Tensor:
    """Edges from all visible stations within a radius to every target; a target with none has no edge.

    Distances are compared by their chords, rounded to :data:`aqnet_pyg.graph.TIE_KM`. Near the opposite end of the Earth
    chords hardly change: right there, a station is in or out to a hundred meters only, and to one meter 10 km away from it.

    Args:
        pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
        radius_km: Radius in kilometers of great circle, positive; infinity connects all.
        visible: Stations that may be sources, bool, shape ``[N]``; default all.
        pos_dst: Longitude and latitude of the targets, shape ``[M, 2]``; default the stations themselves, none of which
            is then its own neighbor.
        batch: Graph of each station, shape ``[N]``, in any order; default one graph.
        batch_dst: Graph of each target, shape ``[M]``; goes with ``pos_dst``.
        max_neighbors: Keep so many, the nearest; default all, which for a wide radius are as many as pairs.
        kernel: One of :data:`aqnet_pyg.graph.KERNELS`; default the best installed.

    Returns:
        ``edge_index``, shape ``[2, E]``: sources (row 0) index ``pos``, targets (row 1) index ``pos_dst`` or ``pos``;
        sorted by target, then distance, then source.

    Raises:
        InputError: If ``radius_km`` or ``max_neighbors`` is not positive, or shapes or coordinates cannot be used.
    """
    if not radius_km > 0:
        raise InputError(f"radius_km: {radius_km} was given; use a positive number of kilometers.")
    reach = km_to_chord(radius_km)
    limit = ticks(torch.tensor(reach, dtype=torch.float64)).item()
    where = {"visible": visible, "pos_dst": pos_dst, "batch": batch, "batch_dst": batch_dst}
    if max_neighbors is not None:
        if max_neighbors < 1:
            raise InputError(f"max_neighbors: {max_neighbors} was given; use at least 1, or None for all.")
        nearest = knn(pos, max_neighbors, kernel=kernel, **where)
        return nearest.edge_index[:, ticks(nearest.chord) <= limit]
    points = locate(pos, **where)
    # A kernel may leave out what lies just at its radius.
    found, target = candidates_within(points.source, points.target, reach + 2 * TIE_KM / EARTH_RADIUS_KM, kernel)
    source = found if points.index is None else points.index[found]
    edges = Edges(torch.stack([source, target]), pos, pos_dst)
    edges.sphere = points.stations, points.stations if pos_dst is None else points.target[:, :3]
    kept = ticks(edges.chord) <= limit
    if points.own is not None:
        kept &= source != target
    source, target, chord = source[kept], target[kept], edges.chord[kept]
    return torch.stack([source, target])[:, in_order(source, target, chord)]
