"""Edge features as small composable classes.

A feature has ``dim``, its number of columns, and is called with :class:`aqnet_pyg.graph.Edges`, which compute distances and
directions once for all features. :class:`aqnet_pyg.graph.EdgeFeatures` concatenates several. Any class with these two members
is a feature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from aqnet_pyg.graph.edges import Edges


class EdgeFeature(Protocol):
    """Interface of an edge feature: a class with ``dim`` and a call."""

    @property
    def dim(self) -> int:
        """Number of columns."""

    def __call__(self, edges: Edges) -> Tensor:
        """Features of the edges, float32, shape ``[E, dim]``."""


@dataclass(frozen=True)
class Distance:
    """Logarithm of the great-circle distance, scaled to order one: ``log(1 + km / 10) / 2``."""

    dim: ClassVar[int] = 1

    def __call__(self, edges: Edges) -> Tensor:
        """Shape ``[E, 1]``."""
        return (edges.km.float() / 10).log1p_().mul_(0.5)[:, None]


@dataclass(frozen=True)
class Bearing:
    """Direction from target to source: east and north components of a unit vector; zero where they coincide."""

    dim: ClassVar[int] = 2

    def __call__(self, edges: Edges) -> Tensor:
        """Shape ``[E, 2]``."""
        return torch.stack(edges.to_source).T  # ten times faster than stacking columns


@dataclass(frozen=True)
class ElevationDifference:
    """Elevation of the target minus that of the source, in kilometers, from ``elevation`` in meters, shape ``[N]``."""

    dim: ClassVar[int] = 1

    def __call__(self, edges: Edges) -> Tensor:
        """Shape ``[E, 1]``."""
        return ((edges.target("elevation") - edges.source("elevation")) / 1000).float()[:, None]


class EdgeFeatures:
    """Concatenation of several edge features.

    Args:
        features: Features in the order of their columns; default distance and bearing.
    """

    def __init__(self, features: Sequence[EdgeFeature] = (Distance(), Bearing())) -> None:
        self.features = list(features)
        self.dim = sum(feature.dim for feature in self.features)

    def __call__(self, edges: Edges) -> Tensor:
        """Features of the edges, float32, shape ``[E, dim]``."""
        return torch.cat([feature(edges).float() for feature in self.features], dim=1)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.features})"
