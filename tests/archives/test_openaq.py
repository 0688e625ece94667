"""OpenAQ: locations from the API, daily files from the listing of the bucket."""

import pytest
from archives.archive_server import ERROR, PAGE, Reply, busy, location, openaq_day, openaq_path

from aqnet_pyg.archives import fetch
from aqnet_pyg.archives import openaq as module
from aqnet_pyg.errors import InputError

JANUARY = [f"2023-01-{day:02d}" for day in range(1, 32)]


@pytest.fixture
def openaq(server):
    places = {7: (8.0, 50.0), 12: (8.5, 50.5), 30: (20.0, 50.0)}
    server.locations = [location(number, *place) for number, place in places.items()]
    for number, place in places.items():
        for day in ["2022-12-31", *JANUARY, "2023-02-01"]:
            server.files[openaq_path(number, day)] = openaq_day(number, day, *place)
    return server


def run(server, folder, **options):
    period = {"start": "2023-01-01", "end": "2023-01-03"}
    return fetch("openaq", folder, **period | options, base=server.base, wait=lambda seconds: None)


def found(folder):
    return sorted(path.name for path in folder.rglob("location-*.gz"))


def days_of(*numbers, days=JANUARY[:3]):
    return sorted(f"location-{number}-{day.replace('-', '')}.csv.gz" for number in numbers for day in days)


def test_days_of_given_locations(openaq, tmp_path):
    run(openaq, tmp_path, locations="7,30")
    assert found(tmp_path) == days_of(7, 30)
    assert (tmp_path / openaq_path(7, "2023-01-02")[1:]).exists()
    assert "/v3/locations" not in openaq.paths
    assert openaq.paths.count("/") == 2  # one listing for each location and year


def test_a_period_over_new_year(openaq, tmp_path):
    run(openaq, tmp_path, locations=[7], start="2022-12-31", end="2023-01-01")
    assert found(tmp_path) == days_of(7, days=["2022-12-31", "2023-01-01"])


def test_days_that_are_not_in_the_archive_are_not_requested(openaq, tmp_path):
    del openaq.files[openaq_path(7, "2023-01-02")]
    fetched = run(openaq, tmp_path, locations=7)
    assert found(tmp_path) == days_of(7, days=["2023-01-01", "2023-01-03"])
    assert not fetched.absent


def test_a_listing_of_several_pages(openaq, tmp_path):
    openaq.page = 10
    run(openaq, tmp_path, locations=7, end="2023-01-31")
    assert found(tmp_path) == days_of(7, days=JANUARY)


def test_locations_in_a_box(openaq, tmp_path):
    openaq.locations[0]["isMonitor"] = False
    fetched = run(openaq, tmp_path, bbox="7,49,9,51", key="secret")
    assert found(tmp_path) == days_of(7, 12)
    assert fetched.notes == ("2 locations of OpenAQ, 1 of which are reference monitors.",)


def test_the_box_of_a_search_is_exact(openaq, tmp_path):
    box = "7.12345678,49.12345678,9.12345678,51.12345678"
    fetched = run(openaq, tmp_path, bbox=box, key="secret")
    assert fetched.options["bbox"] == box
    assert any(f"bbox={box}&" in path for _, path, _, _ in openaq.requests)


