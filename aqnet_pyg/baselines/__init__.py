"""Classical methods, the rows that every table carries: interpolators of hidden stations, and forecasters.

The forecasters that are networks import torch, so they have modules of their own that are named to use them:
:mod:`aqnet_pyg.baselines.deep` and :mod:`aqnet_pyg.baselines.patchtst`. Nothing else here imports torch.
"""

from aqnet_pyg.baselines.base import Coordinates, Interpolator, distance_matrix_km
from aqnet_pyg.baselines.forecaster import Forecaster
from aqnet_pyg.baselines.kriging import OrdinaryKriging
from aqnet_pyg.baselines.linear import LinearLags
from aqnet_pyg.baselines.local_sill import LocalSillKriging
from aqnet_pyg.baselines.neighbors import IDW, MeanOfK, Nearest
from aqnet_pyg.baselines.one_sill import OneSillKriging
from aqnet_pyg.baselines.persistence import Climatology, DampedPersistence, Persistence
from aqnet_pyg.baselines.space_time import SpaceTimeKriging

__all__ = [
    "IDW",
    "Climatology",
    "Coordinates",
    "DampedPersistence",
    "Forecaster",
    "Interpolator",
    "LinearLags",
    "LocalSillKriging",
    "MeanOfK",
    "Nearest",
    "OneSillKriging",
    "OrdinaryKriging",
    "Persistence",
    "SpaceTimeKriging",
    "distance_matrix_km",
]
