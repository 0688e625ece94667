"""From station data to trained models and their checkpoints; settings are imported without deep learning."""

from __future__ import annotations

import importlib
from typing import Any

_MODULES = {
    "FitSettings": "settings",
    "GapSettings": "gap_settings",
    "NetworkSettings": "settings",
    "StationDataModule": "data",
    "TrainingModule": "network",
    "fit": "fitting",
    "fit_gaps": "gap_fitting",
    "load_gap_model": "checkpoint",
    "load_model": "checkpoint",
    "save_model": "checkpoint",
    "train": "network",
}

__all__ = [
    "FitSettings",
    "GapSettings",
    "NetworkSettings",
    "StationDataModule",
    "TrainingModule",
    "fit",
    "fit_gaps",
    "load_gap_model",
    "load_model",
    "save_model",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
