import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from readers.station_csv import write_stations

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.units import conversion_factor
from aqnet_pyg.readers import READERS, read_sinca

HEADER = "FECHA (YYMMDD);HORA (HHMM);Registros validados;Registros preliminares;Registros no validados;"


def write(path, rows, header=HEADER):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes("\n".join([header, *rows, ""]).encode("latin-1"))
    return path


@pytest.fixture
def stations(tmp_path):
    folder = tmp_path / "places"
    folder.mkdir()
    return write_stations(folder, ["D14", "D15"], ["Parque O'Higgins", "Pudahuel"])


def test_times_are_ends_of_hours_in_standard_time(tmp_path, stations):
    rows = ["230101;0100;12,5;;;", "230101;0200;;7;;", "230101;2300;;;3,25;", "230102;0000;1;;;"]
    data, report = read_sinca(write(tmp_path / "D14_PM25.csv", rows), stations, strict=True)
    assert data.station.values.tolist() == ["D14"]
    assert data.attrs["time_zone"] == "America/Santiago"
    hours = pd.DatetimeIndex(["2023-01-01 05:00", "2023-01-01 06:00", "2023-01-02 03:00", "2023-01-02 04:00"])
    np.testing.assert_array_equal(data.pm25.sel(time=hours).values[:, 0], np.array([12.5, 7, 3.25, 1], np.float32))
    assert data.pm25.notnull().sum() == 4
    assert "values: 2 validated, 1 preliminary, 1 not validated." in report.notes
    assert any("at -04:00" in note and "time_zone" in note for note in report.notes)


def test_only_validated_values(tmp_path, stations):
    rows = ["230101;0100;12,5;;;", "230101;0200;;7;;", "230101;0300;;;3;"]
    data, report = read_sinca(write(tmp_path / "D14_PM25.csv", rows), stations, validated=True)
    assert data.pm25.notnull().sum() == 1
    assert "values: 1 validated, 1 preliminary left out, 1 not validated left out." in report.notes


def test_another_zone(tmp_path, stations):
    # Clocks went from 24:00 of 1 April 2023 back to 23:00.
    rows = [f"23040{day};{hour:02d}00;{hour};;;" for day in (1, 2) for hour in range(1, 24)]
    path = write(tmp_path / "D14_PM25.csv", rows)
    data, report = read_sinca(path, stations, time_zone="America/Santiago")
    assert data.pm25.sel(time="2023-04-01T04:00").item() == 1  # summer time
    assert data.pm25.sel(time="2023-04-02T05:00").item() == 1
    assert report.damaged == [
        ("D14_PM25.csv", "1 row in hours that are skipped or repeated by clock changes in America/Santiago")
    ]
    with pytest.raises(InputError, match="'Chile time' is not an IANA name"):
        read_sinca(path, stations, time_zone="Chile time")


@pytest.mark.parametrize(
    ("name", "pollutant"),
    [
        ("D14_PM25.csv", "pm25"),
        ("D14_MP2,5_2019.csv", "pm25"),
        ("sinca_D14_pm10_2022_2026.csv", "pm10"),
        ("D14-0001.csv", "so2"),
        ("D14/0003.csv", "no2"),
        ("D14/o3_horario.csv", "o3"),
        ("Pudahuel_O3.csv", "o3"),
    ],
)
def test_file_names_give_station_and_pollutant(tmp_path, stations, name, pollutant):
    data, _ = read_sinca(write(tmp_path / name, ["230101;0100;2;;;"]), stations)
    assert data.station.values.tolist() == ["Pudahuel" if "Pudahuel" in name else "D14"]
    units = "ppb" if pollutant in ("no2", "o3") else "ug m-3"
    np.testing.assert_allclose(data[pollutant].item(), 2 * conversion_factor(pollutant, units, "ug m-3"), rtol=1e-6)


def test_options_give_station_and_pollutant(tmp_path, stations):
    path = write(tmp_path / "datos_230101_230131.csv", ["230101;0100;2;;;"])
    with pytest.raises(InputError, match=r"no pollutant in the file name; .* give pollutant="):
        read_sinca(path, stations)
    with pytest.raises(InputError, match="no station in the file name"):
        read_sinca(path, stations, pollutant="pm10")
    data, _ = read_sinca(path, stations, pollutant="pm10", station="D15")
    assert data.pm10.sel(station="D15").item() == 2
    with pytest.raises(InputError, match="'MP10' is unknown"):
        read_sinca(path, stations, pollutant="MP10", station="D15")


