"""Station tables for archives that identify stations by their names."""

from __future__ import annotations

import pandas as pd


def by_name(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return a station table in which a station is found by its code and by its name.

    Args:
        table: Station table, one row per station, indexed by code.

    Returns:
        The rows of the table, followed by one row for each name of exactly one station; and the names of several stations, which
        identify none of them.
    """
    if "name" not in table:
        return table, []
    names = table["name"].fillna("")
    several = names[(names != "") & names.duplicated()].unique().tolist()
    unique = ((names != "") & ~names.isin([*several, *table.index])).to_numpy()
    named = table[unique].set_index(pd.Index(names[unique].to_numpy(object), name=table.index.name))
    return pd.concat([table, named]), several
