import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import READERS, read_cnemc_text

NAMES = ["so2", "no2", "co", "o3", "pm10", "pm25"]
PLACES = {"70001": (125.3230, 43.9167), "70002": (116.3660, 39.8673)}


def line(code, time, values, place=None, hourly=True):
    """A line of the mirror, with columns of fixed width."""
    east, north = place or PLACES[code]
    clock = f" {time.hour:2d}" if hourly else ""
    so2, no2, co, o3, pm10, pm25 = values
    return (
        f"{code} {time:%Y} {time.month:2d} {time.day:2d}{clock} {east:12.4f} {north:12.4f} {so2:8g} {no2:8g} {co:12.3f} "
        f"{o3:8g} {pm10:8g} {pm25:8g}"
    )


def write(path, lines):
    path.write_text("\n".join([*lines, ""]))
    return path


@pytest.mark.parametrize("header", [[], ["siteID year month day hour longitude latitude SO2 NO2 CO O3 PM10 PM2.5"]])
def test_hours_end_in_beijing_time(tmp_path, header):
    lines = [line("70001", pd.Timestamp("2014-11-24 19:00"), [49, 70, 1.247, 73, 138, 98])]
    lines.append(line("70002", pd.Timestamp("2014-11-24 20:00"), [-9999] * 5 + [12]))
    data, report = read_cnemc_text(write(tmp_path / "obs.txt", header + lines), strict=True)
    assert data.attrs["time_zone"] == "Asia/Shanghai"
    assert data.time.values[0] == np.datetime64("2014-11-24T11:00")
    for name, value in zip(NAMES, [49, 70, 1.247, 73, 138, 98], strict=True):
        assert data[name].sel(station="70001").values[0] == np.float32(value)
        assert np.isnan(data[name].sel(station="70001").values[1])
    assert data.pm25.sel(station="70002").values[1] == 12
    assert data.longitude.sel(station="70002").item() == 116.366
    assert not report.masked
    assert any("ends of the averaging periods in Beijing time" in note for note in report.notes)


def test_daily_means_are_read_on_request_without_ozone(tmp_path):
    lines = [line("70001", pd.Timestamp("2017-04-11"), [14, 33, 0.825, 127, 81, 48], hourly=False)]
    path = write(tmp_path / "20170411_daily.txt", lines)
    with pytest.raises(InputError, match=r"20170411_daily.txt: these are daily means"):
        read_cnemc_text(path)
    data, report = read_cnemc_text(path, resolution="day")
    assert data.time.values.tolist() == [np.datetime64("2017-04-11T16:00", "ns").astype(int)]
    assert data.pm25.item() == 48
    assert "o3" not in data
    assert any(note.startswith("1 value of ozone of daily files left out") for note in report.notes)


def test_stations_that_share_a_code_are_told_apart(tmp_path):
    time = pd.Timestamp("2014-11-24 19:00")
    lines = [line("70001", time, [1] * 6, place) for place in ((125.323, 43.9167), (125.287, 43.91))]
    lines.append(line("70002", time, [2] * 6))
    data, _ = read_cnemc_text(write(tmp_path / "obs.txt", lines))
    assert data.station.values.tolist() == ["70001_125.32300_43.91670", "70001_125.28700_43.91000", "70002"]


def test_faults_of_files_are_reported(tmp_path):
    time = pd.Timestamp("2014-11-24 19:00")
    good = line("70001", time, [1, 2, 3, 4, 5, 6])
    lines = [
        good,
        good.rsplit(" ", 1)[0],
        good.replace(" 24 19 ", " 31 20 "),
        good.replace(" 19 ", " 20 ").replace(" 6", " x"),
    ]
    write(tmp_path / "good.txt", lines)
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "page.txt").write_text("<html></html>")
    write(tmp_path / "other.txt", ["a b c", "1 2 3"])
    write(tmp_path / "no_site.txt", ["2014 11 24 19 125.3230 43.9167 1 2 3 4 5 6"])
    data, report = read_cnemc_text(tmp_path)
    assert data.sizes["time"] == 2
    assert {file for file, _ in report.skipped} == {"empty.txt", "page.txt", "other.txt", "no_site.txt"}
    faults = "; ".join(fault for _, fault in report.damaged)
    for text in (
        "1 line with a wrong number of fields",
        "1 line without a valid date or hour",
        "1 value not numeric, such as 'x'",
    ):
        assert text in faults


def test_reader_is_registered():
    assert READERS["cnemc_text"] is read_cnemc_text


@settings(max_examples=20, deadline=None)
@given(values=st_numpy.arrays(np.int64, (30, 2, 6), elements=st.integers(-1, 999)))
def test_values_read_back(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("cnemc")
    values[[0, 1, 2, -1], :, -1] = 1
    numbers = np.where(values < 0, np.nan, values.astype(float))
    numbers[..., 2] /= 10
    time = pd.date_range("2019-12-31 08:00", periods=30, freq="h")
    for number, (hour, rows) in enumerate(zip(time, numbers, strict=True)):
        lines = [line(code, hour, np.nan_to_num(row, nan=-9999)) for code, row in zip(PLACES, rows, strict=True)]
        write(folder / f"{number:02d}.txt", lines)
    data, report = read_cnemc_text(folder, strict=True)
    assert not report.masked
    assert data.indexes["time"].equals(time - pd.Timedelta(8, "h"))
    for place, name in enumerate(NAMES):
        if name in data:
            np.testing.assert_array_equal(data[name].sel(station=list(PLACES)), numbers[..., place].astype(np.float32))
        else:
            assert np.isnan(numbers[..., place]).all()
