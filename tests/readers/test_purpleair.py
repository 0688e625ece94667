import inspect

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read, read_purpleair
from aqnet_pyg.readers.conventions import CONVENTIONS

SENSORS = "sensor_index,name,latitude,longitude,altitude\n1234,Roof,40.7,-111.9,4200\n56,Garden,40.6,-111.8,1000\n"
START = pd.Timestamp("2023-01-01 00:00", tz="UTC")


@pytest.fixture
def sensors(tmp_path):
    path = tmp_path / "sensors.csv"
    path.write_text(SENSORS, encoding="utf-8")
    return path


def write(folder, columns, *, start=START, minutes=60, iso=False, name="history.csv", sensor=1234):
    """Write a download with the given columns; without a sensor, the index is in the file name."""
    count = len(next(iter(columns.values())))
    times = [start + pd.Timedelta(number * minutes, "min") for number in range(count)]
    table = pd.DataFrame(
        {"time_stamp": [time.isoformat() if iso else int(time.timestamp()) for time in times], **columns}
    )
    if sensor is not None:
        table.insert(1, "sensor_index", sensor)
    path = folder / name
    table.to_csv(path, index=False)
    return path


def notes(report):
    return " ".join(report.notes)


def found(dataset, variable="pm25", station="1234"):
    """Values by UTC hour."""
    return {
        f"{time:%d %H}": value for time, value in dataset[variable].sel(station=station).to_series().dropna().items()
    }


@pytest.mark.parametrize("iso", [False, True])
def test_averages_of_an_hour(tmp_path, sensors, iso):
    write(tmp_path, {"pm2.5_atm": [5.0, 6.0, 7.0], "pm10.0_atm": [8.0, 9.0, 10.0]}, iso=iso)
    dataset, report = read("purpleair", tmp_path, stations=sensors, strict=True)
    assert found(dataset) == {"01 01": 5, "01 02": 6, "01 03": 7}
    assert found(dataset, "pm10") == {"01 01": 8, "01 02": 9, "01 03": 10}
    assert (float(dataset.longitude[0]), float(dataset.latitude[0])) == (-111.9, 40.7)
    assert float(dataset.elevation[0]) == pytest.approx(4200 * 0.3048)
    assert str(dataset.name.values[0]) == "Roof"
    assert dataset.attrs["time_zone"] == "UTC"
    assert "pm2.5_atm" in notes(report)
    assert "label their beginning" in notes(report)
    assert "1 file without the columns of both channels" in notes(report)


def test_times_with_an_offset(tmp_path, sensors):
    write(tmp_path, {"pm2.5_atm": [5.0, 6.0]}, start=pd.Timestamp("2023-01-01", tz="America/Denver"), iso=True)
    dataset, _ = read_purpleair(tmp_path, sensors)
    assert found(dataset) == {"01 08": 5, "01 09": 6}


def test_label_of_averages(tmp_path, sensors):
    assert CONVENTIONS["purpleair"].label == inspect.signature(read_purpleair).parameters["hour_label"].default
    write(tmp_path, {"pm2.5_atm": [5.0, 6.0, 7.0]})
    dataset, report = read_purpleair(tmp_path, sensors, hour_label="ending")
    assert found(dataset) == {"01 00": 5, "01 01": 6, "01 02": 7}
    assert "label their end" in notes(report)


def test_averages_of_ten_minutes(tmp_path, sensors):
    write(tmp_path, {"pm2.5_atm": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 60.0]}, minutes=10)
    dataset, _ = read_purpleair(tmp_path, sensors)
    assert found(dataset) == {"01 01": 3.5}


def test_readings_of_two_minutes(tmp_path, sensors):
    write(tmp_path, {"pm2.5_atm": [4.0] * 30 + [8.0] * 30}, start=START + pd.Timedelta(2, "min"), minutes=2)
    dataset, report = read_purpleair(tmp_path, sensors)
    assert found(dataset) == {"01 01": 4, "01 02": 8}
    assert "readings of two minutes label their end" in notes(report)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("1234 2023-01-01 2023-12-31 60-Minute Average.csv", "1234"),
        ("56_60-Minute Average.csv", "56"),
        ("sensor-1234-1672531200-1672617600.csv", "1234"),
        ("sensor_index_56.csv", "56"),
        ("purpleair_56.csv", "56"),
    ],
)
def test_index_in_the_file_name(tmp_path, sensors, name, code):
    write(tmp_path, {"pm2.5_atm": [5.0, 6.0]}, name=name, sensor=None)
    dataset, _ = read_purpleair(tmp_path, sensors)
    assert dataset.station.values.tolist() == [code]


@pytest.mark.parametrize("name", ["2019-01-01_2025-05-01_60-Minute_Average.csv", "history.csv"])
def test_no_index(tmp_path, sensors, name):
    write(tmp_path, {"pm2.5_atm": [5.0, 6.0]}, name=name, sensor=None)
    with pytest.raises(InputError, match=rf"{name}: no column sensor_index"):
        read_purpleair(tmp_path, sensors)


