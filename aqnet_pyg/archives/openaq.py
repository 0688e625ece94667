"""OpenAQ: daily files of each location in the public archive on Amazon S3."""

from __future__ import annotations

import os
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from tqdm import tqdm

from aqnet_pyg.archives.checks import gzip_table
from aqnet_pyg.archives.client import Client
from aqnet_pyg.archives.faults import Failed
from aqnet_pyg.archives.plan import Plan
from aqnet_pyg.archives.request import parse_country, parse_list, parse_pollutants
from aqnet_pyg.archives.store import RemoteFile, Store
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import parse_box
from aqnet_pyg.text import counted

ARCHIVE = "https://openaq-data-archive.s3.amazonaws.com"
API = "https://api.openaq.org"
KEY = "OPENAQ_API_KEY"
"""Environment variable with the key of the API, as for OpenAQ's own clients."""

_PAGE = 1000
_NAME = re.compile(r"records/csv\.gz/locationid=\d+/year=\d{4}/month=\d\d/location-\d+-(\d{8})\.csv\.gz")
_S3 = "{http://s3.amazonaws.com/doc/2006-03-01/}"


def plan_openaq(
    store: Store,
    first: date,
    last: date,
    *,
    bbox: str | Sequence[float] | None = None,
    country: str | None = None,
    locations: str | int | Sequence[str | int] | None = None,
    pollutants: str | Sequence[str] | None = None,
    key: str | None = None,
    base: str | None = None,
) -> Plan:
    """List the daily files of locations of OpenAQ.

    The archive has a file for each location and local day, with all its pollutants, in
    ``records/csv.gz/locationid=ID/year=YYYY/month=MM/location-ID-YYYYMMDD.csv.gz``
    (https://docs.openaq.org/aws/about); the files of a year are listed with ListObjectsV2 of S3
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html), which states their sizes. Locations in a box or
    country are from the API (https://docs.openaq.org/using-the-api/geospatial), which needs a key.

    Args:
        store: Folder of the files.
        first: First local day.
        last: Last local day.
        bbox: West, south, east, north in degrees.
        country: Code of two letters.
        locations: Numbers of locations, instead of a box and a country.
        pollutants: Only locations that measure one of these; default any. Their files hold all pollutants.
        key: Key of the API; default the environment variable ``OPENAQ_API_KEY``.
        base: Address of a server with the paths of the archive and the API.

    Raises:
        InputError: If locations, box and country are missing or invalid, or there is no location.
        Failed: If the server returns something else.
    """
    notes: list[str] = []
    if locations is not None:
        if bbox is not None or country is not None:
            raise InputError("locations: they were given with a box or a country; give one or the other.")
        chosen = parse_list(locations)
        wrong = [text for text in chosen if not text.isascii() or not text.isdigit()]
        if wrong or not chosen:
            raise InputError(
                f"locations: {', '.join(wrong) or 'none'} was given; use numbers of locations such as 2178,8118."
            )
    else:
        chosen, monitors = [], 0
        for one in _search(store.client, first, last, bbox, country, pollutants, key, base or API):
            if one.get("isMobile"):
                notes.append(f"location {one['id']} is mobile and left out.")
            else:
                chosen.append(str(one["id"]))
                monitors += bool(one.get("isMonitor"))
        if not chosen:
            raise InputError(
                f"bbox: OpenAQ has no fixed location there with measurements from {first} to {last}; choose another area "
                "or period."
            )
        notes.append(f"{counted(len(chosen), 'location')} of OpenAQ, {monitors:,} of which are reference monitors.")
    check = gzip_table(b"location_id")
    listed = tqdm(chosen, "listing", unit="location", leave=False, disable=not sys.stderr.isatty())
    root = (base or ARCHIVE).rstrip("/")
    files = [
        RemoteFile(name, f"{root}/{name}", check, size)
        for location in listed
        for year in range(first.year, last.year + 1)
        for name, size in _listing(store.client, root, f"records/csv.gz/locationid={location}/year={year}/")
        if (found := _NAME.fullmatch(name)) and f"{first:%Y%m%d}" <= found[1] <= f"{last:%Y%m%d}"
    ]
    return Plan(files, notes=notes)


def _search(
    client: Client,
    first: date,
    last: date,
    bbox: str | Sequence[float] | None,
    country: str | None,
    pollutants: str | Sequence[str] | None,
    key: str | None,
    base: str,
) -> Iterator[Mapping[str, Any]]:
    """Locations of the API in a box or country whose measurements overlap a period."""
    query: dict[str, str] = {"limit": str(_PAGE)}
    if bbox is not None:
        query["bbox"] = ",".join(f"{degrees:.10g}" for degrees in parse_box("bbox", bbox))
    if country is not None:
        query["iso"] = parse_country(country)
    if len(query) == 1:
        raise InputError(
            "bbox: neither a box nor a country nor locations was given; give west,south,east,north in degrees."
        )
    wanted = None if pollutants is None else set(parse_pollutants(pollutants))
    key = key or os.environ.get(KEY)
    if not key:
        raise InputError(
            f"key: OpenAQ needs one to search for locations; get it at https://explore.openaq.org/register and give --key or set "
            f"{KEY}, or give the numbers of locations."
        )
    page = 1
    while True:
        url = f"{base.rstrip('/')}/v3/locations?{urlencode({**query, 'page': str(page)}, safe=',')}"
        try:
            results = client.json(url, {"X-API-Key": key})["results"]
        except Failed as error:
            if error.status in (401, 403):
                raise InputError(
                    "key: OpenAQ does not accept it; check it at https://explore.openaq.org/account."
                ) from None
            raise
        except (KeyError, TypeError):
            raise Failed(f"{url}: the server returned no list of locations") from None
        for one in results:
            measured = {sensor["parameter"]["name"] for sensor in one.get("sensors") or []}
            if (wanted is None or wanted & measured) and _overlaps(one, first, last):
                yield one
        if len(results) < _PAGE:
            return
        page += 1


def _overlaps(location: Mapping[str, Any], first: date, last: date) -> bool:
    """Whether a location has measurements in a period; the API has null where there are none."""
    begin, end = location.get("datetimeFirst"), location.get("datetimeLast")
    if not begin or not end:
        return False
    return begin["local"][:10] <= last.isoformat() and end["local"][:10] >= first.isoformat()


def _listing(client: Client, root: str, prefix: str) -> Iterator[tuple[str, int]]:
    """Names and sizes of the objects of a bucket with a prefix."""
    query = {"list-type": "2", "prefix": prefix}
    while True:
        url = f"{root}/?{urlencode(query, safe='/=')}"
        text = client.text(url)
        try:
            found = ElementTree.fromstring(text)
        except ElementTree.ParseError:
            found = ElementTree.Element("")
        if found.tag != f"{_S3}ListBucketResult":
            raise Failed(f"{url}: the server returned no listing but {text[:40]!r}")
        for entry in found.iter(f"{_S3}Contents"):
            yield entry.findtext(f"{_S3}Key", ""), int(entry.findtext(f"{_S3}Size", "0"))
        if found.findtext(f"{_S3}IsTruncated") != "true":
            return
        query["continuation-token"] = found.findtext(f"{_S3}NextContinuationToken", "")
