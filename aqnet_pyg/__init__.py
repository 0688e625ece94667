"""AQ-Net: the air between air-quality stations, for PyTorch Geometric, xarray and Verde.

Names are imported when they are first used, so that ``import aqnet_pyg`` costs nothing and opening a file costs no deep
learning.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_MODULES = {
    "AQNet": "aqnet_pyg.nn",
    "BeijingMultiSite": "aqnet_pyg.datasets",
    "FitSettings": "aqnet_pyg.training",
    "Grid": "aqnet_pyg.grid",
    "InputError": "aqnet_pyg.errors",
    "NorthChina": "aqnet_pyg.datasets",
    "SimulatedNorthChina": "aqnet_pyg.datasets",
    "StationDataset": "aqnet_pyg.datasets",
    "TrainedModel": "aqnet_pyg.inference",
    "Window": "aqnet_pyg.windows",
    "fetch": "aqnet_pyg.archives",
    "fill": "aqnet_pyg.inference",
    "fit": "aqnet_pyg.training",
    "knn_edges": "aqnet_pyg.graph",
    "load_model": "aqnet_pyg.training",
    "read": "aqnet_pyg.readers",
    "reanalyze": "aqnet_pyg.inference",
    "save_model": "aqnet_pyg.training",
    "simulate": "aqnet_pyg.simulation",
}

__all__ = sorted([*_MODULES, "__version__"])


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        value = getattr(importlib.import_module(_MODULES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
