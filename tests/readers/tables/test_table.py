import bz2
import gzip
import lzma
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from readers.long_tables import HEADER, series, write

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_table

AUTHORS = (
    "year,month,day,hour,longitude,latitude,CO (mg/m3),NO2 (μg/m3),O3 (μg/m3),PM10 (μg/m3),PM2.5 (μg/m3),SO2 (μg/m3)"
)
ASSUMED = (
    "times have no UTC offset, and are read as UTC; if they are local, give their time zone, such as "
    "--time_zone Europe/Paris."
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
    assert report.notes == ["columns not used: extra.", "pm25, pm10: no unit stated, read as µg/m³.", ASSUMED]


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


STATIONS = {"P1": (9.5, 45.25, 3.0), "P2": (9.75, 45.5, 20.0), "P3": (10.25, 45.0, 7.5)}
"""Invented stations: longitude, latitude and the value of the first hour."""


def lines(form, hours=range(1, 7), stations=STATIONS):
    """Rows of all stations; values rise by 0.25 an hour."""
    result = []
    for hour in hours:
        for code, (east, north, value) in stations.items():
            fields = {"code": code, "hour": hour, "x": east, "y": north, "v": value + hour / 4}
            result.append(form.format(**fields) + "\n")
    return "".join(result)


def assert_values(dataset, first, name="pm25", hours=6, stations=STATIONS):
    """All values, from the given first hour."""
    assert str(dataset.time.values[0])[:13] == first
    assert sorted(dataset.station.values.tolist()) == sorted(stations)
    for code, (_, _, value) in stations.items():
        np.testing.assert_allclose(
            dataset[name].sel(station=code).values, value + np.arange(1, hours + 1) / 4, rtol=1e-6
        )


COORDINATES = "longitude,latitude"


@pytest.mark.parametrize(
    ("text", "options", "first"),
    [
        # date and clock time in two columns
        (
            f"station,Date,Time,{COORDINATES},pm25\n" + lines("{code},27/11/2021,{hour:02}:00,{x},{y},{v}"),
            {}, "2021-11-27T01",
        ),
        (
            f"station,Day,Clock,{COORDINATES},pm25\n" + lines("{code},2021.11.27,{hour}:00:00,{x},{y},{v}"),
            {"columns": {"date": "Day", "time": "Clock"}}, "2021-11-27T01",
        ),
        # decimal commas in quotes
        (
            f"station,time,{COORDINATES},pm25\n"
            + re.sub(r'\.(\d\d")', r",\1", lines('{code},2021-11-27 {hour:02}:00,{x},{y},"{v:.2f}"')),
            {}, "2021-11-27T01",
        ),
        # declared date and hour
        (
            f"station,Jour,Heure,{COORDINATES},pm25\n" + lines("{code},2021-11-27,{hour},{x},{y},{v}"),
            {"columns": {"date": "Jour", "hour": "Heure"}}, "2021-11-27T01",
        ),
        (
            f"station,Jour,Heure,{COORDINATES},pm25\n" + lines("{code},2021-11-27,{hour},{x},{y},{v}"),
            {"columns": {"time": "Jour", "hour": "Heure"}}, "2021-11-27T01",
        ),
        # fixed offsets
        (
            f"station,time,{COORDINATES},pm25\n" + lines("{code},2021-11-27 {hour:02}:00,{x},{y},{v}"),
            {"time_zone": "-04:00"}, "2021-11-27T05",
        ),
        (
            f"station,time,{COORDINATES},pm25\n" + lines("{code},2021-11-27 {hour:02}:30,{x},{y},{v}"),
            {"time_zone": "+05:30"}, "2021-11-26T20",
        ),
        # hours 1 to 24
        (
            f"station,date,hour,{COORDINATES},pm25\n" + lines("{code},2021-11-27,{hour},{x},{y},{v}", range(1, 25)),
            {}, "2021-11-27T01",
        ),
        # lines before the header
        (
            "Ville de X;;;;\n;;;;\nstation;time;longitude;latitude;pm25\n" + lines("{code};2021-11-27 {hour:02}:00;{x};{y};{v}"),
            {}, "2021-11-27T01",
        ),
        (
            f"a,b,c,d,e\nstation,time,{COORDINATES},pm25\n" + lines("{code},2021-11-27 {hour:02}:00,{x},{y},{v}"),
            {"skip_rows": 1}, "2021-11-27T01",
        ),
        # two digits of the year, a day above 12 or an option
        (f"station,time,{COORDINATES},pm25\n" + lines("{code},27/11/21 {hour:02}:00,{x},{y},{v}"), {}, "2021-11-27T01"),
        (
            f"station,time,{COORDINATES},pm25\n" + lines("{code},05/11/21 {hour:02}:00,{x},{y},{v}"),
            {"day_first": True}, "2021-11-05T01",
        ),
        (
            f"station,time,{COORDINATES},pm25\n" + lines("{code},05/11/21 {hour:02}:00,{x},{y},{v}"),
            {"day_first": False}, "2021-05-11T01",
        ),
    ],
)  # fmt: skip
def test_dialects(tmp_path, text, options, first):
    dataset, report = read_table(write(tmp_path, text), strict=True, **options)
    assert_values(dataset, first, hours=text.count("P1"))
    assert not report.damaged


@pytest.mark.parametrize("factor", [1, 1000])
def test_epoch_seconds_and_milliseconds(tmp_path, factor):
    start = 1637974800 - 3600  # 2021-11-27 00:00
    body = "".join(
        lines(f"{{code}},{(start + 3600 * hour) * factor},{{x}},{{y}},{{v}}", [hour]) for hour in range(1, 7)
    )
    dataset, _ = read_table(write(tmp_path, f"station,time,{COORDINATES},pm25\n{body}"), time_zone="Asia/Tokyo")
    assert_values(dataset, "2021-11-27T01")


@pytest.mark.parametrize(
    ("encoding", "options"), [("cp1252", {}), ("gb18030", {"encoding": "gb18030"}), ("utf-16", {}), ("utf-16-le", {})]
)
def test_encodings(tmp_path, encoding, options):
    stations = (
        {"Málaga": STATIONS["P1"], "Œuvre": STATIONS["P2"]} if encoding != "gb18030" else {"北京": STATIONS["P1"]}
    )
    text = f"station,time,{COORDINATES},pm25\n" + lines("{code},2021-11-27 {hour:02}:00,{x},{y},{v}", stations=stations)
    (tmp_path / "data.csv").write_bytes(text.encode(encoding))
    dataset, _ = read_table(tmp_path / "data.csv", **options)
    assert_values(dataset, "2021-11-27T01", stations=stations)


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz"])
def test_compressed_tables(tmp_path, suffix):
    text = f"station,time,{COORDINATES},pm25\n" + lines("{code},2021-11-27 {hour:02}:00,{x},{y},{v}")
    path = tmp_path / f"data.csv.{suffix}"
    path.write_bytes({"gz": gzip, "bz2": bz2, "xz": lzma}[suffix].compress(text.encode()))
    assert_values(read_table(path, strict=True)[0], "2021-11-27T01")
    assert_values(read_table(tmp_path, strict=True)[0], "2021-11-27T01")


def test_a_file_a_day_a_station_or_a_pollutant(tmp_path):
    row = "{code},2021-11-27 {hour:02}:00,{x},{y},{v}"
    for name in ("pm25", "o3"):
        text = f"station,time,{COORDINATES},{name}\n" + lines(row)
        write(tmp_path, text, f"{name}.csv")
    dataset, report = read_table(tmp_path, strict=True)
    assert_values(dataset, "2021-11-27T01")
    assert_values(dataset, "2021-11-27T01", "o3")
    assert report.duplicates == 0
    for kind, parts in {
        "hours": [lines(row, range(1, 4)), lines(row, range(4, 7))],
        "stations": [lines(row, stations={code: place}) for code, place in STATIONS.items()],
    }.items():
        (tmp_path / kind).mkdir()
        for number, part in enumerate(parts):
            write(tmp_path / kind, f"station,time,{COORDINATES},pm25\n{part}", f"{number}.csv")
        assert_values(read_table(tmp_path / kind, strict=True)[0], "2021-11-27T01")


def test_order_of_day_and_month_of_one_file_holds_for_all(tmp_path):
    for day in (9, 10, 11, 12, 13):
        text = f"station,time,{COORDINATES},pm25\n" + lines(
            f"{{code}},{day:02}/03/2021 {{hour:02}}:00,{{x}},{{y}},{{v}}", [1, 2, 3]
        )
        write(tmp_path, text, f"{day:02}.csv")
    dataset, report = read_table(tmp_path)
    assert str(dataset.time.values[0])[:10] == "2021-03-09"
    assert str(dataset.time.values[-1])[:10] == "2021-03-13"
    assert any("day before month, as 13.csv shows, in 4 files" in note for note in report.notes)


def test_ambiguous_dates_are_refused(tmp_path):
    for date in ("05/06/2021", "05/06/21", "5-6-21"):
        text = f"station,time,{COORDINATES},pm25\n" + lines(f"{{code}},{date} {{hour:02}}:00,{{x}},{{y}},{{v}}")
        with pytest.raises(InputError, match=r"day_first=True or False \(--day_first true\)"):
            read_table(write(tmp_path, text))


@pytest.mark.parametrize("year", [1970, 2099])
def test_a_year_that_cannot_be_is_refused(tmp_path, year):
    text = f"station,time,{COORDINATES},pm25\n" + lines("{code},2021-11-27 {hour:02}:00,{x},{y},{v}")
    with pytest.raises(InputError, match=rf"1 row \(such as that of {year}-01-01\) is \d+ years apart"):
        read_table(write(tmp_path, f"{text}P1,{year}-01-01 00:00,9.5,45.25,3\n"))


def test_parameter_and_value(tmp_path):
    head = f"location_id,datetimeUtc,{COORDINATES},parameter,value,unit\n"
    body = lines(
        "{code},2021-11-27T{hour:02}:00:00Z,{x},{y},no2,30,ppb\n{code},2021-11-27T{hour:02}:00:00Z,{x},{y},PM2.5,{v},µg/m³"
    )
    dataset, report = read_table(write(tmp_path, head + body))
    assert_values(dataset, "2021-11-27T01")
    np.testing.assert_allclose(dataset.no2.values, 30 * 46.006 / 24.4654, rtol=1e-4)
    assert "no2: ppb converted to ug m-3 at 25 °C and 1013.25 hPa." in report.notes
    dataset, _ = read_table(tmp_path / "data.csv", columns={"time": "datetimeUtc", "pm25": "value"})
    assert_values(dataset, "2021-11-27T01")
    assert "no2" not in dataset


@pytest.mark.parametrize(
    ("header", "units", "expected"),
    [
        ("o3 (ppb),co (mg/m3)", {}, []),
        ("o3,co", {"o3": "ppb"}, ["co: no unit stated, read as mg/m³."]),
        ("o3,co", {}, ["o3: no unit stated, read as µg/m³.", "co: no unit stated, read as mg/m³."]),
    ],
)
@pytest.mark.parametrize("in_rows", [False, True])
def test_units_that_are_not_stated_are_named(tmp_path, header, units, expected, in_rows):
    row = "A,2024-01-01 01:00,10,50"
    if in_rows:
        stated = [name.partition(" (")[2].strip(")") for name in header.split(",")]
        text = f"parameter,value,unit\n{row},o3,10,{stated[0]}\n{row},co,1,{stated[1]}\n"
    else:
        text = f"{header}\n{row},10,1\n"
    dataset, report = read_table(write(tmp_path, f"station,time,{COORDINATES},{text}"), units=units, strict=True)
    assert [note for note in report.notes if "no unit" in note] == expected
    ppb = "ppb" in header or "o3" in units
    np.testing.assert_allclose(dataset.o3.item(), 10 * (1.9619 if ppb else 1), rtol=1e-3)
    assert dataset.co.item() == 1


def test_units_of_the_column_of_values(tmp_path):
    row = "A,2024-01-01 01:00,10,50"
    text = f"station,time,{COORDINATES},parameter,value (mg/m3)\n{row},o3,0.05\n{row},co,1\n"
    dataset, report = read_table(write(tmp_path, text), strict=True)
    assert (dataset.o3.item(), dataset.co.item()) == (50, 1)
    assert report.notes == [ASSUMED]
    dataset, report = read_table(write(tmp_path, text.replace("o3", "o3 (ppb)").replace("0.05", "10")), strict=True)
    np.testing.assert_allclose(dataset.o3.item(), 19.619, rtol=1e-3)
    with pytest.raises(InputError, match=r"o3: 'mm' are not units"):
        read_table(write(tmp_path, text), units={"o3": "mm"})


def test_units_that_cannot_be_converted_are_left_out_of_several_pollutants(tmp_path):
    body = lines("{code},2021-11-27 {hour:02}:00,{x},{y},{v},30")
    dataset, report = read_table(write(tmp_path, f"station,time,{COORDINATES},PM2.5 (ug/m3),O3 (ppm)\n{body}"))
    assert_values(dataset, "2021-11-27T01")
    assert any("o3: ppm converted" in note for note in report.notes)
    dataset, report = read_table(write(tmp_path, f"station,time,{COORDINATES},PM2.5 (ug/m3),O3 (index)\n{body}"))
    assert "o3" not in dataset
    assert any("column 'O3 (index)' left out" in note for note in report.notes)


def test_codes_that_look_like_missing_values(tmp_path):
    stations = dict(zip(("NA", "null", "None"), STATIONS.values(), strict=True))
    text = f"station,time,{COORDINATES},pm25\n" + lines("{code},2021-11-27 {hour:02}:00,{x},{y},{v}", stations=stations)
    assert_values(read_table(write(tmp_path, text), strict=True)[0], "2021-11-27T01", stations=stations)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_station_table_of_a_spreadsheet(tmp_path, separator):
    text = "station;time;pm25\n" + lines("{code};2021-11-27 {hour:02}:00;{v}")
    table = "code;longitude;latitude\nP1;9,5;45,25\nP2;9,75;45,5\nP3;10,25;45\n".replace(";", separator)
    dataset, _ = read_table(write(tmp_path, text), stations=write(tmp_path, table, "stations.csv"), strict=True)
    assert_values(dataset, "2021-11-27T01")
    assert dataset.longitude.values.tolist() == [9.5, 9.75, 10.25]


@pytest.mark.parametrize("minutes", [5, 10, 15, 20, 30])
def test_readings_within_the_hour_are_averaged(tmp_path, minutes):
    body = "".join(
        f"P1,2021-11-27 {(hour * 60 + minute) // 60:02}:{minute % 60:02},9.5,45.25,{hour + minute / 60}\n"
        for hour in range(6)
        for minute in range(minutes, 61, minutes)
    )
    dataset, report = read_table(write(tmp_path, f"station,time,{COORDINATES},pm25\n{body}"))
    means = [hour + np.mean(np.arange(minutes, 61, minutes)) / 60 for hour in range(6)]
    np.testing.assert_allclose(dataset.pm25.values[:, 0], means, rtol=1e-6)
    assert str(dataset.time.values[0])[:13] == "2021-11-27T01"
    assert any("readings within the hour were averaged" in note for note in report.notes)


@pytest.mark.parametrize("instruments", [("1", "2"), ("9", "10"), ("a", "b")])
def test_an_empty_row_does_not_hide_a_measured_one(tmp_path, instruments):
    one, other = instruments
    form = f"{{code}},2021-11-27 {{hour:02}}:00,{{x}},{{y}},,{one}\n{{code}},2021-11-27 {{hour:02}}:00,{{x}},{{y}},{{v}},{other}"
    dataset, _ = read_table(write(tmp_path, f"station,time,{COORDINATES},pm25,POC\n{lines(form)}"), strict=True)
    assert_values(dataset, "2021-11-27T01")
    plain = "{code},2021-11-27 {hour:02}:00,{x},{y},\n{code},2021-11-27 {hour:02}:00,{x},{y},{v}"
    dataset, _ = read_table(write(tmp_path, f"station,time,{COORDINATES},pm25\n{lines(plain)}"), strict=True)
    assert_values(dataset, "2021-11-27T01")


def test_codes_of_two_networks_far_apart(tmp_path):
    for name, shift in (("north", 0), ("south", -20)):
        rows = "".join(f"P1,2021-11-27 {hour:02}:00,9.5,{45 + shift},{hour - shift}\n" for hour in (1, 2))
        write(tmp_path, f"station,time,{COORDINATES},pm25\n{rows}", f"{name}.csv")
    dataset, report = read_table(tmp_path, strict=True)
    assert dataset.station.values.tolist() == ["P1@9.5000_45.0000", "P1@9.5000_25.0000"]
    assert dataset.pm25.values.tolist() == [[1, 21], [2, 22]]
    assert any("1 code used at places more than 50 km apart (P1)" in note for note in report.notes)


def test_a_wanted_place_is_kept(tmp_path):
    body = lines("{code},2021-11-27 {hour:02}:00,{x},{y},{v}") + "WANTED,2021-11-27 01:00,9.9,45.4,\n"
    dataset, report = read_table(write(tmp_path, f"station,time,{COORDINATES},pm25\n{body}"), strict=True)
    assert dataset.station.values.tolist() == [*STATIONS, "WANTED"]
    assert not np.isfinite(dataset.pm25.sel(station="WANTED")).any()
    assert report.notes[2:] == ["1 station without measurements, kept as hidden places for predictions."]


def test_daily_means_are_refused_unless_declared(tmp_path):
    body = "".join(lines(f"{{code}},2021-11-{day:02},{{x}},{{y}},{day}", [1]) for day in range(1, 8))
    path = write(tmp_path, f"station,time,{COORDINATES},pm25\n{body}")
    with pytest.raises(InputError, match=r"one value in 24 hours; .* resolution='day' \(--resolution day\)"):
        read_table(path)
    dataset, _ = read_table(path, resolution="day")
    assert series(dataset, "pm25", "P1") == {f"2021-11-{day + 1:02} 00:00": day for day in range(1, 8)}


HEAD = "station,time,longitude,latitude,pm25\n"
ROW = "{code},2021-11-27 {hour:02}:00,{x},{y},{v}"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        pytest.param(HEAD.replace("\n", ",\n") + lines(ROW + ","), "", id="trailing separators"),
        pytest.param(HEAD + lines(ROW + ",,"), "", id="trailing separators in rows"),
        pytest.param(HEAD.replace("\n", ",,\n") + lines(ROW), "", id="trailing separators in the header"),
        pytest.param((HEAD + lines(ROW)).replace(",", ";"), "", id="semicolons and decimal points"),
        pytest.param((HEAD + lines(ROW)).replace(",", "|"), "", id="bars"),
        pytest.param("sep=;\n" + (HEAD + lines(ROW)).replace(",", ";"), "1 line before the header", id="sep="),
        pytest.param(HEAD + ",UTC,degrees,degrees,ug/m3\n" + lines(ROW), "", id="units in the second line"),
        pytest.param('station,time,longitude,latitude,"pm25\n(ug/m3)"\n' + lines(ROW), "", id="newline in the header"),
        pytest.param(HEAD.replace("\n", ",note\n") + lines(ROW + ',"one\ntwo"'), "not used: note", id="newline in a field"),
        pytest.param("#" + HEAD + lines(ROW), "", id="header as a comment"),
        pytest.param("# made by hand\n" + HEAD + lines(ROW), "1 line before the header", id="comment before"),
        pytest.param((HEAD + lines(ROW)).replace("\n", "\r"), "", id="old line ends"),
        pytest.param((HEAD + lines(ROW)).replace(",", ", "), "", id="spaces behind commas"),
        pytest.param((HEAD + lines(ROW)).replace("\n", "\n\n"), "", id="blank lines"),
        pytest.param(HEAD.replace("time", "Date/Time") + lines(ROW), "", id="Date/Time"),
        pytest.param(HEAD.replace("time", "Datetime (UTC)") + lines(ROW), "", id="Datetime (UTC)"),
        pytest.param(HEAD.replace("pm25", "PM 2.5 [µg/m3]") + lines(ROW), "", id="units in brackets"),
        pytest.param(HEAD + lines("{code},11/27/2021 {hour}:00:00 AM,{x},{y},{v}"), "", id="AM"),
        pytest.param(HEAD + lines('{code},"Sat, 27 Nov 2021 {hour:02}:00:00",{x},{y},{v}'), "", id="days of the week"),
        pytest.param("id," + HEAD.replace("station", "site") + lines("{hour}{code}," + ROW), "not used: id", id="id and site"),
        pytest.param(HEAD.replace("\n", ",qc\n") + lines(ROW + ",0"), "'qc' may flag invalid values", id="flags"),
        pytest.param(HEAD.replace("\n", ",pm25_flag\n") + lines(ROW + ",0"), "'pm25_flag' may flag", id="flags of one"),
        pytest.param(HEAD.replace("pm25", "PM2.5浓度") + lines(ROW), "", id="a Chinese name"),
        pytest.param(HEAD.replace("pm25", "细颗粒物 (μg/m³)") + lines(ROW), "", id="a Chinese pollutant"),
        pytest.param(HEAD.replace("pm25", "PM2.5 Concentration") + lines(ROW), "", id="a word behind"),
    ],
)  # fmt: skip
def test_files_of_strangers(tmp_path, text, note):
    path = tmp_path / "data.csv"
    path.write_bytes(text.encode())
    dataset, report = read_table(path, strict=True)
    assert_values(dataset, "2021-11-27T01")
    assert note in " ".join(report.notes)


