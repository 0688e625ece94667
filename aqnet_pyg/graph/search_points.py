"""What every edge builder is given: stations, which of them are visible, targets and graphs of a batch, checked once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.sphere import unit_sphere

__all__ = ["GRAPHS_APART", "Points", "check_length", "locate"]

GRAPHS_APART = 4.0
"""Along a fourth axis, for the graphs of a batch: farther than any two points of the unit sphere."""


@dataclass(frozen=True)
class Points:
    """Sources and targets on the unit sphere.

    Args:
        stations: All stations, float64, shape ``[N, 3]``.
        source: The visible ones, shape ``[S, D]``; ``D`` is 4 where there are several graphs.
        target: Shape ``[T, D]``.
        index: Station of each source, ascending, shape ``[S]``; None where all are visible.
        own: Station that each target is, and that is not its own neighbor, shape ``[T]``; None where targets are others.
        others: Number of sources that a target may have, shape ``[T]``, or one number for all.
    """

    stations: Tensor
    source: Tensor
    target: Tensor
    index: Tensor | None
    own: Tensor | None
    others: Tensor | int

    def only(self, chosen: Tensor) -> Points:
        """The same for some of the targets, bool ``[T]``."""
        if chosen.all():
            return self
        return replace(
            self,
            target=self.target[chosen],
            own=None if self.own is None else self.own[chosen],
            others=self.others if isinstance(self.others, int) else self.others[chosen],
        )


def locate(
    pos: Tensor,
    *,
    visible: Tensor | None = None,
    pos_dst: Tensor | None = None,
    batch: Tensor | None = None,
    batch_dst: Tensor | None = None,
) -> Points:
    """Check what a builder was given and put it on the sphere; arguments as in :func:`aqnet_pyg.graph.knn_edges`.

    Raises:
        InputError: If shapes, coordinates or numbers of graphs cannot be used.
    """
    stations = unit_sphere(pos)
    own = torch.arange(len(pos), device=pos.device) if pos_dst is None else None
    target = stations if pos_dst is None else unit_sphere(pos_dst)
    index = None
    if visible is not None:
        check_length("visible", visible, len(pos))
        index = visible.nonzero().flatten()
        if len(index) == len(pos):
            index = None
    source = stations if index is None else stations[index]
    if batch is None and batch_dst is None:
        others: Tensor | int = len(source)
    else:
        batch = _graphs("batch", batch, len(pos), pos.device)
        batch_dst = batch if pos_dst is None else _graphs("batch_dst", batch_dst, len(pos_dst), pos.device)
        sent = batch if index is None else batch[index]
        graphs = int(torch.cat([batch, batch_dst, batch.new_zeros(1)]).max()) + 1
        others = torch.bincount(sent, minlength=graphs)[batch_dst]
        source = torch.cat([source, sent[:, None] * GRAPHS_APART], dim=1)
        target = torch.cat([target, batch_dst[:, None] * GRAPHS_APART], dim=1)
    if own is not None and len(pos):
        others = others - (1 if index is None else (visible != 0).long())
    return Points(stations, source, target, index, own, others)


def check_length(name: str, values: Tensor, length: int) -> None:
    """Refuse values that are not one a point.

    Args:
        name: Of the argument, for the message.
        values: Of shape ``[length]``, if all is well.
        length: Number of points.

    Raises:
        InputError: With the shape found.
    """
    if values.shape != (length,):
        raise InputError(f"{name}: shape {tuple(values.shape)} was given; use [{length}], one entry a point.")


def _graphs(name: str, graphs: Tensor | None, length: int, device: torch.device) -> Tensor:
    if graphs is None:
        return torch.zeros(length, dtype=torch.long, device=device)
    check_length(name, graphs, length)
    if graphs.is_floating_point() or (length and int(graphs.min()) < 0):
        raise InputError(f"{name}: {graphs.dtype} from {graphs.min().item()} was given; number graphs 0, 1, 2, ...")
    return graphs.long()
