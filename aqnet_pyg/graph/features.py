"""Edge features as small composable classes.

Each has ``dim`` (its number of columns) and is called with the positions of sources and targets and the edges. Write your
own by giving a class these two; :class:`Features` puts several side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from aqnet_pyg.graph.sphere import bearing, great_circle_km

__all__ = ["Bearing", "Distance", "EdgeFeature", "Features"]


class EdgeFeature(Protocol):
    """What an edge feature looks like."""

    dim: int

    def __call__(self, pos_src: Tensor, pos_dst: Tensor, edge_index: Tensor) -> Tensor:
        """Features of the edges, float32, shape ``[E, dim]``; positions in degrees, longitude first."""


class Distance:
    """Logarithm of the great-circle distance, in units that networks like: ``log(1 + km / 10) / 2``."""

    dim = 1

    def __call__(self, pos_src: Tensor, pos_dst: Tensor, edge_index: Tensor) -> Tensor:
        """Shape ``[E, 1]``."""
        km = great_circle_km(pos_src[edge_index[0]], pos_dst[edge_index[1]])
        return (torch.log1p(km / 10) / 2).float()[:, None]

    def __repr__(self) -> str:
        return "Distance()"


class Bearing:
    """Direction from the target to the source: east and north parts of a unit vector; zero where they coincide."""

    dim = 2

    def __call__(self, pos_src: Tensor, pos_dst: Tensor, edge_index: Tensor) -> Tensor:
        """Shape ``[E, 2]``."""
        source, target = pos_src[edge_index[0]], pos_dst[edge_index[1]]
        angle = bearing(target, source)
        apart = great_circle_km(target, source) > 1e-3
        return (torch.stack([angle.sin(), angle.cos()], dim=1) * apart[:, None]).float()

    def __repr__(self) -> str:
        return "Bearing()"


class Features:
    """Several edge features side by side.

    Args:
        features: In the order of their columns.
    """

    def __init__(self, features: Sequence[EdgeFeature] = (Distance(), Bearing())) -> None:
        self.features = list(features)
        self.dim = sum(feature.dim for feature in self.features)

    def __call__(self, pos_src: Tensor, pos_dst: Tensor, edge_index: Tensor) -> Tensor:
        """Shape ``[E, dim]``."""
        return torch.cat([feature(pos_src, pos_dst, edge_index) for feature in self.features], dim=1)

    def __repr__(self) -> str:
        return f"Features({self.features})"