def test_parquet_columns_with_the_same_name(tmp_path):
    columns = [["A"], ["2023-02-01 01:00"], [9.0], [45.0], [1.0], [2.0]]
    names = ["station", "time", "longitude", "latitude", "pm25", "pm25"]
    pq.write_table(pa.Table.from_arrays([pa.array(column) for column in columns], names), tmp_path / "data.parquet")
    with pytest.raises(InputError, match=r"data.parquet: several columns 'pm25'; no file could be read"):
        read_table(tmp_path)


def test_columns_with_the_same_name(tmp_path):
    path = write(tmp_path, HEAD.replace("pm25", "pm25 (ppb),pm25 (ppb)").replace("pm25", "o3") + lines(ROW + ",99"))
    with pytest.raises(
        InputError, match=r"the columns 'o3 \(ppb\)' and 'o3 \(ppb\) \(column 6\)' are both o3; declare one"
    ):
        read_table(path)
    first, report = read_table(path, ignore="o3 (ppb) (column 6)")
    assert "o3: ppb converted to ug m-3 at 25 °C and 1013.25 hPa." in report.notes
    second, _ = read_table(path, ignore="o3 (ppb)")
    assert float(second.o3.max()) == pytest.approx(99 * 1.9619, rel=1e-3)
    assert float(first.o3.max()) < float(second.o3.max())


