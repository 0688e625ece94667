import numpy as np
import pytest
import readers.us_archives as us
from hypothesis import given, settings
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.airnow import read_airnow
from aqnet_pyg.readers.conventions import CONVENTIONS

PPB = 1 / (8.314462618 * 298.15 / 101325 * 1e3)
"""Micromoles per cubic meter and ppb at 25 °C and 1013.25 hPa."""


def data(folder, *lines, hour="2023010123", encoding="utf-8"):
    return us.write(folder / f"HourlyData_{hour}.dat", "\n".join(lines) + "\n", encoding)


def observations(folder, *rows, hour="2023010123"):
    return us.write(folder / f"HourlyAQObs_{hour}.dat", us.csv_text(us.AQ_OBS, rows))


def sites(folder, *lines):
    return us.write(folder / "Monitoring_Site_Locations_V2.dat", "\n".join([us.SITES_V2, *lines]) + "\n")


def test_hourly_data(tmp_path):
    sites(tmp_path, us.site_line())
    gases = [("OZONE", "PPB", 50), ("NO2", "PPB", 10), ("SO2", "PPB", 4), ("CO", "PPM", 0.5), ("PM10", "UG/M3", 20)]
    lines = [us.data_line("01/01/23", "23:00", value, parameter=name, units=units) for name, units, value in gases]
    data(
        tmp_path,
        us.data_line("01/01/23", "23:00", 7.5),
        *lines,
        us.data_line("01/01/23", "23:00", 3, parameter="WS", units="M/S"),
    )
    dataset, report = read_airnow(tmp_path, strict=True)
    assert CONVENTIONS["airnow"].label == "beginning"
    assert dataset.time.values.astype("datetime64[h]").astype(str).tolist() == ["2023-01-02T00"]
    expected = {"pm25": 7.5, "pm10": 20, "o3": 50 * 47.998 * PPB, "no2": 10 * 46.006 * PPB, "so2": 4 * 64.066 * PPB}
    for name, value in (expected | {"co": 0.5 * 28.010 * PPB}).items():
        np.testing.assert_allclose(dataset[name].item(), value, rtol=1e-6)
    assert dataset.station.item() == "270031002"
    assert (dataset.longitude.item(), dataset.latitude.item(), dataset.elevation.item()) == (-93.2, 45.1, 280)
    assert (dataset.name.item(), dataset.province.item()) == ("Airport", "MN")
    assert dataset.attrs["time_zone"] == "Etc/GMT+6"
    assert report.notes[-3:] == [
        "times are the beginning of the hour, UTC.",
        "so2, no2, o3, co converted from ppm or ppb at 25 °C and 1013.25 hPa.",
        "1 row of other parameters left out: WS (1).",
    ]
    assert read_airnow(tmp_path, time_zone="+05:30")[0].attrs["time_zone"] == "+05:30"


def test_hourly_aq_obs(tmp_path):
    row = us.obs_row("01/01/2023", "23:00", PM25=7.5, PM25_Unit="UG/M3", OZONE=50, OZONE_Unit="PPB")
    other = us.obs_row(
        "01/01/2023", "23:00", site="000010102", Latitude=47.6, Longitude=-52.7, PM10=9, PM10_Unit="UG/M3"
    )
    observations(tmp_path, row, other)
    dataset, _ = read_airnow(tmp_path, strict=True)
    assert dataset.time.values.astype("datetime64[h]").astype(str).tolist() == ["2023-01-02T00"]
    assert dataset.pm25.sel(station="270031002").item() == 7.5
    np.testing.assert_allclose(dataset.o3.sel(station="270031002").item(), 50 * 47.998 * PPB, rtol=1e-6)
    assert dataset.pm10.sel(station="000010102").item() == 9
    assert dataset.longitude.sel(station="000010102").item() == -52.7


def test_missing_values_and_half_hours(tmp_path):
    sites(tmp_path, us.site_line())
    lines = [us.data_line("01/01/23", "23:00", -999), us.data_line("01/01/23", "22:30", 5, offset="5.5")]
    data(tmp_path, *lines)
    dataset, report = read_airnow(tmp_path)
    assert dataset.pm25.values.tolist() == [[5]]
    assert "1 value of -999, which are missing." in report.notes
    assert not any("converted" in note for note in report.notes)  # particles only
    assert "1 time rounded to the nearest hour." in report.notes


