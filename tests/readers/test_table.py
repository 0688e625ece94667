import numpy as np
import pandas as pd
import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_table

AUTHORS = (
    "year,month,day,hour,longitude,latitude,CO (mg/m3),NO2 (μg/m3),O3 (μg/m3),PM10 (μg/m3),PM2.5 (μg/m3),SO2 (μg/m3)"
)


def write(folder, text, name="data.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def series(dataset, name, station):
    found = dataset[name].sel(station=station).to_series()
    return {str(time)[:16]: float(value) for time, value in found.items() if np.isfinite(value)}


def test_authors_layout_is_recognized(tmp_path):
    path = write(
        tmp_path,
        f"{AUTHORS}\n"
        "2013,1,1,8,116.366,39.8673,1.5,40,30,120,80,20\n"
        "2013,1,1,8,116.17,40.2865,0.5,41,31,121,81,21\n"
        "2013,1,1,10,116.366,39.8673,,42,32,122,82,22\n",
    )
    dataset, report = read_table(path, strict=True)
    assert dataset.station.values.tolist() == ["116.36600_39.86730", "116.17000_40.28650"]
    assert dataset.longitude.values.tolist() == [116.366, 116.17]
    assert dataset.latitude.values.tolist() == [39.8673, 40.2865]
    assert dataset.attrs["time_zone"] == "Asia/Shanghai"
    assert series(dataset, "pm25", "116.36600_39.86730") == {"2013-01-01 00:00": 80, "2013-01-01 02:00": 82}
    assert series(dataset, "co", "116.36600_39.86730") == {"2013-01-01 00:00": 1.5}
    assert series(dataset, "so2", "116.17000_40.28650") == {"2013-01-01 00:00": 21}
    assert len(dataset.time) == 3
    assert report.absent_hours == 1
    assert report.notes == []


def test_names_like_ours_are_recognized_in_utc(tmp_path):
    path = write(
        tmp_path,
        "station_id,datetime,lon,lat,city,PM2_5,pm10,extra\n"
        "01,2020-07-01 05:00,10,50,x,1,2,3\n"
        "01,2020-07-01T06:00:00,10,50,x,4,5,6\n",
    )
    dataset, report = read_table(path)
    assert series(dataset, "pm25", "01") == {"2020-07-01 05:00": 1, "2020-07-01 06:00": 4}
    assert dataset.city.values.tolist() == ["x"]
    assert dataset.attrs["time_zone"] == "UTC"
    assert report.notes == ["columns not used: extra."]


def test_units_in_the_names_do_not_make_beijing_time(tmp_path):
    path = write(tmp_path, "station,time,longitude,latitude,PM2.5 (mg/m³)\nA,2020-01-01 00:00,10,50,0.5\n")
    dataset, _ = read_table(path)
    assert series(dataset, "pm25", "A") == {"2020-01-01 00:00": 500}
    assert dataset.attrs["time_zone"] == "UTC"


def test_declared_columns_zone_and_units(tmp_path):
    path = write(tmp_path, "where;,when,e,n,fine dust,CO,wet\nA,2020-07-01 05:00,10,50,1,1500,80\n")
    columns = {
        "station": "where;",
        "time": "when",
        "longitude": "e",
        "latitude": "n",
        "pm25": "fine dust",
        "humidity": "wet",
    }
    dataset, report = read_table(
        path, columns=columns, time_zone="Europe/Berlin", units={"co": "µg m-3", "humidity": "%"}
    )
    assert series(dataset, "pm25", "A") == {"2020-07-01 03:00": 1}
    assert series(dataset, "co", "A") == {"2020-07-01 03:00": 1.5}
    assert series(dataset, "humidity", "A") == {"2020-07-01 03:00": 80}
    assert dataset.humidity.attrs["units"] == "%"
    assert dataset.humidity.attrs["long_name"] == "wet"
    assert dataset.attrs["time_zone"] == "Europe/Berlin"
    assert not report.damaged


def test_parquet_with_categories_and_missing_whole_numbers(tmp_path):
    frame = pd.DataFrame(
        {
            "station_id": pd.Categorical(["UA_1", "UA_2", "UA_1"]),
            "time": pd.to_datetime(["2014-05-01 00:00", "2014-05-01 00:00", "2014-05-01 01:00"]),
            "pm25": pd.array([121, None, 139], "Int16"),
            "co": np.array([0.612, 0.637, np.nan], np.float32),
        }
    )
    frame.to_parquet(tmp_path / "data.parquet")
    table = write(tmp_path, "station_id,longitude,latitude,province\nUA_1,115,38,Hebei\nUA_2,116,39,\n", "stations.csv")
    dataset, report = read_table(tmp_path, stations=table, time_zone="Asia/Shanghai", strict=True)
    assert series(dataset, "pm25", "UA_1") == {"2014-04-30 16:00": 121, "2014-04-30 17:00": 139}
    assert series(dataset, "pm25", "UA_2") == {}
    np.testing.assert_array_equal(dataset.co.values, np.array([[0.612, 0.637], [np.nan, np.nan]], np.float32))
    assert dataset.province.values.tolist() == ["Hebei", ""]
    assert report.files_read == 1


def test_several_files_make_one_data_set(tmp_path):
    head = "code,time,longitude,latitude,"
    write(tmp_path, head + "pm25\nA,2020-01-01 00:00,10,50,1\nB,2020-01-01 00:00,11,50,2\n", "1.csv")
    write(tmp_path, head + "no2\nC,2020-01-01 02:00,12,50,3\nA,2020-01-01 02:00,10,50,4\n", "2.csv")
    dataset, _ = read_table(tmp_path)
    assert dataset.station.values.tolist() == ["A", "B", "C"]
    nan = np.nan
    np.testing.assert_array_equal(dataset.pm25.values, [[1, 2, nan], [nan] * 3, [nan] * 3])
    np.testing.assert_array_equal(dataset.no2.values, [[nan] * 3, [nan] * 3, [4, nan, 3]])


HEAD = "station,time,longitude,latitude,pm25\n"


def test_the_first_of_two_rows_counts(tmp_path):
    row = "A,2020-01-01 00:00,10,50,"
    write(tmp_path, f"{HEAD}{row}1\n{row}2\n", "1.csv")
    write(tmp_path, f"{HEAD}{row}3\nA,2020-01-01 01:00,10,50,4\n", "2.csv")
    dataset, report = read_table(tmp_path)
    assert dataset.pm25.values[:, 0].tolist() == [1, 4]
    assert report.duplicates == 2
    assert report.damaged == [
        (name, "1 row for a station and hour that were read before left out") for name in ("1.csv", "2.csv")
    ]
    with pytest.raises(InputError, match=r"^1\.csv: 1 row for a station"):
        read_table(tmp_path, strict=True)


def test_minutes_are_rounded(tmp_path):
    text = HEAD + "".join(
        f"A,2020-01-01 {clock},10,50,{number}\n" for number, clock in enumerate(("00:02", "01:29", "01:31", "02:40:10"))
    )
    dataset, report = read_table(write(tmp_path, text), strict=True)
    assert dataset.pm25.values[:, 0].tolist() == [0, 1, 2, 3]
    assert report.notes == ["data.csv: 4 times off the hour were rounded to it."]


def test_offsets_in_the_times_are_kept(tmp_path):
    text = HEAD + "A,2020-03-29T01:00:00+01:00,10,50,1\nA,2020-03-29T04:00:00+02:00,10,50,2\n"
    dataset, _ = read_table(write(tmp_path, text), time_zone="Europe/Berlin", strict=True)
    assert series(dataset, "pm25", "A") == {"2020-03-29 00:00": 1, "2020-03-29 02:00": 2}


def test_hours_that_the_clocks_skip_or_repeat_are_left_out(tmp_path):
    text = HEAD + "".join(
        f"A,{time},10,50,1\n"
        for time in ("2020-03-29 01:00", "2020-03-29 02:00", "2020-10-25 02:00", "2020-10-25 03:00")
    )
    path = write(tmp_path, text)
    dataset, report = read_table(path, time_zone="Europe/Berlin")
    assert list(series(dataset, "pm25", "A")) == ["2020-03-29 00:00", "2020-10-25 02:00"]
    assert report.damaged == [("data.csv", "2 rows in hours that the clocks of Europe/Berlin skip or repeat")]


def test_half_hours_of_a_zone_count_to_the_next_hour(tmp_path):
    dataset, _ = read_table(write(tmp_path, HEAD + "A,2020-01-01 12:00,77,28,1\n"), time_zone="Asia/Kolkata")
    assert series(dataset, "pm25", "A") == {"2020-01-01 07:00": 1}


TORN = "1 row with another number of fields than the header left out, such as 'A,2020-01-01 03:00,10'"
PARTS = "station,year,month,day,hour,longitude,latitude,pm25\n"


@pytest.mark.parametrize(
    ("head", "row", "fault"),
    [
        (HEAD, "A,yesterday,10,50,2", "1 row without a time that can be read"),
        (HEAD, "A,,10,50,2", "1 row without a time that can be read"),
        (HEAD, ",2020-01-01 03:00,10,50,2", "1 row without a station"),
        (HEAD, "A,2020-01-01 03:00,10,50,high", "1 value cannot be read, such as 'high'"),
        (HEAD, "A,2020-01-01 03:00,10", TORN),
        (PARTS, "A,2020,1,1,24,10,50,2", "1 row with an hour outside 0-23"),
        (PARTS, "A,2020,1,1,-1,10,50,2", "1 row with an hour outside 0-23"),
        (PARTS, "A,2020,1,1,x,10,50,2", "1 value cannot be read, such as 'x'; 1 row with an hour outside 0-23"),
        (PARTS, "A,2020,2,30,3,10,50,2", "1 row without a day of the calendar"),
        (PARTS, "A,2020,13,1,3,10,50,2", "1 row without a day of the calendar"),
        (PARTS, "A,2020,,1,3,10,50,2", "1 row without a day of the calendar"),
    ],
)  # fmt: skip
def test_faulty_row_costs_no_other(tmp_path, head, row, fault):
    good = "A,2020-01-01 0{},10,50,{}" if head == HEAD else "A,2020,1,1,{},10,50,{}"
    hours = ("1:00", "2:00") if head == HEAD else (1, 2)
    rows = [good.format(hours[0], 1), row, good.format(hours[1], 3)]
    path = write(tmp_path, head + "\n".join(rows) + "\n")
    dataset, report = read_table(path)
    assert "; ".join(what for _, what in report.damaged) == fault
    assert series(dataset, "pm25", "A") == {"2020-01-01 01:00": 1, "2020-01-01 02:00": 3}
    with pytest.raises(InputError, match=r"^data\.csv: 1 (row|value)"):
        read_table(path, strict=True)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("0.csv", b"", "empty file"),
        ("0.csv", b"<html></html>", "HTML page instead of a table"),
        ("0.parquet", b"", "empty file"),
        ("0.parquet", b"PAR1 no more", "not a parquet file"),
        ("0.csv", b"a,b\n1,2\n", "no column for station"),
        ("0.csv", HEAD.encode(), "no row in it"),
        ("0.csv", HEAD.encode() + b"A,noon,10,50,1\n", "1 row without a time that can be read"),
    ],
)
def test_broken_file_costs_no_other(tmp_path, name, data, reason):
    write(tmp_path, HEAD + "A,2020-01-01 00:00,10,50,1\n", "1.csv")
    (tmp_path / name).write_bytes(data)
    dataset, report = read_table(tmp_path)
    assert dataset.pm25.values.tolist() == [[1]]
    ((file, why),) = report.skipped
    assert file == name
    assert why.startswith(reason)
    with pytest.raises(InputError, match=rf"{name}: {reason}"):
        read_table(tmp_path, strict=True)
    with pytest.raises(InputError, match=rf"{name}: {reason}"):
        read_table(tmp_path / name)