def dated(*dates):
    return "station,longitude,latitude,time,pm25\n" + "".join(f"A,9,45,{date},{n}\n" for n, date in enumerate(dates))


def test_days_and_months_first_in_one_file(tmp_path, monkeypatch):
    path = write(tmp_path, dated("13/01/2023 01:00", "1/2/2023 2:00", "2/14/2023 0:00"))
    message = "data.csv: the day comes first in '13/01/2023', and the month in '2/14/2023', so that other dates"
    with pytest.raises(InputError, match=message):
        read_table(path)
    _, report = read_table(path, day_first=True)
    assert report.damaged == [("data.csv", "1 row without a valid time, such as '2/14/2023 0:00'")]
    monkeypatch.setattr("aqnet_pyg.readers.files.text_blocks.BLOCK_BYTES", 80)
    with pytest.raises(InputError, match="the day comes first in other dates, and the month in '2/14/2023'"):
        read_table(path)


@pytest.mark.parametrize(
    ("head", "values", "note"),
    [
        ("o3 (ppb)", (999, 30), "1 value of o3 is 999 in the units of the file, which may stand for a missing value"),
        ("co (ppm)", (99.9, 1), "1 value of co is 99.9 in the units of the file, which may stand for a missing value"),
        ("co", (99, 1, 1), "1 value of co is 99, which may stand for a missing value"),
        (
            "o3",
            (0.03, 0.05),
            "o3: no value reaches 1 ug m-3, so that its units may be ppm; if so, state them with --units",
        ),
        ("co", (90, 85, 110), "co: half of the values exceed 20 mg m-3, so that its units may be ug/m3 or ppb"),
    ],
)
def test_doubtful_values_are_noted(tmp_path, head, values, note):
    rows = "".join(f"A,9,45,2023-02-01 0{hour}:00,{value}\n" for hour, value in enumerate(values, start=1))
    path = write(tmp_path, f"station,longitude,latitude,time,{head}\n{rows}")
    notes = [one for one in read_table(path)[1].notes if note in one]
    assert len(notes) == 1
    in_rows = "".join(f"A,9,45,2023-02-01 0{hour}:00,{head},{value}\n" for hour, value in enumerate(values, start=1))
    path = write(tmp_path, f"station,longitude,latitude,time,parameter,value\n{in_rows}")
    assert [one for one in read_table(path)[1].notes if note in one] == notes


