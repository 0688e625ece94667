"""Station graphs: neighbor searches on the sphere, edge features, regions, barriers, diagnostics and PyG transforms.

What needs PyTorch Geometric, and regions, barriers and the conversion to networkx, are imported on first use: the former takes
seconds, and shapely and networkx are optional.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from aqnet_pyg.errors import optional_imports
from aqnet_pyg.graph.diagnostics import GraphDiagnostics, diagnose
from aqnet_pyg.graph.edges import Edges
from aqnet_pyg.graph.features import Bearing, Distance, EdgeFeature, EdgeFeatures, ElevationDifference
from aqnet_pyg.graph.kernels import available_kernels
from aqnet_pyg.graph.neighbors import knn, knn_edges
from aqnet_pyg.graph.radius import radius_edges
from aqnet_pyg.graph.sphere import bearing, great_circle_distance, unit_sphere
from aqnet_pyg.graph.variants import mutual_edges, symmetric_edges
from aqnet_pyg.graph.wind import TravelTime, WindAlignment

if TYPE_CHECKING:
    from aqnet_pyg.graph.barriers import Barrier, Crossings, count_crossings, knn_edges_uncrossed, remove_crossing_edges
    from aqnet_pyg.graph.builder import BuildGraph, GraphBuilder, KNNGraphBuilder
    from aqnet_pyg.graph.hiding import HideBlockedStations, HideRandomStations, HideRegionStations, HideStations, hide
    from aqnet_pyg.graph.networkx_graphs import from_networkx, to_networkx, write_geojson, write_graphml
    from aqnet_pyg.graph.regions import Region
    from aqnet_pyg.graph.transforms import AddEdgeFeatures, ConnectNeighbors, ConnectRadius
    from aqnet_pyg.graph.weights import GaussianWeight, InverseDistanceWeight

_MODULES = {
    **dict.fromkeys(
        ("Barrier", "Crossings", "count_crossings", "knn_edges_uncrossed", "remove_crossing_edges"), "barriers"
    ),
    **dict.fromkeys(("from_networkx", "to_networkx", "write_geojson", "write_graphml"), "networkx_graphs"),
    "Region": "regions",
    **dict.fromkeys(("BuildGraph", "GraphBuilder", "KNNGraphBuilder"), "builder"),
    **dict.fromkeys(
        ("HideBlockedStations", "HideRandomStations", "HideRegionStations", "HideStations", "hide"), "hiding"
    ),
    **dict.fromkeys(("AddEdgeFeatures", "ConnectNeighbors", "ConnectRadius"), "transforms"),
    **dict.fromkeys(("GaussianWeight", "InverseDistanceWeight"), "weights"),
}

__all__ = [
    "AddEdgeFeatures",
    "Barrier",
    "Bearing",
    "BuildGraph",
    "ConnectNeighbors",
    "ConnectRadius",
    "Crossings",
    "Distance",
    "EdgeFeature",
    "EdgeFeatures",
    "Edges",
    "ElevationDifference",
    "GaussianWeight",
    "GraphBuilder",
    "GraphDiagnostics",
    "HideBlockedStations",
    "HideRandomStations",
    "HideRegionStations",
    "HideStations",
    "InverseDistanceWeight",
    "KNNGraphBuilder",
    "Region",
    "TravelTime",
    "WindAlignment",
    "available_kernels",
    "bearing",
    "count_crossings",
    "diagnose",
    "from_networkx",
    "great_circle_distance",
    "hide",
    "knn",
    "knn_edges",
    "knn_edges_uncrossed",
    "mutual_edges",
    "radius_edges",
    "remove_crossing_edges",
    "symmetric_edges",
    "to_networkx",
    "unit_sphere",
    "write_geojson",
    "write_graphml",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        with optional_imports():
            value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
