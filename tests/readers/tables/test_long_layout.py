import pandas as pd
import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.tables.long_layout import find_layout
from aqnet_pyg.readers.tables.station_labels import StationLabels

P1 = StationLabels(pd.DataFrame(index=["P1"]))


def layout(header, **options):
    return find_layout(header.split(","), "data.csv", **options)


def test_declared_columns_take_precedence():
    found = layout("station,time,lon,lat,PM2.5,dust,wind", columns={"pm25": "dust", "wind_speed": "wind"})
    assert found.columns == {
        "pm25": "dust",
        "wind_speed": "wind",
        "station": "station",
        "longitude": "lon",
        "latitude": "lat",
        "time": "time",
    }
    assert found.variables == ["pm25", "wind_speed"]
    assert found.attributes == {"wind_speed": {"long_name": "wind"}}
    assert found.unused == ["PM2.5"]
    assert found.time_zone == "UTC"


def test_units_in_column_names_and_declared():
    found = layout("station,time,lon,lat,CO (µg/m³),pm10", units={"pm10": "mg m-3"})
    assert found.factors == {"co": 0.001, "pm10": 1000}


def test_declared_units_take_precedence_over_those_in_the_name():
    assert layout("station,time,lon,lat,CO (mg/m³)", units={"co": "ug m-3"}).factors == {"co": 0.001}


def test_mixing_ratios_are_converted_at_the_given_temperature():
    header = "station,time,lon,lat,o3 (ppb)"
    cold, warm = (layout(header, temperature=degrees).factors["o3"] for degrees in (0.0, 25.0))
    assert warm == layout(header).factors["o3"] == pytest.approx(1.962, abs=1e-3)
    assert cold / warm == pytest.approx(298.15 / 273.15)


def test_layout_of_the_authors_is_in_beijing_time():
    header = "year,month,day,hour,longitude,latitude,PM2.5 (μg/m3)"
    assert layout(header).time_zone == "Asia/Shanghai"
    assert layout(header, time_zone="UTC").time_zone == "UTC"


def test_a_date_column_is_the_time_unless_hours_are_in_another_column():
    assert layout("station,date,lon,lat,pm25").columns["date"] == "date"
    found = layout("station,date,hour,lon,lat,pm25").columns
    assert (found["date"], found["hour"]) == ("date", "hour")
    assert "time" not in found


@pytest.mark.parametrize(
    ("header", "options", "message"),
    [
        ("foo,bar", {}, r"no column for station \(or longitude and latitude\); time .*; one of pm25, .*found foo, bar"),
        ("station,time,pm25", {}, r"no column for longitude and latitude \(or a station table, stations= or --stations\); found"),
        ("lon,lat,time,pm25", {"labels": P1}, r"no column for station \(or longitude and latitude\)"),
        ("station,time,lon,lat,AQI", {}, r"no column for one of pm25"),
        ("station,year,month,day,lon,lat,pm25", {}, r"no column for time \(or year, month, day and hour\)"),
        ("station,time,lon,lat,pm25", {"columns": {"no2": "NO2_x"}}, r"the declared column 'NO2_x' is missing; found station"),
        ("station,time,lon,lat,O3 (AQI)", {}, r"o3: 'AQI' are not units of concentration"),
        ("station,time,lon,lat,PM10", {"units": {"pm10": "ppm"}}, r"pm10: particles cannot be expressed in ppm"),
        ("station,time,lon,lat,PM2.5,pm25", {}, r"the columns 'PM2.5' and 'pm25' are both pm25; declare one"),
        ("station,datetimeLocal,lon,lat,pm25", {}, r"the times of 'datetimeLocal' are local; give their zone"),
        ("station,time,lon,lat,pm25", {"ignore": ["o3"]}, r"ignore: data.csv has no column 'o3'"),
        ("station,time,lon,lat,O3", {"units": {"ozone": "ppm"}}, r"units: no variable 'ozone'"),
    ],
)  # fmt: skip
def test_invalid_columns(header, options, message):
    with pytest.raises(InputError, match=message):
        layout(header, **options)


def test_a_station_table_replaces_coordinates():
    assert layout("station,time,pm25", labels=P1).variables == ["pm25"]


@pytest.mark.parametrize(
    ("header", "reader"),
    [
        ("Date,Source,Site ID,POC,AQS_PARAMETER_CODE,SITE_LATITUDE,SITE_LONGITUDE", "aqs"),
        ("Samplingpoint,Pollutant,Start,End,Value", "eea"),
        ("FECHA (YYMMDD),HORA (HHMM),Registros validados", "sinca"),
        ("測站,測項,0,1,2", "taiwan_epa"),
    ],
)
def test_files_of_an_archive_are_left_to_its_reader(header, reader):
    with pytest.raises(InputError, match=f"which the source '{reader}' reads instead of 'table'"):
        layout(header)
