import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.readers.assembly.suspect_values import (
    FLAG_EXCEEDS_PM10,
    FLAG_REPEATED,
    FLAG_SPIKE,
    REPEATED_HOURS,
    flag_suspect,
)
from aqnet_pyg.stations import make_station_data

TABLE = pd.DataFrame({"longitude": [116.0], "latitude": [40.0]}, index=["A"])


@given(st.lists(st.sampled_from([1.0, 2.0, np.nan]) | st.integers(3, 4).map(float), max_size=60), st.integers(0, 30))
def test_runs_of_equal_hours_are_flagged_and_no_others(values, run):
    values = np.array(values + [7.0] * run + [8.0])
    time = pd.date_range("2017-01-01", periods=len(values), freq="h")
    data = make_station_data({"o3": values[:, None]}, time, TABLE[:1], time_zone="UTC", source="made up")
    flagged = flag_suspect(data).o3_flag.values[:, 0] == FLAG_REPEATED
    expected, start = np.zeros(len(values), bool), 0
    for end in range(1, len(values) + 1):
        if end == len(values) or values[end] != values[start]:
            expected[start:end] = end - start >= REPEATED_HOURS
            start = end
    np.testing.assert_array_equal(flagged, expected)


def test_pm25_above_pm10_is_flagged_at_both_and_kept():
    time = pd.date_range("2017-01-01", periods=2, freq="h")
    variables = {"pm25": np.array([[50.0], [10.0]]), "pm10": np.array([[40.0], [np.nan]])}
    data = flag_suspect(make_station_data(variables, time, TABLE[:1], time_zone="UTC", source="made up"))
    for name in variables:
        assert data[f"{name}_flag"].values.tolist() == [[FLAG_EXCEEDS_PM10], [0]]
        assert data[name].attrs["ancillary_variables"] == f"{name}_flag"
    np.testing.assert_array_equal(data.pm25, variables["pm25"])


def flagged_spikes(values, spacing=0.1, name="pm25"):
    """Whether each value is flagged as a spike, of stations in a row."""
    values = np.array(values, float)
    places = {"longitude": 116 + spacing * np.arange(values.shape[1]), "latitude": 40.0}
    table = pd.DataFrame(places, index=[f"S{number}" for number in range(values.shape[1])])
    time = pd.date_range("2017-01-01", periods=len(values), freq="h")
    data = make_station_data({name: values}, time, table, time_zone="UTC", source="made up")
    flagged = flag_suspect(data)
    np.testing.assert_array_equal(flagged[name], data[name])
    return (flagged[f"{name}_flag"].values & FLAG_SPIKE) > 0


CALM = [[20, 21, 22, 23], [400, 21, 20, 22], [24, 22, 20, 20]]


def changed(hour, station, value):
    values = np.array(CALM, float)
    values[hour, station] = value
    return values


def test_a_spike_among_calm_neighbors():
    expected = np.zeros((3, 4), bool)
    expected[1, 0] = True
    np.testing.assert_array_equal(flagged_spikes(CALM), expected)
    np.testing.assert_array_equal(flagged_spikes(CALM[1:]), expected[1:])  # at the ends of the data
    np.testing.assert_array_equal(flagged_spikes(CALM[:2]), expected[:2])
    np.testing.assert_array_equal(flagged_spikes(changed(0, 0, np.nan)), expected)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(changed(1, 0, 250), id="not high"),
        pytest.param(changed(2, 0, 90), id="falls slowly, as fireworks and plumes"),
        pytest.param(changed(0, 0, 90), id="rises slowly"),
        pytest.param(changed(1, 2, 90), id="a neighbor rises"),
        pytest.param(changed(2, 3, 90), id="a neighbor rises an hour later"),
        pytest.param(np.where(np.arange(4) == 3, np.nan, CALM), id="two neighbors measure"),
        pytest.param(CALM[1:2], id="a single hour"),
        pytest.param([[20, 21, 22, 23], [np.nan] * 4, CALM[1], [np.nan] * 4], id="no hour beside it"),
    ],
)
def test_what_is_no_spike(values):
    assert not flagged_spikes(values).any()


def test_stations_far_away_are_no_neighbors():
    assert flagged_spikes(CALM, spacing=0.35).any()  # 90 km to the third
    assert not flagged_spikes(CALM, spacing=0.45).any()


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_spikes_are_those_of_the_rule_in_words(hours, stations, seed):
    rng = np.random.default_rng(seed)
    values = np.where(rng.random((hours, stations)) < 0.2, 400.0, 20.0)
    values[rng.random(values.shape) < 0.1] = np.nan
    values[rng.random(values.shape) < 0.05] = 90.0
    expected = np.zeros(values.shape, bool)
    for hour, station in np.argwhere(values > 300):
        beside = [values[at, station] for at in (hour - 1, hour + 1) if 0 <= at < hours]
        others = sorted(set(range(stations)) - {station}, key=lambda other: (abs(other - station), other))[:8]
        near = [values[max(hour - 1, 0) : hour + 2, other] for other in others]
        measured = [column for column in near if np.isfinite(column).any()]
        expected[hour, station] = (
            any(np.isfinite(beside))
            and np.nanmax(beside) < 80
            and len(measured) >= 3
            and max(np.nanmax(column) for column in measured) < 80
        )
    np.testing.assert_array_equal(flagged_spikes(values, spacing=0.01), expected)