@pytest.mark.parametrize(
    ("header", "options", "message"),
    [
        ("foo,bar", {}, r"no column for station \(or longitude and latitude\); time .*; one of pm25, .*found foo, bar"),
        ("station,time,pm25", {}, r"no column for longitude and latitude \(or a station table\); found station, time, pm25"),
        ("station,time,lon,lat,AQI", {}, r"no column for one of pm25"),
        ("station,year,month,day,lon,lat,pm25", {}, r"no column for time \(or year, month, day and hour\)"),
        ("station,time,lon,lat,pm25", {"columns": {"no2": "NO2_x"}}, r"no column 'NO2_x' as declared; found station"),
        ("station,time,lon,lat,O3 (ppb)", {}, r"units 'ppb' of o3 are not understood"),
        ("station,time,lon,lat,O3", {"units": {"o3": "ppm"}}, r"units 'ppm' of o3"),
        ("station,time,lon,lat,O3", {"units": {"ozone": "ppm"}}, r"units: no variable 'ozone'"),
        ("station,time,lon,lat,O3", {"time_zone": "Beijing"}, r"time_zone: 'Beijing' is no IANA name"),
    ],
)  # fmt: skip
def test_columns_that_cannot_be_used(tmp_path, header, options, message):
    path = write(tmp_path, f"{header}\n")
    with pytest.raises(InputError, match=message):
        read_table(path, **options)


