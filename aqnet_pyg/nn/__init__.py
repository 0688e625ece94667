"""The network and its parts."""

from aqnet_pyg.nn.aqnet import AQNet
from aqnet_pyg.nn.attention import AttentionBlock, MultiheadAttention
from aqnet_pyg.nn.background import KrigingBackground, NoBackground
from aqnet_pyg.nn.classical_knn import ClassicalKNN, KNNOutput, parameter_groups
from aqnet_pyg.nn.cyclic import CyclicEncoding, NoEncoding
from aqnet_pyg.nn.drift import FirstGuessDrift
from aqnet_pyg.nn.encoded import Encoded
from aqnet_pyg.nn.gap_features import GapFeatures, GapInputs
from aqnet_pyg.nn.gap_network import GapNetwork
from aqnet_pyg.nn.head import DepartureHead, NoDeparture
from aqnet_pyg.nn.knn_weights import InverseDistance, LocalKriging
from aqnet_pyg.nn.neural_knn import NeuralKNN
from aqnet_pyg.nn.sizes import Sizes
from aqnet_pyg.nn.station_values import MeasuredValues, StationForecast
from aqnet_pyg.nn.temporal import HourlyReadout, MeanReadout, PooledReadout, TemporalEncoder

__all__ = [
    "AQNet",
    "AttentionBlock",
    "ClassicalKNN",
    "CyclicEncoding",
    "DepartureHead",
    "Encoded",
    "FirstGuessDrift",
    "GapFeatures",
    "GapInputs",
    "GapNetwork",
    "HourlyReadout",
    "InverseDistance",
    "KNNOutput",
    "KrigingBackground",
    "LocalKriging",
    "MeanReadout",
    "MeasuredValues",
    "MultiheadAttention",
    "NeuralKNN",
    "NoBackground",
    "NoDeparture",
    "NoEncoding",
    "PooledReadout",
    "Sizes",
    "StationForecast",
    "TemporalEncoder",
    "parameter_groups",
]
