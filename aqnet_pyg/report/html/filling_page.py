"""The page of a run of ``aqnet fill``: scores, numbers of gaps, pictures, settings and provenance, without scripts."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from aqnet_pyg.gap_masks import by_gap_bin, gap_length
from aqnet_pyg.inference.filling import STATUS
from aqnet_pyg.report.html.description import Rows, data_problems, place_and_period, provenance, settings_rows
from aqnet_pyg.report.html.formatting import plain_name, plain_units
from aqnet_pyg.report.html.page import ASSETS, environment, hash_of
from aqnet_pyg.report.html.tables import Column, Table
from aqnet_pyg.report.selection import filled_pollutants
from aqnet_pyg.report.style import is_simulated
from aqnet_pyg.text import counted

METHODS = {
    "model": "Model (this run)",
    "space-time": "Kriging in space and time",
    "linear": "Linear in time",
}
"""Names of the rows of scores; others are shown as they are."""


def filling_page(product: xr.Dataset, metrics: Mapping[str, Any], pictures: Mapping[str, bytes] | None = None) -> str:
    """Return the report of a run of ``aqnet fill`` as one self-contained HTML page without scripts.

    Args:
        product: Result of :func:`aqnet_pyg.fill`.
        metrics: Content of ``metrics.json``; missing entries are left out of the page.
        pictures: PNG files by their captions.

    Returns:
        The text of the page.

    Raises:
        InputError: If ``product`` is not a result of :func:`aqnet_pyg.fill`.
    """
    targets = filled_pollutants(product)
    style = (ASSETS / "page.css").read_text(encoding="utf-8")
    settings, unset = settings_rows(metrics.get("settings") or {})
    scored = [(target, (metrics.get("pollutants") or {}).get(target, {}).get("scores")) for target in targets]
    images = {
        caption: "data:image/png;base64," + base64.b64encode(content).decode()
        for caption, content in (pictures or {}).items()
    }
    dataset = str(metrics.get("dataset", "unknown"))
    return (
        environment()
        .get_template("filling.html")
        .render(
            policy=f"default-src 'none'; img-src data:; style-src {hash_of(style)}; base-uri 'none'; form-action 'none'",
            style=style,
            names=", ".join(map(plain_name, targets)),
            simulated=is_simulated(product, dataset),
            facts=[
                *place_and_period(product),
                ("Content", counted(product.sizes["station"], "station")),
                ("Data", dataset),
            ],
            version=version("aqnet-pyg"),
            run=metrics.get("run_sha256"),
            gaps=[gap_table(product, target) for target in targets],
            scores=[table for target, one in scored if one for table in score_tables(product, target, one)],
            held_out=all(one.get("held_out", True) for _, one in scored if one),
            pictures=images,
            settings=settings,
            unset=unset,
            provenance=provenance(metrics, product.attrs),
            problems=None if metrics.get("reader") is None else data_problems(metrics["reader"]),
        )
    )


def gap_table(product: xr.Dataset, target: str) -> Table:
    """Return the numbers of gaps and of their hours by length, filled or not.

    Args:
        product: Result of :func:`aqnet_pyg.fill`.
        target: The pollutant.
    """
    status = product[f"{target}_status"].transpose("time", "station").values
    missing = status > STATUS["measured"]
    length = gap_length(missing)
    rows: list[list[Any]] = []
    for name, these in by_gap_bin(length).items():
        if these.any():
            rows.append([name, round(float(np.sum(1 / length[these]))), *_hours(status[these])])
    rows.append(["All gaps", sum(row[1] for row in rows), *_hours(status[missing])])
    share = np.mean(missing)
    columns = [Column("Length of the gap (hours)"), *(Column(name, ",.0f") for name in ("Gaps", "Hours filled"))]
    columns += [
        Column("Not filled: longer than the limit", ",.0f"),
        Column("Not filled: nothing measured near", ",.0f"),
    ]
    return Table(f"Gaps of {plain_name(target)}: {share:.1%} of {status.size:,} station-hours", columns, rows)


def _hours(status: np.ndarray) -> Rows | list[int]:
    """Numbers of hours that are filled, and not filled for each reason."""
    return [int(np.sum(status == value)) for name, value in STATUS.items() if name != "measured"]


def score_tables(product: xr.Dataset, target: str, found: Mapping[str, Any]) -> list[Table]:
    """Return the scores at masked hours, overall and by the length of the gap.

    Args:
        product: Result of :func:`aqnet_pyg.fill`.
        target: The pollutant.
        found: Scores as of :func:`aqnet_pyg.evaluation.masked_scores`.
    """
    units = plain_units(str(product[target].attrs.get("units", "1")))
    columns = [Column("Method"), *(Column(f"{name} ({units})", ".2f") for name in ("MAE", "RMSE"))]
    columns += [Column("R²", ".3f"), Column("In the 90 % interval", ".1%"), Column(f"Mean width ({units})", ".1f")]
    columns += [Column("Values", ",.0f")]
    keys = ("mae", "rmse", "r2", "coverage", "width", "n")

    def rows(methods: Mapping[str, Any]) -> list[list[Any]]:
        return [[METHODS.get(name, name), *(score.get(key) for key in keys)] for name, score in methods.items()]

    tables = [Table(f"{plain_name(target)}: all masked hours", columns, rows(found["overall"]))]
    by_length = [[name, *row] for name, methods in found["by_gap_length"].items() for row in rows(methods)]
    caption = f"{plain_name(target)}: masked hours by the length of the gap"
    return [*tables, Table(caption, [Column("Length (hours)"), *columns], by_length)] if by_length else tables
