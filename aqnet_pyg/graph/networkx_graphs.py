"""Conversion of graphs to and from networkx, and export to GraphML and GeoJSON."""

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
from aqnet_pyg.graph.sphere import great_circle_distance, unit_sphere
from aqnet_pyg.grid import fold_longitude
from aqnet_pyg.io.files import replacing

_FEATURE = "feature_"


def to_networkx(
    edge_index: Tensor,
    pos: Tensor,
    codes: Sequence[str] | None = None,
    edge_attr: Tensor | None = None,
    **attributes: Tensor | Sequence[Any],
) -> nx.DiGraph:
    """Convert a graph over stations to a directed networkx graph.

    Nodes have ``longitude`` and ``latitude``; edges run from source to target and have ``number`` (their column in
    ``edge_index``), ``km`` (great circle) and ``feature_0``, ``feature_1``, ... from ``edge_attr``.

    Args:
        edge_index: Edges between stations without duplicates, shape ``[2, E]``.
        pos: Longitude and latitude in degrees, shape ``[N, 2]``.
        codes: Station codes, used as nodes; default the numbers from 0.
        edge_attr: Edge features, shape ``[E, D]``.
        **attributes: Further attributes of the nodes, one value per station, such as ``visible=data.visible``.

    Returns:
        The graph; :func:`aqnet_pyg.graph.from_networkx` is the inverse.

    Raises:
        InputError: If a shape is wrong, a code or an edge is duplicated, or a coordinate is out of range.
    """
    unit_sphere(pos)
    nodes = list(range(len(pos))) if codes is None else [str(code) for code in codes]
    columns = {"longitude": pos[:, 0].double(), "latitude": pos[:, 1].double()} | attributes
    for name, column in {"codes": nodes, **columns}.items():
        if len(column) != len(pos):
            raise InputError(f"{name}: got {len(column)} values for {len(pos)} stations; give one per station.")
    if len(set(nodes)) != len(nodes):
        raise InputError("codes: a station code occurs more than once; codes must be unique.")
    if edge_index.dim() != 2 or len(edge_index) != 2:
        raise InputError(f"edge_index: got shape {tuple(edge_index.shape)}; expected [2, E].")
    if edge_attr is not None and (edge_attr.dim() != 2 or len(edge_attr) != edge_index.size(1)):
        raise InputError(
            f"edge_attr: got shape {tuple(edge_attr.shape)} for {edge_index.size(1)} edges; expected [E, D]."
        )
    if edge_index.numel() and not 0 <= int(edge_index.min()) <= int(edge_index.max()) < len(pos):
        raise InputError(f"edge_index: contains a node beyond the {len(pos)} stations of pos; use indices of stations.")
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
    """Convert a networkx graph to PyG data.

    Args:
        graph: A graph whose nodes have ``longitude`` and ``latitude`` in degrees; an undirected edge becomes two edges.

    Returns:
        Data with ``pos`` (float64, ``[N, 2]``) and ``edge_index`` (sorted by ``number`` if the edges have it); if present,
        also ``edge_attr`` (float32), ``codes`` (nodes other than the numbers from 0, as text) and further attributes of the
        nodes, numbers as tensors (float64, int64 or bool), anything else as lists.

    Raises:
        InputError: If a node has no coordinates, or only some nodes have an attribute.
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
    """Write a graph as GraphML, for networkx (``read_graphml``), Gephi or igraph; an existing file is replaced atomically.

    Args:
        graph: Graph from :func:`aqnet_pyg.graph.to_networkx`; nodes become text.
        path: File to write.

    Raises:
        InputError: If the file cannot be written, or an attribute is not a number or text.
    """
    try:
        with replacing(path) as beside:
            nx.write_graphml(graph, beside)
    except (nx.NetworkXError, TypeError, ValueError) as error:
        raise InputError(f"{path}: the graph cannot be written as GraphML ({error}).") from error


def write_geojson(graph: nx.DiGraph, path: str | Path) -> None:
    """Write a graph as GeoJSON (RFC 7946): stations as points, edges as lines, split at the antimeridian.

    Args:
        graph: Graph from :func:`aqnet_pyg.graph.to_networkx`.
        path: File to write; an existing one is replaced atomically.

    Raises:
        InputError: If the file cannot be written.
    """
    places = {
        node: (float(fold_longitude(np.asarray(row["longitude"], np.float64))), float(row["latitude"]))
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
    """Convert values to plain Python objects."""
    if isinstance(column, Tensor | np.ndarray):
        values: list[Any] = column.tolist()
        return values
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
    """Straight line in degrees, or its two parts on either side of the antimeridian."""
    if abs(end[0] - start[0]) <= 180:
        return "LineString", [start, end]
    # An end on the antimeridian belongs to both sides.
    if abs(start[0]) == 180:
        return "LineString", [(-start[0], start[1]), end]
    if abs(end[0]) == 180:
        return "LineString", [start, (-end[0], end[1])]
    side = math.copysign(180.0, start[0])
    # Longitude of the end, continued beyond the antimeridian.
    beyond = end[0] + 2 * side
    share = (side - start[0]) / (beyond - start[0])
    cut = start[1] + share * (end[1] - start[1])
    return "MultiLineString", [[start, (side, cut)], [(-side, cut), end]]