def test_channels(tmp_path, sensors):
    first = [10.0, 10.0, 10.0, 100.0, None, 0.0]
    second = [12.0, 14.9, 30.0, 106.0, 9.0, 4.9]
    write(tmp_path, {"pm2.5_atm_a": first, "pm2.5_atm_b": second, "pm2.5_atm": [99.0] * 6})
    dataset, report = read_purpleair(tmp_path, sensors, strict=True)
    assert found(dataset) == pytest.approx({"01 01": 11, "01 02": 12.45, "01 04": 103, "01 06": 2.45})
    assert "1 value where the channels A and B differ" in notes(report)
    assert "1 value with one channel only" in notes(report)


def test_estimates(tmp_path, sensors):
    write(tmp_path, {"pm2.5_atm": [1.0], "pm2.5_cf_1": [2.0], "pm2.5_alt": [3.0]})
    for column, value in (("pm2.5_atm", 1), ("pm2.5_cf_1", 2), ("pm2.5_alt", 3)):
        dataset, _ = read_purpleair(tmp_path, sensors, column=column, average=60)
        assert found(dataset) == {"01 01": value}


def test_correction(tmp_path, sensors):
    columns = {
        "pm2.5_cf_1_a": [20.0, 0.0, 20.0, 30.0],
        "pm2.5_cf_1_b": [22.0, 0.0, 20.0, 30.0],
        "humidity": [50, 100, None, 255],
    }
    write(tmp_path, columns)
    dataset, report = read_purpleair(tmp_path, sensors, column="pm2.5_cf_1", correction="barkjohn")
    assert found(dataset) == pytest.approx({"01 01": 0.524 * 21 - 0.0862 * 50 + 5.75, "01 02": 0.0}, rel=1e-5)
    assert "doi:10.5194/amt-14-4617-2021); 1 value below 0 set to 0" in notes(report)
    assert "2 values without a humidity from 0 to 100 %" in notes(report)
    raw, _ = read_purpleair(tmp_path, sensors, column="pm2.5_cf_1")
    assert found(raw) == {"01 01": 21, "01 02": 0, "01 03": 20, "01 04": 30}


def test_humidity_is_read_for_the_calibration(tmp_path, sensors):
    write(tmp_path, {"pm2.5_atm": [5.0, 6.0, 7.0], "humidity": [40, 255, 60]})
    dataset, report = read_purpleair(tmp_path, sensors)
    assert found(dataset, "relative_humidity") == {"01 01": 40, "01 03": 60}
    assert found(dataset) == {"01 01": 5, "01 02": 6, "01 03": 7}
    assert dataset.relative_humidity.attrs["units"] == "%"
    assert "humidity is read as relative_humidity" in notes(report)
    write(tmp_path, {"pm2.5_atm": [5.0, 6.0, 7.0]})
    dry, report = read_purpleair(tmp_path, sensors)
    assert "relative_humidity" not in dry
    assert "relative_humidity" not in notes(report)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"column": "pm2.5_atm_a"}, "column: 'pm2.5_atm_a'"),
        ({"column": "atm"}, "column: 'atm'"),
        ({"correction": "epa"}, "correction: 'epa'"),
        ({"correction": "barkjohn"}, "applies to pm2.5_cf_1"),
        ({"hour_label": "end"}, "hour_label: 'end'"),
        ({"average": 1440}, "average: 1440 minutes"),
        ({"column": "pm2.5_alt"}, "no column pm2.5_alt"),
        ({"column": "pm2.5_cf_1", "correction": "barkjohn"}, "no column humidity"),
    ],
)
def test_invalid_options(tmp_path, sensors, options, message):
    write(tmp_path, {"pm2.5_atm": [5.0, 6.0], "pm2.5_cf_1": [5.0, 6.0]})
    with pytest.raises(InputError, match=message):
        read_purpleair(tmp_path, sensors, **options)


@pytest.mark.parametrize(("minutes", "name"), [(360, "x.csv"), (1440, "x.csv"), (1440, "1234 1440-Minute Average.csv")])
def test_averages_of_longer_periods(tmp_path, sensors, minutes, name):
    write(tmp_path, {"pm2.5_atm": [5.0, 6.0, 7.0]}, minutes=minutes, name=name)
    with pytest.raises(InputError, match=f"averages of {minutes // 60} hours"):
        read_purpleair(tmp_path, sensors)


def test_one_time_only(tmp_path, sensors):
    write(tmp_path, {"pm2.5_atm": [5.0]})
    with pytest.raises(InputError, match="unknown averaging period; give average=MINUTES"):
        read_purpleair(tmp_path, sensors)


