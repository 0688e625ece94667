"""Ensembles: krigings and networks that reconstruct, and forecasts, weighted by their errors on held-out measurements; networks
that fill gaps.

Names are imported when they are first used: folds of stations and tuned interpolators do not import torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aqnet_pyg.resolver import lazy_names

if TYPE_CHECKING:
    from aqnet_pyg.ensembles.ensemble import EnsemblePredictor, Member, fit_ensemble, fit_kriging, fit_krigings
    from aqnet_pyg.ensembles.forecast_ensemble import ForecastEnsemblePredictor, fit_forecast_ensemble
    from aqnet_pyg.ensembles.gap_intervals import GapIntervals
    from aqnet_pyg.ensembles.gap_model import GapFill, GapModel
    from aqnet_pyg.ensembles.kriging import KrigingPredictor
    from aqnet_pyg.ensembles.stacking import HoldOutErrors, StackingWeights
    from aqnet_pyg.ensembles.station_forecasters import StationForecasters, fit_station_forecasters

_MODULES = {
    "EnsemblePredictor": "ensemble",
    "ForecastEnsemblePredictor": "forecast_ensemble",
    "GapFill": "gap_model",
    "GapIntervals": "gap_intervals",
    "GapModel": "gap_model",
    "HoldOutErrors": "stacking",
    "KrigingPredictor": "kriging",
    "Member": "ensemble",
    "StackingWeights": "stacking",
    "StationForecasters": "station_forecasters",
    "fit_ensemble": "ensemble",
    "fit_forecast_ensemble": "forecast_ensemble",
    "fit_kriging": "ensemble",
    "fit_krigings": "ensemble",
    "fit_station_forecasters": "station_forecasters",
}

__all__ = [
    "EnsemblePredictor",
    "ForecastEnsemblePredictor",
    "GapFill",
    "GapIntervals",
    "GapModel",
    "HoldOutErrors",
    "KrigingPredictor",
    "Member",
    "StackingWeights",
    "StationForecasters",
    "fit_ensemble",
    "fit_forecast_ensemble",
    "fit_kriging",
    "fit_krigings",
    "fit_station_forecasters",
]

__getattr__ = lazy_names(__name__, _MODULES)
