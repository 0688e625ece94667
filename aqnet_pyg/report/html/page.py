"""Assembly of the page from template, style sheet, scripts and data."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from aqnet_pyg.report.html.alert_tables import alert_table, day_tables, grouped_alerts
from aqnet_pyg.report.html.description import data_problems, headline, provenance, settings_rows, split_rows
from aqnet_pyg.report.html.payload import payload
from aqnet_pyg.report.html.tables import error_tables, score_tables

ASSETS = Path(__file__).parent / "assets"
"""Templates, style sheet and scripts."""

_SCRIPTS = (
    *(
        "data",
        "state",
        "formatting",
        "averages",
        "layers",
        "colors",
        "view",
        "map",
        "gestures",
        "series",
        "place",
        "legend",
    ),
    *("controls", "export", "tables", "main"),
)
"""In the order of their dependencies."""


def report_page(
    stations: xr.Dataset,
    grid: xr.Dataset | None,
    metrics: Mapping[str, Any],
    *,
    alerts: pd.DataFrame | None = None,
    exceedance_days: pd.DataFrame | None = None,
    borders: str | Path | None = None,
) -> str:
    """Return the report of a run as one self-contained HTML page.

    The page makes no network requests; its content security policy forbids them.

    Args:
        stations: Result at stations, of :func:`aqnet_pyg.reanalyze`.
        grid: Result on a grid for the same hours; ``None`` shows stations only.
        metrics: Content of ``metrics.json``; missing entries are left out of the page.
        alerts: Content of ``alerts.csv``.
        exceedance_days: Content of ``exceedance_days.csv``.
        borders: A GeoJSON file of outlines in degrees; ``None``: coasts and borders of Natural Earth.

    Returns:
        The text of the page.

    Raises:
        InputError: If ``stations`` is not a result at stations, or the borders cannot be read.
    """
    about, values = payload(stations, grid, borders)
    heading = headline(stations, grid, metrics)
    about["simulated"] = heading["simulated"]
    script = "\n".join((ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS)
    script = f'(() => {{\n"use strict";\n{script}}})();\n'
    style = (ASSETS / "page.css").read_text(encoding="utf-8")
    reliability = (metrics.get("alerts") or {}).get("reliability") or []
    settings, unset = settings_rows(metrics.get("settings") or {})
    return (
        environment()
        .get_template("page.html")
        .render(
            policy=f"default-src 'none'; img-src data:; script-src {hash_of(script)}; style-src {hash_of(style)}; "
            "base-uri 'none'; form-action 'none'",
            script=script,
            style=style,
            about=about,
            values=values,
            **heading,
            version=version("aqnet-pyg"),
            run=metrics.get("run_sha256"),
            units=about["units"],
            reconstruction="lead" not in stations.dims,
            scores=score_tables(metrics, about["units"]),
            errors=error_tables(stations, about["units"]),
            alerts=None if alerts is None else alert_table(alerts),
            alert_groups=[] if alerts is None else grouped_alerts(alerts, stations),
            days_above=[] if exceedance_days is None else day_tables(exceedance_days),
            alert_scores=metrics.get("alerts") or {},
            verdict=metrics.get("verdict") or [],
            notes=metrics.get("notes") or [],
            reliability=reliability,
            settings=settings,
            unset=unset,
            split=split_rows(metrics.get("split") or {}),
            hidden=(metrics.get("split") or {}).get("hidden") or [],
            provenance=provenance(metrics, stations.attrs),
            problems=None if metrics.get("reader") is None else data_problems(metrics["reader"]),
        )
    )


def environment() -> Environment:
    """Return the environment of the templates, which escapes all text."""
    return Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def hash_of(text: str) -> str:
    """Return the source expression of a script or style for the content security policy."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