def test_stated_units_are_not_doubted(tmp_path):
    path = write(tmp_path, "station,longitude,latitude,time,o3 (µg/m³)\nA,9,45,2023-02-01 01:00,0.5\n")
    assert read_table(path)[1].notes == [ASSUMED]


def test_units_of_impossible_values(tmp_path):
    path = write(tmp_path, "station,longitude,latitude,time,co\nA,9,45,2023-02-01 01:00,310\n")
    with pytest.raises(InputError, match=r"1 impossible value of co\); check the units and the columns"):
        read_table(path)


def test_a_column_of_time_zones(tmp_path):
    head, row = "station,longitude,latitude,time,timezone,pm25\n", "A,9,45,2023-02-01 01:00{},Europe/Paris,5\n"
    path = write(tmp_path, head + row.format(""))
    with pytest.raises(InputError, match="times have no UTC offset, and the column 'timezone' has time zones"):
        read_table(path)
    assert series(read_table(path, time_zone="Europe/Paris")[0], "pm25", "A") == {"2023-02-01 00:00": 5}
    assert series(read_table(path, ignore="timezone")[0], "pm25", "A") == {"2023-02-01 01:00": 5}
    path = write(tmp_path, head + row.format("+01:00"))
    assert series(read_table(path)[0], "pm25", "A") == {"2023-02-01 00:00": 5}
    path = write(tmp_path, head.replace("time,", "time_utc,") + row.format(""))
    assert series(read_table(path)[0], "pm25", "A") == {"2023-02-01 01:00": 5}


