"""PyG data sets: windows over station data, two published networks and a simulated one.

Names are imported when they are first used, as PyTorch Geometric takes seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aqnet_pyg.resolver import lazy_names

if TYPE_CHECKING:
    from aqnet_pyg.datasets.beijing_multisite import BeijingMultiSite
    from aqnet_pyg.datasets.network_dataset import NetworkDataset
    from aqnet_pyg.datasets.north_china import NorthChina
    from aqnet_pyg.datasets.simulated_north_china import SimulatedNorthChina
    from aqnet_pyg.datasets.station_dataset import StationDataset

_MODULES = {
    "BeijingMultiSite": "beijing_multisite",
    "NetworkDataset": "network_dataset",
    "NorthChina": "north_china",
    "SimulatedNorthChina": "simulated_north_china",
    "StationDataset": "station_dataset",
}

__all__ = [
    "BeijingMultiSite",
    "NetworkDataset",
    "NorthChina",
    "SimulatedNorthChina",
    "StationDataset",
]

__getattr__ = lazy_names(__name__, _MODULES)
