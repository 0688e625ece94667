"""Columns of numbers, as Arrow parsed them or as texts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from aqnet_pyg.readers.files.text_files import MISSING_NUMBERS
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.text import counted


def parse_numbers(column: pa.ChunkedArray | pd.Series, file: str, report: ReadReport) -> np.ndarray:
    """Convert a column to float64, shape ``[row]``, NaN where missing.

    Args:
        column: Numbers, or texts with numbers.
        file: Name of the file, for the read report.
        report: Read report that records texts that are neither numbers nor markers of missing values.
    """
    if isinstance(column, pa.ChunkedArray):
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            if pa.types.is_floating(column.type) or pa.types.is_integer(column.type) or pa.types.is_null(column.type):
                return column.cast(pa.float64()).to_numpy()
            column = column.cast(pa.string())  # dates and the like
        column = pd.Series(column.to_numpy(), dtype=object).fillna("")
    texts = column.str.strip()
    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    invalid = np.isnan(numbers) & ~texts.isin(MISSING_NUMBERS).to_numpy()
    if invalid.any():
        report.damage(file, f"{counted(int(invalid.sum()), 'value')} not numeric, such as {texts[invalid].iloc[0]!r}")
    return numbers
