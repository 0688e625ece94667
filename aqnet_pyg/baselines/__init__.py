"""Baselines of every comparison: interpolators for hidden stations, estimators of gaps, and forecasters.

:class:`LSTMForecaster`, :class:`PatchTSTForecaster`, :class:`BRITSFiller`, :class:`SAITSFiller` and their base classes import
torch, and are loaded on first use.
Nothing else here imports torch.
"""

from typing import TYPE_CHECKING, Any

from aqnet_pyg.baselines.base import Coordinates, Interpolator, distance_matrix_km
from aqnet_pyg.baselines.drift import Factors
from aqnet_pyg.baselines.first_guess import FirstGuessKriging
from aqnet_pyg.baselines.forecaster import Forecaster
from aqnet_pyg.baselines.forest import RandomForestInterpolation
from aqnet_pyg.baselines.gap_filler import Estimate, GapFiller
from aqnet_pyg.baselines.gstools_drift import GSToolsDriftKriging
from aqnet_pyg.baselines.iterative_ridge import IterativeRidge
from aqnet_pyg.baselines.kriging import OrdinaryKriging
from aqnet_pyg.baselines.linear import LinearLags
from aqnet_pyg.baselines.local_sill import LocalSillKriging
from aqnet_pyg.baselines.neighbors import IDW, MeanOfK, Nearest
from aqnet_pyg.baselines.one_sill import OneSillKriging
from aqnet_pyg.baselines.persistence import Climatology, DampedPersistence, Persistence
from aqnet_pyg.baselines.simple_gap_fillers import HourlyKriging, HourOfDayMean, LastValue, LinearInTime
from aqnet_pyg.baselines.space_time import SpaceTimeKriging
from aqnet_pyg.baselines.space_time_covariance import covariance_table
from aqnet_pyg.baselines.space_time_filler import SpaceTimeFiller
from aqnet_pyg.baselines.vecchia import VecchiaGP

if TYPE_CHECKING:
    from aqnet_pyg.baselines.deep import LSTMForecaster, NetworkForecaster
    from aqnet_pyg.baselines.patchtst import PatchTSTForecaster
    from aqnet_pyg.baselines.pypots_fillers import BRITSFiller, PyPOTSFiller, SAITSFiller

_DEEP = {
    "BRITSFiller": "pypots_fillers",
    "LSTMForecaster": "deep",
    "NetworkForecaster": "deep",
    "PatchTSTForecaster": "patchtst",
    "PyPOTSFiller": "pypots_fillers",
    "SAITSFiller": "pypots_fillers",
}

__all__ = [
    "IDW",
    "BRITSFiller",
    "Climatology",
    "Coordinates",
    "DampedPersistence",
    "Estimate",
    "Factors",
    "FirstGuessKriging",
    "Forecaster",
    "GSToolsDriftKriging",
    "GapFiller",
    "HourOfDayMean",
    "HourlyKriging",
    "Interpolator",
    "IterativeRidge",
    "LSTMForecaster",
    "LastValue",
    "LinearInTime",
    "LinearLags",
    "LocalSillKriging",
    "MeanOfK",
    "Nearest",
    "NetworkForecaster",
    "OneSillKriging",
    "OrdinaryKriging",
    "PatchTSTForecaster",
    "Persistence",
    "PyPOTSFiller",
    "RandomForestInterpolation",
    "SAITSFiller",
    "SpaceTimeFiller",
    "SpaceTimeKriging",
    "VecchiaGP",
    "covariance_table",
    "distance_matrix_km",
]


def __getattr__(name: str) -> Any:
    if name not in _DEEP:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_DEEP[name]}"), name)
