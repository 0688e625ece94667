import numpy as np
import pandas as pd
import pytest
import readers.fake_archives as fake

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_uci_beijing

HEADER = '"No","year","month","day","hour","PM2.5","PM10","SO2","NO2","CO","O3","TEMP","PRES","DEWP","RAIN","wd","WSPM","station"'
ROWS = {
    "Aotizhongxin": [
        '1,2013,3,1,0,4,14,5,7,300,77,-0.7,1023,-18.8,0,"NNW",4.4,"Aotizhongxin"',
        '2,2013,3,1,1,8,18,NA,7,1250,77,-1.1,1023.2,-18.2,0.5,"N",4.7,"Aotizhongxin"',
        '3,2013,3,1,3,7,17,5,10,NA,73,NA,1023.5,-18.2,0,NA,5.6,"Aotizhongxin"',
    ],
    "Dongsi": ['1,2013,3,1,1,9,19,5,7,200,77,-0.7,1023,-18.8,0,"SE",4.4,"Dongsi"'],
}


def write(folder, station, rows, header=HEADER):
    path = folder / f"PRSA_Data_{station}_20130301-20170228.csv"
    path.write_bytes(("\r\n".join([header, *rows]) + "\r\n").encode())
    return path


@pytest.fixture
def archive(tmp_path):
    for station, rows in ROWS.items():
        write(tmp_path, station, rows)
    return tmp_path


def test_station_data(archive):
    dataset, report = read_uci_beijing(archive, strict=True)
    assert dataset.station.values.tolist() == ["Aotizhongxin", "Dongsi"]
    assert dataset.time.to_index().equals(pd.date_range("2013-02-28 16:00", periods=4, freq="h"))
    assert dataset.attrs["time_zone"] == "Asia/Shanghai"
    nan = np.nan
    expected = {
        "pm25": [4, 8, nan, 7],
        "so2": [5, nan, nan, 5],
        "o3": [77, 77, nan, 73],
        "co": [0.3, 1.25, nan, nan],
        "temperature": [-0.7, -1.1, nan, nan],
        "pressure": [1023, 1023.2, nan, 1023.5],
        "dew_point": [-18.8, -18.2, nan, -18.2],
        "precipitation": [0, 0.5, nan, 0],
        "wind_direction": [337.5, 0, nan, nan],
        "wind_speed": [4.4, 4.7, nan, 5.6],
    }
    for name, values in expected.items():
        np.testing.assert_array_equal(dataset[name].values[:, 0], np.array(values, np.float32))
    assert dataset.wind_direction.values[1, 1] == 135
    assert np.isfinite(dataset.pm25.values[:, 1]).tolist() == [False, True, False, False]
    assert report.files_read == 2
    assert report.absent_hours == 1


def test_wind_blows_from_its_direction(archive):
    dataset, _ = read_uci_beijing(archive)
    northwest, north, southeast = (
        dataset.isel(time=0, station=0),
        dataset.isel(time=1, station=0),
        dataset.isel(time=1, station=1),
    )
    half = np.deg2rad(22.5)
    for hour, east, toward_north in (
        (northwest, 4.4 * np.sin(half), -4.4 * np.cos(half)),
        (north, 0, -4.7),
        (southeast, -4.4 * np.sqrt(0.5), 4.4 * np.sqrt(0.5)),
    ):
        np.testing.assert_allclose([hour.eastward_wind, hour.northward_wind], [east, toward_north], atol=1e-5)


def test_stations_of_the_included_table_are_in_beijing(archive):
    dataset, _ = read_uci_beijing(archive)
    assert ((dataset.longitude > 115.5) & (dataset.longitude < 117.5)).all()
    assert ((dataset.latitude > 39.4) & (dataset.latitude < 41.1)).all()


def test_weather_has_cf_attributes(archive):
    dataset, _ = read_uci_beijing(archive)
    names = {
        name: (dataset[name].attrs["standard_name"], dataset[name].attrs["units"])
        for name in dataset
        if "_flag" not in name
    }
    assert names["temperature"] == ("air_temperature", "degC")
    assert names["pressure"] == ("air_pressure", "hPa")
    assert names["dew_point"] == ("dew_point_temperature", "degC")
    assert names["precipitation"] == ("lwe_thickness_of_precipitation_amount", "mm")
    assert names["wind_direction"] == ("wind_from_direction", "degree")
    assert names["wind_speed"] == ("wind_speed", "m s-1")
    assert names["co"] == ("mass_concentration_of_carbon_monoxide_in_air", "mg m-3")
    assert dataset.precipitation.attrs["cell_methods"] == "time: sum"


def test_zip_in_the_zip_of_the_archive(archive):
    expected, _ = read_uci_beijing(archive)
    inner = fake.pack(archive / "PRSA2017_Data_20130301-20170228.zip", archive.glob("PRSA_Data*"), "PRSA_Data/")
    outer = fake.pack(archive / "beijing+multi+site.zip", [inner])
    assert read_uci_beijing(outer)[0].identical(expected)


def test_a_file_truncated_within_the_last_name(archive):
    rows = ROWS["Dongsi"]
    path = write(archive, "Dongsi", [*rows, rows[0].replace(",1,9,", ",2,9,")])
    path.write_bytes(path.read_bytes()[:-5])
    dataset, report = read_uci_beijing(archive)
    ((file, what),) = report.damaged
    assert file == path.name
    assert what.startswith("1 row with a wrong number of fields left out, such as '1,2013,3,1,2,9")
    assert np.isfinite(dataset.pm25.values[:, 1]).sum() == 1
    with pytest.raises(InputError, match=path.name):
        read_uci_beijing(archive, strict=True)


def test_a_file_with_other_columns_is_skipped(archive):
    path = write(archive, "Dongsi", ["1"], "No")
    _, report = read_uci_beijing(archive)
    ((file, reason),) = report.skipped
    assert file == path.name
    assert reason.startswith("no column station, year, month")


def test_station_missing_in_the_table(archive):
    write(archive, "Nowhere", [row.replace("Dongsi", "Nowhere") for row in ROWS["Dongsi"]])
    dataset, report = read_uci_beijing(archive)
    assert report.without_coordinates == ["Nowhere"]
    assert dataset.sizes["station"] == 2
    table = archive / "table.csv"
    table.write_text("code,longitude,latitude\nNowhere,100,30\n")
    dataset, report = read_uci_beijing(archive, table)
    assert dataset.station.values.tolist() == ["Nowhere"]
    table.write_text("code,longitude,latitude\nElsewhere,100,30\n")
    with pytest.raises(
        InputError, match=r"none of the 3 stations \(Aotizhongxin, Dongsi, Nowhere, \.\.\.\) has coordinates"
    ):
        read_uci_beijing(archive, table)


def test_a_pressure_of_999_is_not_noted_as_missing(tmp_path):
    row = ROWS["Dongsi"][0]
    write(tmp_path, "Dongsi", [row.replace(",1023,", ",999,").replace(",9,19,", ",999,999,")])
    _, report = read_uci_beijing(tmp_path, strict=False)
    noted = [note.split(" is ")[0] for note in report.notes if "may stand for a missing value" in note]
    assert noted == ["1 value of pm25", "1 value of pm10"]