def test_two_sensors_in_any_order_and_one_without_coordinates(tmp_path, sensors):
    write(tmp_path, {"pm2.5_atm": [5.0, 6.0]})
    write(tmp_path, {"pm2.5_atm": [7.0, 8.0]}, name="other.csv", sensor=56)
    write(tmp_path, {"pm2.5_atm": [9.0, 9.0]}, name="third.csv", sensor=99)
    path = tmp_path / "history.csv"
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([head, *rows[::-1]]))
    dataset, report = read_purpleair(tmp_path, sensors)
    assert found(dataset) == {"01 01": 5, "01 02": 6}
    assert found(dataset, station="56") == {"01 01": 7, "01 02": 8}
    assert report.without_coordinates == ["99"]


def test_elevation_in_meters(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("code,longitude,latitude,elevation\n1234,-111.9,40.7,1280\n")
    write(tmp_path, {"pm2.5_atm": [5.0, 6.0]})
    dataset, report = read_purpleair(tmp_path, table)
    assert float(dataset.elevation[0]) == 1280
    assert "feet" not in notes(report)


def test_invalid_rows(tmp_path, sensors):
    path = write(tmp_path, {"pm2.5_atm": [5.0, 6.0, 7.0]})
    path.write_text(path.read_text() + "yesterday,1234,5\n1672545600,1234,many\n16725456")
    dataset, report = read_purpleair(tmp_path, sensors)
    assert found(dataset) == {"01 01": 5, "01 02": 6, "01 03": 7}
    faults = " ".join(fault for _, fault in report.damaged)
    for fault in ("1 row without a valid time", "1 value not numeric, such as 'many'", "wrong number of fields"):
        assert fault in faults


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty"),
        ("<html></html>", "HTML"),
        ("UTCDateTime,mac_address,pm2_5_cf_1\n2024/07/01T00:00:00z,8:3a,12\n", "no column time_stamp"),
        ("time_stamp,sensor_index,temperature\n1672531200,1234,50\n", "no column pm2.5_atm"),
        ("time_stamp,sensor_index,pm2.5_atm\n", "no rows"),
    ],
)
def test_other_files(tmp_path, sensors, content, reason):
    (tmp_path / "other.csv").write_text(content)
    with pytest.raises(InputError, match=reason):
        read_purpleair(tmp_path, sensors)
    write(tmp_path, {"pm2.5_atm": [5.0, 6.0]})
    dataset, report = read_purpleair(tmp_path, sensors)
    assert found(dataset) == {"01 01": 5, "01 02": 6}
    assert reason in report.skipped[0][1]


@given(
    st.lists(st.floats(0, 500, width=32) | st.none(), min_size=2, max_size=6).filter(
        lambda values: values[0] is not None
    ),
    st.booleans(),
    st.integers(0, 10**6),
    st.randoms(use_true_random=False),
)
def test_random_values_read_back(tmp_path_factory, values, iso, hour, random):
    folder = tmp_path_factory.mktemp("purpleair")
    (folder / "sensors.csv").write_text(SENSORS)
    start = pd.Timestamp("2018-01-01", tz="UTC") + pd.Timedelta(hour % 50000, "h")
    path = write(folder, {"pm2.5_cf_1": values}, start=start, iso=iso)
    head, *rows = path.read_text().splitlines()
    random.shuffle(rows)
    path.write_text("\n".join([head, *rows, ""]))
    dataset, _ = read_purpleair(folder, folder / "sensors.csv", column="pm2.5_cf_1", strict=True)
    expected = np.array([np.nan if value is None else value for value in values], np.float32)
    first = start.tz_localize(None) + pd.Timedelta(1, "h")
    series = dataset.pm25.sel(station="1234").to_series()
    np.testing.assert_array_equal(series.reindex(pd.date_range(first, periods=len(values), freq="h")), expected)


def test_instruments_are_sensors(tmp_path, sensors):
    write(tmp_path, {"pm2.5_atm": [5.0, 6.0]})
    dataset, report = read_purpleair(tmp_path, sensors)
    assert set(dataset.instrument.values) == {"sensor"}
    assert "instruments: 1 sensor." in report.notes


def test_a_file_with_one_time_has_the_averaging_period_of_the_others(tmp_path, sensors):
    write(tmp_path, {"pm2.5_atm": [5.0]}, name="a.csv")
    with pytest.raises(InputError, match=r"a\.csv: unknown averaging period; give average=MINUTES"):
        read_purpleair(tmp_path, sensors)
    write(tmp_path, {"pm2.5_atm": [6.0, 7.0]}, start=START + pd.Timedelta("1h"), name="b.csv")
    dataset, report = read_purpleair(tmp_path, sensors)
    assert found(dataset) == {"01 01": 5, "01 02": 6, "01 03": 7}
    assert "a.csv: one time only; averages of 60 minutes as in most other files." in report.notes


def test_of_repeated_columns_the_first_one_is_used(tmp_path, sensors):
    path = write(tmp_path, {"pm2.5_atm": [5.0, 6.0], "x": [8.0, 9.0]})
    path.write_text(path.read_text().replace(",x\n", ",pm2.5_atm\n"))
    dataset, report = read_purpleair(tmp_path, sensors)
    assert found(dataset) == {"01 01": 5, "01 02": 6}
    assert "history.csv: several columns pm2.5_atm; the first one is used." in report.notes
