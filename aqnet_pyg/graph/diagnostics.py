"""What a graph of stations is like, and what about it will hurt a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import cKDTree
from torch import Tensor

from aqnet_pyg.errors import InputError, optional_imports
from aqnet_pyg.graph.neighbors import knn_edges
from aqnet_pyg.graph.sphere import great_circle_distance, unit_sphere
from aqnet_pyg.stations import EARTH_RADIUS_KM

__all__ = [
    "COINCIDENT_KM",
    "HUB_TIMES",
    "LONG_KM",
    "GraphDiagnostics",
    "component_labels",
    "diagnose",
    "smallest_connecting_k",
]

COINCIDENT_KM = 0.1
"""Stations nearer than this stand on the same spot: published coordinates are often rounded so coarsely."""

HUB_TIMES = 3.0
"""A station that sends to this many times as many targets as the mean one is a hub."""

LONG_KM = 300.0
"""Edges longer than this join different air. In northern China in January 2025, hourly PM2.5 less the mean of all stations
correlates by 0.1 between stations 300 to 400 km apart, and by 0.8 within 25 km."""


@dataclass(frozen=True)
class GraphDiagnostics:
    """What :func:`diagnose` finds. Printed, it is a table; stations are named by their codes.

    Args:
        stations: Number of stations.
        visible: Number of those that may be sources.
        edges: Number of edges.
        components: Sizes of the weakly connected components, the largest first.
        strong_components: Number of strongly connected components among the visible stations.
        smallest_connecting_k: The smallest k whose nearest-neighbor graph is one component; None where nothing is visible.
        isolated: Stations with no incoming edge, for which a model has nothing to go by.
        bridges: Pairs of stations whose one connection holds two parts of the graph together.
        hubs: Stations that send to at least :data:`HUB_TIMES` times as many targets as the mean source, and to how many.
        coincident: Pairs of stations within :data:`COINCIDENT_KM` of each other.
        in_degree: Lowest, median, mean and highest number of neighbors of a station.
        out_degree: Likewise of the targets of a visible station.
        km: Length of the edges in kilometers: lowest, median, mean, highest.
        warnings: What will hurt a model, a sentence each.
    """

    stations: int
    visible: int
    edges: int
    components: list[int]
    strong_components: int
    smallest_connecting_k: int | None
    isolated: list[str]
    bridges: list[tuple[str, str]]
    hubs: dict[str, int]
    coincident: list[tuple[str, str]]
    in_degree: dict[str, float]
    out_degree: dict[str, float]
    km: dict[str, float]
    warnings: list[str]

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain values, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        def spread(values: dict[str, float], digits: int) -> str:
            return "  ".join(f"{name} {value:.{digits}f}" for name, value in values.items())

        sizes = _first(self.components)
        rows = {
            "stations": f"{self.stations}, {self.visible} of them visible",
            "edges": f"{self.edges}",
            "in-degree": spread(self.in_degree, 1),
            "out-degree": spread(self.out_degree, 1),
            "length (km)": spread(self.km, 1),
            "components": f"{len(self.components)} weak ({sizes}), {self.strong_components} strong (visible stations)",
            "connecting k": f"{self.smallest_connecting_k or 'none'}",
            "bridges": f"{len(self.bridges)}",
            "hubs": f"{len(self.hubs)}",
            "isolated": f"{len(self.isolated)}",
            "coincident": f"{len(self.coincident)} pairs",
        }
        lines = [f"{name:<14}{value}" for name, value in rows.items()]
        return "\n".join(lines + [f"warning: {warning}" for warning in self.warnings])


def diagnose(
    edge_index: Tensor,
    pos: Tensor,
    *,
    visible: Tensor | None = None,
    codes: Sequence[str] | None = None,
    k: int | None = None,
) -> GraphDiagnostics:
    """Look at a graph of stations before a model is trained on it.

    Args:
        edge_index: Edges, sources in row 0, shape ``[2, E]``.
        pos: Longitude and latitude in degrees, shape ``[N, 2]``.
        visible: Stations that may be sources, shape ``[N]``; default all.
        codes: Station codes; default their numbers.
        k: Number of neighbors that was asked for, if any: warnings then say whether more or fewer would help.

    Raises:
        InputError: If there is no station, or shapes or coordinates cannot be used.
    """
    if len(pos) == 0:
        raise InputError("pos: no station was given; give one or more.")
    visible = torch.ones(len(pos), dtype=torch.bool) if visible is None else visible.cpu().bool()
    names = [str(code) for code in (range(len(pos)) if codes is None else codes)]
    pos, edge_index = pos.cpu(), edge_index.cpu()
    source, target = edge_index.numpy()
    in_degree = np.bincount(target, minlength=len(pos))
    out_degree = np.bincount(source, minlength=len(pos))
    km = great_circle_distance(pos[edge_index[0]], pos[edge_index[1]]).numpy()
    strong = component_labels(edge_index, len(pos), strong=True)[visible.numpy()]
    sending = out_degree[visible.numpy()]
    hub = out_degree >= HUB_TIMES * (sending.mean() if sending.size else 0)
    found = {
        "stations": len(pos),
        "visible": int(visible.sum()),
        "edges": edge_index.size(1),
        "components": sorted(np.bincount(component_labels(edge_index, len(pos))).tolist(), reverse=True),
        "strong_components": len(np.unique(strong)),
        "smallest_connecting_k": smallest_connecting_k(pos, visible),
        "isolated": [names[i] for i in np.flatnonzero(in_degree == 0)],
        "bridges": [(names[a], names[b]) for a, b in _bridges(edge_index)],
        "hubs": {
            names[i]: int(out_degree[i]) for i in np.argsort(-out_degree, kind="stable") if hub[i] and out_degree[i]
        },
        "coincident": [(names[a], names[b]) for a, b in _coincident(pos)],
        "in_degree": _spread(in_degree),
        "out_degree": _spread(sending),
        "km": _spread(km),
    }
    warnings = _warnings(found, k, far=int((km > LONG_KM).sum()), leaks=int((~visible[edge_index[0]]).sum()))
    return GraphDiagnostics(**found, warnings=warnings)


def component_labels(edge_index: Tensor, stations: int, *, strong: bool = False) -> np.ndarray:
    """The connected component of each station.

    Args:
        edge_index: Edges, shape ``[2, E]``.
        stations: Number of stations.
        strong: Follow edges in their direction only.

    Returns:
        Numbers from 0, shape ``[stations]``.
    """
    source, target = edge_index.cpu().numpy()
    edges = coo_array((np.ones(len(source), np.int8), (source, target)), (stations, stations))
    return connected_components(edges, connection="strong" if strong else "weak")[1]


def smallest_connecting_k(pos: Tensor, visible: Tensor | None = None) -> int | None:
    """The smallest k with which the graph of :func:`aqnet_pyg.graph.knn_edges` is one weakly connected component.

    With each edge weighing its rank among the neighbors of its target, that is the heaviest edge of the minimum spanning
    tree (a bottleneck tree), which one search for neighbors and one tree give for all k at once.

    Args:
        pos: Longitude and latitude in degrees, shape ``[N, 2]``.
        visible: Stations that may be sources, shape ``[N]``; default all.

    Returns:
        At least 1; None where no station is visible and there are several.
    """
    if len(pos) < 2:
        return 1
    sources = len(pos) if visible is None else int(visible.sum())
    width = min(16, sources)
    while width:
        edge_index = knn_edges(pos, width, visible=visible)
        source, target = edge_index.cpu().numpy()
        count = np.bincount(target, minlength=len(pos))
        rank = np.arange(len(target)) - (count.cumsum() - count)[target] + 1
        # Both directions of a pair must not add up: the lighter one counts.
        low, high = np.minimum(source, target), np.maximum(source, target)
        order = np.lexsort((rank, high, low))
        first = order[np.r_[True, (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)]]
        tree = minimum_spanning_tree(coo_array((rank[first], (low[first], high[first])), (len(pos), len(pos))).tocsr())
        if tree.nnz == len(pos) - 1:
            return int(tree.data.max())
        if width == sources:
            break
        width = min(2 * width, sources)
    return None


def _bridges(edge_index: Tensor) -> list[tuple[int, int]]:
    with optional_imports():
        import networkx as nx

    graph = nx.Graph()
    graph.add_edges_from(edge_index.t().tolist())
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    return sorted((min(pair), max(pair)) for pair in nx.bridges(graph))


def _coincident(pos: Tensor) -> list[tuple[int, int]]:
    return sorted(cKDTree(unit_sphere(pos).numpy()).query_pairs(COINCIDENT_KM / EARTH_RADIUS_KM))


def _spread(values: np.ndarray) -> dict[str, float]:
    if values.size == 0:
        return dict.fromkeys(("lowest", "median", "mean", "highest"), float("nan"))
    figures = values.min(), np.median(values), values.mean(), values.max()
    return dict(zip(("lowest", "median", "mean", "highest"), map(float, figures), strict=True))


def _warnings(found: dict[str, Any], k: int | None, *, far: int, leaks: int) -> list[str]:
    lines = []
    if leaks:
        lines.append(f"Edges from hidden stations: {leaks}; these must not be read, so connect visible ones only.")
    parts, needed = found["components"], found["smallest_connecting_k"]
    if len(parts) > 1:
        enough = needed is not None and (k is None or k < needed)
        cure = f"k = {needed} with edges of any length makes it one" if enough else "longer edges would join them"
        lines.append(f"Components: {len(parts)} ({_first(parts)} stations), between which nothing is passed; {cure}.")
    if found["isolated"]:
        lines.append(
            f"Stations without a neighbor: {len(found['isolated'])} ({_first(found['isolated'])}); a model knows nothing "
            "of the air around them."
        )
    if found["coincident"]:
        pairs = _first([f"{a} and {b}" for a, b in found["coincident"]])
        lines.append(
            f"Pairs of stations within {1000 * COINCIDENT_KM:g} m: {len(found['coincident'])} ({pairs}); hide both of a pair "
            "or neither, or the hidden one is given away."
        )
    if found["hubs"]:
        hubs = _first([f"{code} to {count}" for code, count in found["hubs"].items()])
        lines.append(
            f"Stations that send to {HUB_TIMES:g} times as many targets as the mean one: {len(found['hubs'])} ({hubs}); "
            "a fault there reaches many predictions."
        )
    if found["bridges"]:
        pairs = _first([f"{a} - {b}" for a, b in found["bridges"]])
        lines.append(f"Connections that alone hold parts of the graph together: {len(found['bridges'])} ({pairs}).")
    if far:
        lines.append(
            f"Edges longer than {LONG_KM:g} km: {far} of {found['edges']} (up to {found['km']['highest']:.0f} km); "
            "stations so far apart tell little of each other, and a radius leaves them out."
        )
    others = found["visible"] - 1
    if k is not None and k > others:
        lines.append(f"k is {k}, but a visible station has {others} visible others: each listens to all, near or far.")
    return lines


def _first(items: Sequence[Any], count: int = 5) -> str:
    return ", ".join(str(item) for item in items[:count]) + (", ..." if len(items) > count else "")
