"""A graph that also looks beyond the town in which all nearest stations lie."""

from __future__ import annotations

import torch
from torch import Tensor

from aqnet_pyg.graph.builder import NeighbourGraph
from aqnet_pyg.graph.edges import Edges
from aqnet_pyg.graph.features import EdgeFeature
from aqnet_pyg.graph.neighbours import knn
from aqnet_pyg.graph.sphere import unit_sphere
from aqnet_pyg.stations import EARTH_RADIUS_KM

__all__ = ["AnchoredGraph", "anchor_stations"]


def anchor_stations(pos: Tensor, spacing_km: float) -> Tensor:
    """A part of the stations that is spread evenly: farthest-point sampling (Gonzalez 1985, doi 10.1016/0304-3975(85)90224-5).

    Args:
        pos: Longitude and latitude in degrees, shape ``[N, 2]``.
        spacing_km: No two of the chosen are closer than this, and no other is farther from all of them.

    Returns:
        Which are chosen: bool, shape ``[N]``. The choice does not depend on the order of the stations.
    """
    sphere = unit_sphere(pos)
    chosen = torch.zeros(len(pos), dtype=torch.bool, device=pos.device)
    if not len(pos):
        return chosen
    # The first is the one farthest from the middle; of stations at one place, it does not matter which.
    apart = (sphere - sphere.mean(dim=0)).norm(dim=1)
    while not chosen.any() or apart.max() * EARTH_RADIUS_KM >= spacing_km:
        new = apart.argmax()
        from_new = (sphere - sphere[new]).norm(dim=1)
        apart = from_new if not chosen.any() else torch.minimum(apart, from_new)
        chosen[new] = True
    return chosen


class AnchoredGraph(NeighbourGraph):
    r"""The nearest visible stations, and some of a thinned network around them.

    The nearest stations of a place out in the country are often all in one town, and know little of what lies on the other
    side. So a third of the ``k`` neighbours are *anchors*: the nearest of those stations that are left when the network is
    thinned to a spacing. The in-degree is ``k`` all the same, or the number of other visible stations where they are fewer.

    Args:
        k: Number of neighbours.
        features: Edge features; default distance and bearing.
        spacing_km: Of the thinned network.
    """

    def __init__(self, k: int = 24, features: list[EdgeFeature] | None = None, spacing_km: float = 60.0) -> None:
        super().__init__(k, features)
        self.spacing_km = spacing_km
        self._known: tuple[Tensor, Tensor] | None = None

    def __call__(self, pos: Tensor, visible: Tensor, pos_dst: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Connect; arguments and result as :class:`aqnet_pyg.graph.GraphBuilder`."""
        nearest = knn(pos, self.k, visible=visible, pos_dst=pos_dst).edge_index
        anchors = knn(pos, self.k, visible=visible.bool() & self._anchors(pos), pos_dst=pos_dst).edge_index
        # In the order in which they are taken: the nearest, the anchors that are not among these, the rest of the nearest.
        near = _rank(nearest[1])
        first = near < self.k - self.k // 3
        new = ~torch.isin(_names(anchors, pos), _names(nearest[:, first], pos))
        anchors = anchors[:, new]
        anchors = anchors[:, _rank(anchors[1]) < self.k // 3]
        rest = nearest[:, ~first]
        rest = rest[:, ~torch.isin(_names(rest, pos), _names(anchors, pos))]
        edge_index = torch.cat([nearest[:, first], anchors, rest], dim=1)
        edge_index = edge_index[:, edge_index[1].argsort(stable=True)]
        edge_index = edge_index[:, _rank(edge_index[1]) < self.k]
        return edge_index, self.features.of(Edges(edge_index, pos, pos_dst))

    def _anchors(self, pos: Tensor) -> Tensor:
        if self._known is None or not torch.equal(self._known[0], pos):
            self._known = pos, anchor_stations(pos, self.spacing_km)
        return self._known[1]


def _rank(target: Tensor) -> Tensor:
    """How many edges before it go to the same target, of targets in order."""
    places = torch.arange(len(target), device=target.device)
    return places - torch.searchsorted(target, target)


def _names(edge_index: Tensor, pos: Tensor) -> Tensor:
    return edge_index[1] * len(pos) + edge_index[0]
