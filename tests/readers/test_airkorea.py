import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from readers.spreadsheets import write_xlsx
from readers.station_csv import write_stations

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.units import conversion_factor
from aqnet_pyg.readers import READERS, read_airkorea

COLUMNS = ["지역", "망", "측정소코드", "측정소명", "측정일시", "SO2", "CO", "O3", "NO2", "PM10", "PM25", "주소"]
SEOUL = [
    "측정일시",
    "측정소명",
    "이산화질소농도(ppm)",
    "오존농도(ppm)",
    "이산화탄소농도(ppm)",
    "아황산가스(ppm)",
    "미세먼지(㎍/㎥)",
    "초미세먼지(㎍/㎥)",
]
GASES = ("so2", "co", "o3", "no2")
UNITS = {**dict.fromkeys((*GASES, "pm10", "pm25"), "ug m-3"), "co": "mg m-3"}


def line(code, time, cells, name="중구"):
    return ["서울 중구", "도시대기", code, name, time, *cells, "서울 중구 덕수궁길 15"]


def write_csv(path, rows, encoding="cp949", header=COLUMNS):
    text = "\r\n".join(",".join(map(str, row)) for row in [header, *rows]) + "\r\n"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.fixture
def stations(tmp_path):
    folder = tmp_path / "places"
    folder.mkdir()
    return write_stations(folder, ["111121", "111123"], ["중구", "종로구"])


@pytest.mark.parametrize("encoding", ["cp949", "utf-8", "utf-8-sig"])
def test_hour_24_ends_at_midnight(tmp_path, stations, encoding):
    rows = [line("111121", f"20211001{hour:02d}", [0.003, 0.5, 0.002, 0.038, hour, 17]) for hour in (*range(1, 25),)]
    data, report = read_airkorea(write_csv(tmp_path / "2021년 10월.csv", rows, encoding), stations, strict=True)
    assert data.station.values.tolist() == ["111121"]
    assert data.attrs["time_zone"] == "Asia/Seoul"
    assert data.time.values[0] == np.datetime64("2021-09-30T16:00")  # 1 o'clock in Korea
    assert data.time.values[-1] == np.datetime64("2021-10-01T15:00")
    np.testing.assert_array_equal(data.pm10.values[:, 0], np.arange(1, 25, dtype=np.float32))
    for name, value in (("so2", 0.003), ("co", 0.5), ("o3", 0.002), ("no2", 0.038)):
        np.testing.assert_allclose(data[name], value * conversion_factor(name, "ppm", UNITS[name]), rtol=1e-6)
    assert any(
        "so2, no2, o3, co converted from ppm" in note and "25 °C and 1013.25 hPa" in note for note in report.notes
    )
    assert any("ends of the averaging hours" in note for note in report.notes)


def test_spreadsheets_with_numbers(tmp_path, stations):
    rows = [COLUMNS, line(111121, 2021100124, [0.003, None, 0.002, 0.038, 30, 17])]
    data, _ = read_airkorea(write_xlsx(tmp_path / "2021년 10월.xlsx", rows), stations)
    assert data.station.values.tolist() == ["111121"]
    assert data.time.values[0] == np.datetime64("2021-10-01T15:00")
    assert data.pm25.item() == 17
    assert "co" not in data


def test_files_of_seoul_name_stations(tmp_path, stations):
    rows = [["202110010100", "종로구", 0.02, 0.03, 0.4, 0.003, 33, 21]]
    data, _ = read_airkorea(write_csv(tmp_path / "seoul.csv", rows, header=SEOUL), stations)
    assert data.station.values.tolist() == ["종로구"]
    assert data.pm10.item() == 33
    assert data.pm25.item() == 21
    np.testing.assert_allclose(data.co.item(), 0.4 * conversion_factor("co", "ppm", "mg m-3"), rtol=1e-6)
    np.testing.assert_allclose(data.no2.item(), 0.02 * conversion_factor("no2", "ppm", "ug m-3"), rtol=1e-6)


def test_a_name_of_several_stations_identifies_none(tmp_path):
    folder = tmp_path / "places"
    folder.mkdir()
    stations = write_stations(folder, ["111121", "221112", "111123"], ["중구", "중구", "종로구"])
    rows = [["2021100101", name, 0.02, 0.03, 0.4, 0.003, 33, 21] for name in ("중구", "종로구")]
    data, report = read_airkorea(write_csv(tmp_path / "seoul.csv", rows, header=SEOUL), stations)
    assert data.station.values.tolist() == ["종로구"]
    assert report.without_coordinates == ["중구"]
    assert any("names of several stations" in note and "중구" in note for note in report.notes)