def test_times_with_and_without_an_offset(tmp_path):
    path = write(tmp_path, dated("2023-02-01T01:00+01:00", "2023-02-01T02:00+01:00", "2023-02-01T05:00"))
    data, report = read_table(path, time_zone="Europe/Paris")
    assert [f"{hour:%H}" for hour in data.pm25.dropna("time").indexes["time"]] == ["00", "01", "04"]
    assert "1 row without a UTC offset among 2 with one, read in Europe/Paris." in report.notes
    path = write(tmp_path, dated("2023-02-01T05:00"))
    assert ASSUMED in read_table(path)[1].notes
    assert not any("offset" in note for note in read_table(path, time_zone="UTC")[1].notes)
    path = write(tmp_path, dated("2023-02-01T05:00Z"))
    assert not any("offset" in note for note in read_table(path)[1].notes)


@pytest.mark.parametrize(
    ("columns", "options", "hour", "note"),
    [
        ("start,end", {}, 2, "times label the end of the averaging period, as the name of 'end' says."),
        ("Start Time,x", {}, 2, "times label the beginning of the averaging period, as the name of 'Start Time' says."),
        ("DatetimeBegin,DatetimeEnd", {}, 2, "times label the end of the averaging period, as the name of 'DatetimeEnd' says."),
        ("von,bis", {"columns": {"time": "von"}}, 2, "the beginning of the averaging period, as the name of 'von' says."),
        ("start,end", {"columns": {"time": "start"}}, 2, "beginning of the averaging period, as the name of 'start' says."),
        ("start,end", {"columns": {"time": "start"}, "hour_label": "ending"}, 1, ""),
        ("time,time_end", {"hour_label": "beginning"}, 2, "times label the beginning of the averaging period."),
        ("time,time_end", {"hour_label": "ending"}, 1, ""),
        ("time,trend", {}, 1, ""),
    ],
)  # fmt: skip
def test_what_times_label_by_the_name_of_their_column(tmp_path, columns, options, hour, note):
    path = write(tmp_path, f"station,longitude,latitude,{columns},pm25\nA,9,45,2023-02-01 01:00,2023-02-01 02:00,5\n")
    data, report = read_table(path, **options)
    assert series(data, "pm25", "A") == {f"2023-02-01 0{hour}:00": 5}
    assert note in " ".join(report.notes)
    assert report.options.get("hour_label", "ending") == ("beginning" if "beginning" in note else "ending")
    again, _ = read_table(path, **options | {"hour_label": None} | report.options)
    assert series(again, "pm25", "A") == series(data, "pm25", "A")


