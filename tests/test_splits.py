import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from station_samples import random_station_data

from aqnet_pyg.baselines import distance_matrix_km
from aqnet_pyg.errors import InputError
from aqnet_pyg.splits import (
    Split,
    TimeSplit,
    blocked_hidden,
    random_hidden,
    read_hidden,
    split_stations,
    write_hidden,
)

CODES = st.lists(st.text("0123456789AB", min_size=1), min_size=4, max_size=40, unique=True)
FRACTIONS = st.floats(0.01, 0.6)
SEEDS = st.integers(0, 100)


def places(count, seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(104, 124, count), rng.uniform(32, 43, count)


@given(CODES, FRACTIONS, FRACTIONS, SEEDS, st.randoms())
def test_stations_are_parted_completely_and_in_any_order(codes, fraction, validation, seed, random):
    shuffled = random.sample(codes, len(codes))
    hidden = random_hidden(codes, fraction, seed)
    assert random_hidden(shuffled, fraction, seed) == hidden
    assert len(hidden) == max(1, round(fraction * len(codes)))
    assume(round(validation * (len(codes) - len(hidden))) < len(codes) - len(hidden))
    split = split_stations(codes, hidden, validation, seed)
    assert split == split_stations(shuffled, hidden[::-1], validation, seed)
    assert split.hidden == hidden
    assert sorted(split.visible + split.validation + split.hidden) == sorted(codes)
    assert all((split.visible, split.validation))


@given(CODES, FRACTIONS, SEEDS)
def test_blocks_in_any_order(codes, fraction, seed):
    longitude, latitude = places(len(codes), seed)
    longitude -= 110
    hidden = blocked_hidden(codes, (longitude, latitude), fraction, seed)
    assert set(hidden) < set(codes)
    order = np.random.default_rng(seed).permutation(len(codes))
    assert hidden == blocked_hidden(
        [codes[i] for i in order], (longitude[order] % 360, latitude[order]), fraction, seed
    )


def test_the_seed_counts():
    codes = [f"{i}A" for i in range(100)]
    assert len({random_hidden(codes, 0.1, seed) for seed in range(5)}) == 5
    assert len({blocked_hidden(codes, places(100, 0), 0.1, seed) for seed in range(5)}) == 5
    assert len({split_stations(codes, ["1A"], 0.1, seed) for seed in range(5)}) == 5


def test_blocks_leave_no_visible_neighbor_nearby():
    # Clusters of ten, 2 km wide, in the middle of blocks of 100 km.
    rng = np.random.default_rng(0)
    rows, columns = np.divmod(np.repeat(np.arange(20), 10), 5)
    latitude = (rows + 0.5 + rng.uniform(-0.01, 0.01, 200)) * 100 / 111.195
    width = 100 / (111.195 * np.cos(np.radians((rows + 0.5) * 100 / 111.195)))
    longitude = (columns + 0.5 + rng.uniform(-0.01, 0.01, 200)) * width
    codes = [f"{i:03d}" for i in range(200)]
    hidden = blocked_hidden(codes, (longitude, latitude), 0.22, block_km=100)
    assert len(hidden) == 40, "whole clusters, and no more than the fraction"
    is_hidden = np.isin(codes, hidden)
    distances = distance_matrix_km(
        (longitude[is_hidden], latitude[is_hidden]), (longitude[~is_hidden], latitude[~is_hidden])
    )
    assert distances.min() > 90


@pytest.mark.parametrize("seed", range(6))
def test_blocks_have_the_same_width_in_kilometers_everywhere(seed):
    """At 60 degrees north, 150 km are 2.7 degrees of longitude."""
    longitude = np.array([0.2, 1.8, 54.2, 55.8])
    hidden = blocked_hidden(["A", "B", "C", "D"], (longitude, np.full(4, 60.1)), 0.5, seed)
    assert hidden in (("A", "B"), ("C", "D"))


def test_the_smallest_block_is_hidden_if_all_are_larger_than_the_fraction():
    longitude = np.array([110.0] * 6 + [120.0] * 4)
    codes = list("abcdefghij")
    assert blocked_hidden(codes, (longitude, np.full(10, 40.0)), 0.1) == ("g", "h", "i", "j")


def test_blocks_at_the_pole_and_across_the_meridian():
    longitude = np.array([-179.9, 180.1, 0.0, 90.0])
    hidden = blocked_hidden(list("abcd"), (longitude, np.array([0.0, 0.0, 90.0, -90.0])), 0.5)
    assert ("a" in hidden) == ("b" in hidden)


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan")])
def test_fractions_that_cannot_be(fraction):
    codes = [f"{i}A" for i in range(10)]
    with pytest.raises(InputError, match=r"fraction: .*between 0 and 1"):
        random_hidden(codes, fraction)
    with pytest.raises(InputError, match=r"fraction: .*between 0 and 1"):
        blocked_hidden(codes, places(10, 0), fraction)


def test_none_would_stay_visible():
    with pytest.raises(InputError, match="would leave none visible"):
        random_hidden(["1A", "2A"], 0.9)
    with pytest.raises(InputError, match="all 3 stations lie in one block"):
        blocked_hidden(["1A", "2A", "3A"], (np.full(3, 116.0), np.full(3, 40.0)), 0.5)
    with pytest.raises(InputError, match="hidden: all 2 stations are hidden"):
        split_stations(["1A", "2A"], ["2A", "1A"])


def test_codes_that_cannot_be():
    with pytest.raises(InputError, match="occur more than once"):
        random_hidden(["1A", "1A", "2A"], 0.5)
    with pytest.raises(InputError, match=r"hidden: 1 of 2 hidden stations .*first: 9Z.*such as 1A"):
        split_stations(["1A", "2A", "3A"], ["1A", "9Z"])
    with pytest.raises(InputError, match="2 longitudes"):
        blocked_hidden(["1A", "2A", "3A"], (np.ones(2), np.ones(2)), 0.5)


def test_a_list_of_hidden_stations_comes_back(tmp_path):
    path = tmp_path / "hidden.txt"
    write_hidden(path, ("2A", "1A"), "made by\nhand\n")
    assert path.read_text() == "# made by\n# hand\n1A\n2A\n"
    assert read_hidden(path) == ("1A", "2A")
    assert read_hidden(path, ["1A", "2A", "3A"]) == ("1A", "2A")
    assert list(tmp_path.iterdir()) == [path]


def test_a_list_made_elsewhere(tmp_path):
    path = tmp_path / "hidden.txt"
    path.write_bytes("\ufeff# Größe\r\n\r\n 2A \r\n1A\r\n2A".encode())
    assert read_hidden(path) == ("1A", "2A")


def test_lists_that_cannot_be(tmp_path):
    with pytest.raises(InputError, match=r"none\.txt: .*cannot be read"):
        read_hidden(tmp_path / "none.txt")
    binary, empty, unknown = tmp_path / "binary.txt", tmp_path / "empty.txt", tmp_path / "unknown.txt"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"binary\.txt: .*cannot be read"):
        read_hidden(binary)
    empty.write_text("# nothing\n")
    with pytest.raises(InputError, match=r"empty\.txt: no station code"):
        read_hidden(empty)
    unknown.write_text("1A\n8Z\n9Z\n")
    with pytest.raises(InputError, match=r"unknown\.txt: 2 of 3 .*8Z, 9Z"):
        read_hidden(unknown, ["1A", "2A"])


