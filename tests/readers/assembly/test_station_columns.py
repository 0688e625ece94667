import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.station_columns import StationColumns
from aqnet_pyg.readers.read_report import ReadReport


def place(east, north, **more):
    return {"longitude": east, "latitude": north, **more}


def test_columns_are_numbered_by_station_and_instrument():
    columns = StationColumns()
    assert columns.number("A", "2", place(10, 50)) == 0
    assert columns.number("B", "", place(11, 50)) == 1
    assert columns.number("A", "10", place(10, 50)) == 2
    assert columns.number("A", "2", place(10, 50)) == 0
    stations, groups = columns.stations(None, ReadReport("test"))
    assert stations.index.tolist() == ["A", "B"]
    assert groups == [[0, 2], [1]]


def test_instruments_are_ordered_by_number_then_name():
    columns = StationColumns()
    for name in ("b", "10", "a", "9"):
        columns.number("A", name, place(10, 50))
    assert columns.stations(None, ReadReport("test"))[1] == [[3, 1, 2, 0]]


def test_codes_of_missing_coordinates():
    columns, report = StationColumns(), ReadReport("test")
    for code, position in (
        ("A", (-999, -999)),
        ("B", (10, 50)),
        ("B", (9999, 9999)),
        ("C", (-999, -999)),
        ("C", (9, 50)),
    ):
        columns.number(code, "", place(*position))
    stations, groups = columns.stations(None, report)
    assert stations["longitude"].to_dict() == {"B": 10, "C": 9}
    assert groups == [[1], [2]]
    assert report.without_coordinates == ["A"]


def test_a_station_at_the_origin_of_coordinates_is_noted():
    columns, report = StationColumns(), ReadReport("test")
    for code, position in {"A": place(0, 0), "B": place(0, 50), "C": place(10, 0)}.items():
        columns.number(code, "", position)
    assert columns.stations(None, report)[0].index.tolist() == ["A", "B", "C"]
    assert report.notes == ["1 station at longitude 0, latitude 0 (A), which may stand for unknown coordinates."]


@given(
    st.integers(-180, 180),
    st.integers(-80, 80),
    st.floats(0.0, 0.9),
    st.sampled_from([-360, 0, 360]),
    st.booleans(),
)
def test_places_closer_than_50_km_are_one_station_also_across_180_degrees(east, north, share, turn, moves_east):
    """Steps along a meridian or a parallel of about the share of 50 km, and of more than 50 km."""
    degree = 111.19
    for distance, same in ((50 * share, True), (51 + 100 * share, False)):
        columns = StationColumns()
        first = columns.number("A", "", place(east, north))
        if moves_east:
            other = place(east + turn + distance / (degree * np.cos(np.radians(north))), north)
        else:
            other = place(east + turn, north + distance / degree)
        assert (columns.number("A", "", other) == first) == same
        assert len(columns.stations(None, ReadReport("test"))[0]) == (1 if same else 2)


def test_a_code_at_two_places_names_two_stations():
    columns, report = StationColumns(), ReadReport("test")
    columns.number("A", "", place(179.9, 0.0))
    columns.number("A", "", place(-179.9, 0.0))  # 22 km
    columns.number("A", "", place(-178.0, 0.0))
    stations, groups = columns.stations(None, report)
    assert stations.index.tolist() == ["A@179.9000_0.0000", "A@-178.0000_0.0000"]
    assert groups == [[0], [1]]
    assert len(report.notes) == 2
    assert "1 station with more than one position" in report.notes[0]
    assert "more than 50 km apart (A)" in report.notes[1]


def test_a_station_table_replaces_coordinates_and_joins_places():
    columns, report = StationColumns(), ReadReport("test")
    columns.number("A", "", place(0.0, 0.0, city="X"))
    columns.number("A", "", place(90.0, 0.0))
    columns.number("B", "", place(1.0, 1.0))
    table = pd.DataFrame({"longitude": [10.0], "latitude": [50.0]}, index=["A"])
    stations, groups = columns.stations(table, report)
    assert stations.loc["A"].to_dict() == {"longitude": 10.0, "latitude": 50.0, "city": "X"}
    assert groups == [[0, 1]]
    assert report.without_coordinates == ["B"]


def test_rows_without_coordinates_belong_to_the_station_that_has_them():
    columns = StationColumns()
    unknown = place(np.nan, np.nan, name="first")
    assert columns.number("A", "", unknown) == columns.number("A", "", place(10.0, 50.0)) == 0
    assert columns.number("A", "", unknown) == 0
    stations, _ = columns.stations(None, ReadReport("test"))
    assert stations.loc["A"].to_dict() == {"longitude": 10.0, "latitude": 50.0, "name": "first"}


def test_no_station_has_coordinates():
    columns, report = StationColumns(), ReadReport("test")
    columns.number("A", "", {})
    report.damaged.append(("data.csv", "1 value not numeric, such as 'x'"))
    with pytest.raises(
        InputError, match=r"none of the 1 stations \(A, ...\) has coordinates \(data.csv: 1 value not numeric"
    ):
        columns.stations(None, report)


def test_numbers_of_codes_and_positions():
    columns = StationColumns()
    for code, east in (("A", 10.0), ("B", 10.0), ("C", 11.0)):
        columns.number(code, "", place(east, 50.0))
    assert columns.count() == (3, 2)
    columns.number("D", "", {})
    assert columns.count() == (4, 4)
