"""Graphs to and from networkx, and to files that other programs read: GraphML and GeoJSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.regions import fold_longitude
from aqnet_pyg.graph.sphere import great_circle_distance, unit_sphere
from aqnet_pyg.io.files import replacing

__all__ = ["from_networkx", "to_networkx", "write_geojson", "write_graphml"]

_FEATURE = "feature_"


def to_networkx(
    edge_index: Tensor,
    pos: Tensor,
    codes: Sequence[str] | None = None,
    edge_attr: Tensor | None = None,
    **attributes: Tensor | Sequence[Any],
) -> nx.DiGraph:
    """A directed graph of networkx.

    Nodes have ``longitude`` and ``latitude``; edges run from source to target and have ``number`` (their column in
    ``edge_index``), ``km`` (great circle) and ``feature_0``, ``feature_1``, ... from ``edge_attr``.

    Args:
        edge_index: Edges between stations, shape ``[2, E]``, none of them twice.
        pos: Longitude and latitude in degrees, shape ``[N, 2]``.
        codes: Station codes, which become the nodes; default the numbers from 0.
        edge_attr: Edge features, shape ``[E, D]``.
        **attributes: Further attributes of the nodes, one value a station, such as ``visible=data.visible``.

    Returns:
        The graph; :func:`from_networkx` undoes this.

    Raises:
        InputError: If shapes do not fit, a code or an edge occurs twice, or a coordinate is out of range.
    """
    unit_sphere(pos)
    nodes = list(range(len(pos))) if codes is None else [str(code) for code in codes]
    columns = {"longitude": pos[:, 0].double(), "latitude": pos[:, 1].double()} | attributes
    for name, column in {"codes": nodes, **columns}.items():
        if len(column) != len(pos):
            raise InputError(f"{name}: {len(column)} values were given for {len(pos)} stations; give one a station.")
    if len(set(nodes)) != len(nodes):
        raise InputError("codes: a station code occurs more than once; codes must be unique.")
    if edge_index.dim() != 2 or len(edge_index) != 2:
        raise InputError(f"edge_index: shape {tuple(edge_index.shape)} was given; use [2, E].")
    if edge_attr is not None and (edge_attr.dim() != 2 or len(edge_attr) != edge_index.size(1)):
        raise InputError(
            f"edge_attr: shape {tuple(edge_attr.shape)} was given for {edge_index.size(1)} edges; use [E, D]."
        )
    if edge_index.numel() and not 0 <= int(edge_index.min()) <= int(edge_index.max()) < len(pos):
        raise InputError(f"edge_index: it names a station beyond the {len(pos)} of pos; give edges between stations.")
    graph = nx.DiGraph()
    values = [_plain(column) for column in columns.values()]
    graph.add_nodes_from(
        (node, dict(zip(columns, row, strict=True))) for node, *row in zip(nodes, *values, strict=True)
    )
    km = great_circle_distance(pos[edge_index[0]], pos[edge_index[1]]).tolist()
    features = [[] for _ in km] if edge_attr is None else edge_attr.tolist()
    for number, (source, target) in enumerate(edge_index.t().tolist()):
        named = {f"{_FEATURE}{column}": value for column, value in enumerate(features[number])}
        graph.add_edge(nodes[source], nodes[target], number=number, km=km[number], **named)
    if graph.number_of_edges() != edge_index.size(1):
        raise InputError("edge_index: an edge occurs more than once; pass edge_index.unique(dim=1).")
    return graph


def from_networkx(graph: nx.Graph) -> Data:
    """Stations and edges of a networkx graph.

    Args:
        graph: Each node has ``longitude`` and ``latitude`` in degrees; of an undirected graph, an edge becomes two.

    Returns:
        Data with ``pos`` (float64, ``[N, 2]``), ``edge_index`` in the order of ``number`` where edges have it, and, where
        the graph has them, ``edge_attr`` (float32), ``codes`` (nodes that are not the numbers from 0, as text) and further
        attributes of the nodes: numbers as tensors (float64, int64 or bool), anything else as a list.

    Raises:
        InputError: If a node has no coordinates, or only some have an attribute.
    """
    nodes = list(graph.nodes)
    rows = [graph.nodes[node] for node in nodes]
    names = sorted({name for row in rows for name in row} | {"longitude", "latitude"})
    for name in names:
        for node, row in zip(nodes, rows, strict=True):
            if name not in row:
                raise InputError(f"graph: node {node!r} has no {name}; give every node one.")
    columns = {name: [row[name] for row in rows] for name in names}
    data = Data()
    data.pos = torch.tensor([columns.pop("longitude"), columns.pop("latitude")], dtype=torch.float64).t().contiguous()
    if nodes != list(range(len(nodes))):
        data.codes = [str(node) for node in nodes]
    for name, column in columns.items():
        data[name] = _tensor(column)
    place = {node: number for number, node in enumerate(nodes)}
    edges = list(graph.to_directed().edges(data=True))
    if all("number" in row for *_, row in edges):
        edges.sort(key=lambda edge: edge[2]["number"])
    ends = [(place[source], place[target]) for source, target, _ in edges]
    data.edge_index = torch.tensor(ends, dtype=torch.long).reshape(-1, 2).t().contiguous()
    width = max((sum(name.startswith(_FEATURE) for name in row) for *_, row in edges), default=0)
    if width:
        try:
            features = [[row[f"{_FEATURE}{column}"] for column in range(width)] for *_, row in edges]
        except KeyError as error:
            raise InputError(f"graph: an edge has no {error}; give every edge the same features.") from error
        data.edge_attr = torch.tensor(features, dtype=torch.float32)
    return data


def write_graphml(graph: nx.DiGraph, path: str | Path) -> None:
    """Write GraphML, which networkx (``read_graphml``), Gephi and igraph read; an old file is replaced at once.

    Args:
        graph: As :func:`to_networkx` makes it; nodes are text in the file.
        path: The file.

    Raises:
        InputError: If it cannot be written, or an attribute is not a number or text.
    """
    try:
        with replacing(path) as beside:
            nx.write_graphml(graph, beside)
    except (nx.NetworkXError, TypeError, ValueError) as error:
        raise InputError(f"{path}: the graph cannot be written as GraphML ({error}).") from error


def write_geojson(graph: nx.DiGraph, path: str | Path) -> None:
    """Write GeoJSON (RFC 7946): stations as points, then edges as lines, cut where they cross the antimeridian.

    Args:
        graph: As :func:`to_networkx` makes it.
        path: The file; an old one is replaced at once.

    Raises:
        InputError: If it cannot be written.
    """
    places = {
        node: (float(fold_longitude(np.float64(row["longitude"]))), float(row["latitude"]))
        for node, row in graph.nodes(data=True)
    }
    features = [
        _feature("Point", places[node], {"station": node} | _without(row, "longitude", "latitude"))
        for node, row in graph.nodes(data=True)
    ]
    for source, target, row in graph.edges(data=True):
        kind, line = _line(places[source], places[target])
        features.append(_feature(kind, line, {"source": source, "target": target} | row))
    text = ",\n".join(json.dumps(feature, ensure_ascii=False, allow_nan=False) for feature in features)
    with replacing(path) as beside:
        beside.write_text(f'{{"type": "FeatureCollection", "features": [\n{text}\n]}}\n', encoding="utf-8")


def _plain(column: Tensor | Iterable[Any]) -> list[Any]:
    """Values as plain Python."""
    if isinstance(column, Tensor | np.ndarray):
        return column.tolist()
    return [value.item() if isinstance(value, np.generic) else value for value in column]


def _tensor(column: list[Any]) -> Tensor | list[Any]:
    for kind, dtype in ((bool, torch.bool), (int, torch.long), (int | float, torch.float64)):
        if all(isinstance(value, kind) for value in column):
            return torch.tensor(column, dtype=dtype)
    return column


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _feature(kind: str, coordinates: Any, properties: dict[str, Any]) -> dict[str, Any]:
    properties = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in properties.items()
    }
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def _line(start: tuple[float, float], end: tuple[float, float]) -> tuple[str, Any]:
    """A straight line in degrees, or its two parts on both sides of the antimeridian."""
    if abs(end[0] - start[0]) <= 180:
        return "LineString", [start, end]
    # An end on the antimeridian itself is on both sides.
    if abs(start[0]) == 180:
        return "LineString", [(-start[0], start[1]), end]
    if abs(end[0]) == 180:
        return "LineString", [start, (-end[0], end[1])]
    side = math.copysign(180.0, start[0])
    # Longitude of the end, counted on beyond the antimeridian.
    beyond = end[0] + 2 * side
    share = (side - start[0]) / (beyond - start[0])
    cut = start[1] + share * (end[1] - start[1])
    return "MultiLineString", [[start, (side, cut)], [(-side, cut), end]]