@pytest.mark.parametrize(
    ("longitude", "latitude", "message"),
    [(39, 116, "look swapped"), (10, 95, "look swapped"), (500, 50, "out of range")],
)
def test_coordinates_that_cannot_be(tmp_path, longitude, latitude, message):
    path = write(tmp_path, f"{HEAD}A,2020-01-01 00:00,{longitude},{latitude},1\n")
    with pytest.raises(InputError, match=message):
        read_table(path)


def test_station_without_coordinates_in_any_row(tmp_path):
    rows = ["A,2020-01-01 00:00,,,1", "A,2020-01-01 01:00,10,50,2", "B,2020-01-01 00:00,,,3"]
    rows += ["C,2020-01-01 00:00,1,2,4", "C,2020-01-01 01:00,1,3,5"]
    path = write(tmp_path, HEAD + "\n".join(rows))
    dataset, report = read_table(path)
    assert dataset.station.values.tolist() == ["A", "C"]
    assert dataset.latitude.values.tolist() == [50, 2]
    assert dataset.pm25.values.tolist() == [[1, 4], [2, 5]]
    assert report.without_coordinates == ["B"]
    assert report.notes == ["1 station with more than one position; the first one counts."]


def test_a_time_that_is_far_off(tmp_path):
    path = write(tmp_path, HEAD + "A,1900-01-01 00:00,10,50,1\nA,2020-01-01 00:00,10,50,1\n")
    with pytest.raises(InputError, match="times go from 1900-01-01 to 2020-01-01"):
        read_table(path)


