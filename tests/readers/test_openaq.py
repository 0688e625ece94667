import gzip
import inspect

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read, read_openaq
from aqnet_pyg.readers.conventions import CONVENTIONS
from aqnet_pyg.readers.files import text_blocks

ARCHIVE = "location_id,sensors_id,location,datetime,lat,lon,parameter,units,value"
EXPORT = (
    "location_id,location_name,parameter,value,unit,datetimeUtc,datetimeLocal,timezone,latitude,longitude,country_iso,isMobile,"
    "isMonitor,owner_name,provider"
)
MEXICO = ["MX-7", "19.43", "-99.13"]


def write_archive(folder, location, day, rows, header=ARCHIVE):
    """Write a file of the public archive under its path, and return it."""
    year, month = day[:4], day[4:6]
    path = folder / f"records/csv.gz/locationid={location}/year={year}/month={month}/location-{location}-{day}.csv.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("\n".join([header, *rows, ""]).encode()))
    return path


def row(time, parameter, value, units="µg/m³", *, location="7", sensor="70", place=MEXICO):
    name, latitude, longitude = place
    return f'{location},{sensor},"{name}","{time}",{latitude},{longitude},"{parameter}","{units}",{value}'


def write_export(path, rows, header=EXPORT):
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def exported(
    utc, parameter, value, *, unit="µg/m³", location="12", zone="America/Toronto", mobile="", position="43.5,-79.5"
):
    local = pd.Timestamp(utc).tz_convert(zone).isoformat()
    return f'{location},"North",{parameter},{value},{unit},{utc},{local},{zone},{position},CA,{mobile},,Owner,AirNow'


def notes(report):
    return " ".join(report.notes)


def test_archive(tmp_path):
    rows = [row(f"2022-05-03T{hour:02d}:00:00-06:00", "pm25", hour) for hour in (1, 2, 4)]
    rows += [row("2022-05-03T01:00:00-06:00", "o3", 0.05, "ppm", sensor="71")]
    rows += [row("2022-05-03T01:00:00-06:00", "co", 0.5, "ppm", sensor="72")]
    rows += [row("2022-05-03T01:00:00-06:00", "relativehumidity", 40, "%", sensor="73")]
    write_archive(tmp_path, "7", "20220503", rows)
    write_archive(tmp_path, "7", "20220504", [row("2022-05-04T00:00:00-06:00", "pm25", 24)])
    dataset, report = read_openaq(tmp_path, strict=True)
    assert dataset.time.to_index().equals(pd.date_range("2022-05-03 07:00", "2022-05-04 06:00", freq="h"))
    assert dataset.station.values.tolist() == ["7"]
    assert (float(dataset.longitude[0]), float(dataset.latitude[0]), str(dataset.name.values[0])) == (
        -99.13,
        19.43,
        "MX-7",
    )
    pm25 = dataset.pm25.values[:, 0]
    np.testing.assert_array_equal(pm25[:4], np.array([1, 2, np.nan, 4], np.float32))
    assert pm25[-1] == 24
    assert np.isfinite(pm25).sum() == 4
    assert float(dataset.o3[0, 0]) == pytest.approx(50 * 47.998 / 24.465, rel=1e-4)
    assert float(dataset.co[0, 0]) == pytest.approx(0.5 * 28.010 / 24.465, rel=1e-4)  # mg m-3
    assert report.files_read == 2
    assert "label the end of the averaging period" in notes(report)
    assert "at 25 °C and 1013.25 hPa: co from ppm, o3 from ppm" in notes(report)
    assert "other parameters left out: relativehumidity 1." in notes(report)


def test_reference_temperature_of_conversions(tmp_path):
    write_archive(tmp_path, "7", "20220503", [row("2022-05-03T01:00:00-06:00", "no2", 10, "ppb")])
    cool, report = read_openaq(tmp_path, temperature=0.0)
    warm, _ = read_openaq(tmp_path)
    assert float(cool.no2[0, 0]) / float(warm.no2[0, 0]) == pytest.approx(298.15 / 273.15, rel=1e-5)
    assert "at 0 °C" in notes(report)


