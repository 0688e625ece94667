"""National network of China (CNEMC): daily files of the public archive quotsoft.net/air."""

from __future__ import annotations

from datetime import date

from aqnet_pyg.archives.checks import table
from aqnet_pyg.archives.plan import Plan
from aqnet_pyg.archives.request import days
from aqnet_pyg.archives.store import RemoteFile, Store

SERVER = "https://quotsoft.net"


def plan_cnemc(
    store: Store,
    first: date,
    last: date,
    *,
    base: str | None = None,
) -> Plan:
    """List the daily files of the national network of China.

    ``air/data/china_sites_YYYYMMDD.csv`` has all pollutants of all stations on a local day (https://quotsoft.net/air). The
    station lists with the coordinates have no fixed addresses there; they are downloaded by hand.

    Args:
        store: Folder of the files.
        first: First local day.
        last: Last local day.
        base: Address of a mirror.
    """
    root = (base or SERVER).rstrip("/")
    files = []
    for day in days(first, last):
        name = f"china_sites_{day:%Y%m%d}.csv"
        files.append(
            RemoteFile(name, f"{root}/air/data/{name}", table(b",", 4, b"date,hour,type,", f"{day:%Y%m%d},".encode()))
        )
    note = "the station lists (站点列表-*.csv) have to be downloaded by hand from https://quotsoft.net/air; put them into FOLDER."
    return Plan(files, {"stations": "FOLDER"}, [note])