def test_locations_of_a_country_on_several_pages(openaq, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAQ_API_KEY", "secret")
    monkeypatch.setattr(module, "_PAGE", 2)
    openaq.locations[1]["country"]["code"] = "PL"
    openaq.locations.append(location(31, 8.0, 50.0))
    for day in JANUARY[:3]:
        openaq.files[openaq_path(31, day)] = openaq_day(31, day, 8.0, 50.0)
    run(openaq, tmp_path, country="de")
    assert found(tmp_path) == days_of(7, 30, 31)


def test_locations_without_measurements_in_the_period_or_of_the_pollutant_are_left_out(openaq, tmp_path):
    openaq.locations[0]["datetimeFirst"] = openaq.locations[0]["datetimeLast"] = None
    openaq.locations[1]["datetimeLast"]["local"] = "2022-12-31T23:00:00+01:00"
    openaq.locations[2]["sensors"][0]["parameter"]["name"] = "o3"
    run(openaq, tmp_path / "any", bbox=(0, 40, 30, 60), key="secret")
    assert found(tmp_path / "any") == days_of(30)
    with pytest.raises(InputError, match="no fixed location there with measurements from 2023-01-01 to 2023-01-03"):
        run(openaq, tmp_path / "pm25", bbox=(0, 40, 30, 60), key="secret", pollutants="pm25")


def test_mobile_locations_are_left_out_and_named(openaq, tmp_path):
    openaq.locations[0]["isMobile"] = True
    fetched = run(openaq, tmp_path, bbox=(7, 49, 9, 51), key="secret")
    assert found(tmp_path) == days_of(12)
    assert fetched.notes[0] == "location 7 is mobile and left out."


def test_the_key_is_sent_to_the_api_only_and_written_nowhere(openaq, tmp_path):
    fetched = run(openaq, tmp_path, bbox=(7, 49, 9, 51), key="secret")
    with_key = [path for _, path, headers, _ in openaq.requests if "X-API-Key" in headers]
    assert all(path.startswith("/v3/locations") for path in with_key)
    assert "secret" not in (tmp_path / "fetched.json").read_text() + str(fetched)


def test_without_a_key_or_with_a_wrong_one(openaq, tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAQ_API_KEY", raising=False)
    with pytest.raises(InputError, match=r"^key: OpenAQ needs one .* --key or set OPENAQ_API_KEY"):
        run(openaq, tmp_path, bbox=(7, 49, 9, 51))
    with pytest.raises(InputError, match=r"^key: OpenAQ does not accept it"):
        run(openaq, tmp_path, bbox=(7, 49, 9, 51), key="wrong")


def test_a_busy_api(openaq, tmp_path):
    openaq.first["/v3/locations"] = [busy(429, "0")]
    openaq.first["/"] = [busy(503, "0")]
    run(openaq, tmp_path, bbox=(7, 49, 9, 51), key="secret")
    assert found(tmp_path) == days_of(7, 12)


@pytest.mark.parametrize("answer", [PAGE, ERROR, b""])
def test_a_listing_that_is_none(openaq, tmp_path, answer):
    openaq.listing = lambda query: Reply(answer)
    with pytest.raises(InputError, match="returned no listing"):
        run(openaq, tmp_path, locations=7)


def test_a_search_that_returns_no_list(openaq, tmp_path):
    openaq.locations = None
    openaq.files["/v3/locations"] = b'{"message": "moved"}'
    with pytest.raises(InputError, match="returned no list of locations"):
        run(openaq, tmp_path, bbox=(7, 49, 9, 51), key="secret")


def test_names_outside_the_layout_are_ignored(openaq, tmp_path):
    for path in (
        f"{openaq_path(7, '2023-01-01')}/../../../../../../location-7-20230101.csv.gz",
        openaq_path(7, "2023-01-01") + ".old",
    ):
        openaq.files[path] = openaq_day(7, "2023-01-01", 8.0, 50.0)
    run(openaq, tmp_path / "out", locations=7)
    assert found(tmp_path) == days_of(7)


def test_nothing_found(openaq, tmp_path):
    with pytest.raises(InputError, match=r"^openaq: nothing from 2019-01-01 to 2019-01-02 .the archive lists no file."):
        run(openaq, tmp_path, locations=7, start="2019-01-01", end="2019-01-02")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "^bbox: neither a box nor a country nor locations"),
        ({"locations": "Berlin"}, "^locations: Berlin was given; use numbers"),
        ({"locations": ""}, "^locations: none was given"),
        ({"locations": 7, "country": "DE"}, "one or the other"),
        ({"bbox": (7, 49, 9, 51), "key": "secret", "pollutants": "soot"}, "^pollutants: soot"),
        ({"country": "Germany", "key": "secret"}, "two letters"),
    ],
)
def test_invalid_options(openaq, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        run(openaq, tmp_path, **options)
