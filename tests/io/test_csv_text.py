"""Texts that would be formulas in a spreadsheet: escaped in CSV files, and read back equal."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.io.csv_text import escape_formula, escape_table, unescape_columns, unescape_formula, unescape_table

TEXTS = st.text(st.sampled_from("'=+-@\t\r a1ü")) | st.text()


@given(TEXTS)
def test_no_text_is_a_formula_and_all_are_restored(text):
    escaped = escape_formula(text)
    assert not re.match(r"[=+\-@\t\r]", escaped)
    assert unescape_formula(escaped) == text


@pytest.mark.parametrize("text", ["", "Aotizhongxin", "東四", "1001A", "a=b", "'quoted'", " =1", "'"])
def test_other_texts_are_not_changed(text):
    assert escape_formula(text) == unescape_formula(text) == text


@given(st.lists(TEXTS))
def test_columns_of_arrow(texts):
    escaped = pa.table({"a": [*map(escape_formula, texts), None], "b": ["'="] * (len(texts) + 1)})
    table = escaped.set_column(0, "a", escaped["a"].cast(pa.string()).dictionary_encode())
    assert unescape_columns(table, ["a"]).to_pydict() == {"a": [*texts, None], "b": escaped["b"].to_pylist()}


def test_numbers_and_missing_values_of_tables_are_not_changed():
    table = pd.DataFrame(
        {"=a": ["-1", None, "x"], "number": [-1.5, np.nan, 2], "day": pd.to_datetime(["2025-01-01"] * 3)}
    )
    escaped = escape_table(table)
    assert list(escaped.columns) == ["'=a", "number", "day"]
    assert escaped["'=a"].dropna().tolist() == ["'-1", "x"]
    pd.testing.assert_frame_equal(escaped[["number", "day"]], table[["number", "day"]])
    pd.testing.assert_frame_equal(unescape_table(escaped), table)
    assert escape_table(table.iloc[:0]).empty
