import pandas as pd

from aqnet_pyg.readers.assembly.station_names import by_name


def table(names, codes=("1", "2", "3")):
    return pd.DataFrame({"longitude": [0.0, 1.0, 2.0], "name": names}, index=pd.Index(codes, name="station"))


def test_stations_are_found_by_code_and_by_name():
    found, several = by_name(table(["a", "b", ""]))
    assert found["longitude"].to_dict() == {"1": 0, "2": 1, "3": 2, "a": 0, "b": 1}
    assert found.index.name == "station"
    assert several == []


def test_names_of_several_stations_identify_none():
    found, several = by_name(table(["a", "b", "a"]))
    assert found["longitude"].to_dict() == {"1": 0, "2": 1, "3": 2, "b": 1}
    assert several == ["a"]


def test_codes_precede_names():
    found, _ = by_name(table(["2", None, "c"]))
    assert found["longitude"].to_dict() == {"1": 0, "2": 1, "3": 2, "c": 2}


def test_a_table_without_names_stays_as_it_is():
    codes = table(["a", "b", "c"]).drop(columns="name")
    found, several = by_name(codes)
    pd.testing.assert_frame_equal(found, codes)
    assert several == []
