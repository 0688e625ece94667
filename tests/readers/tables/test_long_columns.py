import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.readers.files.times import NO_TIME
from aqnet_pyg.readers.tables.long_columns import floats, seconds_of_parts, texts


def column(values, *, parts=1, kind=None):
    """Column in several chunks."""
    return pa.chunked_array(
        [pa.array(part.tolist(), kind) for part in np.array_split(np.array(values, object), parts)], kind
    )


@given(
    st.lists(st.one_of(st.none(), st.sampled_from(["a", " a", "a ", "NA", "", "é"])), min_size=1),
    st.integers(1, 4),
    st.booleans(),
)
def test_different_texts(values, parts, encoded):
    array = column(values, parts=parts, kind=pa.string())
    index, different = texts(array.dictionary_encode() if encoded else array)
    assert len(set(different)) == len(different)
    for value, position in zip(values, index, strict=True):
        assert position == -1 if value is None else different[position] == value.strip()


def test_texts_of_numbers():
    index, different = texts(column([7, 8, 7], kind=pa.int64()))
    assert [different[position] for position in index] == ["7", "8", "7"]
    assert texts(column([1672534800000.0, None], kind=pa.float64()))[1] == ["1672534800000"]
    assert texts(column([1672534800000.0, 7.5], kind=pa.float64()))[1][1] == "7.5"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1.5", " 2 ", "-3", "1e2", "+4"], [1.5, 2, -3, 100, 4]),
        (["", "NA", "-", "null", "—"], [np.nan] * 5),
        (["1,5", "2,125", "3"], [1.5, 2.125, 3]),  # one decimal comma tells that all are
        (["0,125", "0,250"], [0.125, 0.25]),
        (["1.234,5", "2.345", "12.345.678,25"], [1234.5, 2345, 12345678.25]),
        (["1,234.5", "2,345", "12"], [1234.5, 2345, 12]),
        (["N", "ENE", "S"], [0, 67.5, 180]),
    ],
)
def test_numbers(values, expected):
    faults = []
    for kind in (pa.string(), pa.large_string()):
        np.testing.assert_array_equal(floats(column(values, parts=2, kind=kind), faults), expected)
    assert not faults


def test_commas_that_may_separate_thousands_are_faults():
    faults = []
    assert np.isnan(floats(column(["1,500", "2,500"], kind=pa.string()), faults)).all()
    assert faults == [(2, "1,500")]


def test_points_beside_decimal_commas_that_may_separate_thousands_are_faults():
    faults = []
    numbers = floats(column(["999,5", "1.234", "1.2"], kind=pa.string()), faults)
    np.testing.assert_array_equal(numbers, [999.5, np.nan, 1.2])
    assert faults == [(1, "1.234")]


@pytest.mark.parametrize(
    ("values", "kind", "example"),
    [([[1.0], None, [2.0]], pa.list_(pa.float64()), "[1.0]"), ([None, 5, 6], pa.duration("s"), "0:00:05")],
)
def test_columns_that_hold_no_numbers_are_faults(values, kind, example):
    faults = []
    assert np.isnan(floats(column(values, kind=kind), faults)).all()
    assert faults == [(2, example)]
    assert np.isnan(floats(column([None, None], kind=kind), faults)).all()
    assert len(faults) == 1


@pytest.mark.parametrize("text", ["<LOD", "<2", "7.5*", "7 µg/m3", "high", "1;2", "1,2,3"])
def test_texts_that_are_no_numbers_are_faults(text):
    faults = []
    np.testing.assert_array_equal(
        floats(column(["1", text, "NA", text], kind=pa.string()), faults), [1, np.nan, np.nan, np.nan]
    )
    assert faults == [(2, text)]


@given(st.lists(st.one_of(st.none(), st.integers(-1000, 1000)), min_size=1))
def test_numbers_of_any_type(values):
    expected = [np.nan if value is None else value for value in values]
    for kind in (pa.int32(), pa.float32(), pa.decimal128(22, 2)):
        np.testing.assert_array_equal(floats(column(values, kind=pa.int64()).cast(kind), []), expected)
    text = column([None if value is None else str(value) for value in values], kind=pa.string())
    np.testing.assert_array_equal(floats(text, []), expected)
    np.testing.assert_array_equal(floats(text.dictionary_encode(), []), expected)


@given(st.dates(np.datetime64("1900-01-01").item(), np.datetime64("2100-12-31").item()))
def test_dates_in_parts(day):
    parts = {"year": column([day.year]), "month": column([day.month]), "day": column([day.day])}
    seconds, invalid = seconds_of_parts(parts)
    assert seconds.tolist() == [(day.toordinal() - 719163) * 86400]
    assert invalid == 0


@pytest.mark.parametrize(
    "parts", [(2023, 2, 29), (2023, 13, 1), (2023, 0, 1), (2023, 4, 31), (2023, 4, 0), (23, 4, 1), (None, 1, 1)]
)
def test_invalid_dates_in_parts(parts):
    columns = dict(zip(("year", "month", "day"), (column([part], kind=pa.float64()) for part in parts), strict=True))
    seconds, invalid = seconds_of_parts(columns)
    assert seconds.tolist() == [NO_TIME]
    assert invalid == 1
