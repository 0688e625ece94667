"""Protocols that are fixed beforehand, their rows and scores."""

from __future__ import annotations

import importlib
from typing import Any

_MODULES = {
    "Case": "case",
    "Comparison": "comparison",
    "Forecast": "forecast_methods",
    "ForecastAt": "forecast_methods",
    "ForecastCase": "forecast_case",
    "MethodOptions": "protocol",
    "PROTOCOLS": "protocols",
    "Prediction": "reconstruction_methods",
    "Protocol": "protocol",
    "Reconstruction": "reconstruction_methods",
    "scores": "metrics",
    "table": "comparison",
}

__all__ = [
    "PROTOCOLS",
    "Case",
    "Comparison",
    "Forecast",
    "ForecastAt",
    "ForecastCase",
    "MethodOptions",
    "Prediction",
    "Protocol",
    "Reconstruction",
    "scores",
    "table",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
