"""Validated inputs of a neighbor search: stations, their visibility, targets and the graphs of a batch."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.sphere import unit_sphere

GRAPH_OFFSET = 4.0
"""Spacing of the graphs of a batch along a fourth axis, larger than the distance of any two points on the unit sphere."""


@dataclass(frozen=True)
class SearchPoints:
    """Sources and targets of a neighbor search on the unit sphere.

    Args:
        stations: All stations, float64, shape ``[N, 3]``.
        source: The visible stations, shape ``[S, D]``; ``D`` is 4 for several graphs, else 3.
        target: The targets, shape ``[T, D]``.
        source_station: Station of each source, ascending, shape ``[S]``; None if all stations are visible.
        target_station: Station of each target, which is not its own neighbor, shape ``[T]``; None if the targets are other
            points than the stations.
        max_degree: Number of possible neighbors of each target, shape ``[T]``, or one number for all.
    """

    stations: Tensor
    source: Tensor
    target: Tensor
    source_station: Tensor | None
    target_station: Tensor | None
    max_degree: Tensor | int

    def select_targets(self, mask: Tensor) -> SearchPoints:
        """Keep the targets of a mask, bool ``[T]``."""
        if mask.all():
            return self
        return replace(
            self,
            target=self.target[mask],
            target_station=None if self.target_station is None else self.target_station[mask],
            max_degree=self.max_degree if isinstance(self.max_degree, int) else self.max_degree[mask],
        )


def search_points(
    pos: Tensor,
    *,
    visible: Tensor | None = None,
    pos_dst: Tensor | None = None,
    batch: Tensor | None = None,
    batch_dst: Tensor | None = None,
) -> SearchPoints:
    """Check the arguments of a search and convert them to the unit sphere; arguments as for :func:`aqnet_pyg.graph.knn_edges`.

    Raises:
        InputError: If a shape, a coordinate or a graph number is invalid.
    """
    stations = unit_sphere(pos)
    target_station = torch.arange(len(pos), device=pos.device) if pos_dst is None else None
    target = stations if pos_dst is None else unit_sphere(pos_dst)
    source_station = None
    if visible is not None:
        check_length("visible", visible, len(pos))
        source_station = visible.nonzero().flatten()
        if len(source_station) == len(pos):
            source_station = None
    source = stations if source_station is None else stations[source_station]
    if batch is None and batch_dst is None:
        max_degree: Tensor | int = len(source)
    else:
        batch = _graph_numbers("batch", batch, len(pos), pos.device)
        batch_dst = batch if pos_dst is None else _graph_numbers("batch_dst", batch_dst, len(pos_dst), pos.device)
        batch_src = batch if source_station is None else batch[source_station]
        graphs = int(torch.cat([batch, batch_dst, batch.new_zeros(1)]).max()) + 1
        max_degree = torch.bincount(batch_src, minlength=graphs)[batch_dst]
        source = torch.cat([source, batch_src[:, None] * GRAPH_OFFSET], dim=1)
        target = torch.cat([target, batch_dst[:, None] * GRAPH_OFFSET], dim=1)
    if target_station is not None and len(pos):
        max_degree = max_degree - (1 if visible is None or source_station is None else (visible != 0).long())
    return SearchPoints(stations, source, target, source_station, target_station, max_degree)


def check_length(name: str, values: Tensor, length: int) -> None:
    """Check that there is one value per point.

    Args:
        name: Name of the argument, for the message.
        values: Values to check, expected shape ``[length]``.
        length: Number of points.

    Raises:
        InputError: If the shape is another.
    """
    if values.shape != (length,):
        raise InputError(f"{name}: got shape {tuple(values.shape)}; expected [{length}], one entry per point.")


def _graph_numbers(name: str, graphs: Tensor | None, length: int, device: torch.device) -> Tensor:
    if graphs is None:
        return torch.zeros(length, dtype=torch.long, device=device)
    check_length(name, graphs, length)
    if graphs.is_floating_point() or (length and int(graphs.min()) < 0):
        raise InputError(f"{name}: got {graphs.dtype} from {graphs.min().item()}; number the graphs 0, 1, 2, ...")
    return graphs.long()
