"""The 584-station network of northern China, from the public archive of the national network."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import xarray as xr
from tqdm import tqdm

from aqnet_pyg import __version__
from aqnet_pyg.datasets.network_dataset import NetworkDataset
from aqnet_pyg.errors import InputError, optional_imports
from aqnet_pyg.io.files import write_json
from aqnet_pyg.io.network_metadata import network_folder
from aqnet_pyg.readers import ReadReport, read_cnemc
from aqnet_pyg.stations import pollutants_in

log = logging.getLogger(__name__)

_REGION = (103.0, 31.0, 125.0, 44.0)
"""West, south, east, north of the stations read from the national files: the box of the network plus one degree, as
coordinates differ between station lists."""

_PATIENCE = 10
"""Number of failed connections after which a download stops."""

_ABSENT = (404, 410)
"""HTTP status of files that the server does not have."""


class NorthChina(NetworkDataset):
    r"""The 584 stations of the Chinese national network in the region and years of the AQ-Net paper (`Kheder et al., 2025
    <https://doi.org/10.1007/978-3-031-95911-0_6>`_). The list of stations is a reconstruction, not that of the authors.

    The measurements are those of the China National Environmental Monitoring Center, collected day by day in the public
    archive at https://quotsoft.net/air, from which :meth:`download` downloads the available ones. The dated
    station lists (``站点列表-YYYY.MM.DD起.csv``), which contain the coordinates, have to be downloaded there by the user. See
    the data card in ``datasets/north_china`` for the network and known faults.

    Args:
        root: Folder of the data set.
        split: As for :class:`NetworkDataset`.
        station_lists: Path of a station list, or folder of several; needed until the processed files exist.
        archive: Folder or zip file of the daily files ``china_sites_YYYYMMDD.csv``, if they exist already; by default they
            are downloaded.
        start: First local day.
        end: Last local day.
        downloader: A `pooch downloader <https://www.fatiando.org/pooch/latest/downloaders.html>`_; default over HTTP.
        options: As for :class:`NetworkDataset`: ``window``, ``hide``, ``variables``, ``target``, ``transform`` and so on.

    Raises:
        InputError: If station lists or daily files are missing or cannot be read, or as for :class:`NetworkDataset`.

    **STATS:**

    Stations without measurements in the whole period, and hours outside the archive, are not in the data.

    .. list-table::
        :widths: 10 10 10 10 10
        :header-rows: 1

        * - #stations
          - #hours
          - #pollutants
          - #hidden (random)
          - #hidden (blocked)
        * - 584
          - up to 43,824
          - 6
          - 58
          - 58
    """

    network = "north_china"
    url = "https://quotsoft.net/air/data"

    threads = 3
    """Number of simultaneous downloads."""

    pause = 0.5
    """Seconds that each thread waits after a request, to limit the load on the server."""

    def __init__(
        self,
        root: str | Path,
        split: Literal["train", "validation", "test"] | None = None,
        *,
        station_lists: str | Path | None = None,
        archive: str | Path | None = None,
        start: str = "2013-01-01",
        end: str = "2017-12-31",
        downloader: Callable | None = None,
        **options: Any,
    ) -> None:
        self.start, self.end = _day("start", start), _day("end", end)
        if self.end < self.start:
            raise InputError(f"end: {end} is before start, {start}; swap them.")
        self.station_lists = station_lists
        self.archive = archive
        self.downloader = downloader
        super().__init__(root, split, **options)

    @property
    def arguments(self) -> dict[str, Any]:
        """First and last day."""
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}

    @property
    def raw_file_names(self) -> list[str]:
        """Record of a complete download of the period, since some daily files do not exist."""
        return [f"download_{self.start:%Y%m%d}_{self.end:%Y%m%d}.json"]

    def download(self) -> None:
        """Download the missing daily files, a few at a time, and record those that the server does not have.

        The first lines of every file, also of existing ones, must be those of the daily file of its day; other files are removed
        and recorded. An interrupted download is resumed.

        Raises:
            InputError: If the server cannot be reached, or has none of the days.
        """
        self._lists()
        days = [day.date() for day in pd.date_range(self.start, self.end)]
        faults: dict[str, str] = {}
        failed: dict[str, str] = {}
        with _quiet_pooch(), ThreadPoolExecutor(self.threads) as pool:
            fetching = {pool.submit(self._fetch, day): _name(day) for day in days}
            try:
                completed = as_completed(fetching)
                for done in tqdm(completed, "fetching", len(fetching), disable=not sys.stderr.isatty()):
                    try:
                        fault = done.result()
                    except OSError as error:
                        failed[fetching[done]] = str(error)
                        if len(failed) == _PATIENCE:
                            break
                    else:
                        if fault:
                            faults[fetching[done]] = fault
            finally:
                pool.shutdown(cancel_futures=True)
        if failed:
            name, reason = next(iter(failed.items()))
            raise InputError(
                f"{self.url}: {len(failed)} of {len(days)} daily files could not be downloaded (first {name}: {reason}); "
                f"open the data set again to resume, or give archive=..."
            )
        if len(faults) == len(days):
            name, reason = next(iter(faults.items()))
            raise InputError(
                f"{self.url}: none of {len(days)} daily files is available (first {name}: {reason}); choose another "
                "start and end, or give archive=..."
            )
        if faults:
            log.warning(
                "%d of %d days are not available from %s: see %s", len(faults), len(days), self.url, self.raw_paths[0]
            )
        write_json(
            {"url": self.url, "days": len(days), "not available": dict(sorted(faults.items()))}, self.raw_paths[0]
        )

    def _fetch(self, day: date) -> str:
        """Download a daily file unless a valid one exists; return its fault, or an empty string."""
        name = _name(day)
        import pooch
        import requests

        path = Path(self.raw_dir, name)
        if path.exists() and not _fault(path, day):
            return ""
        path.unlink(missing_ok=True)
        agent = {"User-Agent": f"aqnet-pyg/{__version__}"}
        downloader = self.downloader or pooch.HTTPDownloader(timeout=60, headers=agent)
        try:
            pooch.retrieve(f"{self.url}/{name}", None, name, self.raw_dir, downloader=downloader)
        except requests.HTTPError as error:
            if getattr(error.response, "status_code", None) not in _ABSENT:
                raise
            return "not on the server"
        finally:
            time.sleep(self.pause)
        fault = _fault(path, day)
        if fault:
            path.unlink()
        return fault

    def read(self) -> tuple[xr.Dataset, ReadReport]:
        """Read the daily files, and select the stations of the network and the period."""
        data, report = read_cnemc(self.archive or self.raw_dir, self._lists(), region=_REGION)
        midnight, next_midnight = (
            pd.Timestamp(day).tz_localize(data.attrs["time_zone"]).tz_convert("UTC").tz_localize(None)
            for day in (self.start, self.end + timedelta(days=1))
        )
        data = data.sel(time=slice(midnight, next_midnight - pd.Timedelta(hours=1)))
        if not data.sizes["time"]:
            raise InputError(
                f"{report.source}: it has no hour from {self.start} to {self.end}; choose another start and end."
            )
        network = _network_codes()
        has_data = data[pollutants_in(data)].notnull().any("time").to_array().any("variable").values
        measured = set(data.indexes["station"][has_data])
        present = [code for code in network if code in measured]
        if not present:
            raise InputError(
                f"{report.source}: none of the {len(network)} stations of the network has a value from {self.start} to "
                f"{self.end}; give the daily files of the national network."
            )
        if len(present) < len(network):
            absent = [code for code in network if code not in measured]
            report.notes.append(
                f"{len(absent)} of the {len(network)} stations of the network have no value in the period and are omitted "
                f"(first {', '.join(absent[:3])})."
            )
        return data.sel(station=present), report

    def _lists(self) -> str | Path:
        if self.station_lists is None:
            raise InputError(
                "station_lists: none were given; download the lists 站点列表-YYYY.MM.DD起.csv from https://quotsoft.net/air and "
                "give their folder."
            )
        return self.station_lists


def _day(argument: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{argument}: {text!r} is not a day; use a date such as 2013-01-01.") from error


def _name(day: date) -> str:
    return f"china_sites_{day:%Y%m%d}.csv"


def _fault(path: Path, day: date) -> str:
    """Check the first two lines of the daily file of a day; return the fault, or an empty string."""
    with path.open("rb") as file:
        header, first = file.readline().removeprefix(b"\xef\xbb\xbf"), file.readline()
    if not header.startswith(b"date,hour,type"):
        found = "an HTML page" if header.lstrip().startswith(b"<") else f"it begins with {header[:20]!r}"
        return f"not a daily file: {found}"
    if first.split(b",")[0] != f"{day:%Y%m%d}".encode():
        return f"of another day: {first[:8]!r}"
    return ""


def _network_codes() -> list[str]:
    lines = (network_folder("north_china") / "stations.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@contextmanager
def _quiet_pooch() -> Iterator[None]:
    """Suppress the log message of each file."""
    with optional_imports():
        import pooch

    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
