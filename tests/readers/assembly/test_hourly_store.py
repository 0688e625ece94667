import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.readers.assembly.hourly_store import BLOCK_HOURS, HOUR, HourlyStore, typical_steps

values = st.one_of(st.just(np.nan), st.integers(-40, 4000).map(lambda number: number / 4))


def arrays(rows):
    """Columns, seconds and values of rows ``(column, seconds, value)``."""
    columns, seconds, numbers = zip(*rows, strict=True)
    return np.array(columns), np.array(seconds), {"pm25": np.array(numbers, float)}


def table(store, width):
    """Values by column and hour."""
    array = store.values("pm25", range(width))
    return {
        (column, int(hour)): float(array[number, column])
        for number, hour in enumerate(store.hours)
        for column in range(width)
        if not np.isnan(array[number, column])
    }


hourly_rows = st.lists(st.tuples(st.integers(0, 3), st.integers(-600, 1200).map(HOUR.__mul__), values), min_size=1)


@given(hourly_rows, st.data())
def test_the_first_value_of_an_hour_is_kept_in_any_split(rows, data):
    expected = {}
    for column, seconds, value in rows:
        if not np.isnan(value):
            expected.setdefault((column, seconds // HOUR), value)
    store = HourlyStore()
    while rows:
        size = data.draw(st.integers(1, len(rows)))
        store.add(*arrays(rows[:size]))
        rows = rows[size:]
    assert table(store, 4) == expected


@given(
    st.dictionaries(st.tuples(st.integers(0, 3), st.integers(-600, 1200)), values, min_size=1), st.randoms(), st.data()
)
def test_different_hours_are_the_same_in_any_order(cells, random, data):
    rows = [(column, hour * HOUR, value) for (column, hour), value in cells.items()]
    together, apart = HourlyStore(), HourlyStore()
    together.add(*arrays(rows))
    random.shuffle(rows)
    while rows:
        size = data.draw(st.integers(1, len(rows)))
        apart.add(*arrays(rows[:size]))
        rows = rows[size:]
    np.testing.assert_array_equal(together.hours, apart.hours)
    np.testing.assert_array_equal(together.values("pm25", range(4)), apart.values("pm25", range(4)))
    assert together.repeated == apart.repeated == 0


@given(
    st.sampled_from([5, 10, 15, 20, 30]),
    st.dictionaries(st.tuples(st.integers(0, 2), st.integers(-30, 150)), values, min_size=1),
    st.randoms(),
    st.data(),
)
def test_hourly_means_are_those_of_plain_python(minutes, readings, random, data):
    rows = [(column, minutes * 60 * number, value) for (column, number), value in readings.items()]
    by_hour = {}
    for column, seconds, value in rows:
        if not np.isnan(value):
            by_hour.setdefault((column, -(-seconds // HOUR)), []).append(value)
    expected = {cell: sum(own) / len(own) for cell, own in by_hour.items() if len(own) >= 0.75 * 60 / minutes}
    store = HourlyStore(step=minutes * 60)
    random.shuffle(rows)
    while rows:
        size = data.draw(st.integers(1, len(rows)))
        store.add(*arrays(rows[:size]))
        rows = rows[size:]
    found = table(store, 3)
    assert found.keys() == expected.keys()
    for cell, mean in expected.items():
        assert found[cell] == pytest.approx(mean, rel=1e-6)
    assert store.incomplete == len(by_hour) - len(expected)
    assert store.averaged


@pytest.mark.parametrize(("count", "there"), [(6, True), (5, True), (4, False), (1, False)])
def test_three_quarters_of_the_readings_are_needed(count, there):
    store = HourlyStore(step=600)
    store.add(*arrays([(0, 600 * number, 2.0 * number) for number in range(1, count + 1)]))
    expected = {(0, 1): count + 1.0} if there else {}
    assert table(store, 1) == expected


def test_the_reading_at_the_full_hour_belongs_to_the_hour_that_ends():
    store = HourlyStore()
    store.add(*arrays([(0, 1800 * number, number) for number in range(1, 5)]))
    assert table(store, 1) == {(0, 1): 1.5, (0, 2): 3.5}


def test_repeated_readings_of_a_minute_count_once():
    store = HourlyStore(step=1800)
    store.add(*arrays([(0, 1800, 1.0), (0, 1800, 100.0), (0, 3600, 3.0)]))
    store.add(*arrays([(0, 3600, 50.0)]))
    assert table(store, 1) == {(0, 1): 2.0}
    assert store.repeated == 2


def test_hourly_values_replace_means_of_readings():
    store = HourlyStore()
    readings = arrays([(0, 1800 * number, 1.0) for number in range(1, 7)])
    hours = arrays([(0, HOUR * number, 5.0) for number in (2, 4)])
    store.add(*readings, steps=np.array([1800.0]))
    store.add(*hours, steps=np.array([3600.0]))
    assert table(store, 1) == {(0, 1): 1.0, (0, 2): 5.0, (0, 3): 1.0, (0, 4): 5.0}


def test_repeated_hours_are_counted():
    store = HourlyStore()
    store.add(*arrays([(0, 0, 1.0), (0, 0, 1.0), (0, 0, np.nan), (1, 0, np.nan), (1, 0, 5.0)]))
    store.add(*arrays([(0, 0, 2.0)]))
    assert table(store, 2) == {(0, 0): 1.0, (1, 0): 5.0}
    assert (store.repeated, store.different) == (2, 1)


def test_times_off_the_hour_are_rounded_and_counted():
    store = HourlyStore(step=HOUR)
    store.add(*arrays([(0, -1799, 1.0), (0, HOUR + 1799, 2.0), (0, 2 * HOUR, 3.0)]))
    assert table(store, 1) == {(0, 0): 1.0, (0, 1): 2.0, (0, 2): 3.0}
    assert store.rounded == 2


def test_variables_and_blocks_of_hours():
    store = HourlyStore()
    seconds = np.array([0, 3 * BLOCK_HOURS * HOUR])
    store.add(np.array([0, 5]), seconds, {"pm25": np.array([1.0, 2.0]), "o3": np.array([3.0, np.nan])})
    assert store.variables == ["pm25", "o3"]
    assert len(store.hours) == 3 * BLOCK_HOURS + 1
    assert table(store, 6) == {(0, 0): 1.0, (5, 3 * BLOCK_HOURS): 2.0}
    assert store.values("pm25", [5, 0])[[0, -1]].tolist()[0][1] == 1.0
    store.discard("o3")
    assert store.variables == ["pm25"]
    assert dict(store.rows) == {0: 1, 3: 1}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), min_size=1))
def test_typical_steps(rows):
    columns, seconds = map(np.array, zip(*rows, strict=True))
    found = typical_steps(columns, seconds)
    for column in range(len(found)):
        own = sorted({time for which, time in rows if which == column})
        assert found[column] == (np.median(np.diff(own)) if len(own) > 1 else np.inf)