def test_sensors_of_a_location_are_instruments(tmp_path):
    hours = [f"2022-05-03T{hour:02d}:00:00Z" for hour in (1, 2, 3)]
    second = [row(time, "pm25", value, sensor="100") for time, value in zip(hours, (11, 12, 13), strict=True)]
    first = [row(time, "pm25", value, sensor="99") for time, value in zip(hours, (1, -999, 3), strict=True)]
    write_archive(tmp_path, "7", "20220503", second + first)
    dataset, report = read_openaq(tmp_path)
    assert dataset.sizes["station"] == 1
    np.testing.assert_array_equal(dataset.pm25.values[:, 0], np.array([1, 12, 3], np.float32))
    assert "codes of missing values left out: -999 1." in notes(report)


def test_defaults_are_the_conventions():
    convention = CONVENTIONS["openaq"]
    assert convention.label == "ending"
    assert inspect.signature(read_openaq).parameters["temperature"].default == convention.temperature


@pytest.mark.parametrize("code", [-1, -9, -99, -999, -9999, -99999])
def test_codes_of_missing_values(tmp_path, code):
    rows = [row("2022-05-03T01:00:00Z", "no2", code, "ppm"), row("2022-05-03T02:00:00Z", "no2", 0.01, "ppm")]
    write_archive(tmp_path, "7", "20220503", rows)
    dataset, report = read_openaq(tmp_path)
    assert np.isfinite(dataset.no2.values).sum() == 1
    assert f"{code} 1" in notes(report)
    assert str(code) in CONVENTIONS["openaq"].missing.split(", ")
    assert not report.masked


def test_zones_with_half_hours(tmp_path):
    rows = [row(f"2025-01-01T{hour}:30:00+05:30", "pm25", value) for hour, value in (("05", 1), ("06", 2))]
    write_archive(tmp_path, "8118", "20250101", rows)
    assert read_openaq(tmp_path)[0].attrs["time_zone"] == "+05:30"
    dataset, _ = read_openaq(tmp_path, time_zone="Asia/Kolkata")
    assert dataset.time.to_index().equals(pd.DatetimeIndex(["2025-01-01 00:00", "2025-01-01 01:00"]))
    assert dataset.attrs["time_zone"] == "Asia/Kolkata"
    np.testing.assert_array_equal(dataset.pm25.values[:, 0], np.array([1, 2], np.float32))


def test_daily_means(tmp_path):
    rows = [row(f"2025-01-{day:02d}T00:00:00+05:30", "pm25", day) for day in (2, 3, 4)]
    write_archive(tmp_path, "7", "20250101", rows)
    with pytest.raises(InputError, match="resolution='day'"):
        read_openaq(tmp_path)
    dataset, report = read_openaq(tmp_path, resolution="day")
    found = dataset.pm25.sel(station="7").to_series().dropna()
    assert found.to_dict() == {pd.Timestamp(f"2025-01-{day:02d} 19:00"): day + 1 for day in (1, 2, 3)}
    assert "daily means" in notes(report)


def test_large_files_are_read_in_parts(tmp_path, monkeypatch):
    hours = pd.date_range("2025-01-01 01:00", periods=60, freq="h", tz="UTC")
    rows = [row(time.isoformat(), "pm25", number) for number, time in enumerate(hours)]
    write_archive(tmp_path, "7", "20250101", rows)
    expected, _ = read_openaq(tmp_path)
    monkeypatch.setattr(text_blocks, "BLOCK_BYTES", 500)
    found, report = read_openaq(tmp_path, strict=True)
    assert found.identical(expected)
    assert report.files_read == 1
    assert found.pm25.values[:, 0].tolist() == list(range(60))


def test_unknown_time_zone(tmp_path):
    write_archive(tmp_path, "7", "20250101", [row("2025-01-01T01:00:00Z", "pm25", 5)])
    with pytest.raises(InputError, match="time_zone"):
        read_openaq(tmp_path, time_zone="Asia/Nowhere")


def test_readings_within_the_hour_are_averaged(tmp_path):
    minutes = pd.date_range("2025-01-01 00:15", "2025-01-01 02:00", freq="15min", tz="UTC")
    rows = [row(time.isoformat(), "pm25", number) for number, time in enumerate(minutes, 1)]
    write_archive(tmp_path, "7", "20250101", rows[:5] + rows[7:])
    dataset, _ = read_openaq(tmp_path)
    assert dataset.pm25.sel(station="7").to_series().dropna().to_dict() == {pd.Timestamp("2025-01-01 01:00"): 2.5}


