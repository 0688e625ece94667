"""US EPA AQS: pre-generated files of AirData, one for each pollutant and year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from aqnet_pyg.archives.checks import zip_of
from aqnet_pyg.archives.plan import Plan
from aqnet_pyg.archives.request import parse_pollutants
from aqnet_pyg.archives.store import RemoteFile, Store

SERVER = "https://aqs.epa.gov"

PARAMETERS = {"pm25": 88101, "pm10": 81102, "so2": 42401, "no2": 42602, "o3": 44201, "co": 42101}
"""AQS parameter codes of pollutants (https://aqs.epa.gov/aqsweb/documents/codetables/parameters.html); of PM2.5 those of the
federal reference and equivalent methods."""


def plan_aqs(
    store: Store,
    first: date,
    last: date,
    *,
    pollutants: str | Sequence[str] = "pm25",
    base: str | None = None,
) -> Plan:
    """List the hourly files of AQS.

    ``aqsweb/airdata/hourly_88101_2023.zip`` has a pollutant of a year in the whole country
    (https://aqs.epa.gov/aqsweb/airdata/download_files.html, columns in https://aqs.epa.gov/aqsweb/airdata/FileFormats.html).

    Args:
        store: Folder of the files.
        first: First day; the files of its year are whole.
        last: Last day.
        pollutants: Pollutants, of each of which there is a file.
        base: Address of a mirror.

    Raises:
        InputError: If a pollutant is unknown.
    """
    root = (base or SERVER).rstrip("/")
    names = [
        f"hourly_{PARAMETERS[pollutant]}_{year}"
        for pollutant in parse_pollutants(pollutants)
        for year in range(first.year, last.year + 1)
    ]
    files = [
        RemoteFile(f"{name}.zip", f"{root}/aqsweb/airdata/{name}.zip", zip_of(rf"(.*/)?{name}\.csv", b'"State Code"'))
        for name in names
    ]
    return Plan(files, {"start": first.isoformat(), "end": last.isoformat()})
