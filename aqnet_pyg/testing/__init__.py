"""For tests of one's own code: Hypothesis strategies for station networks, invariants of graphs and predictions, and base
classes whose tests a new part inherits: of a graph, a network, a reader, a data set or a baseline.

Needs Hypothesis and pytest: ``pip install 'aqnet-pyg[test]'``.
"""

try:
    import hypothesis  # noqa: F401
    import pytest  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"aqnet_pyg.testing needs {error.name}, which is not installed; use: pip install 'aqnet-pyg[test]'.",
        name=error.name,
    ) from error

from aqnet_pyg.testing.base import EdgeBuilderTests, GraphBuilderTests, InterpolatorTests, PropertyTests
from aqnet_pyg.testing.baselines import BaselineTests, ForecasterTests
from aqnet_pyg.testing.invariants import (
    assert_batch_separate,
    assert_edge_index,
    assert_edges_equivariant,
    assert_equivariant,
    assert_in_degree,
    assert_nearest,
    assert_no_leak,
    assert_no_self_edges,
    assert_sorted,
    assert_sources_visible,
    assert_ties_by_index,
    assert_within_radius,
    haversine_km,
)
from aqnet_pyg.testing.models import assert_no_leak_through_part, assert_state_dict_restores
from aqnet_pyg.testing.parts import EncoderTests, HeadTests, LossTests
from aqnet_pyg.testing.sources import DatasetTests, ReaderTests
from aqnet_pyg.testing.strategies import KINDS, batches, coordinates, networks, station_data

__all__ = [
    "KINDS",
    "BaselineTests",
    "DatasetTests",
    "EdgeBuilderTests",
    "EncoderTests",
    "ForecasterTests",
    "GraphBuilderTests",
    "HeadTests",
    "InterpolatorTests",
    "LossTests",
    "PropertyTests",
    "ReaderTests",
    "assert_batch_separate",
    "assert_edge_index",
    "assert_edges_equivariant",
    "assert_equivariant",
    "assert_in_degree",
    "assert_nearest",
    "assert_no_leak",
    "assert_no_leak_through_part",
    "assert_no_self_edges",
    "assert_sorted",
    "assert_sources_visible",
    "assert_state_dict_restores",
    "assert_ties_by_index",
    "assert_within_radius",
    "batches",
    "coordinates",
    "haversine_km",
    "networks",
    "station_data",
]
