"""AirNow: hourly files and the list of sites."""

import pytest
from archives.archive_server import AIRNOW_SITES, PAGE, airnow_hour

from aqnet_pyg.archives import fetch
from aqnet_pyg.errors import InputError

DAYS = ["2024-06-30", "2024-07-01"]


@pytest.fixture
def airnow(server):
    for day in DAYS:
        folder = f"/airnow/{day[:4]}/{day.replace('-', '')}"
        server.files[f"{folder}/Monitoring_Site_Locations_V2.dat"] = AIRNOW_SITES
        for hour in range(24):
            server.files[f"{folder}/HourlyData_{day.replace('-', '')}{hour:02d}.dat"] = airnow_hour(day, hour)
    return server


def run(server, folder, start=DAYS[0], end=DAYS[1], **options):
    return fetch("airnow", folder, start=start, end=end, base=server.base, wait=lambda seconds: None, **options)


def test_hours_of_days_in_utc_and_the_last_list_of_sites(airnow, tmp_path):
    fetched = run(airnow, tmp_path)
    hours = sorted(path.name for path in tmp_path.rglob("HourlyData_*"))
    assert hours[:: len(hours) - 1] == ["HourlyData_2024063000.dat", "HourlyData_2024070123.dat"]
    assert len(hours) == 48
    sites = tmp_path / "2024/20240701/Monitoring_Site_Locations_V2.dat"
    assert fetched.options == {"stations": str(sites)}
    assert list(tmp_path.rglob("Monitoring*")) == [sites]


def test_the_box_is_for_the_reader(airnow, tmp_path):
    assert run(airnow, tmp_path, bbox="-125,32,-114,42").options["bbox"] == "-125,32,-114,42"


def test_absent_hours_are_recorded(airnow, tmp_path):
    del airnow.files["/airnow/2024/20240701/HourlyData_2024070105.dat"]
    airnow.files["/airnow/2024/20240701/HourlyData_2024070106.dat"] = PAGE
    with pytest.raises(
        InputError, match=r"1 of 48 files could not be downloaded .first 2024/20240701/HourlyData_2024070106"
    ):
        run(airnow, tmp_path)
    airnow.files["/airnow/2024/20240701/HourlyData_2024070106.dat"] = airnow_hour("2024-07-01", 6)
    fetched = run(airnow, tmp_path)
    assert fetched.absent == {"2024/20240701/HourlyData_2024070105.dat": "not on the server (HTTP status 404)"}
    assert (fetched.downloaded, fetched.kept) == (1, 47)


def test_the_present_list_of_sites_if_the_day_has_none(airnow, tmp_path):
    del airnow.files["/airnow/2024/20240701/Monitoring_Site_Locations_V2.dat"]
    with pytest.raises(InputError, match="no list of sites on the server"):
        run(airnow, tmp_path)
    airnow.files["/airnow/today/Monitoring_Site_Locations_V2.dat"] = AIRNOW_SITES
    assert run(airnow, tmp_path).options == {"stations": str(tmp_path / "today/Monitoring_Site_Locations_V2.dat")}


def test_no_hour(airnow, tmp_path):
    airnow.files["/airnow/today/Monitoring_Site_Locations_V2.dat"] = AIRNOW_SITES
    with pytest.raises(
        InputError, match=r"^airnow: nothing from 2003-01-01 to 2003-01-01 .first 2003/20030101/HourlyData"
    ):
        run(airnow, tmp_path, "2003-01-01", "2003-01-01")
