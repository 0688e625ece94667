"""Wide tables: the time in the first columns, and one column per station with the values of one pollutant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.files.archive import plain_name
from aqnet_pyg.readers.tables.column_names import pollutant_of, split_units
from aqnet_pyg.readers.tables.station_labels import StationLabels
from aqnet_pyg.stations import POLLUTANTS

STATION, VALUE = "(station)", "(value)"
"""Names of the columns that rows have in place of the columns of the stations."""

_UNNAMED = ("", "column 1", "Unnamed: 0", "index")
"""Names of the first column of a table whose index has no name."""

_PARQUET_INDEX = "__index_level_0__"
"""Name of the index without a name in Parquet files of pandas."""

_ROWS = 1 << 18
"""Number of rows with one station each that are made at a time."""

_PARTS = re.compile(r"[pm]m?p?[ ._]?(?:2[ ._p,]?5|10)(?![0-9])|[a-z]+[0-9]*|[0-9]+", re.IGNORECASE)
"""Words in the name of a file; the point of ``PM2.5`` does not separate words."""


def station_columns(names: Sequence[str], labels: StationLabels, file: str) -> dict[str, str]:
    """Return the columns that are named by stations, by their label: a code, or a name of the station table.

    Args:
        names: Column names; units may follow the code or name of the station in parentheses.
        labels: Codes and names of the station table.
        file: Name of the file, for messages.

    Raises:
        InputError: If several columns have the same station, or a label is ambiguous.
    """
    whole = labels.find(names, file)
    labeled = {name: name if name in whole else split_units(name)[0] for name in names}
    codes = labels.find(labeled.values(), file)
    found: dict[str, str] = {}
    columns: dict[str, str] = {}
    for name, label in labeled.items():
        if label not in codes:
            continue
        if codes[label] in columns:
            raise InputError(
                f"{file}: the columns {columns[codes[label]]!r} and {name!r} are both of station {codes[label]}; leave one out "
                "with ignore= or --ignore."
            )
        columns[codes[label]] = found[label] = name
    return found


def time_index(names: Sequence[str]) -> str | None:
    """Return the column of an index without a name, as pandas writes it; None if there is none.

    Args:
        names: Column names of the file; empty ones may be numbered.
    """
    if _PARQUET_INDEX in names:
        return _PARQUET_INDEX
    return names[0] if names and names[0] in _UNNAMED else None


def pollutant_of_table(file: str, parameter: str | None) -> str:
    """Return the pollutant of a wide table, a key of :data:`~aqnet_pyg.stations.POLLUTANTS`.

    Args:
        file: Name of the file, such as ``PM2.5_2023.csv``.
        parameter: The pollutant, if it was given.

    Raises:
        InputError: If it is not one that is read, or the name of the file has none or several.
    """
    if parameter is not None:
        pollutant = pollutant_of(parameter)
        if pollutant is None:
            raise InputError(f"parameter: {parameter!r} is not read; use one of {', '.join(POLLUTANTS)}.")
        return pollutant
    stem = re.sub(r"\.(csv|txt|parquet)$", "", plain_name(file.rpartition("/")[2]), flags=re.IGNORECASE)
    words = _PARTS.findall(stem)
    words += [one + other for one, other in pairwise(words) if one.isalpha() and other.isalpha()]  # carbon monoxide
    found = {pollutant for word in words if (pollutant := pollutant_of(word)) is not None}
    if len(found) == 1:
        return found.pop()
    which = f"its name has {' and '.join(sorted(found))}" if found else "its name has none"
    raise InputError(
        f"{file}: a table with one column per station, whose pollutant is not known ({which}); give it, such as "
        "parameter='pm25' (--parameter pm25)."
    )


def units_of_columns(columns: Mapping[str, str], file: str) -> str | None:
    """Return the units in the names of the columns of stations; None if they have none.

    Args:
        columns: Column names by label.
        file: Name of the file, for the message.

    Raises:
        InputError: If the units differ.
    """
    units = {split_units(name)[1] for label, name in columns.items() if name != label}
    if len(units) > 1 or (units and any(name == label for label, name in columns.items())):
        raise InputError(f"{file}: the columns of the stations have different units; write a table for each.")
    return units.pop() if units else None


def rows_of(block: pa.Table, columns: Mapping[str, str]) -> Iterator[pa.Table]:
    """Yield the rows of a block with one station each: the columns :data:`STATION` and :data:`VALUE`, and those of the time.

    Args:
        block: Rows with the values of all stations.
        columns: Column names by the label of the station.
    """
    numbers = [label for label, name in columns.items() if _is_numeric(block[name].type)]
    # Text is converted to numbers by column, since its decimal sign is found in the column.
    for labels in [numbers, *([label] for label in columns if label not in numbers)]:
        step = max(_ROWS // max(len(labels), 1), 1)
        for start in range(0, block.num_rows, step) if labels else ():
            yield _rows_of(block.slice(start, step), labels, columns)


def _rows_of(block: pa.Table, labels: Sequence[str], columns: Mapping[str, str]) -> pa.Table:
    """Rows of stations whose columns are all numbers, or of one station."""
    kind = block[columns[labels[0]]].type
    kind = pa.float64() if _is_numeric(kind) else kind
    values = [chunk for label in labels for chunk in block[columns[label]].cast(kind).chunks]
    station = pa.array(np.repeat(np.arange(len(labels), dtype=np.int32), block.num_rows))
    again = pa.array(np.tile(np.arange(block.num_rows), len(labels)))
    times = {name: block[name].take(again) for name in block.column_names if name not in columns.values()}
    return pa.table(
        {
            **times,
            STATION: pa.DictionaryArray.from_arrays(station, pa.array(labels, pa.string())),
            VALUE: pa.chunked_array(values, kind),
        }
    )


def _is_numeric(kind: pa.DataType) -> bool:
    known = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null, pa.types.is_boolean)
    return any(is_kind(kind) for is_kind in known)
