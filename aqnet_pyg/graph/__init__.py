"""Coordinates to edges: the sphere, neighbours, edge features and the PyG transforms over them."""

from aqnet_pyg.graph.builder import BuildGraph, GraphBuilder, NeighbourGraph
from aqnet_pyg.graph.features import Bearing, Distance, EdgeFeature, Features
from aqnet_pyg.graph.kernels import KERNELS, available_kernels
from aqnet_pyg.graph.neighbours import TIE_KM, knn_edges
from aqnet_pyg.graph.sphere import bearing, great_circle_km, unit_sphere
from aqnet_pyg.graph.transforms import AddEdgeFeatures, ConnectNeighbours, HideRandomStations, hide

__all__ = [
    "KERNELS",
    "TIE_KM",
    "AddEdgeFeatures",
    "Bearing",
    "BuildGraph",
    "ConnectNeighbours",
    "Distance",
    "EdgeFeature",
    "Features",
    "GraphBuilder",
    "HideRandomStations",
    "NeighbourGraph",
    "available_kernels",
    "bearing",
    "great_circle_km",
    "hide",
    "knn_edges",
    "unit_sphere",
]
