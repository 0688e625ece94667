"""Edges with what can be measured along them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import threshold

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.sphere import chord_to_km, compass, heading, length, unit_sphere
from aqnet_pyg.stations import EARTH_RADIUS_KM

__all__ = ["Edges"]

_AT_ONCE = 2**15  # edges measured at a time: few enough to be near at hand
_METER = 1e-3 / EARTH_RADIUS_KM


class Edges:
    """Edges and what edge features are made of: distances, directions, and whatever else is known of the stations.

    Each is measured once, when it is first asked for, and shared by all features.

    Args:
        edge_index: Sources (row 0) and targets (row 1), shape ``[2, E]``.
        pos_src: Longitude and latitude of the sources in degrees, shape ``[N, 2]``.
        pos_dst: Likewise of the targets, shape ``[M, 2]``; default the sources.
        src: Further attributes of the sources by name, ``[N, ...]`` each, as ``{"elevation": ...}`` or a
            :class:`~torch_geometric.data.Data`.
        dst: Likewise of the targets; default those of the sources, where the targets are the sources.

    Raises:
        InputError: If coordinates cannot be used.
    """

    def __init__(
        self,
        edge_index: Tensor,
        pos_src: Tensor,
        pos_dst: Tensor | None = None,
        src: Mapping[str, Any] | None = None,
        dst: Mapping[str, Any] | None = None,
    ) -> None:
        self.edge_index = edge_index
        self._pos = pos_src, pos_src if pos_dst is None else pos_dst
        src = {} if src is None else src
        self._known = src, (src if self._pos[0] is self._pos[1] else {}) if dst is None else dst

    def source(self, name: str) -> Tensor:
        """An attribute of the source of each edge, shape ``[E, ...]``; its position in degrees is ``"pos"``.

        Raises:
            InputError: If the sources have no such attribute, or one is not finite.
        """
        return self._attribute(0, name)

    def target(self, name: str) -> Tensor:
        """An attribute of the target of each edge, like :meth:`source`."""
        return self._attribute(1, name)

    def _attribute(self, row: int, name: str) -> Tensor:
        store, ends = self._known[row], ("sources", "targets")[row]
        if name == "pos":
            return self._pos[row][self.edge_index[row]]
        if name not in store:
            raise InputError(f"{name}: the {ends} have no such attribute; give it as data.{name}, or in src and dst.")
        values = store[name][self.edge_index[row]]
        if not torch.isfinite(values).all():
            edge = int((~torch.isfinite(values)).reshape(len(values), -1).any(dim=1).nonzero()[0])
            node = int(self.edge_index[row, edge])
            raise InputError(
                f"{name}: it is not known at row {node} of the {ends}; fill it in, or leave the feature out."
            )
        return values

    @cached_property
    def sphere(self) -> tuple[Tensor, Tensor]:
        """Sources and targets on the unit sphere, float64, ``[N, 3]`` and ``[M, 3]``."""
        source, target = self._pos
        on_sphere = unit_sphere(source)
        return on_sphere, on_sphere if target is source else unit_sphere(target)

    @cached_property
    def chord(self) -> Tensor:
        """Straight line from target to source through the Earth, in its radii, float64, shape ``[E]``."""
        chord = self.sphere[0].new_empty(self.edge_index.size(1))
        for part, offset in self._offsets():
            chord[part] = length(offset)
        return chord

    @cached_property
    def km(self) -> Tensor:
        """Great-circle distance in kilometers, float64, shape ``[E]``."""
        return chord_to_km(self.chord)

    @cached_property
    def to_source(self) -> tuple[Tensor, Tensor]:
        """Direction at the target in which the source lies: east and north parts of a unit vector, float32, ``[E]`` each.

        Zero where there is none: within a meter of each other, or of opposite ends of the Earth.
        """
        return self._directions(1)

    @cached_property
    def to_target(self) -> tuple[Tensor, Tensor]:
        """Direction at the source in which the target lies, like :attr:`to_source`."""
        east, north = self._directions(0)
        return -east, -north

    def _directions(self, row: int) -> tuple[Tensor, Tensor]:
        """From sources or targets, the way that leads from target to source."""
        here = compass(self.sphere[row].float())
        east, north = (torch.empty(self.edge_index.size(1), device=self.edge_index.device) for _ in range(2))
        for part, offset in self._offsets():
            place = self.edge_index[row, part]
            x, y = heading([axis.index_select(0, place) for axis in here], [axis.float() for axis in offset])
            size = threshold(torch.hypot(x, y), _METER, torch.inf)  # what is shorter becomes endless
            east[part], north[part] = x / size, y / size
        return east, north

    def _offsets(self) -> Iterator[tuple[slice, list[Tensor]]]:
        """From target to source on the unit sphere, an axis at a time, float64, for some edges after the other."""
        source_axes, target_axes = (points.T.contiguous() for points in self.sphere)
        for first in range(0, self.edge_index.size(1), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            source, target = self.edge_index[:, part]
            # For one axis at a time, index_select is several times as fast as values[index].
            ends = zip(source_axes, target_axes, strict=True)
            yield part, [there.index_select(0, source).sub_(here.index_select(0, target)) for there, here in ends]