@given(st.integers(20, 5000), FRACTIONS.map(lambda x: x / 2), FRACTIONS.map(lambda x: x / 2))
def test_hours_are_parted_completely(hours, validation, test):
    assume(min(hours * validation, hours * test, hours * (1 - validation - test)) >= 2)
    split = TimeSplit.by_fraction(hours, validation, test)
    together = np.concatenate([np.arange(hours)[part] for part in (split.train, split.validation, split.test)])
    assert together.tolist() == list(range(hours))


def test_hours_by_default():
    assert TimeSplit.by_fraction(100) == TimeSplit(slice(0, 70), slice(70, 80), slice(80, 100))


def test_hours_by_date():
    time = pd.date_range("2025-01-01", periods=96, freq="h")
    split = TimeSplit.by_date(time, "2025-01-03", "2025-01-03 12:00")
    assert split == TimeSplit(slice(0, 48), slice(48, 60), slice(60, 96))
    assert TimeSplit.by_date(time.to_numpy(), "2025-01-03", "2025-01-03 12:00") == split


@pytest.mark.parametrize(
    ("dates", "empty"),
    [
        (("2024-12-01", "2025-01-02"), "train"),
        (("2025-01-02", "2025-01-02"), "validation"),
        (("2025-01-03", "2025-01-02"), "validation"),
        (("2025-01-02", "2026-01-01"), "test"),
    ],
)
def test_dates_that_leave_nothing(dates, empty):
    with pytest.raises(InputError, match=f"no hour of 48 is left for {empty}"):
        TimeSplit.by_date(pd.date_range("2025-01-01", periods=48, freq="h"), *dates)


