"""AQ-Net: the air between air-quality stations, for PyTorch Geometric, xarray and Verde.

Names are imported when they are first used, so that ``import aqnet_pyg`` costs nothing and opening a file costs no deep
learning.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "AQNet": "aqnet_pyg.nn",
    "Grid": "aqnet_pyg.grid",
    "InputError": "aqnet_pyg.errors",
    "NorthChina": "aqnet_pyg.datasets",
    "BeijingMultiSite": "aqnet_pyg.datasets",
    "SimulatedNorthChina": "aqnet_pyg.datasets",
    "StationDataset": "aqnet_pyg.datasets",
    "Window": "aqnet_pyg.windows",
    "knn_edges": "aqnet_pyg.graph",
    "load_model": "aqnet_pyg.nn.checkpoint",
    "read": "aqnet_pyg.readers",
    "reanalyze": "aqnet_pyg.inference.reanalysis",
    "save_model": "aqnet_pyg.nn.checkpoint",
    "simulate": "aqnet_pyg.simulation",
    "train": "aqnet_pyg.training",
}

__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