def test_a_column_of_ends_beside_times(tmp_path):
    path = write(
        tmp_path, "station,longitude,latitude,time,time_end,pm25\nA,9,45,2023-02-01 01:00,2023-02-01 02:00,5\n"
    )
    with pytest.raises(
        InputError, match=r"the times in 'time' are the beginnings .*, as the column 'time_end' suggests, or"
    ):
        read_table(path)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Total,,,,312.5", "1 row without a valid time"),
        ("# calibrated", "1 row with a wrong number of fields left out, such as '# calibrated'"),
        ("P1,2021-11-27 07:00,9.5,45.25,<LOD", "1 value not numeric, such as '<LOD'"),
        ("P1,2021-11-27 07:00,9.5,45.25,7 µg/m3", "1 value not numeric, such as '7 µg/m3'"),
        (HEAD.strip(), "1 row without a valid time, such as 'time'"),
    ],
)
def test_lines_that_are_left_out_are_named(tmp_path, line, fault):
    dataset, report = read_table(write(tmp_path, f"{HEAD}{lines(ROW)}{line}\n"))
    assert_values(dataset.isel(time=slice(6)), "2021-11-27T01")
    assert int(np.isfinite(dataset.pm25).sum()) == 18
    assert fault in "; ".join(what for _, what in report.damaged)


def test_possible_numbers_that_may_stand_for_missing_values_are_noted(tmp_path):
    dataset, report = read_table(write(tmp_path, HEAD + lines(ROW) + "P1,2021-11-27 07:00,9.5,45.25,999.9\n"))
    assert int(np.isfinite(dataset.pm25).sum()) == 19
    assert any("1 value of pm25 is 999.9, which may stand for a missing value" in note for note in report.notes)


