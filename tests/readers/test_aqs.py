import zipfile

import numpy as np
import pandas as pd
import pytest
import readers.us_archives as us
from hypothesis import given, settings
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.aqs import read_aqs
from aqnet_pyg.readers.conventions import CONVENTIONS

OZONE = 47.998 / (8.314462618 * 298.15 / 101325 * 1e3)
"""µg m-3 per ppb at 25 °C and 1013.25 hPa."""


def hourly(folder, *rows, name="hourly_88101_2023.csv", encoding="utf-8"):
    return us.write(folder / name, us.csv_text(us.HOURLY, rows), encoding)


def daily(folder, *rows, name="daily_88101_2023.csv"):
    return us.write(folder / name, us.csv_text(us.DAILY, rows))


def airdata(folder, *rows, quantity="Daily Mean PM2.5 Concentration", names=None, name="ad_viz_plotval_data.csv"):
    header = [column.format(quantity=quantity) for column in us.AIRDATA]
    text = us.csv_text(header, rows)
    for new, old in (names or {}).items():
        text = text.replace(f'"{new}"', f'"{old}"', 1)
    return us.write(folder / name, text)


def values(dataset, variable="pm25"):
    """Values of the only station by the end of the hour, without missing ones."""
    series = dataset[variable].squeeze("station", drop=True).to_series().dropna()
    return {f"{time:%Y-%m-%d %H}": round(float(value), 4) for time, value in series.items()}


def note(report, words):
    """The note that contains some words."""
    found = [text for text in report.notes if words in text]
    assert len(found) == 1, report.notes
    return found[0]


def test_hours_are_gmt_and_label_their_beginning(tmp_path):
    hourly(tmp_path, us.hourly_row("2023-01-01", "23:00", 7.5), us.hourly_row("2023-01-02", "00:00", 8))
    dataset, report = read_aqs(tmp_path, strict=True)
    assert CONVENTIONS["aqs"].label == "beginning"
    assert values(dataset) == {"2023-01-02 00": 7.5, "2023-01-02 01": 8}
    assert dataset.attrs["time_zone"] == "Etc/GMT+6"
    assert report.files_read == 1
    assert note(report, "Date GMT") == "Date GMT and Time GMT are the beginning of the hour."


def test_codes_have_nine_digits_also_if_zeros_were_lost(tmp_path):
    whole = us.hourly_row("2023-01-01", "00:00", 1, site="01-089-0014")
    lost = us.hourly_row("2023-01-01", "01:00", 2, site="1-89-14")
    hourly(tmp_path, whole, lost)
    dataset, _ = read_aqs(tmp_path)
    assert dataset.station.values.tolist() == ["010890014"]
    assert values(dataset) == {"2023-01-01 01": 1, "2023-01-01 02": 2}
    assert dataset.province.item() == "Minnesota"
    assert (dataset.longitude.item(), dataset.latitude.item()) == (-93.2, 45.1)


@pytest.mark.parametrize(
    ("parameter", "variable", "measured", "expected"),
    [
        ("44201", "o3", 0.1, 100 * OZONE),
        ("42602", "no2", 100, 100 * OZONE / 47.998 * 46.006),
        ("42401", "so2", 100, 100 * OZONE / 47.998 * 64.066),
        ("42101", "co", 1, OZONE / 47.998 * 28.010),
        ("88101", "pm25", 12.3, 12.3),
        ("81102", "pm10", 12, 12),
    ],
)
def test_units(tmp_path, parameter, variable, measured, expected):
    hourly(tmp_path, us.hourly_row("2023-01-01", "00:00", measured, parameter=parameter))
    dataset, report = read_aqs(tmp_path, strict=True)
    np.testing.assert_allclose(dataset[variable].item(), expected, rtol=1e-6)
    gas = variable not in ("pm25", "pm10")
    assert any(f"{variable} converted from ppm or ppb at 25 °C and 1013.25 hPa" in text for text in report.notes) == gas


def test_unknown_units_are_left_out(tmp_path):
    rows = [
        us.hourly_row("2023-01-01", "00:00", 5),
        us.hourly_row("2023-01-01", "01:00", 5, **{"Units of Measure": "Parts per billion"}),
    ]
    hourly(tmp_path, *rows)
    dataset, report = read_aqs(tmp_path)
    assert values(dataset) == {"2023-01-01 01": 5}
    assert report.damaged[0][1] == "1 row of PM2.5 in 'Parts per billion', which are not its units, left out"


def test_lowest_instrument_with_a_value(tmp_path):
    rows = [
        us.hourly_row("2023-01-01", "00:00", 10, poc=10),
        us.hourly_row("2023-01-01", "00:00", 3, poc=3),
        us.hourly_row("2023-01-01", "01:00", 11, poc=10),
    ]
    hourly(tmp_path, *rows)
    dataset, report = read_aqs(tmp_path)
    assert values(dataset) == {"2023-01-01 01": 3, "2023-01-01 02": 11}
    assert "1 hour with values of several instruments" in note(report, "several instruments")


