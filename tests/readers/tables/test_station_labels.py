import pandas as pd
import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.tables.station_labels import StationLabels


def labels(**names):
    return StationLabels(pd.DataFrame({"name": list(names.values())}, index=list(names)))


def test_codes_precede_names():
    found = labels(A="North", B=" South ", C="B", D=None, E="")
    assert found.find(["A", "B", "C", "other", ""], "x") == {"A": "A", "B": "B", "C": "C"}
    assert found.find(["North", "South", "A"], "x") == {"North": "A", "South": "B", "A": "A"}
    assert found.note is None
    assert found.example == "A"


def test_a_table_without_names():
    found = StationLabels(pd.DataFrame({"longitude": [1.0]}, index=["A"]))
    assert found.add(["A", "B"], "x") == ["A", "B"]
    assert found.note is None


def test_labels_of_rows_are_checked_together():
    found = labels(A="North", B="South", C="B")
    assert found.add(["North", "elsewhere"], "x") == ["A", "elsewhere"]
    assert found.note == "1 station found by name in the station table, such as 'North' (A)."
    with pytest.raises(
        InputError, match=r"y: 'B' is the code of one station and the name of another \(C\), and 'North'"
    ):
        found.add(["B"], "y")


def test_names_of_several_stations():
    found = labels(A="North", B="North", C="A")
    with pytest.raises(InputError, match="x: 'North' is the name of several stations, A and B; write codes"):
        found.find(["North"], "x")
    assert found.find(["A", "B", "C"], "x") == {"A": "A", "B": "B", "C": "C"}
    repeated = StationLabels(pd.DataFrame({"name": ["North", "North"]}, index=["A", "A"]))
    assert repeated.find(["North"], "x") == {"North": "A"}
