"""All neighbors within a great-circle radius.

* Every visible station within the radius is a neighbor, to a millimeter; kernels alone stop at 32 neighbors by default.
* Every source is visible, no station is its own neighbor, and no edge connects two graphs of a batch.
* Coordinates that are not finite raise an error.
"""

from __future__ import annotations

import torch
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.edges import Edges
from aqnet_pyg.graph.kernels import candidates_within
from aqnet_pyg.graph.neighbors import knn
from aqnet_pyg.graph.search_points import search_points
from aqnet_pyg.graph.sphere import km_to_chord
from aqnet_pyg.graph.tie_breaking import TIE_KM, chord_mm, edge_order
from aqnet_pyg.stations import EARTH_RADIUS_KM


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

    Chords are compared after rounding to a millimeter. Near the antipodes chords change little with distance: the radius is
    accurate to a hundred meters at the antipode itself, and to one meter 10 km away from it.

    Args:
        pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
        radius_km: Great-circle radius in kilometers, positive; infinity connects all.
        visible: Mask of the stations that may be sources, bool, shape ``[N]``; default all.
        pos_dst: Longitude and latitude of the targets, shape ``[M, 2]``; default the stations themselves, none of which
            is then its own neighbor.
        batch: Graph of each station, shape ``[N]``, in any order; default one graph.
        batch_dst: Graph of each target, shape ``[M]``; required with ``batch`` and ``pos_dst``.
        max_neighbors: Keep only this number of nearest neighbors; default all.
        kernel: ``"torch-cluster"``, ``"pyg-lib"`` or ``"scipy"``, all with the same result; default the first one
            installed.

    Returns:
        ``edge_index``, shape ``[2, E]``: sources (row 0) index ``pos``, targets (row 1) index ``pos_dst`` or ``pos``;
        sorted by target, then distance, then source.

    Raises:
        InputError: If ``radius_km`` or ``max_neighbors`` is not positive, or a shape or a coordinate is invalid.
    """
    if not radius_km > 0:
        raise InputError(f"radius_km: got {radius_km}; use a positive number of kilometers.")
    reach = km_to_chord(radius_km)
    limit = chord_mm(torch.tensor(reach, dtype=torch.float64)).item()
    if max_neighbors is not None:
        if max_neighbors < 1:
            raise InputError(f"max_neighbors: got {max_neighbors}; use at least 1, or None for all.")
        nearest = knn(
            pos, max_neighbors, visible=visible, pos_dst=pos_dst, batch=batch, batch_dst=batch_dst, kernel=kernel
        )
        return nearest.edge_index[:, chord_mm(nearest.chord) <= limit]
    points = search_points(pos, visible=visible, pos_dst=pos_dst, batch=batch, batch_dst=batch_dst)
    # A margin, since a kernel may omit pairs at exactly its radius.
    found, target = candidates_within(points.source, points.target, reach + 2 * TIE_KM / EARTH_RADIUS_KM, kernel)
    source = found if points.source_station is None else points.source_station[found]
    edges = Edges(torch.stack([source, target]), pos, pos_dst)
    edges.sphere = points.stations, points.stations if pos_dst is None else points.target[:, :3]
    kept = chord_mm(edges.chord) <= limit
    if pos_dst is None:
        kept &= source != target
    source, target, chord = source[kept], target[kept], edges.chord[kept]
    return torch.stack([source, target])[:, edge_order(source, target, chord)]