def test_export(tmp_path):
    rows = [
        exported("2025-10-04T00:00:00Z", "pm25", 11.0),
        exported("2025-10-03T23:00:00Z", "pm25", 9.0),
        exported("2025-10-03T23:00:00Z", "so2", 0.001, unit="ppm"),
        exported("2025-10-03T23:00:00Z", "nox", 0.001, unit="ppm"),
        exported("2025-10-03T23:00:00Z", "pm25", 99, location="13", mobile="true"),
        exported("2025-10-03T22:00:00Z", "pm25", 99, location="14", mobile="False", position="44.5,-79.0"),
    ]
    path = write_export(tmp_path / "12_pm25.csv", rows)
    dataset, report = read("openaq", path, strict=True)
    assert dataset.station.values.tolist() == ["12", "14"]
    assert dataset.time.to_index().equals(pd.date_range("2025-10-03 22:00", periods=3, freq="h"))
    np.testing.assert_array_equal(dataset.pm25.sel(station="12"), np.array([np.nan, 9, 11], np.float32))
    assert float(dataset.so2.sel(station="12")[1]) == pytest.approx(64.066 / 24.465, rel=1e-4)
    assert dataset.attrs["time_zone"] == "America/Toronto"
    assert "1 row of 1 mobile location left out: 13." in notes(report)
    assert "nox 1" in notes(report)


def test_locations_in_two_time_zones(tmp_path):
    rows = [
        exported("2025-10-03T23:00:00Z", "pm25", 9.0),
        exported("2025-10-03T23:00:00Z", "pm25", 9.0, location="13", zone="America/New_York", position="40.7,-74.0"),
    ]
    dataset, report = read_openaq(write_export(tmp_path / "export.csv", rows))
    assert dataset.attrs["time_zone"] == "UTC"
    assert "2 time zones; local days are those of UTC" in notes(report)


@pytest.mark.parametrize(
    ("offsets", "zone", "note"),
    [
        (["-06:00", "-06:00"], "Etc/GMT+6", ""),
        (["Z", "+00:00"], "UTC", ""),
        (["-06:00", "-07:00"], "UTC", "2 UTC offsets; local days are those of UTC"),
    ],
)
def test_local_zone_of_the_archive(tmp_path, offsets, zone, note):
    rows = [row(f"2022-05-03T0{hour}:00:00{offset}", "pm25", 5) for hour, offset in enumerate(offsets)]
    write_archive(tmp_path, "7", "20220503", rows)
    dataset, report = read_openaq(tmp_path)
    assert dataset.attrs["time_zone"] == zone
    assert note in notes(report)
    assert bool(note) == ("local days" in notes(report))


def test_earlier_exports(tmp_path):
    header = "locationId,location,city,country,utc,local,parameter,value,unit,latitude,longitude"
    line = "{id}Site A,Delhi,IN,{utc},2020-01-01T06:30:00+05:30,no2,20.5,µg/m³,28.6,77.2"
    second = write_export(tmp_path / "v2.csv", [line.format(id="235,", utc="2020-01-01T01:00:00Z")], header)
    first = write_export(
        tmp_path / "v1.csv", [line.format(id="", utc="2020-01-01T01:00:00.000Z")], header.removeprefix("locationId,")
    )
    for path, code in ((second, "235"), (first, "Site A")):
        dataset, _ = read_openaq(path, strict=True)
        assert dataset.station.values.tolist() == [code]
        assert dataset.no2.to_series().to_dict() == {(pd.Timestamp("2020-01-01 01:00"), code): 20.5}


