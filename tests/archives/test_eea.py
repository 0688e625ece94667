"""EEA: a zip file for each country, pollutant and month, and the metadata of the sampling points."""

import json

import pytest
from archives.archive_server import EEA_METADATA, PAGE, busy, eea_metadata, eea_parquet, redirect, truncated, zipped

from aqnet_pyg.archives import fetch
from aqnet_pyg.errors import InputError

METADATA = "/App/AQViewer/download"
SERVICE = "/ParquetFile/dynamic"
STATIONS = [
    ("Netherlands", "NL10404", "SPO-NL10404_06001_100", 4.3, 52.1),
    ("Germany", "DEBE034", "SPO.DE_DEBE034_PM2_dataGroup1", 13.4, 52.5),
    ("Spain", "ES0125A", "SP_28079017_9_104", -3.7, 40.3),
]


@pytest.fixture
def eea(server):
    def answer(body):
        """The months of a request, as a zip file of one parquet file for each station of its countries."""
        points = [point for _, station, point, _, _ in STATIONS if station[:2] in body["countries"]]
        name = f"{body['countries'][0]}/{body['pollutants'][0]}"
        return zipped(
            {f"{name}-{point}.parquet": eea_parquet(point, body["dateTimeStart"][:10], [1.5]) for point in points}
        )

    server.files |= {METADATA: eea_metadata(STATIONS), SERVICE: answer}
    return server


def run(server, folder, **options):
    period = {"start": "2023-01-15", "end": "2023-02-03"}
    return fetch("eea", folder, **period | options, base=server.base, wait=lambda seconds: None)


def found(folder):
    return sorted(path.name for path in folder.glob("*.zip"))


def test_months_of_a_country(eea, tmp_path):
    fetched = run(eea, tmp_path, country="nl")
    assert found(tmp_path) == [
        "NL_pm25_verified_20230115_20230131.zip",
        "NL_pm25_verified_20230201_20230203.zip",
    ]
    assert fetched.options["stations"] == str(tmp_path / "metadata/DataExtract.csv.zip")
    posted = [body for method, _, _, body in eea.requests if method == "POST"]
    assert posted[0] == {
        "countries": ["NL"],
        "cities": [],
        "pollutants": ["PM2.5"],
        "dataset": 2,
        "source": "API",
        "dateTimeStart": "2023-01-15T00:00:00Z",
        "dateTimeEnd": "2023-01-31T23:59:59Z",
        "aggregationType": "hour",
    }
    assert [body["dateTimeStart"] for body in posted] == ["2023-01-15T00:00:00Z", "2023-02-01T00:00:00Z"]


def test_countries_with_stations_in_a_box(eea, tmp_path):
    fetched = run(eea, tmp_path, bbox=(3, 51, 14, 53), end="2023-01-31", pollutants="no2,o3", dataset="up-to-date")
    assert found(tmp_path) == [
        f"{country}_{pollutant}_up-to-date_20230115_20230131.zip"
        for country in ("DE", "NL")
        for pollutant in ("no2", "o3")
    ]
    assert fetched.options["bbox"] == "3,51,14,53"
    posted = [body for method, _, _, body in eea.requests if method == "POST"]
    assert [(body["pollutants"], body["dataset"]) for body in posted] == [(["NO2"], 1), (["O3"], 1)] * 2


def test_a_box_and_a_country(eea, tmp_path):
    run(eea, tmp_path, bbox=(3, 51, 14, 53), country="DE", end="2023-01-31")
    assert found(tmp_path) == ["DE_pm25_verified_20230115_20230131.zip"]


def test_an_empty_zip_answer_is_an_absent_month(eea, tmp_path):
    answer = eea.files[SERVICE]
    eea.files[SERVICE] = lambda body: answer(body) if body["dateTimeStart"].startswith("2023-01") else zipped({})
    fetched = run(eea, tmp_path, country="NL")
    assert found(tmp_path) == ["NL_pm25_verified_20230115_20230131.zip"]
    assert fetched.absent == {"NL_pm25_verified_20230201_20230203.zip": "the server returned an empty zip file"}
    assert json.loads((tmp_path / "fetched.json").read_text())["absent"] == fetched.absent


def test_only_empty_zip_answers(eea, tmp_path):
    eea.files[SERVICE] = zipped({})
    with pytest.raises(
        InputError,
        match=r"^eea: nothing from 2023-01-15 to 2023-02-03 .* an empty zip file\); .* or the dataset up-to-date",
    ):
        run(eea, tmp_path, country="NL")
    assert found(tmp_path) == []


def test_a_busy_service_and_a_broken_connection(eea, tmp_path):
    body = zipped({"a.parquet": eea_parquet("SPO-NL10404_06001_100", "2023-01-15", [1.5])})
    eea.first = {SERVICE: [busy(429, "0"), truncated(body)], METADATA: [busy(503, "0")]}
    run(eea, tmp_path, country="NL")
    assert len(found(tmp_path)) == 2


@pytest.mark.parametrize("answer", [PAGE, redirect("https://login.example/"), zipped({"a.csv": b"no parquet"})])
def test_an_answer_that_is_something_else(eea, tmp_path, answer):
    eea.files[SERVICE] = answer
    with pytest.raises(InputError, match=r"^eea: 2 of 2 files could not be downloaded .*; run the same command again"):
        run(eea, tmp_path, country="NL")
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (PAGE, "HTML page"),
        (zipped({}), "the metadata of the stations: the server returned an empty zip file"),
        (zipped({"DataExtract.csv": b"a,b\n1,2\n"}), "the metadata of the stations cannot be read"),
        (redirect("https://login.example/"), "redirects to another host"),
        (None, "the metadata of the stations: not on the server"),
    ],
)
def test_metadata_that_are_something_else(eea, tmp_path, answer, message):
    eea.files[METADATA] = answer
    with pytest.raises(InputError, match=message):
        run(eea, tmp_path, bbox=(3, 51, 14, 53))


def test_stations_without_coordinates_are_in_no_box(eea, tmp_path):
    rows = f"{EEA_METADATA}\nPoland,UTC+01,NET,PL0001A,A,SPO_PL,PM2.5,,,\n".encode()
    eea.files[METADATA] = zipped({"DataExtract.csv": rows})
    with pytest.raises(InputError, match=r"^bbox: the EEA has no station there"):
        run(eea, tmp_path, bbox=(-180, -90, 180, 90))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "^bbox: neither a box nor a country"),
        (
            {"country": "NL", "dataset": "E1a"},
            "^dataset: 'E1a' does not exist; use one of up-to-date, verified, airbase",
        ),
        ({"country": "NL", "dataset": "airbase"}, "^dataset: airbase ends in 2012, before 2023-02-03"),
        ({"country": "NL", "start": "2012-12-31"}, "^dataset: verified begins in 2013, after 2012-12-31"),
        ({"country": "NL", "pollutants": "PM2.5"}, "^pollutants: PM2.5"),
    ],
)
def test_invalid_options(eea, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        run(eea, tmp_path, **options)
    assert "POST" not in {method for method, *_ in eea.requests}