@pytest.mark.parametrize("missing", [999.9, "999.9", [999.9, -5], "-5, 999.9"])
def test_given_numbers_stand_for_missing_values(tmp_path, missing):
    dataset, report = read_table(
        write(tmp_path, HEAD + lines(ROW) + "P1,2021-11-27 07:00,9.5,45.25,999.9\n"), missing=missing
    )
    assert int(np.isfinite(dataset.pm25).sum()) == 18
    assert report.notes[:1] == ["numbers that stand for missing values: 999.9 (1 value)."]


def test_numbers_for_missing_values_are_in_the_units_of_the_file(tmp_path):
    text = HEAD.replace("pm25", "parameter,value,unit") + "A,2021-11-27 01:00,-1,45.25,CO,-1,ppb\n"
    text += "A,2021-11-27 02:00,-1,45.25,CO,999,ppb\nA,2021-11-27 03:00,-1,45.25,PM2.5,5,µg/m³\n"
    dataset, report = read_table(write(tmp_path, text), missing="-1,999,7")
    assert "co" not in dataset
    assert series(dataset, "pm25", "A") == {"2021-11-27 03:00": 5}
    assert "numbers that stand for missing values: -1 (1 value), 999 (1 value)." in report.notes


def test_numbers_for_missing_values_in_single_precision(tmp_path):
    frame = pd.DataFrame({"station": ["A", "A"], "time": pd.to_datetime(["2021-11-27 01:00", "2021-11-27 02:00"])})
    frame = frame.assign(longitude=9.5, latitude=45.25, pm25=np.array([999.9, 1], np.float32))
    frame.to_parquet(tmp_path / "data.parquet")
    dataset, _ = read_table(tmp_path, missing=999.9)
    assert series(dataset, "pm25", "A") == {"2021-11-27 02:00": 1}


@pytest.mark.parametrize("missing", ["none", "999,", [None], float("nan")])
def test_numbers_for_missing_values_are_numbers(tmp_path, missing):
    with pytest.raises(InputError, match=r"missing: .* was given; use numbers, such as '999.9,-1'"):
        read_table(write(tmp_path, HEAD + lines(ROW)), missing=missing)


def test_numbers_for_missing_values_are_masked(tmp_path):
    codes = "".join(
        f"P1,2021-11-27 {hour:02}:00,9.5,45.25,{code}\n" for hour, code in ((7, -999), (8, -9999), (9, 9999))
    )
    dataset, report = read_table(write(tmp_path, HEAD + lines(ROW) + codes))
    assert int(np.isfinite(dataset.pm25).sum()) == 18
    assert report.masked == {"pm25": 3}


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("time (UTC+1)", "2021-11-27T00"),
        ("time [GMT-03:30]", "2021-11-27T05"),
        ("Datetime (Asia/Tokyo)", "2021-11-26T16"),
    ],
)
def test_zone_in_the_header(tmp_path, name, first):
    dataset, _ = read_table(write(tmp_path, HEAD.replace("time", name) + lines(ROW)))
    assert_values(dataset, first)
    dataset, report = read_table(tmp_path / "data.csv", time_zone="Europe/Paris")
    assert_values(dataset, first)
    assert dataset.attrs["time_zone"] == "Europe/Paris"
    assert any("Europe/Paris is the local time zone" in note for note in report.notes)


