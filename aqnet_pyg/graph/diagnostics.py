"""Diagnostics of a graph over stations, with warnings about properties that impair a model."""

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

COINCIDENT_KM = 0.1
"""Stations closer than this count as coincident: published coordinates are often rounded to this precision."""

HUB_RATIO = 3.0
"""A station whose out-degree is at least this multiple of the mean is a hub."""

LONG_KM = 300.0
"""Edges longer than this connect nearly uncorrelated stations. In northern China in January 2025, the correlation of hourly
PM2.5 minus the mean of all stations is 0.1 at distances of 300 to 400 km, and 0.8 within 25 km."""


@dataclass(frozen=True)
class GraphDiagnostics:
    """Result of :func:`aqnet_pyg.graph.diagnose`; prints as a table. Stations are given by their codes.

    Args:
        stations: Number of stations.
        visible: Number of visible stations, which may be sources.
        edges: Number of edges.
        components: Sizes of the weakly connected components, in descending order.
        strong_components: Number of strongly connected components among the visible stations.
        smallest_connecting_k: The smallest k whose nearest-neighbor graph is connected; None if no station is visible.
        isolated: Stations without incoming edges, for which a model has no input.
        bridges: Pairs of stations whose edge is the only connection between two parts of the graph.
        hubs: Stations with an out-degree of at least three times the mean of visible stations, with their out-degree.
        coincident: Pairs of stations within 100 m of each other.
        in_degree: Lowest, median, mean and highest in-degree of the stations.
        out_degree: Lowest, median, mean and highest out-degree of the visible stations.
        km: Lowest, median, mean and highest length of the edges in kilometers.
        warnings: Properties that impair a model, one sentence each.
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
        """Return the fields as plain values, for JSON."""
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
    """Check a graph over stations before training a model on it.

    Args:
        edge_index: Edges, sources in row 0, shape ``[2, E]``.
        pos: Longitude and latitude in degrees, shape ``[N, 2]``.
        visible: Mask of the stations that may be sources, bool, shape ``[N]``; default all.
        codes: Station codes; default their indices.
        k: Number of neighbors that the graph was built with, for warnings about a better choice.

    Raises:
        InputError: If there is no station, or a shape or a coordinate is invalid.
    """
    if len(pos) == 0:
        raise InputError("pos: got no station; use at least one.")
    visible = torch.ones(len(pos), dtype=torch.bool) if visible is None else visible.cpu().bool()
    names = [str(code) for code in (range(len(pos)) if codes is None else codes)]
    pos, edge_index = pos.cpu(), edge_index.cpu()
    source, target = edge_index.numpy()
    in_degree = np.bincount(target, minlength=len(pos))
    out_degree = np.bincount(source, minlength=len(pos))
    km = great_circle_distance(pos[edge_index[0]], pos[edge_index[1]]).numpy()
    strong = component_labels(edge_index, len(pos), strong=True)[visible.numpy()]
    sending = out_degree[visible.numpy()]
    hub = out_degree >= HUB_RATIO * (sending.mean() if sending.size else 0)
    found: dict[str, Any] = {
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
    """Connected component of each station.

    Args:
        edge_index: Edges, shape ``[2, E]``.
        stations: Number of stations.
        strong: Follow edges in their direction only.

    Returns:
        Component numbers from 0, shape ``[stations]``.
    """
    source, target = edge_index.cpu().numpy()
    edges = coo_array((np.ones(len(source), np.int8), (source, target)), (stations, stations))
    labels: np.ndarray = connected_components(edges, connection="strong" if strong else "weak")[1]
    return labels


def smallest_connecting_k(pos: Tensor, visible: Tensor | None = None) -> int | None:
    """Smallest k for which the graph of :func:`aqnet_pyg.graph.knn_edges` is weakly connected.

    If each edge is weighted by its rank among the neighbors of its target, this is the heaviest edge of the minimum spanning
    tree (a bottleneck tree): one neighbor search and one tree cover all k.

    Args:
        pos: Longitude and latitude in degrees, shape ``[N, 2]``.
        visible: Mask of the stations that may be sources, bool, shape ``[N]``; default all.

    Returns:
        At least 1; None if there are several stations and none is visible.
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
        # The lighter direction of a pair counts; a sparse array would sum both.
        low, high = np.minimum(source, target), np.maximum(source, target)
        order = np.lexsort((rank, high, low))
        first = order[np.r_[True, (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)]]
        pairs = low[first].astype(np.int32), high[first].astype(np.int32)  # the index type that every SciPy takes
        tree = minimum_spanning_tree(coo_array((rank[first], pairs), (len(pos), len(pos))).tocsr())
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
        lines.append(
            f"Edges from hidden stations: {leaks}; their measurements must not be inputs, so connect visible stations only."
        )
    parts, needed = found["components"], found["smallest_connecting_k"]
    if len(parts) > 1:
        enough = needed is not None and (k is None or k < needed)
        cure = f"k = {needed} with edges of any length connects them" if enough else "longer edges would connect them"
        lines.append(f"Components: {len(parts)} ({_first(parts)} stations), without edges between them; {cure}.")
    if found["isolated"]:
        lines.append(
            f"Stations without a neighbor: {len(found['isolated'])} ({_first(found['isolated'])}); a model has no input "
            "for them."
        )
    if found["coincident"]:
        pairs = _first([f"{a} and {b}" for a, b in found["coincident"]])
        lines.append(
            f"Pairs of stations within {1000 * COINCIDENT_KM:g} m: {len(found['coincident'])} ({pairs}); hide both of a pair "
            "or neither, since the visible one reveals the values of the other."
        )
    if found["hubs"]:
        hubs = _first([f"{code} to {count}" for code, count in found["hubs"].items()])
        lines.append(
            f"Stations with at least {HUB_RATIO:g} times the mean number of targets: {len(found['hubs'])} ({hubs}); "
            "an error in their data affects many predictions."
        )
    if found["bridges"]:
        pairs = _first([f"{a} - {b}" for a, b in found["bridges"]])
        lines.append(
            f"Edges that are the only connection between parts of the graph: {len(found['bridges'])} ({pairs})."
        )
    if far:
        lines.append(
            f"Edges longer than {LONG_KM:g} km: {far} of {found['edges']} (up to {found['km']['highest']:.0f} km); "
            "stations so far apart are nearly uncorrelated; a radius removes these edges."
        )
    others = found["visible"] - 1
    if k is not None and k > others:
        lines.append(
            f"k is {k}, but a visible station has only {others} visible others: all are its neighbors, near or far."
        )
    return lines


def _first(items: Sequence[Any], count: int = 5) -> str:
    return ", ".join(str(item) for item in items[:count]) + (", ..." if len(items) > count else "")
