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
from aqnet_pyg.readers import READERS, read_cpcb

STATION = "Bandra, Mumbai - MPCB"
BEFORE = [
    ["CENTRAL POLLUTION CONTROL BOARD"],
    ["Date: Tuesday May 19 2026"],
    ["State", "Maharashtra"],
    ["Station", STATION],
    ["From", "18-05-2026T00:00:00Z 00:00"],
    [],
]
BEHIND = [["Prescribed Standards", "", "0-60"], ["Exceeding Standards", "", "NA"], []]


def csv_text(rows):
    return (
        "\r\n".join(",".join(f'"{cell}"' if "," in str(cell) else str(cell) for cell in row) for row in rows) + "\r\n"
    )


def report_rows(values, parameters, start="2018-01-01", minutes=60, pattern="%d-%m-%Y %H:%M"):
    """Rows of a report of the dashboard; values of shape [time, parameter]."""
    begin = pd.date_range(start, periods=len(values), freq=f"{minutes}min")
    rows = [["From Date", "To Date", *parameters]]
    for time, row in zip(begin, values, strict=True):
        cells = ["None" if np.isnan(value) else f"{value:g}" for value in row]
        rows.append([f"{time:{pattern}}", f"{time + pd.Timedelta(minutes, 'min'):{pattern}}", *cells])
    return rows


@pytest.fixture
def stations(tmp_path):
    folder = tmp_path / "places"
    folder.mkdir()
    return write_stations(folder, ["site_168", STATION])