def test_units_in_the_second_line_are_used(tmp_path):
    text = HEAD.replace("pm25", "o3") + ",UTC+1,,,mg/m³\n" + lines("{code},2021-11-27 {hour:02}:00,{x},{y},0.0{hour}")
    dataset, _ = read_table(write(tmp_path, text), strict=True)
    np.testing.assert_allclose(dataset.o3.values[:, 0], np.arange(10, 70, 10), rtol=1e-6)
    assert str(dataset.time.values[0])[:13] == "2021-11-27T00"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD.replace("time", "time (CET)") + lines(ROW), r"the times of 'time \(CET\)' are local; give their zone"),
        (HEAD.replace("time", "Date Time (LST)") + lines(ROW), r"are local; give their zone"),
        ("time,P1,P2\n2021-11-27 01:00,1,2\n", "one column per station"),
        ("id," + HEAD.replace("station,", "") + "".join(f"{n},2021-11-27 0{n}:00,9.5,45,{n}\n" for n in range(1, 5)),
         r"the codes in 'id' number the rows \(4 rows at 1 place\); leave them out with ignore='id'"),
        (HEAD + lines('{code},2021-11-27 {hour:02}:00,{x},{y},"1,500"'), "18 values not numeric, such as '1,500'"),
        (HEAD + lines(ROW + " µg/m3"), "18 values not numeric, such as '3.25 µg/m3'"),
        (
            HEAD + lines("{code},2021-11-27 {hour:02}:00 EST,{x},{y},{v}"),
            "18 rows without a valid time, such as '2021-11-27 01:00 EST'",
        ),
        (HEAD + lines("{code},44527.{hour},{x},{y},{v}"), "18 rows without a valid time, such as '44527.1'"),
        (HEAD + lines("1," + ROW), "18 rows with a wrong number of fields"),
        (
            HEAD.replace("pm25", "pm2.5_atm") + lines(ROW),
            "no column for one of pm25.*found station, time, longitude, latitude, pm2.5_atm",
        ),
        (HEAD.replace("pm25", "PM2.5 (AQI)") + lines(ROW), "'AQI' are not units of concentration"),
        (
            HEAD.replace("pm25", "parameter,value,unit") + lines(ROW.replace("{v}", "pm25,{v},AQI")),
            "no row has a pollutant and units that can be read; found pm25 in 'AQI'",
        ),
        (
            HEAD + lines('{code},2021-11-27 {hour:02}:00,"9°30\'",45,{v}'),
            "none of the 3 stations .* has coordinates .*such as \"9°30'\"",
        ),
        (HEAD.replace("pm25", "o3 (mg/m3)") + lines(ROW), "no measurements were found .*impossible values of o3"),
    ],
)  # fmt: skip
def test_refusals_say_what_was_found(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_table(write(tmp_path, text))


def test_an_empty_file_of_a_folder(tmp_path):
    write(tmp_path, "", "0.csv")
    write(tmp_path, HEAD + lines(ROW), "1.csv")
    dataset, report = read_table(tmp_path)
    assert_values(dataset, "2021-11-27T01")
    assert report.skipped == [("0.csv", "empty file")]


def test_thousands(tmp_path):
    text = "station;time;longitude;latitude;co (ug/m3)\n" + lines("{code};2021-11-27 {hour:02}:00;{x};{y};1.{hour}00,5")
    np.testing.assert_allclose(read_table(write(tmp_path, text))[0].co[:, 0], 1.0005 + np.arange(1, 7) / 10, rtol=1e-6)
    text = "station,time,longitude,latitude,co (ug/m3)\n" + lines(
        '{code},2021-11-27 {hour:02}:00,{x},{y},"1,{hour}00.5"'
    )
    np.testing.assert_allclose(read_table(write(tmp_path, text))[0].co[:, 0], 1.0005 + np.arange(1, 7) / 10, rtol=1e-6)


def test_points_of_thousands_beside_decimal_commas_are_no_small_numbers(tmp_path):
    rows = "A;2021-11-27 01:00;10;50;999,5\nA;2021-11-27 02:00;10;50;1.234\n"
    dataset, report = read_table(write(tmp_path, f"station;time;longitude;latitude;co (ug/m3)\n{rows}"))
    assert series(dataset, "co", "A") == {"2021-11-27 01:00": pytest.approx(0.9995)}
    assert report.damaged == [("data.csv", "1 value not numeric, such as '1.234'")]


@pytest.mark.parametrize("column", ["instrument", "instrument_class", "Instrument Type"])
def test_classes_of_instruments(tmp_path, column):
    rows = (
        "A,2021-11-27 01:00,9.1,45.1,3,Monitor\nB,2021-11-27 01:00,9.2,45.2,5,sensor\nC,2021-11-27 01:00,9.3,45.3,6,\n"
    )
    dataset, report = read_table(write(tmp_path, f"station,time,{COORDINATES},pm25,{column}\n{rows}"), strict=True)
    assert dataset.instrument.values.tolist() == ["monitor", "sensor", "monitor"]
    assert "instruments: 2 monitor, 1 sensor." in report.notes


def test_a_station_has_instruments_of_one_class(tmp_path):
    rows = "A,2021-11-27 01:00,9.1,45.1,3,monitor\nA,2021-11-27 01:00,9.1,45.1,5,sensor\n"
    with pytest.raises(
        InputError, match="station A: it has instruments of the classes 'monitor' and 'sensor'; give each"
    ):
        read_table(write(tmp_path, f"station,time,{COORDINATES},pm25,instrument\n{rows}"))


def test_classes_of_a_station_table(tmp_path):
    table = tmp_path / "stations.csv"
    table.write_text("code,longitude,latitude,instrument_class\nA,9.1,45.1,monitor\nB,9.2,45.2,minivol\n")
    path = write(tmp_path, "station,time,pm25\nA,2021-11-27 01:00,3\nB,2021-11-27 01:00,5\n")
    dataset, report = read_table(path, stations=table, strict=True)
    assert dataset.instrument.values.tolist() == ["monitor", "minivol"]
    assert "instruments: 1 monitor, 1 minivol." in report.notes


def test_a_table_in_portuguese(tmp_path):
    rows = ["Estação;Cidade;Latitude;Longitude;Data;Hora;Poluente;Concentração;Unidade"]
    rows += [
        f"Centro;São Paulo;-23,55;-46,63;{day}/03/2024;{hour:02d}:00;MP2.5;{10 + hour},5;µg/m³"
        for day in (14, 15)
        for hour in (1, 2)
    ]
    path = write(tmp_path, "\n".join(rows) + "\n")
    dataset, report = read_table(path, time_zone="America/Sao_Paulo")
    assert series(dataset, "pm25", "Centro") == {
        "2024-03-14 04:00": 11.5, "2024-03-14 05:00": 12.5, "2024-03-15 04:00": 11.5, "2024-03-15 05:00": 12.5,
    }  # fmt: skip
    assert dataset.city.values.tolist() == ["São Paulo"]
    assert not report.damaged
