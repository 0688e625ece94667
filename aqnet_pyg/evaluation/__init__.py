"""Evaluation: protocols with fixed splits, methods as rows of a table, scores and their uncertainty."""

from __future__ import annotations

from aqnet_pyg.resolver import lazy_names

_MODULES = {
    "PROTOCOLS": "protocols",
    "Case": "case",
    "Comparison": "comparison",
    "FirstGuessCase": "first_guess_case",
    "Forecast": "forecast_methods",
    "ForecastAt": "forecast_methods",
    "Filled": "gap_methods",
    "Filling": "gap_methods",
    "ForecastCase": "forecast_case",
    "GapCase": "gap_case",
    "Method": "method",
    "MethodOptions": "protocol",
    "Prediction": "reconstruction_methods",
    "Protocol": "protocol",
    "Reconstruction": "reconstruction_methods",
    "Request": "protocol",
    "ResultCache": "result_cache",
    "evaluate": "harness",
    "mask_hours": "masked_hours",
    "masked_scores": "masked_hours",
    "paired_differences": "bootstrap",
    "scores": "metrics",
    "table": "comparison",
}

__all__ = [
    "PROTOCOLS",
    "Case",
    "Comparison",
    "Filled",
    "Filling",
    "FirstGuessCase",
    "Forecast",
    "ForecastAt",
    "ForecastCase",
    "GapCase",
    "Method",
    "MethodOptions",
    "Prediction",
    "Protocol",
    "Reconstruction",
    "Request",
    "ResultCache",
    "evaluate",
    "mask_hours",
    "masked_scores",
    "paired_differences",
    "scores",
    "table",
]

__getattr__ = lazy_names(__name__, _MODULES)
