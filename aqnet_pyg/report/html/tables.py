"""Tables of the page: scores, errors at hidden stations, coverage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import xarray as xr

from aqnet_pyg.report.hidden_station_scores import distance_bins, hidden_pairs, lead_bins, scores_by
from aqnet_pyg.windows import TASKS

METHODS = {
    "ensemble": "Ensemble",
    "network": "AQ-Net",
    "idw": "Inverse distance weighting",
    "kriging": "Ordinary kriging",
    "kriging-log": "Ordinary kriging of logarithms",
    "krigings": "Ensemble of krigings",
    "persistence": "Persistence",
    "climatology": "Climatology",
}
"""Names of the rows of ``metrics.json``; others are shown as they are."""

PLACES = {"stations": "hidden stations", "measuring": "visible stations", "grid": "true grid of the simulation"}
"""Names of the evaluated places in ``metrics.json``."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Args:
        name: Heading.
        form: Format of numbers, such as ``".2f"``; empty for text.
        station: Whether the values are station codes, which link to the station on the map.
    """

    name: str
    form: str = ""
    station: bool = False


@dataclass(frozen=True)
class Table:
    """A table.

    Args:
        caption: Caption.
        columns: Columns, from left to right.
        rows: Texts and numbers; None or NaN where missing.
        sortable: Whether a click on a heading sorts the table.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    sortable: bool = False

    def cells(self, row: Sequence[Any]) -> Iterator[tuple[Column, str, str]]:
        """Yield column, text and sort key of each value of a row."""
        for column, value in zip(self.columns, row, strict=True):
            if pd.isna(value):
                yield column, "–", ""
            elif column.form:
                yield column, format(value, column.form).replace("-", "−"), repr(float(value))
            else:
                yield column, str(value), str(value)


def score_tables(metrics: Mapping[str, Any], units: str) -> list[Table]:
    """Return the scores of the model and of simple methods, by place and, of forecasts, by hours ahead.

    The row of the model of the run is marked: ``metrics["model"]``, or the first row.

    Args:
        metrics: Content of ``metrics.json``.
        units: Units of the pollutant.
    """
    columns = [Column("Method"), *(Column(f"{name} ({units})", ".2f") for name in ("MAE", "RMSE"))]
    columns += [Column("R²", ".3f"), Column("Values", ",.0f")]
    interval = [Column("In the 90 % interval", ".1%"), Column(f"Mean width ({units})", ".1f")]
    tables = []
    for task, places in metrics.get("tasks", {}).items():
        for place, methods in places.items():
            model = metrics.get("model", next(iter(methods or {}), None))
            more = any("width" in score for score in (methods or {}).values())
            keys = ["mae", "rmse", "r2", "n", *(["coverage", "width"] if more else [])]
            rows = [
                [
                    METHODS.get(name, name) + (" (this run)" if name == model else ""),
                    *(score.get(key) for key in keys),
                ]
                for name, score in (methods or {}).items()
            ]
            if rows:
                title = f"{TASKS[task].noun.capitalize()} in the test hours, {PLACES.get(place, place)}"
                tables.append(Table(title, [*columns, *(interval if more else [])], rows, sortable=True))
                if any("leads" in score for score in (methods or {}).values()):
                    tables.append(_lead_table(f"{title}: MAE by hours ahead", methods or {}, units))
    return tables


def _lead_table(caption: str, methods: Mapping[str, Mapping[str, Any]], units: str) -> Table:
    columns = [Column("Hours ahead"), *(Column(f"{METHODS.get(name, name)} ({units})", ".2f") for name in methods)]
    leads = next(iter(methods.values()))["leads"]
    rows = [[lead, *(score["leads"][lead]["mae"] for score in methods.values())] for lead in leads]
    return Table(caption, columns, rows)


def error_tables(stations: xr.Dataset, units: str) -> list[Table]:
    """Return the errors at hidden stations by distance, by hours ahead, and by station; empty without measurements there.

    Args:
        stations: Result at stations.
        units: Units of the pollutant.
    """
    table = hidden_pairs(stations)
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

    overall = ["All hidden stations", *rows(scores_by(table))[0][1:]]
    tables = [
        Table(
            "By distance to the nearest visible station",
            [Column("Distance"), *columns],
            [*rows(scores_by(table, distance_bins(table))), overall],
        )
    ]
    if "lead" in table:
        by_lead = rows(scores_by(table, lead_bins(table)))
        tables.append(Table("By hours ahead", [Column("Hours ahead"), *columns], [*by_lead, overall]))
    return [*tables, _station_table(stations, table, columns[1:], ["n", *keys])]


def _station_table(stations: xr.Dataset, table: pd.DataFrame, columns: list[Column], keys: list[str]) -> Table:
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
