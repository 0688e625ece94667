"""AQS: a file for each pollutant and year."""

import pytest
from archives.archive_server import PAGE, aqs_zip, zipped

from aqnet_pyg.archives import fetch
from aqnet_pyg.errors import InputError

SITES = [("06", "037", "1103", -118.2, 34.1)]


@pytest.fixture
def aqs(server):
    for parameter in (88101, 44201):
        for year in (2022, 2023):
            server.files[f"/aqsweb/airdata/hourly_{parameter}_{year}.zip"] = aqs_zip(year, 2, SITES, parameter)
    return server


def run(server, folder, start="2022-12-30", end="2023-01-02", **options):
    return fetch("aqs", folder, start=start, end=end, base=server.base, wait=lambda seconds: None, **options)


def test_years_and_pollutants(aqs, tmp_path):
    fetched = run(aqs, tmp_path, pollutants="pm25,o3", bbox=(-125, 32, -114, 42))
    assert sorted(path.name for path in tmp_path.glob("*.zip")) == [
        f"hourly_{parameter}_{year}.zip" for parameter in (44201, 88101) for year in (2022, 2023)
    ]
    assert fetched.options == {"start": "2022-12-30", "end": "2023-01-02", "bbox": "-125,32,-114,42"}
    assert fetched.command == (
        f"aqnet info aqs --path {tmp_path} --start=2022-12-30 --end=2023-01-02 --bbox=-125,32,-114,42"
    )


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (zipped({}), "empty zip file"),
        (None, "not on the server"),
    ],
)
def test_a_year_that_is_absent(aqs, tmp_path, answer, reason):
    aqs.files["/aqsweb/airdata/hourly_88101_2023.zip"] = answer
    fetched = run(aqs, tmp_path)
    assert list(fetched.absent) == ["hourly_88101_2023.zip"]
    assert reason in fetched.absent["hourly_88101_2023.zip"]
    assert f"absent      1 file (first hourly_88101_2023.zip: {fetched.absent['hourly_88101_2023.zip']})" in str(
        fetched
    )


@pytest.mark.parametrize("answer", [PAGE, aqs_zip(2023, 1, SITES)[:-10], aqs_zip(2022, 1, SITES)])
def test_a_file_that_is_something_else(aqs, tmp_path, answer):
    aqs.files["/aqsweb/airdata/hourly_88101_2023.zip"] = answer
    with pytest.raises(InputError, match=r"^aqs: 1 of 2 files could not be downloaded \(first hourly_88101_2023.zip: "):
        run(aqs, tmp_path)
    assert not (tmp_path / "hourly_88101_2023.zip").exists()
    assert (tmp_path / "hourly_88101_2022.zip").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"country": "US"}, "^country: aqs has no such option"),
        ({"pollutants": "88101"}, "^pollutants: 88101"),
    ],
)
def test_invalid_options(aqs, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        run(aqs, tmp_path, **options)
