import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_uk_air

PM25 = '"PM<sub>2.5</sub> particulate matter (Hourly measured)"'
TABLE = "code,name,longitude,latitude\nMY1,London Marylebone Road,-0.15,51.52\nCARD,Cardiff Centre,-3.18,51.48\n"
FLAT = (
    "Data supplied by UK-AIR on 1/5/2026\nAll Data GMT hour ending  \nStatus: R = Ratified P = Provisional P* = As supplied\n"
    ",,London Marylebone Road,,,,,,,,\n"
    f"Date,time,{PM25},status,unit,Ozone,status,unit,Nitric oxide,status,unit\n \n"
)


@pytest.fixture
def stations(tmp_path):
    (tmp_path / "sites.csv").write_text(TABLE)
    return tmp_path / "sites.csv"


def write(path, text, encoding="utf-8"):
    path.write_text(text, encoding=encoding)
    return path


def note(report, text):
    return next((one for one in report.notes if text in one), None)


@pytest.mark.parametrize("date", ["31-12-2019", "31/12/2019", "2019-12-31"])
@pytest.mark.parametrize("midnight", ["24:00", "24:00:00"])
def test_flat_file_labels_the_end_of_the_hour(tmp_path, stations, date, midnight):
    text = (
        f"{FLAT}{date},23:00,11.5,R,ugm-3 (Ref.eq),60,R,ugm-3,1,R,ugm-3\n"
        f"{date},{midnight},12.5,P*,ugm-3 (Ref.eq),,,,1,R,ugm-3\n"
    )
    data, report = read_uk_air(write(tmp_path / "MY1_2019.csv", text), stations, strict=True)
    assert data.station.values.tolist() == ["MY1"]
    assert data.indexes["time"].tolist() == [pd.Timestamp("2019-12-31 23:00"), pd.Timestamp("2020-01-01 00:00")]
    np.testing.assert_array_equal(data.pm25.values[:, 0], [11.5, 12.5])
    np.testing.assert_array_equal(data.o3.values[:, 0], [60, np.nan])
    assert note(report, "GMT and label the end")
    assert note(report, "1 of 3 values are provisional")
    assert note(report, "columns not used: nitric oxide")


def test_download_of_several_sites(tmp_path, stations):
    text = (
        "Hourly measurement data supplied by UK-air on 17/11/2016\nAll Data GMT hour ending\n"
        "Status: V = Verified P = Provisionally Verified N = Not Verified S = Suspect\n"
        ",,London Marylebone Road,,,,Cardiff Centre,\n"
        "Date,Time,Carbon monoxide,Status,Ozone,Status,Ozone,Status\n"
        "2015-01-01,01:00:00,0.3,V mgm-3,No data,,40,N ugm-3\n"
        "2015-01-01,02:00:00,0.4,S mgm-3,30,V ugm-3,20,V ppb\n"
    )
    data, report = read_uk_air(write(tmp_path / "download.csv", text), stations)
    assert data.station.values.tolist() == ["MY1", "CARD"]
    np.testing.assert_array_equal(data.co.values[:, 0], np.float32([0.3, np.nan]))
    np.testing.assert_array_equal(data.o3.values[:, 0], [np.nan, 30])
    np.testing.assert_allclose(data.o3.values[:, 1], [40, 20 * 1.9954], rtol=2e-4)
    assert note(report, "1 value flagged as suspect (S) left out")
    assert note(report, "o3 was converted from ppb at 20 °C")
    assert note(report, "mass concentrations of gases (o3, co) refer to 20 °C")


def test_years_with_other_pollutants_keep_their_status(tmp_path, stations):
    header = "Data supplied by UK-AIR on 1/5/2026\nAll Data GMT hour ending  \n,,London Marylebone Road\n"
    first = f"{header}Date,time,Ozone,status,unit,{PM25},status,unit\n31-12-2018,23:00,60,R,ugm-3,11,P,ugm-3\n"
    second = f"{header}Date,time,{PM25},status,unit,Ozone,status,unit\n01-01-2019,01:00,12,S,ugm-3,61,R,ugm-3\n"
    write(tmp_path / "MY1_2018.csv", first)
    write(tmp_path / "MY1_2019.csv", second)
    data, report = read_uk_air(tmp_path, stations)
    np.testing.assert_array_equal(data.o3.values[[0, -1], 0], [60, 61])
    np.testing.assert_array_equal(data.pm25.values[[0, -1], 0], [11, np.nan])
    assert note(report, "1 value flagged as suspect (S) left out")
    assert note(report, "values are provisional")


