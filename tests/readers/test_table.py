import numpy as np
import pandas as pd
import pytest
from readers.long_tables import HEADER, series, write

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_table

AUTHORS = (
    "year,month,day,hour,longitude,latitude,CO (mg/m3),NO2 (μg/m3),O3 (μg/m3),PM10 (μg/m3),PM2.5 (μg/m3),SO2 (μg/m3)"
)


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


def test_common_column_names_are_recognized_in_utc(tmp_path):
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


def test_units_in_column_names_alone_do_not_imply_beijing_time(tmp_path):
    path = write(tmp_path, "station,time,longitude,latitude,PM2.5 (mg/m³)\nA,2020-01-01 00:00,10,50,0.5\n")
    dataset, _ = read_table(path)
    assert series(dataset, "pm25", "A") == {"2020-01-01 00:00": 500}
    assert dataset.attrs["time_zone"] == "UTC"


def test_declared_columns_time_zone_and_units(tmp_path):
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


def test_parquet_with_categories_and_missing_integers(tmp_path):
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


def test_several_files_are_combined(tmp_path):
    head = "code,time,longitude,latitude,"
    write(tmp_path, head + "pm25\nA,2020-01-01 00:00,10,50,1\nB,2020-01-01 00:00,11,50,2\n", "1.csv")
    write(tmp_path, head + "no2\nC,2020-01-01 02:00,12,50,3\nA,2020-01-01 02:00,10,50,4\n", "2.csv")
    dataset, _ = read_table(tmp_path)
    assert dataset.station.values.tolist() == ["A", "B", "C"]
    nan = np.nan
    np.testing.assert_array_equal(dataset.pm25.values, [[1, 2, nan], [nan] * 3, [nan] * 3])
    np.testing.assert_array_equal(dataset.no2.values, [[nan] * 3, [nan] * 3, [4, nan, 3]])


def test_unknown_time_zone(tmp_path):
    with pytest.raises(InputError, match="time_zone: 'Beijing' is not an IANA name"):
        read_table(write(tmp_path, HEADER), time_zone="Beijing")


def test_time_zone_and_offsets_of_the_times(tmp_path):
    text = HEADER + "A,2020-03-29T01:00:00+01:00,10,50,1\nA,2020-03-29T04:00:00+02:00,10,50,2\n"
    dataset, _ = read_table(write(tmp_path, text), time_zone="Europe/Berlin", strict=True)
    assert series(dataset, "pm25", "A") == {"2020-03-29 00:00": 1, "2020-03-29 02:00": 2}
    text = HEADER + "A,2020-01-01 12:00,77,28,1\n"
    dataset, _ = read_table(write(tmp_path, text), time_zone="Asia/Kolkata", strict=True)
    assert series(dataset, "pm25", "A") == {"2020-01-01 07:00": 1}


def test_decimal_commas_and_dates_with_slashes(tmp_path):
    text = "station;date;longitude;latitude;pm25\nA;02/11/2016 01:00;10,5;50,25;12,5\nA;13/11/2016 01:00;10,5;50,25;1\n"
    dataset, report = read_table(write(tmp_path, text), strict=True)
    assert (float(dataset.longitude[0]), float(dataset.latitude[0])) == (10.5, 50.25)
    assert series(dataset, "pm25", "A") == {"2016-11-02 01:00": 12.5, "2016-11-13 01:00": 1}
    assert not report.damaged
