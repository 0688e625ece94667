"""From a trained model and station data to predictions, filled gaps, CF products, calibrated intervals and alerts.

Names are imported when they are first used: the interface of predictors does not import torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aqnet_pyg.resolver import lazy_names

if TYPE_CHECKING:
    from aqnet_pyg.inference.averaging_periods import PERIODS
    from aqnet_pyg.inference.calibration import calibrate
    from aqnet_pyg.inference.exceedances import alert_features, alert_table, alerts
    from aqnet_pyg.inference.filling import STATUS, GapEstimator, fill
    from aqnet_pyg.inference.module_predictor import ModulePredictor
    from aqnet_pyg.inference.network import NetworkPredictor
    from aqnet_pyg.inference.predictor import Predictions, Predictor, Request
    from aqnet_pyg.inference.reanalysis import reanalyze
    from aqnet_pyg.inference.trained_model import TrainedModel

_MODULES = {
    "GapEstimator": "filling",
    "ModulePredictor": "module_predictor",
    "NetworkPredictor": "network",
    "PERIODS": "averaging_periods",
    "Predictions": "predictor",
    "Predictor": "predictor",
    "Request": "predictor",
    "STATUS": "filling",
    "TrainedModel": "trained_model",
    "alert_features": "exceedances",
    "alert_table": "exceedances",
    "alerts": "exceedances",
    "calibrate": "calibration",
    "fill": "filling",
    "reanalyze": "reanalysis",
}

__all__ = [
    "PERIODS",
    "STATUS",
    "GapEstimator",
    "ModulePredictor",
    "NetworkPredictor",
    "Predictions",
    "Predictor",
    "Request",
    "TrainedModel",
    "alert_features",
    "alert_table",
    "alerts",
    "calibrate",
    "fill",
    "reanalyze",
]

__getattr__ = lazy_names(__name__, _MODULES)