def test_running_means_are_not_read(tmp_path, stations):
    header = ["측정일시", "측정소명", "미세먼지 24시간(㎍/㎥)", "미세먼지 1시간(㎍/㎥)"]
    data, _ = read_airkorea(write_csv(tmp_path / "a.csv", [["2021100101", "종로구", 99, 33]], header=header), stations)
    assert data.pm10.item() == 33


def test_daily_means_are_read_on_request(tmp_path, stations):
    rows = [["20211001", "종로구", 0.02, 0.03, 0.4, 0.003, 33, 21]]
    path = write_csv(tmp_path / "seoul.csv", rows, header=SEOUL)
    with pytest.raises(InputError, match=r"seoul.csv: these are daily means.*resolution='day'"):
        read_airkorea(path, stations)
    data, _ = read_airkorea(path, stations, resolution="day")
    assert data.time.values.tolist() == [np.datetime64("2021-10-01T15:00", "ns").astype(int)]
    hourly = write_csv(tmp_path / "hourly.csv", [["2021100101", *rows[0][1:]]], header=SEOUL)
    with pytest.raises(InputError, match="no daily means"):
        read_airkorea(hourly, stations, resolution="day")
    with pytest.raises(InputError, match="resolution: 'month'"):
        read_airkorea(hourly, stations, resolution="month")


def test_faults_of_files_are_reported(tmp_path, stations):
    folder = tmp_path / "archive"
    folder.mkdir()
    rows = [
        line("111121", "2021100101", [0.003, 0.5, 0.002, 0.038, -999, 17]),
        line("111121", "2021100102", [0.003, 0.5, 0.002, 0.038, "", "?"]),
        line("111121", "2021100125", [0.003, 0.5, 0.002, 0.038, 1, 1]),
        line("111121", "2021100103", [0.003, 0.5, 0.002, 0.038, 7, 8])[:7],
    ]
    write_csv(folder / "good.csv", rows)
    (folder / "empty.csv").write_bytes(b"")
    (folder / "page.csv").write_text("<!DOCTYPE html>")
    (folder / "other.csv").write_text("a,b\n1,2\n")
    write_xlsx(folder / "other.xlsx", [["a"], ["b"]])
    data, report = read_airkorea(folder, stations)
    assert data.sizes["time"] == 2
    assert "pm10" not in data
    assert {file for file, _ in report.skipped} == {"empty.csv", "page.csv", "other.csv", "other.xlsx"}
    faults = "; ".join(fault for _, fault in report.damaged)
    for text in ("'2021100125'", "'?'", "wrong number of fields"):
        assert text in faults
    assert not report.masked


def test_unknown_units_are_refused(tmp_path, stations):
    header = ["측정일시", "측정소명", "오존농도(mol)"]
    path = write_csv(tmp_path / "a.csv", [["2021100101", "종로구", 1]], header=header)
    with pytest.raises(InputError, match=r"a.csv: o3: 'mol'"):
        read_airkorea(path, stations)


def test_reader_is_registered():
    assert READERS["airkorea"] is read_airkorea


@settings(max_examples=20, deadline=None)
@given(
    values=st_numpy.arrays(np.int64, (2, 30, 6), elements=st.integers(-1, 999)),
    kind=st.sampled_from(["cp949", "utf-8-sig", "xlsx"]),
)
def test_values_read_back(tmp_path_factory, values, kind):
    folder = tmp_path_factory.mktemp("korea")
    codes = ["111121", "131112"]
    stations = write_stations(folder, codes)
    values[:, [0, 1, 2, -1], -1] = 1
    numbers = np.where(values < 0, np.nan, values)
    numbers[..., :4] /= 1000
    rows = []
    for hour in range(30):
        day, clock = divmod(hour, 24)
        for code, series in zip(codes, numbers, strict=True):
            cells = [None if np.isnan(value) else float(value) for value in series[hour]]
            cells = cells if kind == "xlsx" else ["" if cell is None else f"{cell:g}" for cell in cells]
            rows.append(line(code, f"202012{30 + day}{clock + 1:02d}", cells))
    xlsx = kind == "xlsx"
    path = write_xlsx(folder / "a.xlsx", [COLUMNS, *rows]) if xlsx else write_csv(folder / "a.csv", rows, kind)
    data, report = read_airkorea(path, stations, strict=True)
    assert not report.masked
    time = pd.date_range("2020-12-29 16:00", periods=30, freq="h")
    for place, name in enumerate([*GASES, "pm10", "pm25"]):
        factor = conversion_factor(name, "ppm", UNITS[name]) if name in GASES else 1
        if name in data:
            found = data[name].reindex(time=time).sel(station=codes)
            np.testing.assert_allclose(found, numbers[..., place].T * factor, rtol=1e-6)
        else:
            assert np.isnan(numbers[..., place]).all()