def test_nearby_places_stay_apart(tmp_path):
    head = "time,longitude,latitude,pm25\n"
    path = write(
        tmp_path,
        head + "2020-01-01 00:00,-10.00001,-50,1\n2020-01-01 00:00,-10.00002,-50,2\n2020-01-01 00:00,-10.00002,,3\n",
    )
    dataset, report = read_table(path)
    assert dataset.station.values.tolist() == ["-10.00001_-50.00000", "-10.00002_-50.00000"]
    assert dataset.pm25.values.tolist() == [[1, 2]]
    assert report.damaged == [("data.csv", "1 row without a station")]


def lines(path, separator, rows):
    path.write_text("\n".join(separator.join(row) for row in rows) + "\n")
    return path


HEADER = ["station", "time", "longitude", "latitude", "pm25"]


@pytest.mark.parametrize(("separator", "comma"), [(";", ","), (";", "."), ("\t", "."), (",", ".")])
def test_columns_between_semicolons_or_tabs(separator, comma, tmp_path):
    rows = [["A", "2024-01-01 01:00", f"10{comma}5", f"50{comma}25", f"12{comma}5"]]
    data, _ = read_table(lines(tmp_path / "a.csv", separator, [HEADER, *rows]))
    assert data.pm25.item() == 12.5
    assert (float(data.longitude[0]), float(data.latitude[0])) == (10.5, 50.25)


@pytest.mark.parametrize(
    ("times", "first"),
    [
        (["02/11/2016 01:00", "13/11/2016 01:00"], "2016-11-02T01"),
        (["11/02/2016 01:00", "11/13/2016 01:00"], "2016-11-02T01"),
        (["02.11.2016 01:00", "03.11.2016 01:00"], "2016-11-02T01"),
        (["2016-11-02 01:00", "2016-11-13 01:00"], "2016-11-02T01"),
    ],
)
def test_day_and_month_are_told_apart(times, first, tmp_path):
    rows = [["A", time, "10.5", "50.25", "12"] for time in times]
    data, report = read_table(lines(tmp_path / "a.csv", ",", [HEADER, *rows]))
    assert np.datetime_as_string(data.time.values[0], unit="h") == first
    assert not report.damaged


def test_day_and_month_that_cannot_be_told_apart_are_refused(tmp_path):
    rows = [["A", time, "10.5", "50.25", "12"] for time in ("02/11/2016 01:00", "03/11/2016 01:00")]
    with pytest.raises(InputError, match="day and month cannot be told apart; write the year first"):
        read_table(lines(tmp_path / "a.csv", ",", [HEADER, *rows]))


def test_a_column_of_dates_is_time_unless_the_hours_are_in_another(tmp_path):
    names = ["station", "date", "longitude", "latitude", "pm25"]
    data, _ = read_table(lines(tmp_path / "a.csv", ",", [names, ["A", "2024-01-01 01:00", "10", "50", "12"]]))
    assert np.datetime_as_string(data.time.values[0], unit="h") == "2024-01-01T01"
    apart = [[*names, "hour"], ["A", "2024-01-01", "10", "50", "12", "1"]]
    with pytest.raises(InputError, match="'date' and 'hour' are two columns; join them"):
        read_table(lines(tmp_path / "b.csv", ",", apart))
