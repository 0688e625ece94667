"""Data cards for people and for machines say the same of the files that are there. No network."""

import hashlib
import json
import re

import pytest

from aqnet_pyg.io.network_metadata import network_folder
from aqnet_pyg.stations import POLLUTANTS

CARDS = ["beijing_2013_2016", "beijing_multisite", "cnemc_north_2025_01", "north_china", "simulated_north_china"]
REQUIRED = ("@context", "@type", "conformsTo", "name", "description", "url", "license", "citeAs", "datePublished")


@pytest.fixture(params=CARDS)
def folder(request):
    return network_folder(request.param)


def croissant(folder):
    return json.loads((folder / "croissant.json").read_text(encoding="utf-8"))


def test_no_folder_is_without_a_card():
    assert sorted(path.name for path in network_folder(CARDS[0]).parent.iterdir() if path.is_dir()) == CARDS


def test_required_properties(folder):
    card = croissant(folder)
    assert not [name for name in REQUIRED if not card.get(name)]
    assert card["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert card["name"] == folder.name
    assert (folder / "README.md").read_text(encoding="utf-8").startswith(f"# {card['alternateName']}\n")


def test_files_are_those_in_the_folder(folder):
    listed = {file["contentUrl"]: file["sha256"] for file in croissant(folder)["distribution"]}
    there = [path for path in folder.iterdir() if path.name not in ("README.md", "croissant.json")]
    assert listed == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in there}


def test_units_and_names_are_those_of_station_data(folder):
    for variable in croissant(folder)["variableMeasured"]:
        if variable["name"] in POLLUTANTS:
            pollutant = POLLUTANTS[variable["name"]]
            expected = (pollutant.label, pollutant.standard_name, pollutant.units)
            assert (variable["alternateName"], variable["propertyID"], variable["unitText"]) == expected


def test_identifiers_are_those_of_the_card(folder):
    text = (folder / "README.md").read_text(encoding="utf-8")
    for identifier in re.findall(r"10\.\d{4,}/[\w./-]+\w", croissant(folder)["citeAs"]):
        assert identifier in text


def test_valid_by_the_library(folder):
    mlcroissant = pytest.importorskip("mlcroissant")
    issues = mlcroissant.Dataset(jsonld=folder / "croissant.json").metadata.ctx.issues
    assert not issues.errors
    assert not issues.warnings


def test_records_of_the_stations():
    mlcroissant = pytest.importorskip("mlcroissant")
    records = list(
        mlcroissant.Dataset(jsonld=network_folder("beijing_multisite") / "croissant.json").records("stations")
    )
    assert len(records) == 12
    assert all(115 < record["stations/longitude"] < 118 for record in records)