def test_parameter_88101_before_88502_in_several_files(tmp_path):
    first = [us.hourly_row("2023-01-01", "00:00", 1, poc=9)]
    second = [
        us.hourly_row("2023-01-01", "00:00", 2, parameter="88502"),
        us.hourly_row("2023-01-01", "01:00", 3, parameter="88502"),
    ]
    hourly(tmp_path, *second, name="hourly_88502_2023.csv")
    hourly(tmp_path / "more", *first)
    hourly(tmp_path, us.hourly_row("2023-01-01", "00:00", 0.1, parameter="44201"), name="hourly_44201_2023.csv")
    dataset, report = read_aqs(tmp_path, strict=True)
    assert values(dataset) == {"2023-01-01 01": 1, "2023-01-01 02": 3}
    assert set(values(dataset, "o3")) == {"2023-01-01 01"}
    assert note(report, "88502") == "PM2.5 is parameter 88101, and 88502 (2 rows) where that is missing."
    assert report.files_read == 3


def test_other_parameters_are_counted(tmp_path):
    row = us.hourly_row("2023-01-01", "00:00", 270, parameter="61104", **{"Units of Measure": "Degrees Compass"})
    hourly(tmp_path, row, name="hourly_WIND_2023.csv")
    hourly(tmp_path, us.hourly_row("2023-01-01", "00:00", 4))
    dataset, report = read_aqs(tmp_path, strict=True)
    assert list(dataset.data_vars) == ["pm25", "pm25_flag"]
    assert note(report, "other parameters") == "1 row of other parameters left out: 61104 (1)."


def test_zip_file_and_latin_1(tmp_path):
    row = us.hourly_row("2023-01-01", "00:00", 4, **{"State Name": "Québec"})
    path = hourly(tmp_path, row, encoding="latin-1")
    with zipfile.ZipFile(tmp_path / "hourly_88101_2023.zip", "w") as archive:
        archive.write(path, path.name)
    path.unlink()
    dataset, _ = read_aqs(tmp_path / "hourly_88101_2023.zip", strict=True)
    assert dataset.province.item() == "Québec"


def test_daily_means_need_resolution(tmp_path):
    daily(tmp_path, us.daily_row("2023-01-01", 5))
    with pytest.raises(InputError, match="daily values, read with resolution='day'"):
        read_aqs(tmp_path)


def test_hourly_files_are_not_days(tmp_path):
    hourly(tmp_path, us.hourly_row("2023-01-01", "00:00", 5))
    with pytest.raises(InputError, match="hourly values, read without resolution='day'"):
        read_aqs(tmp_path, resolution="day")


def test_days_end_at_midnight_in_the_standard_time_of_the_county(tmp_path):
    rows = [
        us.daily_row("2023-07-01", 5),
        us.daily_row("2023-07-01", 6, site="36-061-0001", Longitude=-74.0, Latitude=40.7),
        us.daily_row("2023-07-02", 7),
        us.daily_row("2023-07-02", 8, site="36-061-0001", Longitude=-74.0, Latitude=40.7),
        us.daily_row("2023-07-02", 9, site="27-001-0001"),
    ]
    daily(tmp_path, *rows)
    dataset, report = read_aqs(tmp_path, resolution="day", strict=True)
    assert dataset.pm25.sel(station="270031002", time="2023-07-02 06:00") == 5
    assert dataset.pm25.sel(station="360610001", time="2023-07-02 05:00") == 6
    assert int(np.isfinite(dataset.pm25).sum()) == 5
    assert dataset.attrs["time_zone"] == "Etc/GMT+6"
    assert "standard time of the county" in note(report, "midnight")
    assert dataset.name.values[1:].tolist() == ["Airport", "Airport"]


def test_days_in_a_given_zone(tmp_path):
    daily(tmp_path, us.daily_row("2023-07-01", 5), us.daily_row("2023-07-01", 6, site="80-002-0001"))
    dataset, _ = read_aqs(tmp_path, resolution="day", time_zone="America/Tijuana", strict=True)
    assert dataset.time.values.astype("datetime64[h]").astype(str).tolist() == ["2023-07-02T07"]
    assert dataset.attrs["time_zone"] == "America/Tijuana"
    dataset, _ = read_aqs(tmp_path, resolution="day", time_zone="-03:30", strict=True)
    assert dataset.time.values.astype("datetime64[h]").astype(str).tolist() == ["2023-07-02T04"]
    assert dataset.attrs["time_zone"] == "-03:30"
    dataset, report = read_aqs(tmp_path, resolution="day")
    assert dataset.station.values.tolist() == ["270031002"]
    assert report.damaged == [
        ("daily_88101_2023.csv", "1 row at sites outside the United States, whose days need time_zone, left out")
    ]


def test_unknown_zone(tmp_path):
    with pytest.raises(InputError, match="time_zone: 'Central' is not an IANA name"):
        read_aqs(daily(tmp_path, us.daily_row("2023-07-01", 5)), resolution="day", time_zone="Central")


