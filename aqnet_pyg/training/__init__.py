"""From station data to trained models and their checkpoints; settings are imported without deep learning."""

from __future__ import annotations

from aqnet_pyg.resolver import lazy_names

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

__getattr__ = lazy_names(__name__, _MODULES)
