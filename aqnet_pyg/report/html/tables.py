"""Tables of the page: scores, errors at hidden stations, coverage, alerts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import xarray as xr

from aqnet_pyg.report.scoring import compared, distance_bins, lead_bins, scores_by
from aqnet_pyg.text import counted

__all__ = ["Column", "Table", "alert_rows", "error_tables", "score_tables"]

METHODS = {"aqnet": "AQ-Net", "idw": "Inverse distance", "kriging": "Ordinary kriging"}
PLACES = {"stations": "hidden stations", "grid": "true grid of the simulation"}
MOST_ALERTS = 500
"""Lines of the table of alerts; all are in the file."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Args:
        name: Its heading.
        form: How numbers are written, a format such as ``".2f"``; empty for text.
        station: Whether it holds codes of stations, which the map shows when they are pressed.
    """

    name: str
    form: str = ""
    station: bool = False


@dataclass(frozen=True)
class Table:
    """A table.

    Args:
        caption: Above it.
        columns: From left to right.
        rows: Text and numbers; None and NaN where there is none.
        sortable: Whether a press on a heading sorts it.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    sortable: bool = False

    def cells(self, row: Sequence[Any]) -> Iterator[tuple[Column, str, str]]:
        """Column, text, and what it is sorted by, of each value of a row."""
        for column, value in zip(self.columns, row, strict=True):
            if pd.isna(value):
                yield column, "–", ""
            elif column.form:
                yield column, format(value, column.form).replace("-", "−"), repr(float(value))
            else:
                yield column, str(value), str(value)


def score_tables(metrics: Mapping[str, Any], units: str) -> list[Table]:
    """Scores of the run beside the classical methods, a table a kind of place.

    Args:
        metrics: Content of ``metrics.json``.
        units: Of the pollutant.
    """
    columns = [Column("Method"), *(Column(f"{name} ({units})", ".2f") for name in ("MAE", "RMSE"))]
    columns += [Column("R²", ".3f"), Column("Values", ",.0f")]
    tables = []
    for task, places in metrics.get("tasks", {}).items():
        for place, methods in places.items():
            rows = [
                [METHODS.get(name, name), *(score.get(key) for key in ("mae", "rmse", "r2", "n"))]
                for name, score in (methods or {}).items()
            ]
            if rows:
                what = "Forecast" if task == "forecast" else "Reconstruction"
                tables.append(Table(f"{what} in the test hours, {PLACES.get(place, place)}", columns, rows))
    return tables


def error_tables(stations: xr.Dataset, units: str) -> list[Table]:
    """Errors at hidden stations in the hours shown: by distance, by hours ahead, and of each station; none without such.

    Args:
        stations: Result at stations.
        units: Of the pollutant.
    """
    table = compared(stations)
    if table.empty:
        return []
    scores = [Column(f"{name} ({units})", ".2f") for name in ("Bias", "MAE", "RMSE")]
    if table.covered.notna().any():
        scores += [Column("In the 90 % interval", ".1%"), Column(f"Mean width ({units})", ".1f")]
    keys = ["bias", "mae", "rmse", "coverage", "width"][: len(scores)]
    columns = [Column("Stations", ",.0f"), Column("Values", ",.0f"), *scores]

    def rows(found: pd.DataFrame) -> list[list[Any]]:
        return [
            [name, *row] for name, row in zip(found.index, found[["stations", "n", *keys]].values.tolist(), strict=True)
        ]

    everything = ["All hidden stations", *rows(scores_by(table))[0][1:]]
    tables = [
        Table(
            "By distance to the nearest visible station",
            [Column("Distance"), *columns],
            [*rows(scores_by(table, distance_bins(table))), everything],
        )
    ]
    if "lead" in table:
        by_lead = rows(scores_by(table, lead_bins(table)))
        tables.append(Table("By hours ahead", [Column("Hours ahead"), *columns], [*by_lead, everything]))
    return [*tables, _of_stations(stations, table, columns[1:], ["n", *keys])]


def _of_stations(stations: xr.Dataset, table: pd.DataFrame, columns: list[Column], keys: list[str]) -> Table:
    found = scores_by(table, "station")
    there = stations.sel(station=list(found.index))
    names = [
        ", ".join(
            str(there[part].values[i]) for part in ("name", "city") if part in there.coords and there[part].values[i]
        )
        for i in range(len(found))
    ]
    heads = [Column("Code", station=True), Column("Name"), Column("Nearest visible (km)", ".1f")]
    km = there.station_distance.values.astype(float).tolist()
    rows = [
        [code, name, far, *row]
        for code, name, far, row in zip(found.index, names, km, found[keys].values.tolist(), strict=True)
    ]
    return Table("Each hidden station", [*heads, *columns], rows, sortable=True)


def alert_rows(alerts: pd.DataFrame) -> Table:
    """The likeliest alerts.

    Args:
        alerts: Content of ``alerts.csv``.
    """
    shown = alerts.head(MOST_ALERTS).dropna(axis="columns", how="all")
    if "visible" in shown:
        shown = shown.assign(visible=shown.visible.map({True: "visible", False: "hidden"}))
    forms = {"probability": ".0%", "longitude": ".2f", "latitude": ".2f", "predicted": ".4g", "measured": ".4g"}
    columns = [
        Column(str(name).replace("_", " ").capitalize(), forms.get(str(name), ""), station=name == "station")
        for name in shown.columns
    ]
    caption = counted(len(alerts), "alert") + (f", the first {len(shown):,}" if len(shown) < len(alerts) else "")
    return Table(f"{caption}; times are UTC, days local", columns, shown.values.tolist(), sortable=True)
