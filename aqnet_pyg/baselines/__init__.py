"""Baselines of every comparison: interpolators for hidden stations, estimators of gaps, and forecasters.

Names are imported when they are first used. :class:`LSTMForecaster`, :class:`PatchTSTForecaster`, :class:`BRITSFiller`,
:class:`SAITSFiller` and their base classes import torch, the others do not.
"""

from typing import TYPE_CHECKING

from aqnet_pyg.resolver import lazy_names

if TYPE_CHECKING:
    from aqnet_pyg.baselines.base import Interpolator
    from aqnet_pyg.baselines.coordinates import Coordinates, distance_matrix_km
    from aqnet_pyg.baselines.deep import LSTMForecaster, NetworkForecaster
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
    from aqnet_pyg.baselines.patchtst import PatchTSTForecaster
    from aqnet_pyg.baselines.persistence import Climatology, DampedPersistence, Persistence
    from aqnet_pyg.baselines.pypots_fillers import BRITSFiller, PyPOTSFiller, SAITSFiller
    from aqnet_pyg.baselines.simple_gap_fillers import HourlyKriging, HourOfDayMean, LastValue, LinearInTime
    from aqnet_pyg.baselines.space_time import SpaceTimeKriging
    from aqnet_pyg.baselines.space_time_covariance import covariance_table
    from aqnet_pyg.baselines.space_time_filler import SpaceTimeFiller
    from aqnet_pyg.baselines.vecchia import VecchiaGP

_MODULES = {
    "BRITSFiller": "pypots_fillers",
    "Climatology": "persistence",
    "Coordinates": "coordinates",
    "DampedPersistence": "persistence",
    "Estimate": "gap_filler",
    "Factors": "drift",
    "FirstGuessKriging": "first_guess",
    "Forecaster": "forecaster",
    "GSToolsDriftKriging": "gstools_drift",
    "GapFiller": "gap_filler",
    "HourOfDayMean": "simple_gap_fillers",
    "HourlyKriging": "simple_gap_fillers",
    "IDW": "neighbors",
    "Interpolator": "base",
    "IterativeRidge": "iterative_ridge",
    "LSTMForecaster": "deep",
    "LastValue": "simple_gap_fillers",
    "LinearInTime": "simple_gap_fillers",
    "LinearLags": "linear",
    "LocalSillKriging": "local_sill",
    "MeanOfK": "neighbors",
    "Nearest": "neighbors",
    "NetworkForecaster": "deep",
    "OneSillKriging": "one_sill",
    "OrdinaryKriging": "kriging",
    "PatchTSTForecaster": "patchtst",
    "Persistence": "persistence",
    "PyPOTSFiller": "pypots_fillers",
    "RandomForestInterpolation": "forest",
    "SAITSFiller": "pypots_fillers",
    "SpaceTimeFiller": "space_time_filler",
    "SpaceTimeKriging": "space_time",
    "VecchiaGP": "vecchia",
    "covariance_table": "space_time_covariance",
    "distance_matrix_km": "coordinates",
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

__getattr__ = lazy_names(__name__, _MODULES)
