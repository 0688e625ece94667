"""Tables of the page: alerts, and days above limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.report.html.formatting import plain_units
from aqnet_pyg.report.html.tables import Column, Table
from aqnet_pyg.text import counted

MAX_ROWS = 500
"""Rows of a table on the page; the file has all of them."""


def grouped_alerts(alerts: pd.DataFrame, stations: xr.Dataset) -> list[Table]:
    """Return alerts counted by limit, day and city, and days with an alert by limit and station.

    Args:
        alerts: Content of ``alerts.csv``.
        stations: Result at stations; without cities, the first table is left out.
    """
    if alerts.empty or not {"limit", "day", "station", "probability"} <= set(alerts):
        return []
    codes = stations.indexes["station"]
    city = pd.Series(stations.city.values.astype(str) if "city" in stations.coords else "", codes)
    table = alerts.assign(city=alerts.station.map(city).fillna(""))
    measured = table.measured if "measured" in table else pd.Series(np.nan, table.index)
    above = measured > table.limit_value if "limit_value" in table else pd.Series(False, table.index)
    table = table.assign(known=measured.notna(), above=above)
    tables = []
    named = table[~table.city.isin(["", "nan"])]
    if not named.empty:
        groups = named.groupby(["limit", "day", "city"], sort=False)
        found = groups.agg(stations=("station", "nunique"), highest=("probability", "max"), above=("above", "sum"))
        rows = found.reset_index().sort_values(["day", "stations"], ascending=[True, False], kind="stable")
        columns = [Column("Limit"), Column("Day"), Column("City"), Column("Stations with an alert", ",.0f")]
        columns += [Column("Highest probability", ".0%"), Column("Measured above the limit", ",.0f")]
        tables.append(_first("Alerts by city and day; days in local time", columns, rows))
    groups = table.groupby(["limit", "station", "city"], sort=False)
    found = groups.agg(days=("day", "nunique"), known=("known", "sum"), above=("above", "sum"))
    rows = found.reset_index().sort_values("days", ascending=False, kind="stable")
    columns = [Column("Limit"), Column("Station", station=True), Column("City"), Column("Days with an alert", ",.0f")]
    columns += [Column("Of these measured", ",.0f"), Column("Measured above the limit", ",.0f")]
    return [*tables, _first("Alerts by station; days in local time", columns, rows)]


def alert_table(alerts: pd.DataFrame) -> Table:
    """Return the most probable alerts.

    Args:
        alerts: Content of ``alerts.csv``.
    """
    shown = alerts.head(MAX_ROWS).dropna(axis="columns", how="all")
    if "visible" in shown:
        shown = shown.assign(visible=shown.visible.map({True: "visible", False: "hidden"}))
    forms = {"probability": ".0%", "longitude": ".2f", "latitude": ".2f", "predicted": ".4g", "measured": ".4g"}
    columns = [
        Column(str(name).replace("_", " ").capitalize(), forms.get(str(name), ""), station=name == "station")
        for name in shown.columns
    ]
    caption = counted(len(alerts), "alert") + (f", the first {len(shown):,}" if len(shown) < len(alerts) else "")
    return Table(f"{caption}; times in UTC, days in local time", columns, shown.values.tolist(), sortable=True)


def day_tables(days: pd.DataFrame) -> list[Table]:
    """Return the days above each limit by city, where there are cities, and by station.

    Args:
        days: Content of ``exceedance_days.csv``.
    """
    if days.empty or not {"limit", "station", "days_above", "limit_value", "units", "standard"} <= set(days):
        return []
    tables = []
    for limit, rows in days.groupby("limit", sort=False):
        value = f"{rows.limit_value.iloc[0]:g} {plain_units(rows.units.iloc[0])}"
        above = f"Days above {value} ({limit} of {rows.standard.iloc[0]})"
        named = rows[rows.city.fillna("") != ""] if "city" in rows else rows[:0]
        if not named.empty:
            cities = named.groupby("city", sort=False).agg(
                stations=("station", "size"),
                mean=("days_above", "mean"),
                most=("days_above", "max"),
                days=("days", "max"),
            )
            cities = cities.reset_index().sort_values("mean", ascending=False, kind="stable")
            columns = [Column("City"), Column("Stations", ",.0f"), Column("Days above, mean of the stations", ".1f")]
            columns += [Column("Most at a station", ".1f"), Column("Days", ",.0f")]
            tables.append(_first(f"{above} by city", columns, cities))
        names = [name for name in ("name", "city") if name in rows]
        shown = ["station", *names, "days_above", "measured_above", "measured_days", "expected_above", "days"]
        columns = [Column("Station", station=True), *(Column(name.capitalize()) for name in names)]
        columns += [Column("Days above", ".1f"), Column("Measured above", ",.0f"), Column("Measured days", ",.0f")]
        columns += [Column("Expected above on other days", ".1f"), Column("Days", ",.0f")]
        tables.append(_first(f"{above} by station", columns, rows[shown]))
    return tables


def _first(caption: str, columns: list[Column], rows: pd.DataFrame) -> Table:
    """Return a table of the first rows; the caption names how many there are."""
    more = f", the first {MAX_ROWS:,} of {len(rows):,} rows" if len(rows) > MAX_ROWS else ""
    return Table(f"{caption}{more}", columns, rows.head(MAX_ROWS).values.tolist(), sortable=True)
