from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from aqnet_pyg.readers.files.number_columns import parse_numbers
from aqnet_pyg.readers.read_report import ReadReport


@pytest.mark.parametrize(
    "column",
    [
        pa.chunked_array([pa.array([1.5, None]), pa.array([-3.0])]),
        pa.chunked_array([pa.array([" 1.5", None, "-3"])]),
        pd.Series(["1.5 ", "None", "-3"]),
        pd.Series(["1.5", "", "-3"], dtype=object),
    ],
)
def test_numbers_and_texts(column):
    found = parse_numbers(column, "a.csv", ReadReport("a", strict=True))
    np.testing.assert_array_equal(found, [1.5, np.nan, -3])
    assert found.dtype == np.float64


def test_columns_of_dates_are_not_numbers():
    report = ReadReport("a")
    column = pa.chunked_array([pa.array([date(2024, 1, 5), None])])
    assert np.isnan(parse_numbers(column, "a.csv", report)).all()
    assert report.damaged == [("a.csv", "1 value not numeric, such as '2024-01-05'")]


@pytest.mark.parametrize("kind", [pa.null(), pa.string(), pa.int64()])
def test_empty_columns(kind):
    column = pa.chunked_array([pa.array([None, None], kind)])
    found = parse_numbers(column, "a.csv", ReadReport("a", strict=True))
    assert np.isnan(found).tolist() == [True, True]
    assert len(parse_numbers(column.slice(2), "a.csv", ReadReport("a"))) == 0


def test_other_texts_are_reported():
    report = ReadReport("a")
    found = parse_numbers(pd.Series(["x", "1", "NA", "-", "?"]), "a.csv", report)
    np.testing.assert_array_equal(found, [np.nan, 1, np.nan, np.nan, np.nan])
    assert report.damaged == [("a.csv", "2 values not numeric, such as 'x'")]
