"""Graph builders: construct the edges of a model, with features, at stations or at other targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform

from aqnet_pyg.graph.features import EdgeFeature, EdgeFeatures
from aqnet_pyg.graph.neighbors import check_k, knn


class GraphBuilder(Protocol):
    """Interface of a graph builder for ``AQNet(graph=...)``: a class with ``k``, ``dim`` and a call."""

    @property
    def k(self) -> int:
        """Largest in-degree."""

    @property
    def dim(self) -> int:
        """Number of edge features."""

    def __call__(self, pos: Tensor, visible: Tensor, pos_dst: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Edges from visible stations to targets, and their features.

        Args:
            pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
            visible: Mask of the stations that may be sources, bool, shape ``[N]``.
            pos_dst: Longitude and latitude of the targets, shape ``[M, 2]``; None for the stations themselves, none of
                which may be its own neighbor.

        Returns:
            ``edge_index``, shape ``[2, E]``, sources in row 0, and ``edge_attr``, float32, shape ``[E, dim]``.
        """


class KNNGraphBuilder:
    """Connect each target to its ``k`` nearest visible stations by great circle; see :func:`aqnet_pyg.graph.knn_edges`.

    Args:
        k: Number of neighbors.
        features: Edge features; default distance and bearing.
    """

    def __init__(self, k: int = 16, features: Sequence[EdgeFeature] | None = None) -> None:
        self.k = check_k(k)
        self.features = EdgeFeatures() if features is None else EdgeFeatures(features)
        self.dim = self.features.dim

    def __call__(self, pos: Tensor, visible: Tensor, pos_dst: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Build edges and features; arguments and result as for :class:`aqnet_pyg.graph.GraphBuilder`."""
        edges = knn(pos, self.k, visible=visible, pos_dst=pos_dst)
        return edges.edge_index, self.features(edges)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(k={self.k}, features={self.features.features})"


class BuildGraph(BaseTransform):
    """Adds ``edge_index`` and ``edge_attr`` from a graph builder.

    Args:
        graph: The graph builder, usually ``model.graph``.
    """

    def __init__(self, graph: GraphBuilder) -> None:
        self.graph = graph

    def forward(self, data: Data) -> Data:
        """Set ``edge_index``, shape ``[2, E]``, and ``edge_attr``, shape ``[E, dim]``."""
        data.edge_index, data.edge_attr = self.graph(data.pos, data.visible)
        return data

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.graph})"
