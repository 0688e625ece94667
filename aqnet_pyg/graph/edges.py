"""Edges with their lengths, directions and the attributes of their ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import threshold

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.sphere import chord_to_km, local_axes, tangent_components, unit_sphere, vector_norm
from aqnet_pyg.stations import EARTH_RADIUS_KM

_CHUNK = 2**15  # edges per chunk: fits in the cache
_METER = 1e-3 / EARTH_RADIUS_KM


class Edges:
    """Edges with the quantities that edge features are made from: distances, directions and attributes of the nodes.

    Each quantity is computed on first use and shared by all features.

    Args:
        edge_index: Sources (row 0) and targets (row 1), shape ``[2, E]``.
        pos_src: Longitude and latitude of the sources in degrees, shape ``[N, 2]``.
        pos_dst: Longitude and latitude of the targets, shape ``[M, 2]``; default the sources.
        src: Further attributes of the sources by name, ``[N, ...]`` each, such as ``{"elevation": ...}`` or a
            :class:`~torch_geometric.data.Data`.
        dst: Further attributes of the targets, ``[M, ...]`` each; default ``src`` if the targets are the sources.

    Raises:
        InputError: If a coordinate is invalid.
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
        self._attributes = src, (src if self._pos[0] is self._pos[1] else {}) if dst is None else dst

    def source(self, name: str) -> Tensor:
        """An attribute of the source of each edge, shape ``[E, ...]``; ``"pos"`` is its position in degrees.

        Raises:
            InputError: If the sources have no such attribute or a value is not finite.
        """
        return self._attribute(0, name)

    def target(self, name: str) -> Tensor:
        """An attribute of the target of each edge, like :meth:`source`."""
        return self._attribute(1, name)

    def _attribute(self, row: int, name: str) -> Tensor:
        store, ends = self._attributes[row], ("sources", "targets")[row]
        if name == "pos":
            return self._pos[row][self.edge_index[row]]
        if name not in store:
            raise InputError(f"{name}: the {ends} have no such attribute; pass it as data.{name} or in src and dst.")
        values = store[name][self.edge_index[row]]
        if not torch.isfinite(values).all():
            edge = int((~torch.isfinite(values)).reshape(len(values), -1).any(dim=1).nonzero()[0])
            node = int(self.edge_index[row, edge])
            raise InputError(
                f"{name}: the value at row {node} of the {ends} is not finite; fill it in or omit the feature."
            )
        return values

    @cached_property
    def sphere(self) -> tuple[Tensor, Tensor]:
        """Positions of sources and targets on the unit sphere, float64, ``[N, 3]`` and ``[M, 3]``."""
        source, target = self._pos
        on_sphere = unit_sphere(source)
        return on_sphere, on_sphere if target is source else unit_sphere(target)

    @cached_property
    def chord(self) -> Tensor:
        """Length of each edge as a chord of the unit sphere, float64, shape ``[E]``."""
        chord = self.sphere[0].new_empty(self.edge_index.size(1))
        for part, offset in self._offsets():
            chord[part] = vector_norm(offset)
        return chord

    @cached_property
    def km(self) -> Tensor:
        """Great-circle distance in kilometers, float64, shape ``[E]``."""
        return chord_to_km(self.chord)

    @cached_property
    def to_source(self) -> tuple[Tensor, Tensor]:
        """Direction from target to source, at the target: east and north of a unit vector, float32, ``[E]`` each.

        Zero where the direction is undefined: if both are within a meter of each other or of antipodes.
        """
        return self._directions(1)

    @cached_property
    def to_target(self) -> tuple[Tensor, Tensor]:
        """Direction from source to target, at the source, like :attr:`to_source`."""
        east, north = self._directions(0)
        return -east, -north

    def _directions(self, row: int) -> tuple[Tensor, Tensor]:
        """Direction from target to source, at the sources (row 0) or at the targets (row 1)."""
        axes = local_axes(self.sphere[row].float())
        east, north = (torch.empty(self.edge_index.size(1), device=self.edge_index.device) for _ in range(2))
        for part, offset in self._offsets():
            place = self.edge_index[row, part]
            x, y = tangent_components(
                [axis.index_select(0, place) for axis in axes], [component.float() for component in offset]
            )
            size = threshold(torch.hypot(x, y), _METER, torch.inf)  # shorter vectors become zero
            east[part], north[part] = x / size, y / size
        return east, north

    def _offsets(self) -> Iterator[tuple[slice, list[Tensor]]]:
        """Vectors from target to source on the unit sphere, one tensor per component, float64, chunk by chunk."""
        source_axes, target_axes = (points.T.contiguous() for points in self.sphere)
        for first in range(0, self.edge_index.size(1), _CHUNK):
            part = slice(first, first + _CHUNK)
            source, target = self.edge_index[:, part]
            # index_select on one component at a time is several times faster than values[index].
            ends = zip(source_axes, target_axes, strict=True)
            yield part, [there.index_select(0, source).sub_(here.index_select(0, target)) for there, here in ends]