def test_mobile_locations_in_the_archive(tmp_path):
    rows = [row("2025-01-01T01:00:00Z", "pm25", 5)]
    for hour in range(1, 4):
        place = ["bus", f"19.{hour}", "-99.0"]
        rows.append(row(f"2025-01-01T0{hour}:00:00Z", "pm25", 50, location="8", place=place))
    write_archive(tmp_path, "7", "20250101", rows)
    dataset, report = read_openaq(tmp_path)
    assert dataset.station.values.tolist() == ["7"]
    assert "3 rows of 1 mobile location left out: 8." in notes(report)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (row("2025-01-01T02:00:00", "pm25", 50), "1 row without a valid time with UTC offset"),
        (row("yesterday", "pm25", 50), "1 row without a valid time with UTC offset"),
        (row("2025-01-01T02:00:00Z", "pm25", 50, "c/cm³"), "1 row of pm25 in unknown units 'c/cm³'"),
        (row("2025-01-01T02:00:00Z", "pm25", 50, "ppm"), "1 row of pm25 in unknown units 'ppm'"),
        (row("2025-01-01T02:00:00Z", "pm25", '"5 0"'), "1 row with a value that is not numeric"),
        (row("2025-01-01T02:00:00Z", "pm25", 50, location=""), "1 row without a location"),
        (
            row("2025-01-01T02:00:00Z", "pm25", 50, location="8", place=["X", "-99.1", "19.4"]),
            "1 row without valid coordinates",
        ),
        ("7,70,MX-7,2025-01-01T02:00", "wrong number of fields"),
    ],
)
def test_invalid_rows(tmp_path, line, fault):
    path = write_archive(tmp_path, "7", "20250101", [row("2025-01-01T01:00:00Z", "pm25", 5), line])
    dataset, report = read_openaq(tmp_path)
    assert np.nansum(dataset.pm25.values) == 5
    assert any(file == path.name and fault in text for file, text in report.damaged)
    with pytest.raises(InputError, match=path.name):
        read_openaq(tmp_path, strict=True)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty"),
        ("<html><body>404</body></html>", "HTML"),
        ("State Code,County Code,Sample Measurement\n06,037,1\n", "not a file of OpenAQ"),
        (ARCHIVE + "\n", "no rows"),
        (
            ARCHIVE.replace("value", "amount") + "\n" + row("2025-01-01T01:00:00Z", "pm25", 5) + "\n",
            "no column for value",
        ),
    ],
)
def test_other_files(tmp_path, content, reason):
    path = tmp_path / "other.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=reason):
        read_openaq(path)
    write_archive(tmp_path, "7", "20250101", [row("2025-01-01T01:00:00Z", "pm25", 5)])
    dataset, report = read_openaq(tmp_path)
    assert dataset.sizes["station"] == 1
    assert report.skipped[0][0] == "other.csv"
    assert reason in report.skipped[0][1]


def test_truncated_gzip_file(tmp_path):
    path = write_archive(tmp_path, "7", "20250101", [row("2025-01-01T01:00:00Z", "pm25", 5)])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=path.name):
        read_openaq(tmp_path)


VALUES = st.floats(0, 900, width=32) | st.none()


@given(
    st.lists(st.lists(VALUES, min_size=2, max_size=2), min_size=1, max_size=5).filter(
        lambda table: all(value is not None for value in (table[0][0], table[0][1], table[-1][0]))
    ),
    st.sampled_from(["Z", "+00:00", "+05:30", "-03:30", "+12:00"]),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_random_values_read_back(tmp_path_factory, table, offset, archive, random):
    folder = tmp_path_factory.mktemp("openaq")
    start = pd.Timestamp("2024-02-28 20:00", tz="UTC")
    rows = []
    for hour, values in enumerate(table):
        utc = start + pd.Timedelta(hour, "h")
        for location, value in zip(("1", "02"), values, strict=True):
            if value is None:
                continue
            place = [f"Site {location}", f"1{int(location)}.5", "100.25"]
            if archive:
                time = utc if offset == "Z" else utc.tz_convert(offset.replace("Z", "+00:00"))
                text = time.isoformat().replace("+00:00", offset) if offset == "Z" else time.isoformat()
                rows.append(row(text, "pm10", repr(value), location=location, place=place))
            else:
                time = f"{utc:%Y-%m-%dT%H:%M:%SZ}"
                rows.append(exported(time, "pm10", repr(value), location=location, position=f"{place[1]},{place[2]}"))
    random.shuffle(rows)
    if archive:
        write_archive(folder, "1", "20240229", rows)
    else:
        write_export(folder / "export.csv", rows)
    dataset, _ = read_openaq(folder, strict=True)
    expected = np.array([[np.nan if value is None else value for value in values] for values in table], np.float32)
    np.testing.assert_array_equal(dataset.pm10.sel(station=["1", "02"]).values, expected)
    assert dataset.time.to_index()[0] == start.tz_localize(None)
