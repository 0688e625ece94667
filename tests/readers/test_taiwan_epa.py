import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from readers.station_csv import write_stations

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.units import conversion_factor
from aqnet_pyg.readers import READERS, read_taiwan_epa

ITEMS = {
    "pm25": ("PM2.5", "ug m-3"),
    "pm10": ("PM10", "ug m-3"),
    "so2": ("SO2", "ppb"),
    "no2": ("NO2", "ppb"),
    "o3": ("O3", "ppb"),
    "co": ("CO", "ppm"),
}
UNITS = {**dict.fromkeys(ITEMS, "ug m-3"), "co": "mg m-3"}


def row(date, station, item, cells):
    return ",".join([date, station, item, *map(str, cells)])


def write(path, rows, first=0, encoding="cp950", names=("日期", "測站", "測項")):
    header = ",".join([*names, *(f"{hour}" for hour in range(first, first + 24))])
    path.write_bytes(("\r\n".join([header, *rows]) + "\r\n").encode(encoding))
    return path


@pytest.fixture
def stations(tmp_path):
    folder = tmp_path / "places"
    folder.mkdir()
    return write_stations(folder, ["60", "61"], ["豐原", "大里"])


def numbers(text="10"):
    return [text] * 24


@pytest.mark.parametrize(
    ("first", "encoding", "names"),
    [
        (0, "cp950", ("日期", "測站", "測項")),
        (1, "cp950", ("日期", "測站", "測項")),
        (0, "utf-8-sig", ("測站", "日期", "測項")),
        (0, "utf-8", ("date", "測站", "測項")),
    ],
)
def test_the_first_column_of_hours_is_the_first_hour_of_the_local_day(tmp_path, stations, first, encoding, names):
    cells = {"日期": "2018/1/2", "date": "2018/01/02", "測站": "豐原", "測項": "PM2.5"}
    path = tmp_path / "豐原站.csv"
    write(path, [",".join([*(cells[name] for name in names), *map(str, range(24))])], first, encoding, names)
    data, report = read_taiwan_epa(path, stations, strict=True)
    assert data.station.values.tolist() == ["豐原"]
    assert data.attrs["time_zone"] == "Asia/Taipei"
    assert data.time.values[0] == np.datetime64("2018-01-01T17:00")  # 1 o'clock, the end of the hour
    assert data.time.values[-1] == np.datetime64("2018-01-02T16:00")
    np.testing.assert_array_equal(data.pm25.values[:, 0], np.arange(24, dtype=np.float32))
    assert report.files_read == 1
    assert any("labeled by its beginning" in note for note in report.notes)
    assert not any("converted" in note for note in report.notes)  # particles only


def test_gases_are_converted(tmp_path, stations):
    rows = [row("2014/1/1", "豐原", item, numbers("2")) for item, _ in ITEMS.values()]
    data, report = read_taiwan_epa(write(tmp_path / "a.csv", rows), stations)
    for name, (_, units) in ITEMS.items():
        np.testing.assert_allclose(data[name], 2 * conversion_factor(name, units, UNITS[name]), rtol=1e-6)
    np.testing.assert_allclose(data.o3, 2 * 1.962, rtol=2e-3)  # 1 ppb of ozone is 1.96 µg/m3 at 25 °C
    assert any("25 °C and 1013.25 hPa" in note for note in report.notes)


def test_marked_values_are_left_out_and_counted(tmp_path, stations):
    cells = ["12#", "3.1*", "5x", "7A", "#", "x", "NA#", "", "NR", "-0.4", "8", "9"] + ["1"] * 12
    rows = [row("2014/1/1", "豐原", "PM10", cells), row("2014/1/1", "豐原", "RAINFALL", ["NR"] * 24)]
    data, report = read_taiwan_epa(write(tmp_path / "a.csv", rows), stations)
    present = np.isfinite(data.pm10.values[:, 0])
    assert present.tolist() == [False] * 10 + [True] * 14
    [note] = [note for note in report.notes if note.startswith("invalid values")]
    for text in ("3 values with '#'", "1 value with '*'", "2 values with 'x'", "1 value with 'A'"):
        assert text in note
    assert not report.damaged
    assert report.masked == {"pm10": 1}