@pytest.mark.parametrize("pattern", ["%d-%m-%Y %H:%M", "%d-%b-%Y - %H:%M", "%Y-%m-%d %H:%M:%S"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_hour_that_ends_at_half_past_belongs_to_the_next_full_hour(tmp_path, stations, pattern, kind):
    rows = BEFORE + report_rows([[10.0], [np.nan], [30.0]], ["PM2.5"], pattern=pattern) + BEHIND
    path = tmp_path / f"report.{kind}"
    if kind == "csv":
        path.write_text(csv_text(rows))
    else:
        write_xlsx(path, rows)
    data, report = read_cpcb(path, stations, strict=True)
    assert data.station.values.tolist() == [STATION]
    assert data.attrs["time_zone"] == "Asia/Kolkata"
    # 0 to 1 o'clock in India ends at 19:30 UTC
    assert data.time.values[0] == np.datetime64("2017-12-31T20:00")
    np.testing.assert_array_equal(data.pm25.values[:, 0], np.array([10, np.nan, 30], np.float32))
    assert any("UTC+5:30" in note for note in report.notes)
    assert any("end at half past" in note for note in report.notes)
    assert any("'To Date'" in note for note in report.notes)
    assert any("µg/m3, for CO mg/m3" in note for note in report.notes)


def test_quarter_hours_are_averaged_over_the_hours_of_utc(tmp_path, stations):
    values = np.arange(12.0)[:, None]
    rows = BEFORE + report_rows(values, ["PM10 (ug/m3)"], minutes=15)
    (tmp_path / "report.csv").write_text(csv_text(rows))
    data, _ = read_cpcb(tmp_path / "report.csv", stations)
    # the readings that end at 18:45 and 19:00 UTC are half of an hour; the next four end from 19:15 to 20:00
    found = data.pm10.sel(time="2017-12-31T20:00").values
    np.testing.assert_array_equal(found, [np.float32(np.mean([2, 3, 4, 5]))])
    assert np.isnan(data.pm10.reindex(time=[np.datetime64("2017-12-31T19:00")]).values).all()


def test_repository_files_label_the_beginning(tmp_path, stations):
    path = tmp_path / "Raw_data_1Hr_2019_site_168_Bandra_Mumbai_MPCB_1Hr.csv"
    header = "Timestamp,PM2.5 (µg/m³),NO2 (µg/m³),NOx (ppb),CO (mg/m³),Ozone (µg/m³),RH (%)"
    lines = ["2019-01-01 00:00:00,1,2,99,0.5,3,50", "2019-01-01 01:00:00,,NA,99,1.5,None,50"]
    path.write_text("\n".join([header, *lines]), encoding="utf-8")
    data, report = read_cpcb(path, stations)
    assert data.station.values.tolist() == ["site_168"]
    assert data.time.values[0] == np.datetime64("2018-12-31T20:00")
    np.testing.assert_array_equal(data.co.values[:, 0], np.array([0.5, 1.5], np.float32))
    assert {"pm25", "no2", "o3", "co"} == {name for name in data if not str(name).endswith("_flag")}
    assert any("'Timestamp' is taken as the beginning" in note for note in report.notes)


@pytest.mark.parametrize("units", ["(ug/m3)", "(µg/m³)", "(Âµg/mÂ³)", "(μg/m3)", ""])
def test_units_in_several_spellings(tmp_path, stations, units):
    rows = BEFORE + report_rows([[5.0]], [f"SO2 {units}"])
    (tmp_path / "report.csv").write_text(csv_text(rows), encoding="utf-8")
    data, _ = read_cpcb(tmp_path / "report.csv", stations)
    assert data.so2.item() == 5


def test_mixing_ratios_are_converted(tmp_path, stations):
    rows = BEFORE + report_rows([[5.0, 2.0]], ["Ozone (ppb)", "CO (ppm)"])
    (tmp_path / "report.csv").write_text(csv_text(rows))
    data, report = read_cpcb(tmp_path / "report.csv", stations)
    np.testing.assert_allclose(data.o3.item(), 5 * conversion_factor("o3", "ppb", "ug m-3"), rtol=1e-6)
    np.testing.assert_allclose(data.co.item(), 2 * conversion_factor("co", "ppm", "mg m-3"), rtol=1e-6)
    assert any(note.startswith("o3 converted from ppb at 25 °C") for note in report.notes)


def test_unknown_units_are_refused(tmp_path, stations):
    rows = BEFORE + report_rows([[5.0]], ["CO (mol)"])
    (tmp_path / "report.csv").write_text(csv_text(rows))
    with pytest.raises(InputError, match=r"report.csv: units 'mol' of CO"):
        read_cpcb(tmp_path / "report.csv", stations)


def test_several_tables_in_one_report(tmp_path, stations):
    rows = BEFORE + report_rows([[1.0], [2.0]], ["PM2.5"]) + BEHIND + report_rows([[3.0], [4.0]], ["Ozone"]) + BEHIND
    write_xlsx(tmp_path / "site_16820200101120000.xlsx", rows)
    data, _ = read_cpcb(tmp_path / "site_16820200101120000.xlsx", stations)
    assert data.station.values.tolist() == ["site_168"]
    np.testing.assert_array_equal(data.pm25.values[:, 0], [1, 2])
    np.testing.assert_array_equal(data.o3.values[:, 0], [3, 4])


def test_empty_cells_at_the_end_of_a_row(tmp_path, stations):
    rows = BEFORE + report_rows([[1.0, 2.0], [3.0, 4.0]], ["PM2.5", "PM10"])
    rows[-1][-1] = ""
    data, _ = read_cpcb(write_xlsx(tmp_path / "report.xlsx", rows), stations, strict=True)
    np.testing.assert_array_equal(data.pm10.values[:, 0], np.array([2, np.nan], np.float32))
    (tmp_path / "report.csv").write_text(csv_text([[*row, "", ""] for row in rows]))
    read_back, _ = read_cpcb(tmp_path / "report.csv", stations, strict=True)
    np.testing.assert_array_equal(read_back.pm10, data.pm10)


def test_daily_means_are_read_on_request(tmp_path, stations):
    rows = BEFORE + report_rows([[1.0], [2.0]], ["PM2.5"], minutes=1440)
    (tmp_path / "report.csv").write_text(csv_text(rows))
    with pytest.raises(InputError, match=r"daily means.*resolution='day'"):
        read_cpcb(tmp_path / "report.csv", stations)
    data, _ = read_cpcb(tmp_path / "report.csv", stations, resolution="day")
    assert data.pm25.sel(time="2018-01-01T19:00").item() == 1  # the day ends at 18:30 UTC
    assert data.pm25.sel(time="2018-01-02T19:00").item() == 2


def test_means_over_several_hours_are_refused(tmp_path, stations):
    rows = BEFORE + report_rows([[1.0], [2.0]], ["PM2.5"], minutes=240)
    (tmp_path / "report.csv").write_text(csv_text(rows))
    with pytest.raises(InputError, match="means over 4 hours"):
        read_cpcb(tmp_path / "report.csv", stations)


def test_faults_of_files_are_reported(tmp_path, stations):
    folder = tmp_path / "archive"
    folder.mkdir()
    rows = report_rows([[1.0], [2.0], [3.0]], ["PM2.5"])
    rows[2][2] = "Calib"
    rows += [["31-02-2018 00:00", "31-02-2018 01:00", "7"], ["01-01-2018 05:00", "01-01-2018 06:00"]]
    rows += [["01-01-2018 06:00", "01-01-2018 08:00", "9"]]
    (folder / "good.csv").write_text(csv_text(BEFORE + rows))
    (folder / "empty.csv").write_bytes(b"")
    (folder / "page.csv").write_text("<html></html>")
    (folder / "page.xlsx").write_text("<html></html>")
    (folder / "other.csv").write_text("a,b\n1,2\n")
    (folder / "weather.csv").write_text(csv_text(report_rows([[1.0]], ["RH"])))
    data, report = read_cpcb(folder, stations)
    np.testing.assert_array_equal(data.pm25.values[:, 0], np.array([1, np.nan, 3], np.float32))
    assert {file for file, _ in report.skipped} == {"empty.csv", "page.csv", "page.xlsx", "other.csv", "weather.csv"}
    faults = "; ".join(fault for file, fault in report.damaged if file == "good.csv")
    for text in ("'Calib'", "'31-02-2018 00:00'", "1 row with a wrong number of fields", "another averaging period"):
        assert text in faults


def test_reader_is_registered():
    assert READERS["cpcb"] is read_cpcb


@settings(max_examples=20, deadline=None)
@given(
    values=st_numpy.arrays(np.int64, (30, 6), elements=st.integers(-1, 999)),
    kind=st.sampled_from(["csv", "xlsx"]),
)
def test_values_read_back(tmp_path_factory, values, kind):
    folder = tmp_path_factory.mktemp("cpcb")
    stations = write_stations(folder, [STATION])
    values[[0, 1, 2, -1], 0] = 1
    tenths = np.where(values < 0, np.nan, values / 10)
    rows = BEFORE + report_rows(tenths, ["PM2.5", "PM10", "SO2", "NO2", "Ozone", "CO"]) + BEHIND
    path = folder / f"report.{kind}"
    if kind == "csv":
        path.write_text(csv_text(rows))
    else:
        write_xlsx(path, rows)
    data, report = read_cpcb(path, stations, strict=True)
    time = pd.date_range("2017-12-31 20:00", periods=30, freq="h")
    for place, name in enumerate(["pm25", "pm10", "so2", "no2", "o3", "co"]):
        if name in data:
            np.testing.assert_allclose(data[name].reindex(time=time).values[:, 0], tenths[:, place], rtol=1e-6)
        else:
            assert np.isnan(tenths[:, place]).all()
    assert not report.masked