def test_download_with_coordinates_above_the_header(tmp_path):
    text = (
        "Hourly data from Defra on 2025-06-01\nSite Name,Test Site\nSite Type,Urban\nRegion,London\nLatitude,51.5\n"
        "Longitude,-0.1\nNotes:,[1] All Data GMT hour ending; [3] Unit of measurement (for pollutants) = ugm-3\n"
        f"Date,Time,{PM25},Status,Carbon monoxide,Status\n2025-01-15,01:00,12,V,0.2,V\n2025-01-15,02:00,13,P (FIDAS),0.2,V\n"
    )
    data, report = read_uk_air(write(tmp_path / "a.csv", text))
    assert data.station.values.tolist() == ["Test Site"]
    assert (data.longitude.item(), data.latitude.item()) == (-0.1, 51.5)
    np.testing.assert_array_equal(data.pm25.values[:, 0], [12, 13])
    assert "co" not in data
    assert report.damaged == [("a.csv", "2 values of co without units left out")]


def test_sites_are_found_by_the_file_name(tmp_path, stations):
    text = FLAT.replace("London Marylebone Road", "Marylebone") + "01-01-2020,01:00,1,R,ugm-3,2,R,ugm-3,,,\n"
    data, _ = read_uk_air(write(tmp_path / "MY1_2020.csv", text), stations)
    assert data.station.values.tolist() == ["MY1"]


def test_metadata_of_openair(tmp_path):
    rdata = pytest.importorskip("rdata")
    table = pd.DataFrame({"site_id": ["MY1"], "site_name": ["London Marylebone Road"]}).astype(pd.StringDtype("python"))
    table = table.assign(latitude=51.52, longitude=-0.15)
    table.index = pd.RangeIndex(1, 2)
    rdata.write_rda(tmp_path / "AURN_metadata.RData", {"AURN_metadata": table})
    path = write(tmp_path / "x.csv", FLAT + "01-01-2020,01:00,1,R,ugm-3,2,R,ugm-3,,,\n")
    assert read_uk_air(path, tmp_path / "AURN_metadata.RData")[0].station.values.tolist() == ["MY1"]


def test_damaged_rows(tmp_path, stations):
    rows = "".join(
        f"01-01-2020,{time},{value},R,ugm-3,{ozone},R,ugm-3,,,\n"
        for time, value, ozone in (("01:00", 1, 2), ("25:00", 1, 2), ("02:00", "x", 3))
    )
    data, report = read_uk_air(write(tmp_path / "MY1_2020.csv", FLAT + rows + "01-01-2020,03:00,1\n"), stations)
    np.testing.assert_array_equal(data.o3.values[:, 0], [2, 3])
    faults = [fault for _, fault in report.damaged]
    assert "1 row with fewer fields than the header left out" in faults
    assert "1 row without a valid time left out" in faults
    assert "1 value of pm25 not numeric, such as 'x'" in faults


def test_a_carriage_return_within_a_line(tmp_path, stations):
    rows = "01-01-2020,01:00,1,R,ugm-3,2,R,ugm-3,,,\n01-01-2020,02:00,3,R\r,ugm-3,4,R,ugm-3,,,\n"
    data, _ = read_uk_air(write(tmp_path / "MY1_2020.csv", FLAT + rows), stations)
    assert data.o3.values[0, 0] == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty file"),
        ("<html></html>", "HTML page"),
        ("station,when,pm25\nA,2023-01-01,1\n", "not a file of UK-AIR"),
        (FLAT, "no rows"),
        (
            "Daily data\n,,Cardiff Centre,\nDate,PM10 particulate matter (Hourly measured),Status\n01-01-2020,1,V\n",
            "daily or annual",
        ),
        (
            ",,Cardiff Centre,\nDate,time,Nitric oxide,status,unit\n01-01-2020,01:00,1,R,ugm-3\n",
            "none of the six pollutants",
        ),
    ],
)
def test_faults_of_files(tmp_path, stations, content, reason):
    with pytest.raises(InputError, match=reason):
        read_uk_air(write(tmp_path / "a.csv", content), stations)


def test_sites_without_coordinates(tmp_path):
    path = write(tmp_path / "MY1_2020.csv", FLAT + "01-01-2020,01:00,1,R,ugm-3,2,R,ugm-3,,,\n")
    with pytest.raises(InputError, match="London Marylebone Road"):
        read_uk_air(path)


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(st.one_of(st.just(np.nan), st.floats(0, 900)), min_size=1, max_size=40).filter(
        lambda x: not np.isnan(x).all()
    ),
    start=st.integers(0, 20000),
)
def test_what_is_written_is_read(tmp_path_factory, values, start):
    folder = tmp_path_factory.mktemp("uk_air")
    (folder / "sites.csv").write_text(TABLE)
    ends = pd.date_range("2013-01-01 01:00", periods=len(values), freq="h") + pd.Timedelta(start, "h")
    begin = ends - pd.Timedelta("1h")
    rows = "".join(
        f"{day:%d-%m-%Y},{day.hour + 1:02d}:00,{'' if np.isnan(value) else format(value, '.6f')},R,ugm-3,,,,,,\n"
        for day, value in zip(begin, values, strict=True)
    )
    data, _ = read_uk_air(write(folder / "MY1_2013.csv", FLAT + rows), folder / "sites.csv", strict=True)
    found = data.pm25.to_pandas()["MY1"].reindex(ends)
    np.testing.assert_allclose(found, np.float32(np.round(values, 6)), rtol=1e-6)
