"""Conversion of the columns of a table to numbers, different texts, and dates."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from aqnet_pyg.readers.files.text_files import MISSING_NUMBERS
from aqnet_pyg.readers.files.times import DAY, NO_TIME
from aqnet_pyg.readers.tables.column_names import TIME_PARTS

_POINTS = ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"]
_COMPASS = {point: str(22.5 * number) for number, point in enumerate(_POINTS)}
"""Compass points in degrees clockwise from north."""

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_THOUSANDS = {sign: re.compile(rf"[+-]?[1-9]\d{{0,2}}({re.escape(sign)}\d{{3}})+") for sign in ",."}
"""Whole numbers with a sign between thousands, by that sign."""

_GROUPED = {",": re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+\.\d+"), ".": re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+,\d+")}
"""Numbers with both signs, by the sign between thousands."""


def texts(column: pa.ChunkedArray) -> tuple[np.ndarray, list[str]]:
    """Return the different texts of a column, stripped, and the position of each row among them, -1 where missing, ``[row]``.

    Args:
        column: Text, dictionary-encoded text, or numbers.
    """
    if not pa.types.is_dictionary(column.type):
        if pa.types.is_floating(column.type):
            column = _whole(column)
        column = column.cast(pa.string()).dictionary_encode()
    column = column.unify_dictionaries() if column.num_chunks > 1 else column
    if column.num_chunks == 0:
        return np.empty(0, np.int64), []
    different = [str(text).strip() for text in column.chunk(0).dictionary.cast(pa.string()).to_pylist()]
    indices = [pc.fill_null(chunk.indices, -1).to_numpy(zero_copy_only=False) for chunk in column.chunks]
    unique = list(dict.fromkeys(different))
    index = np.concatenate(indices).astype(np.int64)
    if len(unique) < len(different):
        position = {text: number for number, text in enumerate(unique)}
        index = np.append([position[text] for text in different], -1)[index]
    return index, unique


def _whole(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers as integers if all of them are whole, since large ones would be written with an exponent."""
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column


def floats(column: pa.ChunkedArray, faults: list[tuple[int, str]]) -> np.ndarray:
    """Convert a column to float64, shape ``[row]``, NaN where missing.

    Decimal commas are recognized, unless all have three digits behind, which may be thousands; so may points beside decimal
    commas. Both are left out as faults.

    Args:
        column: Numbers, or text with numbers or (for directions) compass points.
        faults: Number and an example of texts that are neither are appended.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        if pa.types.is_decimal(column.type):
            column = column.cast(pa.float64())
        if pa.types.is_nested(column.type) or pa.types.is_temporal(column.type):
            if column.null_count < len(column):
                faults.append((len(column) - column.null_count, str(column.drop_null()[0].as_py())))
            return np.full(len(column), np.nan)
        return column.to_pandas().to_numpy(np.float64, na_value=np.nan)
    text = column.to_pandas().str.strip()
    text = text.mask(text.isin(MISSING_NUMBERS))
    points = text.isin(list(_COMPASS))
    if points.any():
        text = text.mask(points, text.map(_COMPASS))
    for sign, pattern in _GROUPED.items():
        grouped = text.str.fullmatch(pattern).eq(True)  # missing texts do not match
        if grouped.any():
            grouped |= text.str.fullmatch(_THOUSANDS[sign]).eq(True)
            text = text.mask(grouped, text.str.replace(sign, "", regex=False))
    with_comma = text.str.fullmatch(_DECIMAL_COMMA).eq(True)
    doubtful = pd.Series(False, index=text.index)
    if with_comma.any() and not text[with_comma].str.fullmatch(_THOUSANDS[","]).all():
        doubtful = text.str.fullmatch(_THOUSANDS["."]).eq(True)
        text = text.mask(with_comma, text.str.replace(",", ".", regex=False))
    numbers = pd.to_numeric(text, errors="coerce").mask(doubtful)
    invalid = (text.notna() & numbers.isna()).to_numpy()
    if invalid.any():
        faults.append((int(invalid.sum()), str(text[invalid].iloc[0])))
    return numbers.to_numpy(np.float64, na_value=np.nan)


def seconds_of_parts(columns: Mapping[str, pa.ChunkedArray]) -> tuple[np.ndarray, int]:
    """Convert year, month and day to local seconds since 1970, shape ``[row]``, NO_TIME where invalid, and count these.

    Args:
        columns: The columns of :data:`TIME_PARTS`, by name.
    """
    year, month, day = (floats(columns[name], []) for name in TIME_PARTS[:3])
    valid = np.isfinite(year + month + day) & (month >= 1) & (month <= 12) & (year >= 1900) & (year <= 2100)
    year, month, day = (np.where(valid, part, 1).astype(np.int64) for part in (year, month, day))
    months = (year * 12 + month - 1 - 1970 * 12).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    valid &= days.astype("datetime64[M]") == months
    return np.where(valid, days.astype(np.int64) * DAY, NO_TIME), int((~valid).sum())
