import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_sensor_community

HEADER = "sensor_id;sensor_type;location;lat;lon;timestamp;P1;durP1;ratioP1;P2;durP2;ratioP2"


def readings(day, sensor, values, *, kind="SDS011", position="48.778;9.236", step=150, first=30):
    """Rows of a sensor every 150 seconds, with the given pairs of PM10 and PM2.5."""
    start = pd.Timestamp(day) + pd.Timedelta(first, "s")
    return [
        f"{sensor};{kind};5;{position};{start + pd.Timedelta(number * step, 's'):%Y-%m-%dT%H:%M:%S};{coarse};;;{fine};;"
        for number, (coarse, fine) in enumerate(values)
    ]


def write(folder, rows, name="2020-01-12_sds011_sensor_35233.csv", header=HEADER):
    path = folder / name
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def notes(report):
    return " ".join(report.notes)


def test_hourly_means(tmp_path):
    write(tmp_path, readings("2020-01-12", "35233", [(20.0, 10.0)] * 12 + [(40.0, 30.0)] * 12 + [(1.0, 1.0)] * 5))
    dataset, report = read_sensor_community(tmp_path, strict=True)
    assert dataset.station.values.tolist() == ["35233"]
    assert (float(dataset.longitude[0]), float(dataset.latitude[0])) == (9.236, 48.778)
    assert dataset.attrs["time_zone"] == "UTC"
    for name, mean in (("pm10", 30.0), ("pm25", 20.0)):
        found = dataset[name].to_series().dropna()
        assert found.to_dict() == {
            (pd.Timestamp("2020-01-12 01:00"), "35233"): mean
        }  # the second hour has too few readings
    assert "P1 is PM10, P2 is PM2.5" in notes(report)


def test_a_reading_at_the_full_hour_belongs_to_the_hour_that_ends(tmp_path):
    write(tmp_path, readings("2020-01-12", "1", [(2.0, 1.0)] * 24 + [(9.0, 9.0)] * 24, first=150))
    dataset, _ = read_sensor_community(tmp_path)
    np.testing.assert_array_equal(dataset.pm25.values[:, 0], np.array([1, 9], np.float32))


def test_empty_and_invalid_readings(tmp_path):
    rows = readings(
        "2020-01-12", "1", [(20.0, 10.0)] * 20 + [("", ""), ("nan", "unavailable"), ("%.1f", 10.0), (20.0, 10.0)]
    )
    write(tmp_path, rows)
    dataset, report = read_sensor_community(tmp_path, strict=True)
    assert float(dataset.pm10[0, 0]) == 20
    assert float(dataset.pm25[0, 0]) == 10
    assert "5 empty values" in notes(report)


def test_readings_at_the_end_of_the_measuring_range(tmp_path):
    write(tmp_path, readings("2020-01-12", "1", [(20.0, 10.0)] * 23 + [(1999.90, 999.90)]))
    dataset, report = read_sensor_community(tmp_path)
    assert (float(dataset.pm10[0, 0]), float(dataset.pm25[0, 0])) == (20, 10)
    assert "2 readings at the end of the measuring range" in notes(report)


def test_files_of_other_sensors(tmp_path):
    write(tmp_path, readings("2020-01-12", "1", [(20.0, 10.0)] * 24))
    weather = write(
        tmp_path,
        ["2;BME280;5;48.7;9.2;2020-01-12T00:00:01;98000;;;3.1;80"],
        "2020-01-12_bme280_sensor_2.csv",
        "sensor_id;sensor_type;location;lat;lon;timestamp;pressure;altitude;pressure_sealevel;temperature;humidity",
    )
    write(tmp_path, readings("2020-01-12", "3", [(90.0, 90.0)] * 24), "2020-01-12_sds011_sensor_3_indoor.csv")
    write(
        tmp_path, readings("2020-01-12", "4", [(900.0, 90.0)] * 24, kind="PPD42NS"), "2020-01-12_ppd42ns_sensor_4.csv"
    )
    dataset, report = read_sensor_community(tmp_path, strict=True)
    assert dataset.station.values.tolist() == ["1"]
    assert "1 files of indoor sensors" in notes(report)
    assert "1 files of sensors of other quantities" in notes(report)
    assert "24 rows of the type PPD42NS" in notes(report)
    with pytest.raises(InputError, match="other quantities"):
        read_sensor_community(weather)


