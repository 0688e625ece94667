"""Wide tables: the time in the first columns, and one column per station with the values of one pollutant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.files.archive import plain_name
from aqnet_pyg.readers.tables.column_names import pollutant_of, split_units
from aqnet_pyg.stations import POLLUTANTS

STATION, VALUE = "(station)", "(value)"
"""Names of the columns that rows have in place of the columns of the stations."""

_ROWS = 1 << 18
"""Number of rows with one station each that are made at a time."""

_PARTS = re.compile(r"pm[ ._]?(?:2[ ._p,]?5|10)(?![0-9])|[a-z]+[0-9]*|[0-9]+", re.IGNORECASE)
"""Words in the name of a file; the point of ``PM2.5`` does not separate words."""


def station_columns(names: Sequence[str], codes: Collection[str]) -> dict[str, str]:
    """Return the columns that are named by station codes, by code.

    Args:
        names: Column names; units may follow the code in parentheses.
        codes: Codes of the station table.
    """
    found: dict[str, str] = {}
    for name in names:
        code = name if name in codes else split_units(name)[0]
        if code in codes:
            found.setdefault(code, name)
    return found


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
        columns: Column names by code.
        file: Name of the file, for the message.

    Raises:
        InputError: If the units differ.
    """
    units = {split_units(name)[1] for code, name in columns.items() if name != code}
    if len(units) > 1 or (units and any(name == code for code, name in columns.items())):
        raise InputError(f"{file}: the columns of the stations have different units; write a table for each.")
    return units.pop() if units else None


def rows_of(block: pa.Table, columns: Mapping[str, str]) -> Iterator[pa.Table]:
    """Yield the rows of a block with one station each: the columns :data:`STATION` and :data:`VALUE`, and those of the time.

    Args:
        block: Rows with the values of all stations.
        columns: Column names of stations by code.
    """
    numbers = [code for code, name in columns.items() if _is_numeric(block[name].type)]
    # Text is converted to numbers by column, since its decimal sign is found in the column.
    for codes in [numbers, *([code] for code in columns if code not in numbers)]:
        step = max(_ROWS // max(len(codes), 1), 1)
        for start in range(0, block.num_rows, step) if codes else ():
            yield _rows_of(block.slice(start, step), codes, columns)


def _rows_of(block: pa.Table, codes: Sequence[str], columns: Mapping[str, str]) -> pa.Table:
    """Rows of stations whose columns are all numbers, or of one station."""
    kind = block[columns[codes[0]]].type
    kind = pa.float64() if _is_numeric(kind) else kind
    values = [chunk for code in codes for chunk in block[columns[code]].cast(kind).chunks]
    station = pa.array(np.repeat(np.arange(len(codes), dtype=np.int32), block.num_rows))
    again = pa.array(np.tile(np.arange(block.num_rows), len(codes)))
    times = {name: block[name].take(again) for name in block.column_names if name not in columns.values()}
    return pa.table(
        {
            **times,
            STATION: pa.DictionaryArray.from_arrays(station, pa.array(codes, pa.string())),
            VALUE: pa.chunked_array(values, kind),
        }
    )


def _is_numeric(kind: pa.DataType) -> bool:
    known = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null, pa.types.is_boolean)
    return any(is_kind(kind) for is_kind in known)
