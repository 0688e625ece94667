"""Text in CSV files that a spreadsheet would take for a formula: it is preceded by an apostrophe, which readers remove."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")


def escape_formula(text: str) -> str:
    """Return a text with an apostrophe before ``=``, ``+``, ``-``, ``@``, a tab or a carriage return at its start.

    This is the usual rule against formulas in CSV files (OWASP, "CSV Injection"). Text in which only apostrophes precede such a
    sign has one more, so that :func:`unescape_formula` restores every text.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unescape_formula(text: str) -> str:
    """Return the text that :func:`escape_formula` escaped, and any other text as it is."""
    return text[1:] if _ESCAPED.match(text) else text


def escape_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose column names and texts are escaped by :func:`escape_formula`, and all else as it is."""
    return _converted(table, escape_formula)


def unescape_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table that :func:`escape_table` escaped."""
    return _converted(table, unescape_formula)


def unescape_columns(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """Apply :func:`unescape_formula` to the texts of some columns.

    Args:
        table: Table of Arrow.
        names: Columns of dictionary-encoded text.
    """
    for name in names:
        chunks = [_unescaped(chunk) for chunk in table[name].chunks]
        table = table.set_column(table.column_names.index(name), name, pa.chunked_array(chunks, table[name].type))
    return table


def _unescaped(column: pa.DictionaryArray) -> pa.DictionaryArray:
    different = column.dictionary
    if not pc.any(pc.starts_with(different, "'")).as_py():
        return column
    texts = pa.array([unescape_formula(text) for text in different.to_pylist()], different.type)
    return pa.DictionaryArray.from_arrays(column.indices, texts)


def _converted(table: pd.DataFrame, convert: Callable[[str], str]) -> pd.DataFrame:
    def of_text(value: Any) -> Any:
        return convert(value) if isinstance(value, str) else value

    texts = [name for name in table if table[name].dtype.kind == "O"]
    return table.assign(**{str(name): table[name].map(of_text) for name in texts}).rename(columns=of_text)
