"""The graph of a model: how edges and their features are made, wherever it is asked."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.features import EdgeFeature, EdgeFeatures
from aqnet_pyg.graph.neighbors import knn

__all__ = ["BuildGraph", "GraphBuilder", "KNNGraphBuilder"]


class GraphBuilder(Protocol):
    """What the graph of a model looks like: give a class of your own these three, and pass it to ``AQNet(graph=...)``."""

    k: int
    """Largest in-degree."""

    dim: int
    """Number of edge features."""

    def __call__(self, pos: Tensor, visible: Tensor, pos_dst: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Edges from visible stations to targets, and their features.

        Args:
            pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
            visible: Stations that may be sources, shape ``[N]``.
            pos_dst: Likewise of the targets, shape ``[M, 2]``; None for the stations themselves, none of which may be its
                own neighbor.

        Returns:
            ``edge_index``, shape ``[2, E]``, sources in row 0, and ``edge_attr``, float32, shape ``[E, dim]``.
        """


class KNNGraphBuilder:
    """The ``k`` nearest visible stations of each target by great circle; see :func:`aqnet_pyg.graph.knn_edges`.

    Args:
        k: Number of neighbors.
        features: Edge features; default distance and bearing.
    """

    def __init__(self, k: int = 16, features: list[EdgeFeature] | None = None) -> None:
        if k < 1:
            raise InputError(f"k: {k} neighbors were asked for; use at least 1.")
        self.k = k
        self.features = EdgeFeatures() if features is None else EdgeFeatures(features)
        self.dim = self.features.dim

    def __call__(self, pos: Tensor, visible: Tensor, pos_dst: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Connect; arguments and result as :class:`GraphBuilder`."""
        edges = knn(pos, self.k, visible=visible, pos_dst=pos_dst)
        return edges.edge_index, self.features(edges)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(k={self.k}, features={self.features.features})"


class BuildGraph(BaseTransform):
    """Adds the edges of a graph builder to a window, as ``edge_index`` and ``edge_attr``.

    Args:
        graph: The builder, usually ``model.graph``.
    """

    def __init__(self, graph: GraphBuilder) -> None:
        self.graph = graph

    def forward(self, data: Data) -> Data:
        """Connect the stations of a window."""
        data.edge_index, data.edge_attr = self.graph(data.pos, data.visible)
        return data

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.graph})"
