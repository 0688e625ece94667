"""Figures of results (Matplotlib), and the HTML page of a run.

Names are imported when they are first used: a map of station data does not import torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from aqnet_pyg.errors import optional_imports

if TYPE_CHECKING:
    from aqnet_pyg.report.animation import animate_field
    from aqnet_pyg.report.architecture import plot_architecture
    from aqnet_pyg.report.attention import attention_by_day, plot_attention
    from aqnet_pyg.report.error_by_distance import plot_error_by_distance
    from aqnet_pyg.report.field_map import map_field
    from aqnet_pyg.report.filled_series import example_of_filling, plot_filled
    from aqnet_pyg.report.gap_calendar import plot_gaps
    from aqnet_pyg.report.graph_map import map_graph
    from aqnet_pyg.report.html.filling_page import filling_page
    from aqnet_pyg.report.html.page import report_page
    from aqnet_pyg.report.learning_curves import plot_learning_curves
    from aqnet_pyg.report.reliability import (
        plot_coverage,
        plot_reliability,
        reliability_of_intervals,
        reliability_of_probabilities,
    )
    from aqnet_pyg.report.station_maps import map_errors, map_stations
    from aqnet_pyg.report.style import save_figure
    from aqnet_pyg.report.time_series import plot_series, plot_slots

_MODULES = {
    "animate_field": "animation",
    "attention_by_day": "attention",
    "example_of_filling": "filled_series",
    "filling_page": "html.filling_page",
    "map_errors": "station_maps",
    "map_field": "field_map",
    "map_graph": "graph_map",
    "map_stations": "station_maps",
    "plot_architecture": "architecture",
    "plot_attention": "attention",
    "plot_coverage": "reliability",
    "plot_error_by_distance": "error_by_distance",
    "plot_filled": "filled_series",
    "plot_gaps": "gap_calendar",
    "plot_learning_curves": "learning_curves",
    "plot_reliability": "reliability",
    "plot_series": "time_series",
    "plot_slots": "time_series",
    "reliability_of_intervals": "reliability",
    "reliability_of_probabilities": "reliability",
    "report_page": "html.page",
    "save_figure": "style",
}

__all__ = [
    "animate_field",
    "attention_by_day",
    "example_of_filling",
    "filling_page",
    "map_errors",
    "map_field",
    "map_graph",
    "map_stations",
    "plot_architecture",
    "plot_attention",
    "plot_coverage",
    "plot_error_by_distance",
    "plot_filled",
    "plot_gaps",
    "plot_learning_curves",
    "plot_reliability",
    "plot_series",
    "plot_slots",
    "reliability_of_intervals",
    "reliability_of_probabilities",
    "report_page",
    "save_figure",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        with optional_imports():
            value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
