"""From a trained model and station data to predictions, filled gaps, CF products, calibrated intervals and alerts."""

from aqnet_pyg.inference.alerts import alert_features, alert_table, alerts
from aqnet_pyg.inference.averaging_periods import PERIODS
from aqnet_pyg.inference.calibration import calibrate
from aqnet_pyg.inference.filling import STATUS, GapEstimator, fill
from aqnet_pyg.inference.network import NetworkPredictor
from aqnet_pyg.inference.predictor import Predictions, Predictor, Request
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.inference.trained_model import TrainedModel

__all__ = [
    "PERIODS",
    "STATUS",
    "GapEstimator",
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
