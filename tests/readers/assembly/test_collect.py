import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.collect import collect, step_of
from aqnet_pyg.readers.read_report import ReadReport

START = pd.Timestamp("2022-06-01 00:00")


def frame(rows, **more):
    """Rows ``(station, hours after the start, value)``, or with an instrument as the fourth item."""
    columns = ["station", "hours", "value", "instrument"][: len(rows[0])]
    table = pd.DataFrame(rows, columns=columns)
    table["time"] = START + pd.to_timedelta(table.pop("hours"), unit="h")
    places = {station: number for number, station in enumerate("ABCDEFGH")}
    table["longitude"] = [10.0 + places.get(station, 0) for station in table["station"]]
    table["latitude"] = 50.0
    return table.assign(variable="pm25", **more)


def read(*frames, report=None, **options):
    report = report or ReadReport("test")
    named = [(f"{number}.csv", table) for number, table in enumerate(frames)]
    return collect(named, report, time_zone="UTC", source="test", **options), report


cells = st.dictionaries(
    st.tuples(st.sampled_from("ABC"), st.integers(0, 15)), st.integers(1, 400).map(float), min_size=1
)


@given(cells, st.randoms(), st.data())
def test_any_order_and_files_give_the_same_data(values, random, data):
    rows = [(station, hour, value) for (station, hour), value in values.items()]
    random.shuffle(rows)
    frames = []
    while rows:
        size = data.draw(st.integers(1, len(rows)))
        frames.append(frame(rows[:size]))
        rows = rows[size:]
    dataset, report = read(*frames, resolution="hour")
    hours = [hour for _, hour in values]
    assert dataset.sizes["time"] == max(hours) - min(hours) + 1
    found = dataset.pm25.to_series().dropna()
    expected = {(START + pd.Timedelta(hours=hour), station): value for (station, hour), value in values.items()}
    assert found.to_dict() == expected
    assert report.files_read == len(frames)
    assert report.duplicates == 0


def test_the_first_instrument_with_a_value_is_used():
    rows = [("A", 0, 5.0, "2"), ("A", 0, 3.0, "10"), ("A", 0, np.nan, "1"), ("A", 1, 4.0, "10"), ("A", 1, 9.0, "1")]
    dataset, report = read(frame(rows))
    assert dataset.pm25.values[:, 0].tolist() == [5, 9]
    assert report.notes == ["2 hours with values of several instruments at a station; the first one by name is used."]
    days = [("A", 0, 5.0, "2"), ("A", 0, 3.0, "10"), ("A", 24, 4.0, "2"), ("A", 48, 4.0, "2")]
    _, report = read(frame(days), resolution="day")
    assert report.notes[-1].startswith("1 day with values of several instruments")


def test_repeated_rows_and_files():
    dataset, report = read(frame([("A", 0, 1.0), ("A", 0, 2.0), ("A", 1, 3.0)]), frame([("A", 0, 4.0), ("A", 1, 3.0)]))
    assert dataset.pm25.values[:, 0].tolist() == [1, 3]
    assert report.duplicates == 3
    fault = "1 value left out that differed from the first for the same station and hour"
    assert report.damaged == [("0.csv", fault), ("1.csv", fault)]


def test_rows_without_a_station_or_a_time():
    table = frame([("A", 0, 1.0), (None, 1, 2.0), ("A", 2, 3.0)])
    table.loc[2, "time"] = pd.NaT
    dataset, report = read(table)
    assert dataset.pm25.values.tolist() == [[1]]
    assert report.damaged == [("0.csv", "2 rows without a station or a time")]


def test_readings_within_the_hour():
    rows = [("A", quarter / 4, float(quarter)) for quarter in range(1, 11)]
    dataset, report = read(frame(rows))
    np.testing.assert_array_equal(dataset.pm25.values[:, 0], [2.5, 6.5, np.nan])
    assert report.notes == [
        "readings within the hour were averaged to hours with at least 75% of them; 1 hour with fewer left out."
    ]


def test_one_time_far_off():
    for hours in (-9 * 366 * 24, 77 * 366 * 24):
        with pytest.raises(
            InputError, match=r"1 row \(such as that of .* is \d+ years apart from all others; correct or remove it"
        ):
            read(frame([("A", hours, 1.0), ("A", 0, 2.0), ("A", 1, 3.0), ("B", 0, 1.0)]))


@pytest.mark.parametrize("years", [-200, 100, 200])
def test_years_that_cannot_be_right(years):
    with pytest.raises(InputError, match="correct or remove"):
        read(frame([("A", years * 8766, 1.0), ("A", years * 8766 + 1, 2.0)]))


@pytest.mark.parametrize("years", [-200, 200])
def test_one_year_that_cannot_be_right(years):
    with pytest.raises(InputError, match="years apart from all others"):
        read(frame([("A", 0, 1.0), ("A", 1, 1.0), ("A", years * 8766, 2.0)]))


def test_daily_means():
    rows = [("A", 24 * day, float(day)) for day in range(1, 5)]
    with pytest.raises(InputError, match="resolution='day'"):
        read(frame(rows))
    dataset, report = read(frame(rows), resolution="day")
    assert dataset.pm25.attrs["cell_methods"] == "time: mean (interval: 1 day)"
    assert (report.absent_hours, report.absent_days) == (0, [])
    rows = [("A", 24 * 1, 1.0), ("B", 24 * 2 - 1, 2.0), ("A", 24 * 5, 3.0), ("A", 24 * 6, 3.0), ("A", 24 * 7, np.nan)]
    report = read(frame(rows), resolution="day")[1]
    assert (report.absent_hours, report.absent_days) == (0, ["2022-06-03", "2022-06-04"])
    with pytest.raises(InputError, match="resolution: 'day' was given, but the values of test are 1 h apart"):
        read(frame([("A", hour, 1.0) for hour in range(1, 5)]), resolution="day")


def test_values_some_hours_apart_are_noted():
    report = read(frame([("A", 3 * step, 1.0) for step in range(5)]))[1]
    assert "values are 3 hours apart; the hours between them are missing." in report.notes


def test_readings_whose_step_is_not_known():
    with pytest.raises(
        InputError, match="the time between readings cannot be told from the files; give it, as in resolution"
    ):
        read(frame([("A", 1.0, 1.0)]), frame([("A", 1.25, 3.0)]))


def test_no_row_and_no_value():
    with pytest.raises(InputError, match="a file of the archive with measurements is needed"):
        read(frame([("A", 0, 1.0)]).iloc[:0])
    with pytest.raises(InputError, match="no measurements were found"):
        read(frame([("A", 0, np.nan)]))


@pytest.mark.parametrize(
    ("text", "seconds"), [(None, None), ("hour", 3600), ("day", 86400), ("10min", 600), ("30 min", 1800)]
)
def test_resolutions(text, seconds):
    assert step_of(text) == seconds


@pytest.mark.parametrize("text", ["7min", "2h", "10s", "often", ""])
def test_invalid_resolutions(text):
    with pytest.raises(InputError, match=r"resolution: .* is not an averaging period"):
        step_of(text)
