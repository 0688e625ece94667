"""Ensembles of krigings and networks, stacked by their errors at held-out stations."""

from aqnet_pyg.ensembles.ensemble import EnsemblePredictor, Member, fit_ensemble, fit_kriging, fit_krigings
from aqnet_pyg.ensembles.kriging import KrigingPredictor
from aqnet_pyg.ensembles.stacking import HoldOutErrors, StackingWeights

__all__ = [
    "EnsemblePredictor",
    "HoldOutErrors",
    "KrigingPredictor",
    "Member",
    "StackingWeights",
    "fit_ensemble",
    "fit_kriging",
    "fit_krigings",
]