@pytest.mark.parametrize("offset", ["-8", "0", "-3.5", "5.5"])
def test_the_offset_of_a_site_does_not_move_its_hours(tmp_path, offset):
    sites(tmp_path, us.site_line())
    data(tmp_path, us.data_line("07/01/25", "05:00", 9, offset=offset), hour="2025070105")
    dataset, _ = read_airnow(tmp_path, strict=True)
    assert dataset.time.values.astype("datetime64[h]").astype(str).tolist() == ["2025-07-01T06"]


def test_sites_without_coordinates_are_reported(tmp_path):
    sites(tmp_path, us.site_line())
    data(tmp_path, us.data_line("01/01/23", "23:00", 5), us.data_line("01/01/23", "23:00", 5, site="TT1"))
    dataset, report = read_airnow(tmp_path)
    assert dataset.station.values.tolist() == ["270031002"]
    assert report.without_coordinates == ["TT1"]


def test_hourly_data_need_a_list_of_sites(tmp_path):
    path = data(tmp_path, us.data_line("01/01/23", "23:00", 5))
    with pytest.raises(InputError, match=r"HourlyData_2023010123\.dat: the file has no coordinates"):
        read_airnow(path)
    listed = sites(tmp_path / "list", us.site_line())
    assert read_airnow(path, stations=listed)[0].pm25.item() == 5
    assert read_airnow(path, stations=[str(listed)])[0].pm25.item() == 5


def test_names_in_latin_1(tmp_path):
    sites(tmp_path, us.site_line(name="Montreal"))
    data(tmp_path, us.data_line("01/01/23", "23:00", 5, name='Montréal "Est"'), encoding="latin-1")
    assert read_airnow(tmp_path, strict=True)[0].name.item() == 'Montréal "Est"'


FAULTY = {
    "": "empty file",
    "<html></html>": "HTML page instead of a table",
    "a,b\n1,2\n": "neither HourlyData nor HourlyAQObs",
}


@pytest.mark.parametrize("text", FAULTY)
def test_faulty_files(tmp_path, text):
    sites(tmp_path, us.site_line())
    us.write(tmp_path / "HourlyData_2023010100.dat", text)
    with pytest.raises(InputError, match=FAULTY[text]):
        read_airnow(tmp_path)
    data(tmp_path, us.data_line("01/01/23", "23:00", 5), "01/01/23|23:00|2700")
    dataset, report = read_airnow(tmp_path)
    assert dataset.pm25.item() == 5
    assert report.skipped[0][1].startswith(FAULTY[text])
    assert "1 row with a wrong number of fields" in report.damaged[0][1]


@settings(max_examples=25)
@given(
    cells=st.dictionaries(
        st.tuples(st.integers(0, 23), st.sampled_from(["270031002", "000010102", "PHC050001"])),
        st.integers(0, 30000).map(lambda tenths: tenths / 10),
        min_size=1,
        max_size=20,
    )
)
def test_what_is_written_is_read_in_both_formats(tmp_path_factory, cells):
    folder = tmp_path_factory.mktemp("airnow")
    sites(folder, *(us.site_line(site) for site in ("270031002", "000010102", "PHC050001")))
    for hour in {hour for hour, _ in cells}:
        chosen = {site: value for (one, site), value in cells.items() if one == hour}
        name, time = f"20230101{hour:02d}", f"{hour:02d}:00"
        data(folder / "data", *(us.data_line("01/01/23", time, v, site=s) for s, v in chosen.items()), hour=name)
        rows = [us.obs_row("01/01/2023", time, site=s, PM25=v, PM25_Unit="UG/M3") for s, v in chosen.items()]
        observations(folder / "obs", *rows, hour=name)
    first, _ = read_airnow(folder / "data", stations=folder / "Monitoring_Site_Locations_V2.dat", strict=True)
    second, _ = read_airnow(folder / "obs", strict=True)
    for dataset in (first, second):
        assert int(np.isfinite(dataset.pm25).sum()) == len(cells)
        for (hour, site), value in cells.items():
            time = np.datetime64("2023-01-01T00") + np.timedelta64(hour + 1, "h")
            assert dataset.pm25.sel(station=site, time=time).item() == np.float32(value)
