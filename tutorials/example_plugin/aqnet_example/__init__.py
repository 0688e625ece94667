"""User-defined components for aqnet_pyg."""

from aqnet_example.baseline import Median
from aqnet_example.dataset import TabNetwork
from aqnet_example.encoder import Convolutions
from aqnet_example.forecaster import Yesterday
from aqnet_example.graph import Quarters
from aqnet_example.head import NoHead
from aqnet_example.interpolator import GaussianKNN
from aqnet_example.loss import Lopsided
from aqnet_example.reader import read_tabs

__all__ = [
    "Convolutions",
    "GaussianKNN",
    "Lopsided",
    "Median",
    "NoHead",
    "Quarters",
    "TabNetwork",
    "Yesterday",
    "read_tabs",
]
