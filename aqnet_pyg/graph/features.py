"""Edge features as small composable classes.

Each has ``dim`` (its number of columns) and is called with :class:`aqnet_pyg.graph.Edges`, which measure distances and
directions once for all of them. Write your own by giving a class these two; :class:`EdgeFeatures` puts several side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from aqnet_pyg.graph.edges import Edges

__all__ = ["Bearing", "Distance", "EdgeFeature", "EdgeFeatures", "ElevationDifference"]


class EdgeFeature(Protocol):
    """What an edge feature looks like."""

    dim: int

    def __call__(self, edges: Edges) -> Tensor:
        """Features of the edges, float32, shape ``[E, dim]``."""


@dataclass(frozen=True)
class Distance:
    """Logarithm of the great-circle distance, in units that networks like: ``log(1 + km / 10) / 2``."""

    dim: ClassVar[int] = 1

    def __call__(self, edges: Edges) -> Tensor:
        """Shape ``[E, 1]``."""
        return (edges.km.float() / 10).log1p_().mul_(0.5)[:, None]


@dataclass(frozen=True)
class Bearing:
    """Direction from the target to the source: east and north parts of a unit vector; zero where they coincide."""

    dim: ClassVar[int] = 2

    def __call__(self, edges: Edges) -> Tensor:
        """Shape ``[E, 2]``."""
        return torch.stack(edges.to_source).T  # as columns from the start, it would take ten times as long


@dataclass(frozen=True)
class ElevationDifference:
    """How much higher the target lies than the source, in kilometers; needs ``elevation`` in meters, shape ``[N]``."""

    dim: ClassVar[int] = 1

    def __call__(self, edges: Edges) -> Tensor:
        """Shape ``[E, 1]``."""
        return ((edges.target("elevation") - edges.source("elevation")) / 1000).float()[:, None]


class EdgeFeatures:
    """Several edge features side by side.

    Args:
        features: In the order of their columns.
    """

    def __init__(self, features: Sequence[EdgeFeature] = (Distance(), Bearing())) -> None:
        self.features = list(features)
        self.dim = sum(feature.dim for feature in self.features)

    def __call__(self, edges: Edges) -> Tensor:
        """Features of the edges, float32, shape ``[E, dim]``."""
        return torch.cat([feature(edges).float() for feature in self.features], dim=1)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.features})"