@pytest.mark.parametrize("names", [None, us.OLD_AIRDATA_NAMES])
def test_airdata(tmp_path, names):
    rows = [
        us.airdata_row("01/02/2023", 10.5),
        us.airdata_row("01/03/2023", 11.5, Source="AirNow", **{"Site ID": "10890014"}),
    ]
    path = airdata(tmp_path, *rows, names=names)
    dataset, report = read_aqs(path, resolution="day", strict=True)
    assert sorted(dataset.station.values) == ["010890014", "270031002"]
    assert dataset.pm25.sel(station="270031002", time="2023-01-03 06:00") == 10.5
    assert dataset.pm25.sel(station="010890014", time="2023-01-04 06:00") == 11.5
    assert dataset.name.values.tolist() == ["Airport"] * 2
    assert note(report, "AirNow") == "1 value of AirNow, which are preliminary."


def test_daily_maxima_are_not_means(tmp_path):
    quantity = "Daily Max 8-hour Ozone Concentration"
    row = us.airdata_row("01/02/2023", 0.05, quantity=quantity, **{"AQS Parameter Code": "44201", "Units": "ppm"})
    path = airdata(tmp_path, row, quantity=quantity)
    with pytest.raises(InputError, match="'Daily Max 8-hour Ozone Concentration', which is not a mean of the day"):
        read_aqs(path, resolution="day")


FAULTY = {
    "empty.csv": ("", "empty file"),
    "page.csv": ("<!DOCTYPE html><html></html>", "HTML page instead of a table"),
    "other.csv": ("a,b\n1,2\n", "not a file of AQS with hourly or daily values"),
    "header.csv": (us.csv_text(us.HOURLY, []), "no rows"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_faulty_files(tmp_path, name):
    text, reason = FAULTY[name]
    us.write(tmp_path / name, text)
    with pytest.raises(InputError, match=reason):
        read_aqs(tmp_path)
    hourly(tmp_path, us.hourly_row("2023-01-01", "00:00", 5))
    dataset, report = read_aqs(tmp_path)
    assert values(dataset) == {"2023-01-01 01": 5}
    assert [(file, fault[: len(reason)]) for file, fault in report.skipped] == [(name, reason)]


@pytest.mark.parametrize("removed", [3, 40, 130])
def test_truncated_file(tmp_path, removed):
    path = hourly(tmp_path, *(us.hourly_row("2023-01-01", f"0{hour}:00", hour + 1) for hour in range(3)))
    text = path.read_text().rstrip()
    path.write_text(text[:-removed])
    dataset, report = read_aqs(path)
    assert values(dataset) == {"2023-01-01 01": 1, "2023-01-01 02": 2}
    assert "1 row with a wrong number of fields" in report.damaged[0][1]


def test_faulty_fields(tmp_path):
    rows = [
        us.hourly_row("2023-01-01", "00:00", 5),
        us.hourly_row("2023-13-01", "00:00", 6),
        us.hourly_row("2023-01-01", "25:00", 6),
        us.hourly_row("2023-01-01", "01:00", "BA"),
        us.hourly_row("2023-01-01", "02:00", ""),
    ]
    hourly(tmp_path, *rows)
    dataset, report = read_aqs(tmp_path)
    assert values(dataset) == {"2023-01-01 01": 5}
    assert sorted(fault for _, fault in report.damaged) == [
        "1 row not numeric, such as 'BA', left out",
        "2 rows without a valid date and time, left out",
    ]


@settings(max_examples=25)
@given(
    cells=st.dictionaries(
        st.tuples(st.integers(0, 60), st.sampled_from(["01-001-0001", "27-003-1002", "72-021-0010"])),
        st.integers(0, 10000).map(lambda tenths: tenths / 10),
        min_size=1,
        max_size=40,
    ),
    parameter=st.sampled_from(["88101", "81102", "42602"]),
    pocs=st.lists(st.integers(1, 30), min_size=1, max_size=2, unique=True),
)
def test_what_is_written_is_read(tmp_path_factory, cells, parameter, pocs):
    start = pd.Timestamp("2022-12-31 12:00")
    rows = []
    for (hour, site), value in cells.items():
        begin = start + pd.Timedelta(hour, "h")
        for rank, poc in enumerate(sorted(pocs)):
            day, time = f"{begin:%Y-%m-%d}", f"{begin:%H:%M}"
            rows.append(us.hourly_row(day, time, value + rank, site=site, parameter=parameter, poc=poc))
    dataset, _ = read_aqs(hourly(tmp_path_factory.mktemp("aqs"), *rows[::-1]), strict=True)
    variable = {"88101": "pm25", "81102": "pm10", "42602": "no2"}[parameter]
    factor = OZONE / 47.998 * 46.006 if variable == "no2" else 1.0
    kept = {key: value for key, value in cells.items() if value * factor <= 2000 or variable != "no2"}
    kept = {key: value for key, value in kept.items() if variable != "pm25" or value <= 3000}
    assert int(np.isfinite(dataset[variable]).sum()) == len(kept)
    for (hour, site), value in kept.items():
        found = dataset[variable].sel(station=site.replace("-", ""), time=start + pd.Timedelta(hour + 1, "h"))
        np.testing.assert_allclose(found.item(), value * factor, rtol=1e-6)
