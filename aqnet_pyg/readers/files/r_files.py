"""Files of R (``.RData``, ``.rda``, ``.rds``): their objects, by name."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from aqnet_pyg.errors import optional_imports
from aqnet_pyg.readers.read_report import ReadReport


def read_r_objects(data: bytes, file: str, report: ReadReport) -> dict[str, Any] | None:
    """Read the objects of a file of R.

    Args:
        data: The bytes of the file, compressed or not.
        file: Its name, for the read report.
        report: Read report that records a file that is not readable.

    Returns:
        The objects by name, data frames as pandas data frames; the object of an ``.rds`` file, which has no name, under the empty
        name. None if the file is not readable; it is then recorded as skipped.

    Raises:
        ModuleNotFoundError: If the package rdata is not installed.
    """
    with optional_imports():
        import rdata
    if not data.strip():
        report.skip(file, "empty file")
        return None
    if data[:200].lstrip().startswith(b"<"):
        report.skip(file, "HTML page instead of a file of R")
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of R classes without a counterpart, such as tbl_df and POSIXct
            content = rdata.conversion.convert(rdata.parser.parse_data(data), default_encoding="utf_8")
    except Exception as error:  # the parser raises many kinds
        report.skip(file, f"not a readable file of R ({type(error).__name__})")
        return None
    return {str(name): value for name, value in content.items()} if type(content) is dict else {"": content}


def r_numbers(column: pd.Series) -> np.ndarray:
    """Convert a column of a data frame of R to float64, shape ``[row]``, NaN where missing or not a number.

    Args:
        column: Numbers, or a factor or text with numbers; times (POSIXct) are seconds since 1970, UTC.
    """
    text = column.astype(str) if column.dtype == "category" else column
    return pd.to_numeric(text, errors="coerce").to_numpy(np.float64, na_value=np.nan)


def r_texts(column: pd.Series) -> pd.Series:
    """Convert a column of a data frame of R to text, empty where missing; a factor to its labels."""
    return column.astype(object).where(column.notna(), "").astype(str).str.strip()