def test_file_of_a_month_with_several_sensors(tmp_path):
    rows = readings("2020-01-12", "1", [(20.0, 10.0)] * 24) + readings(
        "2020-01-12", "2", [(4.0, 2.0)] * 24, position="52.5;13.4"
    )
    write(tmp_path, sorted(rows, key=lambda text: text.split(";")[5]), "2020-01_sds011.csv")
    dataset, _ = read_sensor_community(tmp_path, strict=True)
    assert dataset.pm10.isel(time=0).to_series().to_dict() == {"1": 20, "2": 4}
    assert dataset.longitude.values.tolist() == [9.236, 13.4]


def test_invalid_rows(tmp_path):
    rows = readings("2020-01-12", "1", [(20.0, 10.0)] * 24)
    rows[3] = rows[3].replace("2020-01-12T", "12.01.2020 ")
    rows[4] = rows[4].replace(";20.0;", ";2x;")
    path = write(tmp_path, [*rows, rows[-1][:30]])
    _, report = read_sensor_community(tmp_path)
    faults = [fault for file, fault in report.damaged if file == path.name]
    assert any("1 row without a sensor or a valid time" in fault for fault in faults)
    assert any("1 value not numeric, such as '2x'" in fault for fault in faults)
    assert any("wrong number of fields" in fault for fault in faults)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty"),
        ("<!DOCTYPE html><p>404</p>", "HTML"),
        ("a;b\n1;2\n", "no column sensor_id"),
        (HEADER.replace("P1", "X").replace("P2", "Y") + "\n", "no column P1 and P2"),
        (HEADER + "\n", "no rows"),
    ],
)
def test_other_contents(tmp_path, content, reason):
    path = tmp_path / "2020-01-12_sds011_sensor_9.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=reason):
        read_sensor_community(path)


@given(
    st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 9000)), min_size=24, max_size=24),
    st.integers(1, 149),
    st.sampled_from(["SDS011", "SPS30", "PMS7003"]),
)
def test_random_readings_are_averaged(tmp_path_factory, tenths, first, kind):
    folder = tmp_path_factory.mktemp("readings")
    values = [(coarse / 10, fine / 10) for coarse, fine in tenths]
    write(
        folder, readings("2021-07-01", "7", values, kind=kind, first=first), f"2021-07-01_{kind.lower()}_sensor_7.csv"
    )
    dataset, _ = read_sensor_community(folder, strict=True)
    means = np.mean(values, axis=0)
    assert float(dataset.pm10[0, 0]) == pytest.approx(means[0], rel=1e-5, abs=1e-6)
    assert float(dataset.pm25[0, 0]) == pytest.approx(means[1], rel=1e-5, abs=1e-6)
    assert dataset.time.to_index()[0] == pd.Timestamp("2021-07-01 01:00")


def test_instruments_are_sensors(tmp_path):
    write(tmp_path, readings("2020-01-12", "35233", [(10.0, 5.0)] * 48))
    dataset, report = read_sensor_community(tmp_path)
    assert dataset.instrument.values.tolist() == ["sensor"]
    assert "instruments: 1 sensor." in report.notes


@pytest.mark.parametrize("day", ["2020-01-11", "2020-01-13"])
def test_a_file_with_one_reading_is_no_hourly_value(tmp_path, day):
    """Whether its file comes before or after those with more readings."""
    write(tmp_path, readings("2020-01-12", "1", [(20.0, 10.0)] * 24), "2020-01-12_sds011_sensor_1.csv")
    write(tmp_path, readings(day, "2", [(9.0, 9.0)]), f"{day}_sds011_sensor_2.csv")
    dataset, _ = read_sensor_community(tmp_path)
    assert dataset.station.values.tolist() == ["1"]
