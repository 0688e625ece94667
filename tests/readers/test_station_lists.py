from datetime import date

import pytest
import readers.fake_archives as fake

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.station_lists import locate, read_station_lists

PLAIN = "监测点编码,监测点名称,城市,经度,纬度"


def lists(folder, **options):
    return read_station_lists(folder, ReadReport("test", **options))


def places(located):
    return {code: (row.longitude, row.latitude) for code, row in located.iterrows()}


@pytest.fixture
def folder(tmp_path):
    """Three lists that differ in the latitude: 31, 32 and 33."""
    fake.write_list(tmp_path, "2015.01.01", ["A,a,x,100,31", "B,b,x,101,31", "C,c,x,102,31", "E,e,x,104,31"], PLAIN)
    fake.write_list(tmp_path, "2018.06.01", ["A,a,x,100,32", "B,b,x,-,-", "D,d,x,103,32", "E,e,x,32,104"], PLAIN)
    fake.write_list(tmp_path, "2022.01.01", ["A,a,x,100,33,N", "B,b,x,101,33,Y", "D,d,x,103,33,N", "F,f,x,0,0,N"])
    return tmp_path


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # the earliest list is also used before its day
        (date(2013, 1, 1), {"A": 31, "B": 31, "C": 31, "D": 32, "E": 31}),
        (date(2018, 5, 31), {"A": 31, "B": 31, "C": 31, "D": 32, "E": 31}),
        # B has no coordinates in the list in force and E has them swapped: the nearest list in time is used
        (date(2018, 6, 1), {"A": 32, "B": 31, "C": 31, "D": 32, "E": 31}),
        (date(2021, 12, 31), {"A": 32, "B": 33, "C": 31, "D": 32, "E": 31}),
        (date(2030, 1, 1), {"A": 33, "B": 33, "C": 31, "D": 33, "E": 31}),
    ],
)
def test_the_list_in_force_is_used_and_then_the_nearest_in_time(folder, day, expected):
    located = locate(lists(folder), day, day)
    assert places(located) == {code: (100 + "ABCDEF".index(code), latitude) for code, latitude in expected.items()}
    assert not located["moved"].any()


def test_the_list_of_each_station_is_recorded(folder):
    located = locate(lists(folder), date(2022, 1, 1), date(2022, 1, 1))
    assert located.loc["A", "list"] == "站点列表-2022.01.01起.csv"
    assert located.loc["C", "list"] == "站点列表-2015.01.01起.csv"


def test_stations_that_move_within_the_period(folder):
    located = locate(lists(folder), date(2016, 1, 1), date(2019, 1, 1))
    assert located.index[located["moved"]].tolist() == ["A"]  # B moves only after the period; D has no earlier position


def test_a_small_correction_is_not_a_move(tmp_path):
    fake.write_list(tmp_path, "2015.01.01", ["A,a,x,100,31", "B,b,x,100,60"], PLAIN)
    fake.write_list(tmp_path, "2016.01.01", ["A,a,x,100.04,31.02"], PLAIN)
    assert not locate(lists(tmp_path), date(2015, 6, 1), date(2017, 1, 1))["moved"].any()


@pytest.mark.parametrize(
    ("first", "latitude"),
    [("0,0", 31), ("-,-", 31), (",", 31), ("31,100", 31), ("100,60", 31), ("60,30", 31), ("100,30", 30)],
)
def test_the_first_valid_row_of_a_repeated_code_is_used(tmp_path, first, latitude):
    fake.write_list(tmp_path, "2015.01.01", [f"A,a,x,{first}", "A,a,x,100,31"], PLAIN)
    assert places(locate(lists(tmp_path), date(2015, 1, 1), date(2015, 1, 1))) == {"A": (100, latitude)}


def test_swapped_list_is_named(tmp_path):
    fake.write_list(tmp_path, "2015.01.01", ["A,a,x,31,100", "B,b,x,32,101"], PLAIN)
    with pytest.raises(
        InputError, match=r"2015\.01\.01起\.csv: .* in 2 rows longitude and latitude appear to be swapped"
    ):
        locate(lists(tmp_path), date(2015, 1, 1), date(2015, 1, 1))


def test_files_can_be_given(folder):
    files = sorted(folder.glob("*.csv"))
    assert [one.day for one in lists(files[1])] == [date(2018, 6, 1)]
    assert [one.day for one in lists([files[2], str(files[0])])] == [date(2015, 1, 1), date(2022, 1, 1)]


def test_a_list_without_a_day_is_the_oldest(folder):
    (folder / "站点列表.csv").write_text(f"{PLAIN}\nG,g,x,106,30\n")
    (folder / "站点列表-2015.13.01起.csv").write_text(f"{PLAIN}\nH,h,x,107,30\n")
    assert [one.day.year for one in lists(folder)] == [1970, 1970, 2015, 2018, 2022]


def test_only_the_damaged_list_is_skipped(folder):
    path = folder / "站点列表-2020.01.01起.csv"
    path.write_text("<html></html>")
    report = ReadReport("test")
    assert len(read_station_lists(folder, report)) == 3
    assert [file for file, _ in report.skipped] == [path.name]
    with pytest.raises(InputError, match=path.name):
        lists(folder, strict=True)
    with pytest.raises(InputError, match=path.name):
        lists(path)


def test_no_list(tmp_path):
    with pytest.raises(InputError, match=r"no station list \(站点列表"):
        lists(tmp_path)
    with pytest.raises(InputError, match="nowhere: there is no such station list"):
        lists(tmp_path / "nowhere")
