"""PyG transforms: hide stations, connect neighbours, add edge features."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.data.datapipes import functional_transform
from torch_geometric.transforms import BaseTransform

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.features import EdgeFeature, Features
from aqnet_pyg.graph.neighbours import knn_edges
from aqnet_pyg.graph.sphere import great_circle_km

__all__ = ["AddEdgeFeatures", "ConnectNeighbours", "HideRandomStations", "hide"]


def hide(data: Data, hidden: Tensor) -> Data:
    """Make stations hidden: they send nothing, and what they measured is removed from ``x``.

    Args:
        data: A window; changed in place.
        hidden: bool, shape ``[N]``.
    """
    data.visible = data.visible & ~hidden
    data.x = data.x.masked_fill(hidden[:, None, None], 0.0)
    data.x_mask = data.x_mask & ~hidden[:, None, None]
    return data


@functional_transform("hide_random_stations")
class HideRandomStations(BaseTransform):
    r"""Hides random visible stations, and sometimes all those around a random one, so that a model learns to do
    without near neighbours (functional name: :obj:`hide_random_stations`).

    Args:
        fraction: Largest fraction of the visible stations that is hidden; the fraction is drawn anew for each window.
        radius_km: Largest radius of the region that is emptied; drawn anew for each window.
        region_probability: How often a region is emptied.
    """

    def __init__(self, fraction: float = 0.5, radius_km: float = 100.0, region_probability: float = 0.5) -> None:
        if not 0 <= fraction < 1:
            raise InputError(f"fraction: {fraction} was given; use a number from 0 to below 1.")
        self.fraction = fraction
        self.radius_km = radius_km
        self.region_probability = region_probability

    def forward(self, data: Data) -> Data:
        """Hide stations; at least two stay visible wherever there are two."""
        visible = data.visible.nonzero().flatten()
        if len(visible) <= 2:
            return data
        order = visible[torch.randperm(len(visible))]
        hidden = torch.zeros_like(data.visible)
        hidden[order[: int(torch.rand(()) * self.fraction * len(visible))]] = True
        if torch.rand(()) < self.region_probability:
            centre = data.pos[order[-1]].expand(len(data.pos), 2)
            hidden |= great_circle_km(centre, data.pos) <= torch.rand(()) * self.radius_km
        hidden[order[-2:]] = False
        return hide(data, hidden)

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}(fraction={self.fraction}, radius_km={self.radius_km}, "
            f"region_probability={self.region_probability})"
        )


@functional_transform("connect_neighbours")
class ConnectNeighbours(BaseTransform):
    r"""Adds ``edge_index``: edges from the ``k`` nearest visible stations to every station, by great circle
    (functional name: :obj:`connect_neighbours`).

    Args:
        k: Number of neighbours; stations with fewer visible others get all of them.
        kernel: See :func:`aqnet_pyg.graph.knn_edges`.
    """

    def __init__(self, k: int = 16, kernel: str | None = None) -> None:
        self.k = k
        self.kernel = kernel

    def forward(self, data: Data) -> Data:
        """Set ``edge_index`` of shape ``[2, E]``, sources in row 0."""
        data.edge_index = knn_edges(data.pos, self.k, visible=data.visible, kernel=self.kernel)
        return data

    def __repr__(self) -> str:
        kernel = "" if self.kernel is None else f", kernel={self.kernel!r}"
        return f"{self.__class__.__name__}(k={self.k}{kernel})"


@functional_transform("add_edge_features")
class AddEdgeFeatures(BaseTransform):
    r"""Adds ``edge_attr`` from small feature classes (functional name: :obj:`add_edge_features`).

    Args:
        features: Feature classes; default distance and bearing.
    """

    def __init__(self, features: list[EdgeFeature] | None = None) -> None:
        self.features = Features() if features is None else Features(features)

    def forward(self, data: Data) -> Data:
        """Set ``edge_attr``, float32, shape ``[E, D]``."""
        data.edge_attr = self.features(data.pos, data.pos, data.edge_index)
        return data

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.features.features})"
