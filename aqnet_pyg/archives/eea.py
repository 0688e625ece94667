"""European Environment Agency: zip files of parquet files from the air quality download service."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from aqnet_pyg.archives.checks import zip_of
from aqnet_pyg.archives.faults import Failed, Missing
from aqnet_pyg.archives.plan import Plan
from aqnet_pyg.archives.request import months, parse_country, parse_pollutants
from aqnet_pyg.archives.store import RemoteFile, Store
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import parse_box

SERVICE = "https://eeadmz1-downloads-api-appservice.azurewebsites.net"
METADATA = "https://discomap.eea.europa.eu"

NOTATIONS = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "o3": "O3", "co": "CO"}
"""Notations of pollutants in the EEA's vocabulary (https://dd.eionet.europa.eu/vocabulary/aq/pollutant)."""

DATASETS = {"up-to-date": 1, "verified": 2, "airbase": 3}
"""Numbers of the data sets in the download service: E2a, as transmitted and not yet verified; E1a, verified, since 2013, reported
by September of the following year; AirBase, until 2012."""

_FIRST_VERIFIED = 2013
_STATION, _LONGITUDE, _LATITUDE = "Air Quality Station EoI Code", "Longitude", "Latitude"


def plan_eea(
    store: Store,
    first: date,
    last: date,
    *,
    bbox: str | Sequence[float] | None = None,
    country: str | None = None,
    pollutants: str | Sequence[str] = "pm25",
    dataset: str = "verified",
    base: str | None = None,
) -> Plan:
    """List the zip files of the download service of the EEA, one for each country, pollutant and month.

    The service selects hourly values by a POST request to ``ParquetFile/dynamic`` with ``countries``, ``pollutants``,
    ``dataset``, ``dateTimeStart``, ``dateTimeEnd`` and ``aggregationType``
    (https://eeadmz1-downloads-api-appservice.azurewebsites.net/swagger/index.html,
    https://eeadmz1-downloads-webapp.azurewebsites.net/content/documentation/How_To_Downloads.pdf). Coordinates are in the
    metadata of all sampling points
    (https://discomap.eea.europa.eu/App/AQViewer/index.html?fqn=Airquality_Dissem.b2g.measurements).

    Args:
        store: Folder of the files; the metadata are downloaded at once.
        first: First day (UTC+1, the time zone of the data).
        last: Last day.
        bbox: West, south, east, north in degrees: selects the countries with stations inside; it is applied again when the files,
            which hold whole countries, are read.
        country: Code of two letters.
        pollutants: Pollutants.
        dataset: ``verified``, ``up-to-date`` or ``airbase``.
        base: Address of a server with the paths of the service and the metadata.

    Raises:
        InputError: If box and country are missing or invalid, or no station is in the box.
        Failed: If the server returns something else.
    """
    if dataset not in DATASETS:
        raise InputError(f"dataset: {dataset!r} does not exist; use one of {', '.join(DATASETS)}.")
    if dataset == "airbase" and last.year >= _FIRST_VERIFIED:
        raise InputError(f"dataset: airbase ends in {_FIRST_VERIFIED - 1}, before {last}; use verified or up-to-date.")
    if dataset != "airbase" and first.year < _FIRST_VERIFIED:
        raise InputError(
            f"dataset: {dataset} begins in {_FIRST_VERIFIED}, after {first}; use airbase for earlier years."
        )
    if bbox is None and country is None:
        raise InputError(
            "bbox: neither a box nor a country was given; give west,south,east,north in degrees, or a country."
        )
    countries = None if country is None else [parse_country(country)]
    box = None if bbox is None else parse_box("bbox", bbox)
    metadata = RemoteFile(
        "metadata/DataExtract.csv.zip",
        f"{(base or METADATA).rstrip('/')}/App/AQViewer/download?fqn=Airquality_Dissem.b2g.measurements&f=csv",
        zip_of(r"DataExtract\.csv"),
    )
    try:
        stations = store.fetch(metadata)
    except Missing as error:
        raise Failed(f"the metadata of the stations: {error}") from None
    inside = None if box is None else _countries_in(stations, box)
    if inside is not None:
        countries = sorted(inside if countries is None else inside & set(countries))
        if not countries:
            raise InputError("bbox: the EEA has no station there; choose another area.")
    files = []
    for code in countries or []:
        for pollutant in parse_pollutants(pollutants):
            for begin, end in months(first, last):
                name = f"{code}_{pollutant}_{dataset}_{begin:%Y%m%d}_{end:%Y%m%d}.zip"
                body = {
                    "countries": [code],
                    "cities": [],
                    "pollutants": [NOTATIONS[pollutant]],
                    "dataset": DATASETS[dataset],
                    "source": "API",
                    "dateTimeStart": f"{begin}T00:00:00Z",
                    "dateTimeEnd": f"{end}T23:59:59Z",
                    "aggregationType": "hour",
                }
                url = f"{(base or SERVICE).rstrip('/')}/ParquetFile/dynamic"
                files.append(RemoteFile(name, url, zip_of(r".*\.parquet"), body=body))
    other = "up-to-date for recent months" if dataset == "verified" else "verified for earlier years"
    return Plan(files, {"stations": str(stations)}, remedy=f"choose another period or area, or the dataset {other}")


def _countries_in(path: Path, box: tuple[float, float, float, float]) -> set[str]:
    """Codes of the countries with stations in a box: the first two letters of the codes of stations."""
    west, south, east, north = box
    try:
        with zipfile.ZipFile(path) as archive, archive.open("DataExtract.csv") as file:
            table = pd.read_csv(
                file, usecols=[_STATION, _LONGITUDE, _LATITUDE], dtype={_STATION: str}, keep_default_na=False
            )
    except ValueError as error:
        raise Failed(f"the metadata of the stations cannot be read ({error})") from None
    longitude, latitude = (pd.to_numeric(table[name], errors="coerce") for name in (_LONGITUDE, _LATITUDE))
    inside = longitude.between(west, east) & latitude.between(south, north)
    return set(table.loc[inside, _STATION].str[:2].str.upper())
