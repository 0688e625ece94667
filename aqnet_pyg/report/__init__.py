"""Pictures of what was computed: figures of Matplotlib, to be written with :func:`save_figure`.

Names are imported when they are first used: maps of station data need no deep learning.
"""

from __future__ import annotations

import importlib
from typing import Any

from aqnet_pyg.errors import optional_imports

_HOME = {
    "animate_field": "animation",
    "attention_by_day": "attention",
    "map_errors": "bubbles",
    "map_field": "maps",
    "map_graph": "graphs",
    "map_stations": "bubbles",
    "plot_architecture": "architecture",
    "plot_attention": "attention",
    "plot_coverage": "reliability",
    "plot_error_by_distance": "distance",
    "plot_learning_curves": "learning",
    "plot_reliability": "reliability",
    "plot_series": "series",
    "plot_slots": "series",
    "reliability_of_intervals": "reliability",
    "reliability_of_probabilities": "reliability",
    "save_figure": "maps",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        with optional_imports():
            value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