def test_units_of_carbon_monoxide_have_to_be_given(tmp_path, stations):
    path = write(tmp_path / "D14_CO.csv", ["230101;0100;0,5;;;"])
    with pytest.raises(InputError, match=r"D14_CO.csv: units of co .*units=\{co: ppm\}"):
        read_sinca(path, stations)
    data, report = read_sinca(path, stations, units={"co": "ppm"})
    np.testing.assert_allclose(data.co.item(), 0.5 * conversion_factor("co", "ppm", "mg m-3"), rtol=1e-6)
    assert "co is converted from ppm at 25 °C and 1013.25 hPa." in report.notes
    with pytest.raises(InputError, match="units: co: 'mol'"):
        read_sinca(path, stations, units={"co": "mol"})


def test_dates_before_2000(tmp_path, stations):
    data, _ = read_sinca(write(tmp_path / "D14_PM10.csv", ["970402;0100;80;;;"]), stations)
    assert data.time.values[0] == np.datetime64("1997-04-02T05:00")


def test_daily_means_are_read_on_request(tmp_path, stations):
    path = write(tmp_path / "D14_PM25.csv", ["230101;0000;12;;;", "230102;0000;13;;;"])
    with pytest.raises(InputError, match="daily means"):
        read_sinca(path, stations)
    data, _ = read_sinca(path, stations, resolution="day")
    assert data.pm25.sel(time="2023-01-02T04:00").item() == 12


def test_columns_without_names_are_those_of_the_archive(tmp_path, stations):
    path = write(tmp_path / "D14_PM25.csv", ["230101;0100;;24;;"], "FECHA (YYMMDD);HORA (HHMM);;;;")
    data, report = read_sinca(path, stations)
    assert data.pm25.item() == 24
    assert "values: 1 preliminary." in report.notes


def test_faults_of_files_are_reported(tmp_path, stations):
    folder = tmp_path / "archive"
    rows = [
        "230101;0100;1;2;;",
        "230101;0200;S/I;;;",
        "231301;0300;1;;;",
        "230101;0315;1;;;",
        "230101;0400;x;;;",
        "2301",
    ]
    write(folder / "D14_PM25.csv", rows)
    (folder / "D14_PM10.csv").write_bytes(b"")
    (folder / "D14_O3.csv").write_text("<html></html>")
    (folder / "D14_SO2.csv").write_text("date;value\n1;2\n")
    write(folder / "D14_NO2.csv", [])
    write(folder / "notes.csv", ["230101;0100;1;;;"])
    data, report = read_sinca(folder, stations)
    assert data.pm25.notnull().sum() == 1
    assert {file for file, _ in report.skipped} == {
        "D14_PM10.csv",
        "D14_O3.csv",
        "D14_SO2.csv",
        "D14_NO2.csv",
        "notes.csv",
    }
    faults = "; ".join(fault for _, fault in report.damaged)
    for text in ("3 lines left out, such as '231301", "values in several columns", "1 value not numeric, such as 'x'"):
        assert text in faults


def test_reader_is_registered():
    assert READERS["sinca"] is read_sinca


@settings(max_examples=20, deadline=None)
@given(
    values=st_numpy.arrays(np.int64, (2, 30), elements=st.integers(-1, 9999)),
    columns=st_numpy.arrays(np.int64, (2, 30), elements=st.integers(0, 2)),
)
def test_values_read_back(tmp_path_factory, values, columns):
    folder = tmp_path_factory.mktemp("chile")
    stations = write_stations(folder, ["D14", "D15"])
    values[:, [0, 1, 2, -1]] = 1
    hundredths = np.where(values < 0, np.nan, values / 100)
    time = pd.date_range("2019-12-31 20:00", periods=30, freq="h")
    for code, series, places in zip(["D14", "D15"], hundredths, columns, strict=True):
        rows = []
        for end, value, place in zip(time, series, places, strict=True):
            cells = ["", "", ""]
            cells[place] = "" if np.isnan(value) else f"{value:.2f}".replace(".", ",")
            rows.append(f"{end:%y%m%d;%H%M};{';'.join(cells)};")
        write(folder / "archive" / f"{code}_PM10.csv", rows)
    data, _ = read_sinca(folder / "archive", stations, strict=True)
    np.testing.assert_allclose(data.pm10, hundredths.T.astype(np.float32))
    assert data.indexes["time"].equals(time + pd.Timedelta(4, "h"))


def test_quotes_mean_nothing(tmp_path, stations):
    rows = ['"230101";"0100";"12,5";"";"";""', '"230101";"0200";"";"7";"";""']
    data, _ = read_sinca(write(tmp_path / "D14_PM25.csv", rows), stations, strict=True)
    np.testing.assert_array_equal(data.pm25.values[:, 0], np.array([12.5, 7], np.float32))
