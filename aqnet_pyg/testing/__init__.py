"""Tools to test custom code: Hypothesis strategies for station networks and station data, assertions on graphs and predictions,
and base classes of tests for graph builders, parts of a network, readers, data sets and baselines.

Needs Hypothesis and pytest: ``pip install 'aqnet-pyg[test]'``.
"""

from aqnet_pyg.errors import optional_imports

with optional_imports():
    import hypothesis  # noqa: F401
    import pytest  # noqa: F401

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
from aqnet_pyg.testing.module_predictors import ModulePredictorTests
from aqnet_pyg.testing.parts import EncoderTests, HeadTests, LossTests
from aqnet_pyg.testing.sources import DatasetTests, ReaderTests
from aqnet_pyg.testing.strategies import KINDS, batches, coordinates, networks, station_data
from aqnet_pyg.testing.tables import WrittenTable, written_tables

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
    "ModulePredictorTests",
    "PropertyTests",
    "ReaderTests",
    "WrittenTable",
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
    "written_tables",
]
