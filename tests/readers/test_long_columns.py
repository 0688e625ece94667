import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.long_columns import NO_HOUR, floats, hours_of_parts, hours_of_times, station_codes, to_utc


def column(*values):
    return pa.chunked_array([pa.array(values)])


def hour(text):
    return int(np.datetime64(text, "h").astype(np.int64))


def test_numbers_missing_values_and_compass_points():
    faults = []
    found = floats(column("1.5", " 2 ", "NA", "—", None, "NNW", "high"), faults)
    np.testing.assert_array_equal(found, [1.5, 2, np.nan, np.nan, np.nan, 337.5, np.nan])
    assert faults == ["1 value not numeric, such as 'high'"]
    np.testing.assert_array_equal(floats(column(1, None), []), [1, np.nan])


def test_dictionaries_are_decoded():
    encoded = pa.chunked_array([pa.array(["3", "4", "3"]).dictionary_encode()])
    np.testing.assert_array_equal(floats(encoded, []), [3, 4, 3])


def test_hours_of_parts():
    faults = []
    parts = {
        "year": column(2020, 2020, 2020, 2020, None),
        "month": column(2, 2, 13, 1, 1),
        "day": column(29, 30, 1, 1, 1),
        "hour": column(5, 5, 5, 24, 5),
    }
    assert hours_of_parts(parts, faults).tolist() == [hour("2020-02-29T05"), *[NO_HOUR] * 4]
    assert faults == ["3 rows without a valid date", "1 row with an hour outside 0-23"]


def test_times_are_rounded_to_the_hour():
    faults = []
    hours, is_utc, rounded = hours_of_times(column("2020-01-01 00:29", "2020-01-01 00:31", "noon"), faults)
    assert hours.tolist() == [hour("2020-01-01T00"), hour("2020-01-01T01"), NO_HOUR]
    assert not is_utc
    assert rounded == 2
    assert faults == ["1 row without a valid time"]


@pytest.mark.parametrize("second", ["2020-03-29T03:00:00+02:00", "2020-03-29T02:00:00+01:00"])
def test_utc_offsets_are_applied(second):
    hours, is_utc, _ = hours_of_times(column("2020-03-29T01:00:00+01:00", second), [])
    assert hours.tolist() == [hour("2020-03-29T00"), hour("2020-03-29T01")]
    assert is_utc


def test_timestamps_with_and_without_time_zone():
    times = pd.date_range("2020-07-01", periods=2, freq="h")
    for zone, first in ((None, "2020-07-01T00"), ("Asia/Shanghai", "2020-06-30T16")):
        timestamps = pa.chunked_array([pa.array(times.tz_localize(zone))])
        hours, is_utc, _ = hours_of_times(timestamps, [])
        assert hours.tolist() == [hour(first), hour(first) + 1]
        assert is_utc == (zone is not None)


@pytest.mark.parametrize(
    "times",
    [
        ["02/11/2016 01:00", "13/11/2016 01:00"],
        ["11/02/2016 01:00", "11/13/2016 01:00"],
        ["02.11.2016 01:00", "03.11.2016 01:00"],
        ["2016-11-02 01:00", "2016-11-13 01:00"],
    ],
)
def test_order_of_day_and_month(times):
    faults = []
    assert hours_of_times(column(*times), faults)[0][0] == hour("2016-11-02T01")
    assert not faults


def test_ambiguous_order_of_day_and_month_is_rejected():
    with pytest.raises(
        InputError, match=r"order of day and month is ambiguous, as in '02/11/2016 01:00'; write the year first"
    ):
        hours_of_times(column("02/11/2016 01:00", "03/11/2016 01:00"), [])


def test_local_hours_to_utc():
    faults = []
    local = np.array([hour(text) for text in ("2020-03-29T01", "2020-03-29T02", "2020-10-25T02", "2020-10-25T03")])
    assert to_utc(local, "Europe/Berlin", faults).tolist() == [
        hour("2020-03-29T00"),
        NO_HOUR,
        NO_HOUR,
        hour("2020-10-25T02"),
    ]
    assert faults == ["2 rows in hours that are skipped or repeated by clock changes in Europe/Berlin"]
    assert to_utc(local, "UTC", []) is local
    assert to_utc(np.array([NO_HOUR]), "Europe/Berlin", []).tolist() == [NO_HOUR]


def test_half_hours_are_assigned_to_the_next_hour():
    assert to_utc(np.array([hour("2020-01-01T12")]), "Asia/Kolkata", []).tolist() == [hour("2020-01-01T07")]


def test_station_codes():
    faults = []
    numbers, codes = station_codes({"station": column("B", " A", "B", " ", None)}, faults)
    assert numbers.tolist() == [0, 1, 0, -1, -1]
    assert codes == ["B", "A"]
    assert faults == ["2 rows without a station"]


def test_stations_without_codes_are_identified_by_their_coordinates():
    faults = []
    columns = {
        "longitude": column(-10.00001, -10.00002, -10.000011, 1.0),
        "latitude": column(-50.0, -50.0, -50.0, None),
    }
    numbers, codes = station_codes(columns, faults)
    assert numbers.tolist() == [0, 1, 0, -1]
    assert codes == ["-10.00001_-50.00000", "-10.00002_-50.00000"]
    assert faults == ["1 row without a station"]
