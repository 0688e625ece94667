"""PyG data sets: windows over station data, two published networks and a simulated one."""

from aqnet_pyg.datasets.beijing_multisite import BeijingMultiSite
from aqnet_pyg.datasets.network_dataset import NetworkDataset
from aqnet_pyg.datasets.north_china import NorthChina
from aqnet_pyg.datasets.simulated_north_china import SimulatedNorthChina
from aqnet_pyg.datasets.station_dataset import StationDataset

__all__ = [
    "BeijingMultiSite",
    "NetworkDataset",
    "NorthChina",
    "SimulatedNorthChina",
    "StationDataset",
]
