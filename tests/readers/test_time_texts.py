import numpy as np
import pandas as pd
import pytest

from aqnet_pyg.readers.time_texts import utc_times


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022-05-03T13:00:00-06:00", "2022-05-03T19:00:00"),
        ("2021-12-16 01:00:00+00:00", "2021-12-16T01:00:00"),
        ("2025-01-01T05:45:00+05:30", "2025-01-01T00:15:00"),
        ("2025-01-01T05:45:00+0545", "2025-01-01T00:00:00"),
        (" 2025-10-04T00:00:00Z ", "2025-10-04T00:00:00"),
        ("2016-10-10T00:00:01.123456+00:00", "2016-10-10T00:00:01"),
        ("2022-05-03", None),
        ("2022-05-03T13:00:00", None),
        ("1667336400", None),
        ("", None),
        (None, None),
        ("2022-13-03T13:00:00Z", None),
        ("Not a time", None),
    ],
)
def test_times_with_an_offset(text, expected):
    times = utc_times(pd.Series([text, "2020-01-01T00:00:00Z"], dtype=object), naive=False)
    np.testing.assert_array_equal(times, np.array([expected or "NaT", "2020-01-01T00:00:00"], "datetime64[s]"))


def test_times_without_offset_can_be_utc():
    times = utc_times(pd.Series(["2022-05-03T13:00:00", "2022-05-03T13:00:00+02:00"]), naive=True)
    np.testing.assert_array_equal(times, np.array(["2022-05-03T13", "2022-05-03T11"], "datetime64[s]"))


def test_seconds_and_milliseconds_since_1970():
    texts = pd.Series(["1667336400", "1667336400000", "1667336400.6", "-5", "1e30", "2022-11-01T21:00:00Z", None])
    expected = ["2022-11-01T21:00", "2022-11-01T21:00", "2022-11-01T21:00:01", "NaT", "NaT", "2022-11-01T21:00", "NaT"]
    np.testing.assert_array_equal(utc_times(texts, naive=True, epoch=True), np.array(expected, "datetime64[s]"))