def test_shares_that_leave_nothing():
    with pytest.raises(InputError, match="left for validation"):
        TimeSplit.by_fraction(3)
    with pytest.raises(InputError, match="left for train"):
        TimeSplit.by_fraction(10, 0.5, 0.5)
    with pytest.raises(InputError, match="test: 2"):
        TimeSplit.by_fraction(10, test=2)


def test_places_that_are_not_visible_are_hidden_and_never_drawn():
    data = random_station_data(stations=20)
    empty = {str(code) for code in data.station.values[[3, 7]]}
    data = data.assign_coords(visible=("station", (~data.station.isin(list(empty))).values.astype(np.int8)))
    for hidden in (0.0, 0.2):
        parts = Split.of(data, hidden, seed=1).stations
        assert empty <= set(parts.hidden)
        assert len(parts.hidden) == len(empty) + round(hidden * 18)
        assert not empty & {*parts.visible, *parts.validation}


@pytest.mark.parametrize("target", ["pm25", "o3"])
def test_stations_without_the_target_are_visible_and_never_drawn(target):
    data = random_station_data(stations=20)
    without = data.station.values[::2]
    lacking = data.assign(pm25=data.pm25.where(~data.station.isin(without)))
    for hidden in (0.0, 0.3):
        parts = Split.of(lacking, hidden, seed=2, target=target).stations
        assert sorted({*parts.visible, *parts.validation, *parts.hidden}) == sorted(data.station.values)
        if target == "pm25":
            assert set(without) <= set(parts.visible)
            assert len(parts.hidden) == round(hidden * 10)
            assert parts.validation
        else:  # measured everywhere: what other pollutants lack is of no importance
            assert parts == Split.of(data, hidden, seed=2).stations


def test_a_split_is_kept_if_no_station_without_the_target_was_drawn():
    data = random_station_data(stations=20)
    before = Split.of(data, 0.3, seed=2)
    lacking = data.assign(pm25=data.pm25.where(data.station != before.stations.visible[0]))
    assert Split.of(lacking, 0.3, seed=2, target="pm25") == before


def test_stations_of_a_list_are_hidden_whatever_they_measured(tmp_path):
    data = random_station_data(stations=20)
    first = str(data.station.values[0])
    write_hidden(tmp_path / "hidden.txt", [first], "")
    lacking = data.assign(pm25=data.pm25.where(data.station != first))
    assert Split.of(lacking, tmp_path / "hidden.txt", target="pm25").stations.hidden == (first,)


def test_too_few_stations_are_refused_in_terms_of_stations():
    data = random_station_data(stations=2)
    with pytest.raises(
        InputError, match=r"2 stations with measurements of a pollutant, too few to train on, .* give at least 3"
    ):
        Split.of(data, 0.1)
    assert len(Split.of(data, 0.0).stations.validation) == 1


def test_monitors_are_hidden_and_validated_against():
    data = random_station_data(stations=40)
    sensor = np.arange(40) % 2 == 0
    mixed = data.assign_coords(instrument=("station", np.where(sensor, "sensor", "monitor").astype(object)))
    split = Split.of(mixed, 0.3, target="pm25").stations
    assert not (set(split.hidden) | set(split.validation)) & set(data.station.values[sensor])
    assert set(data.station.values[sensor]) <= set(split.visible)
    only_sensors = data.assign_coords(instrument=("station", np.full(40, "sensor", object)))
    assert Split.of(only_sensors, 0.3, target="pm25") == Split.of(data, 0.3, target="pm25")


def test_hidden_stations_and_later_hours_are_not_trained_on():
    data = random_station_data(stations=20, hours=100)
    split = Split.of(data, 0.2, seed=1)
    parts = split.stations
    training, validation = split.training_data(data), split.validation_data(data)
    assert set(training.station.values) == set(parts.visible)
    assert set(validation.station.values) == set(parts.visible + parts.validation)
    assert len(parts.hidden) == 4
    assert training.time.equals(data.time[split.time.train])
    assert validation.time.equals(data.time[split.time.validation])
    assert training.time[-1] < validation.time[0] <= validation.time[-1] < data.time[split.time.test][0]
