from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import readers.us_archives as us

from aqnet_pyg.readers.aqs_rows import Tally, daily_rows, hourly_rows
from aqnet_pyg.readers.files.text_columns import TextColumn

NAMES = {
    "state": "State Code",
    "county": "County Code",
    "site": "Site Num",
    "parameter": "Parameter Code",
    "poc": "POC",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "units": "Units of Measure",
}
HOURLY = NAMES | {"date": "Date GMT", "time": "Time GMT", "value": "Sample Measurement", "duration": "Sample Duration"}
DAILY = NAMES | {
    "date": "Date Local",
    "value": "Arithmetic Mean",
    "duration": "Sample Duration",
    "event": "Event Type",
    "percent": "Observation Percent",
}


def columns(rows, names):
    return {
        name: TextColumn.of(pa.chunked_array([[str(row.get(column, "")) for row in rows]]))
        for name, column in names.items()
    }


def read_days(*rows):
    """Values of the rows of a daily file that are read, and the counts of those left out."""
    tally, faults = Tally(), Counter()
    frame = daily_rows(columns(rows, DAILY), "%Y-%m-%d", None, tally, faults)
    assert not faults
    return frame["value"].tolist(), {reason: count for reason, count in tally.left_out.items() if count}


def test_event_duplicates():
    rows = [
        us.daily_row("2023-07-01", 5, **{"Event Type": "Excluded"}),
        us.daily_row("2023-07-01", 90, **{"Event Type": "Included"}),
        us.daily_row("2023-07-02", 6, **{"Event Type": "Concurred Events Excluded"}),
        us.daily_row("2023-07-02", 80, **{"Event Type": "Events Included"}),
        us.daily_row("2023-07-03", 7, **{"Event Type": "No Events"}),
    ]
    assert read_days(*rows) == ([90, 80, 7], {"without the samples of exceptional events": 2})


def test_one_row_of_several_standards_and_durations():
    rows = [
        us.daily_row("2023-07-01", 5.1, **{"Sample Duration": "1 HOUR", "Pollutant Standard": ""}),
        us.daily_row("2023-07-01", 5.2, **{"Pollutant Standard": "PM25 24-hour 2006"}),
        us.daily_row("2023-07-01", 5.2, **{"Pollutant Standard": "PM25 Annual 2012"}),
        us.daily_row("2023-07-01", 5.3, poc=2, **{"Sample Duration": "24 HOUR"}),
    ]
    values, left_out = read_days(*rows)
    assert values == [5.2, 5.3]
    assert left_out == {"of the same instrument and day for another standard or sample duration": 2}


@pytest.mark.parametrize("duration", ["8-HR RUN AVG BEGIN HOUR", "8-HR RUN AVG END HOUR", "3-HR BLK AVG", "5 MINUTE"])
def test_running_averages_are_no_daily_means(duration):
    rows = [us.daily_row("2023-07-01", 0.05, parameter="44201", **{"Sample Duration": duration})]
    assert read_days(*rows) == ([], {"of running or block averages, which are not means of a day": 1})


def test_daily_means_need_three_quarters_of_the_samples():
    rows = [
        us.daily_row("2023-07-01", 5, **{"Observation Percent": 74.9}),
        us.daily_row("2023-07-02", 6, **{"Observation Percent": 75.0}),
        us.daily_row("2023-07-03", 7, **{"Observation Percent": ""}),
    ]
    assert read_days(*rows) == ([6, 7], {"from less than 75 % of the samples": 1})


def test_hourly_rows_of_other_samples():
    tally = Tally()
    rows = [
        us.hourly_row("2023-07-01", "00:00", 5, **{"Sample Duration": "1 HOUR"}),
        us.hourly_row("2023-07-01", "00:00", 6, **{"Sample Duration": "24 HOUR"}),
    ]
    frame = hourly_rows(columns(rows, HOURLY), tally, Counter())
    assert frame["value"].tolist() == [5]
    assert frame["time"].tolist() == [pd.Timestamp("2023-07-01 01:00")]
    assert tally.left_out == {"of samples other than 1 hour": 1}
    assert tally.offsets == {"270031002": -6}


def test_instruments_of_the_second_parameter_follow():
    rows = [
        us.hourly_row("2023-07-01", "00:00", 5, parameter="88502", poc=1),
        us.hourly_row("2023-07-01", "00:00", 5, parameter="88101", poc=99),
        us.hourly_row("2023-07-01", "00:00", 5, parameter="88101", poc=""),
    ]
    frame = hourly_rows({k: v for k, v in columns(rows, HOURLY).items() if k != "duration"}, Tally(), Counter())
    first, second, unknown = frame["instrument"]
    assert second < unknown < first
    assert np.isfinite(frame["longitude"]).all()
