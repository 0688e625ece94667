"""AirNow: hourly files of the whole network, and its list of sites."""

from __future__ import annotations

from datetime import date

from aqnet_pyg.archives.checks import table
from aqnet_pyg.archives.faults import Failed, Missing
from aqnet_pyg.archives.plan import Plan
from aqnet_pyg.archives.request import days
from aqnet_pyg.archives.store import RemoteFile, Store

SERVER = "https://files.airnowtech.org"
SITES = "Monitoring_Site_Locations_V2.dat"


def plan_airnow(
    store: Store,
    first: date,
    last: date,
    *,
    base: str | None = None,
) -> Plan:
    """List the hourly files of AirNow and the list of sites of the last day.

    ``airnow/YYYY/YYYYMMDD/HourlyData_YYYYMMDDHH.dat`` has all pollutants of the network in the hour from HH, UTC
    (https://docs.airnowapi.org/docs/HourlyDataFactSheet.pdf); ``Monitoring_Site_Locations_V2.dat`` beside it has the coordinates
    (https://docs.airnowapi.org/docs/MonitoringSiteV2FactSheet.pdf).

    Args:
        store: Folder of the files; the list of sites is downloaded at once.
        first: First day, UTC.
        last: Last day, UTC.
        base: Address of a mirror.

    Raises:
        Failed: If there is no list of sites, also not the present one.
    """
    root = (base or SERVER).rstrip("/")

    def remote(path: str, columns: int) -> RemoteFile:
        return RemoteFile(path, f"{root}/airnow/{path}", table(b"|", columns))

    for folder in (f"{last:%Y/%Y%m%d}", "today"):
        sites = remote(f"{folder}/{SITES}", 12)
        try:
            path = store.fetch(sites)
            break
        except Missing:
            continue
    else:
        raise Failed(f"{sites.url}: there is no list of sites on the server")
    hours = [
        remote(f"{day:%Y/%Y%m%d}/HourlyData_{day:%Y%m%d}{hour:02d}.dat", 8)
        for day in days(first, last)
        for hour in range(24)
    ]
    return Plan(hours, {"stations": str(path)})
