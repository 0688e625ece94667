"""The command line: settings and one function for each command, which notebooks can call as well."""

from __future__ import annotations

from aqnet_pyg.resolver import lazy_names

_MODULES = {
    "AlertSettings": "settings",
    "EvaluationSettings": "settings",
    "FetchSettings": "settings",
    "FillSettings": "settings",
    "GraphSettings": "settings",
    "InfoSettings": "settings",
    "ReanalysisSettings": "settings",
    "ReportSettings": "settings",
    "RunFolder": "run_folder",
    "SimulationSettings": "settings",
    "SourceSettings": "settings",
    "TrainingSettings": "settings",
    "describe": "sources",
    "open_source": "sources",
    "run_alerts": "alerts",
    "run_evaluation": "evaluate",
    "run_fetch": "fetch",
    "run_filling": "fill",
    "run_graph": "graph",
    "run_reanalysis": "reanalyze",
    "run_report": "report",
    "run_simulation": "sources",
    "run_training": "reanalyze",
}

__all__ = [
    "AlertSettings",
    "EvaluationSettings",
    "FetchSettings",
    "FillSettings",
    "GraphSettings",
    "InfoSettings",
    "ReanalysisSettings",
    "ReportSettings",
    "RunFolder",
    "SimulationSettings",
    "SourceSettings",
    "TrainingSettings",
    "describe",
    "open_source",
    "run_alerts",
    "run_evaluation",
    "run_fetch",
    "run_filling",
    "run_graph",
    "run_reanalysis",
    "run_report",
    "run_simulation",
    "run_training",
]

__getattr__ = lazy_names(__name__, _MODULES)
