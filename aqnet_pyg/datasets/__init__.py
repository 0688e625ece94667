"""PyG data sets: windows over station data, the named networks and the simulated one."""

from aqnet_pyg.datasets.scaling import Scaler
from aqnet_pyg.datasets.station_dataset import StationDataset
from aqnet_pyg.datasets.windows import Window

__all__ = ["Scaler", "StationDataset", "Window"]
