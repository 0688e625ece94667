"""PyG transforms that add edges between stations and edge features."""

from __future__ import annotations

from collections.abc import Sequence

from torch_geometric.data import Data
from torch_geometric.data.datapipes import functional_transform
from torch_geometric.transforms import BaseTransform

from aqnet_pyg.graph.edges import Edges
from aqnet_pyg.graph.features import EdgeFeature, EdgeFeatures
from aqnet_pyg.graph.hiding import visible_mask
from aqnet_pyg.graph.neighbors import knn_edges
from aqnet_pyg.graph.radius import radius_edges


@functional_transform("connect_neighbors")
class ConnectNeighbors(BaseTransform):
    r"""Adds ``edge_index``: edges from the ``k`` nearest visible stations to every station, by great circle
    (functional name: :obj:`connect_neighbors`). Without ``data.visible`` all stations are visible.

    Args:
        k: Number of neighbors; a station with fewer visible others gets all of them.
        kernel: Name of a kernel; see :func:`aqnet_pyg.graph.knn_edges`.
    """

    def __init__(self, k: int = 16, kernel: str | None = None) -> None:
        self.k = k
        self.kernel = kernel

    def forward(self, data: Data) -> Data:
        """Set ``edge_index``, shape ``[2, E]``, sources in row 0."""
        data.edge_index = knn_edges(data.pos, self.k, visible=visible_mask(data), batch=data.batch, kernel=self.kernel)
        return data

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(k={self.k}{_unless_none('kernel', self.kernel)})"


@functional_transform("connect_radius")
class ConnectRadius(BaseTransform):
    r"""Adds ``edge_index``: edges from all visible stations within a radius to every station, by great circle (functional
    name: :obj:`connect_radius`). Without ``data.visible`` all stations are visible.

    Args:
        radius_km: Great-circle radius in kilometers.
        max_neighbors: Keep only this number of nearest neighbors; default all.
        kernel: Name of a kernel; see :func:`aqnet_pyg.graph.radius_edges`.
    """

    def __init__(self, radius_km: float, max_neighbors: int | None = None, kernel: str | None = None) -> None:
        self.radius_km = radius_km
        self.max_neighbors = max_neighbors
        self.kernel = kernel

    def forward(self, data: Data) -> Data:
        """Set ``edge_index``, shape ``[2, E]``, sources in row 0."""
        data.edge_index = radius_edges(
            data.pos,
            self.radius_km,
            visible=visible_mask(data),
            batch=data.batch,
            max_neighbors=self.max_neighbors,
            kernel=self.kernel,
        )
        return data

    def __repr__(self) -> str:
        limit = _unless_none("max_neighbors", self.max_neighbors)
        return f"{self.__class__.__name__}(radius_km={self.radius_km}{limit}{_unless_none('kernel', self.kernel)})"


@functional_transform("add_edge_features")
class AddEdgeFeatures(BaseTransform):
    r"""Adds ``edge_attr`` from edge features (functional name: :obj:`add_edge_features`). Features that need further
    attributes of the stations, such as the wind, read them from the data by name.

    Args:
        features: Edge features; default distance and bearing.
    """

    def __init__(self, features: Sequence[EdgeFeature] | None = None) -> None:
        self.features = EdgeFeatures() if features is None else EdgeFeatures(features)

    def forward(self, data: Data) -> Data:
        """Set ``edge_attr``, float32, shape ``[E, dim]``."""
        data.edge_attr = self.features(Edges(data.edge_index, data.pos, src=data))
        return data

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.features.features})"


def _unless_none(name: str, value: object) -> str:
    return "" if value is None else f", {name}={value!r}"