def test_open_data_files_with_units(tmp_path, stations):
    header = ",".join(["siteid", "sitename", "itemengname", "itemunit", "monitordate"])
    header += "," + ",".join(f"monitorvalue{hour:02d}" for hour in range(24))
    line = ",".join(["28", "大里", "O3", "ppm", "2023-03-01", *numbers("0.05")])
    (tmp_path / "a.csv").write_text(f"{header}\n{line}\n", encoding="utf-8")
    data, _ = read_taiwan_epa(tmp_path / "a.csv", stations)
    np.testing.assert_allclose(data.o3, 0.05 * conversion_factor("o3", "ppm", "ug m-3"), rtol=1e-6)
    (tmp_path / "a.csv").write_text(f"{header}\n{line.replace('ppm', 'bar')}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"a.csv: o3: 'bar'"):
        read_taiwan_epa(tmp_path / "a.csv", stations)


def test_faults_of_files_are_reported(tmp_path, stations):
    folder = tmp_path / "archive"
    folder.mkdir()
    good = row("2014/1/1", "豐原", "PM10", numbers())
    write(folder / "good.csv", [good, row("2014/13/1", "豐原", "PM10", numbers()), good.rsplit(",", 5)[0]])
    (folder / "empty.csv").write_bytes(b"")
    (folder / "page.csv").write_text("<html><body>quota exceeded</body></html>")
    (folder / "other.csv").write_text("a,b\n1,2\n")
    (folder / "binary.csv").write_bytes(b"PK\x05\x06" + bytes(range(256)))
    write(folder / "weather.csv", [row("2014/1/1", "豐原", "RH", numbers())])
    data, report = read_taiwan_epa(folder, stations)
    assert data.sizes["time"] == 24
    reasons = dict(report.skipped)
    assert set(reasons) == {"empty.csv", "page.csv", "other.csv", "binary.csv", "weather.csv"}
    assert reasons["other.csv"].startswith("no column for date, station, item")
    assert reasons["weather.csv"].startswith("no rows of PM2.5")
    faults = " ".join(fault for _, fault in report.damaged)
    assert "1 row without a valid date or station, such as '2014/13/1'" in faults
    assert "wrong number of fields" in faults
    with pytest.raises(InputError, match=r"good.csv: .* repair or remove the file"):
        read_taiwan_epa(folder / "good.csv", stations, strict=True)


def test_texts_that_are_no_numbers_are_reported(tmp_path, stations):
    rows = [row("2014/1/1", "豐原", "PM10", ["?", *numbers()[1:]])]
    _, report = read_taiwan_epa(write(tmp_path / "a.csv", rows), stations)
    assert report.damaged == [("a.csv", "1 value not numeric, such as '?'")]


def test_a_table_without_the_stations_is_refused(tmp_path):
    stations = write_stations(tmp_path, ["1"])
    path = write(tmp_path / "a.csv", [row("2014/1/1", "豐原", "PM10", numbers())])
    with pytest.raises(InputError, match="豐原"):
        read_taiwan_epa(path, stations)


def test_reader_is_registered():
    assert READERS["taiwan_epa"] is read_taiwan_epa


@settings(max_examples=20, deadline=None)
@given(
    values=st_numpy.arrays(np.int64, (2, 2, 6, 24), elements=st.integers(-1, 999)),
    first=st.sampled_from([0, 1]),
    encoding=st.sampled_from(["cp950", "utf-8-sig"]),
)
def test_values_read_back(tmp_path_factory, values, first, encoding):
    folder = tmp_path_factory.mktemp("taiwan")
    stations = write_stations(folder, ["豐原", "大里"])
    values[0, 0, 0, :3] = values[-1, -1, 0, -1] = 1
    tenths = np.where(values < 0, np.nan, values / 10)
    rows = [
        row(f"2014/2/{28 if day == 0 else '29'}".replace("2/29", "3/1"), station, ITEMS[name][0], cells)
        for day in range(2)
        for number, station in enumerate(["豐原", "大里"])
        for name, series in zip(ITEMS, tenths[day, number], strict=True)
        for cells in [["" if np.isnan(value) else f"{value:g}" for value in series]]
    ]
    data, report = read_taiwan_epa(write(folder / "all.csv", rows, first, encoding), stations, strict=True)
    assert not report.masked
    time = pd.date_range("2014-02-27 17:00", periods=48, freq="h")
    for place, (name, (_, units)) in enumerate(ITEMS.items()):
        expected = tenths[:, :, place].transpose(0, 2, 1).reshape(48, 2) * conversion_factor(name, units, UNITS[name])
        if name not in data:
            assert np.isnan(expected).all()
            continue
        found = data[name].reindex(time=time)
        for number, station in enumerate(["豐原", "大里"]):
            if station in data.station.values:
                np.testing.assert_allclose(found.sel(station=station), expected[:, number], rtol=1e-6)
            else:
                assert np.isnan(expected[:, number]).all()
