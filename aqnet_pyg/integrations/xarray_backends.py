"""xarray engines for the published archives: ``xr.open_dataset("china_sites_20250101.csv", engine="cnemc")``.

xarray finds the engines by their entry points and imports this module whenever it searches for an engine, so readers are imported
only when they are used.

An archive is read into memory, since the positions of its values are not known before it is parsed; ``chunks=`` splits the data
set for further processing. A daily file yields the 24 hours of its day, so that consecutive days have no gap between them.
Stations without measurements in a file are not in its data; to open daily files together, join all stations::

    xr.open_mfdataset(
        "archive/china_sites_202501*.csv", engine="cnemc", stations="archive", combine="nested", concat_dim="time",
        join="outer", coords="minimal", compat="no_conflicts",
    )

Flags of stations that are missing in a file are then NaN. A folder or a zip file of daily files is opened as one data set, faster
and with a complete time axis even if days are absent.

The read report is in the attribute ``read_report`` and in the log of this module: as a warning if files were skipped or damaged,
otherwise at level INFO. Of several files, xarray keeps the attributes of the first.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from xarray.backends import BackendEntrypoint

from aqnet_pyg.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from aqnet_pyg.readers.read_report import ReadReport

_log = logging.getLogger(__name__)

_PathLike = str | os.PathLike[Any]
_QUOTSOFT = "https://quotsoft.net/air/"


class _ArchiveBackend(BackendEntrypoint):
    """Base class of the engines; a subclass defines ``names`` and ``_read``."""

    names: ClassVar[re.Pattern[str]]
    """Names of files that occur only in this archive."""

    open_dataset_parameters: ClassVar[tuple[str, ...]] = ("filename_or_obj", "drop_variables", "stations", "strict")

    def _read(self, path: Path, stations: Any, **options: Any) -> tuple[xr.Dataset, ReadReport]:
        raise NotImplementedError

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Return whether a path has a name of this archive; the file is not opened.

        Args:
            filename_or_obj: A path; for anything else the result is False.
        """
        if not isinstance(filename_or_obj, str | os.PathLike):
            return False
        return self.names.fullmatch(Path(filename_or_obj).name) is not None

    def open_dataset(  # type: ignore[override]  # xarray passes the parameters of the engine by name
        self,
        filename_or_obj: _PathLike,
        *,
        drop_variables: str | Iterable[str] | None = None,
        stations: _PathLike | Sequence[_PathLike] | None = None,
        strict: bool = False,
        **options: Any,
    ) -> xr.Dataset:
        """Open a file, a zip file or a folder of the archive.

        Args:
            filename_or_obj: Its path.
            drop_variables: Names of variables to leave out.
            stations: Station table or lists; for the default see the class.
            strict: Raise an error at the first damaged file instead of recording it.
            **options: Further options of the engine.

        Returns:
            Station data; for daily files whole days, from 0 to 23 o'clock in Beijing, labeled in UTC.

        Raises:
            InputError: If the reader raises it.
        """
        path = _local(filename_or_obj)
        dataset, report = self._read(path, stations, strict=strict, **options)
        return _opened(dataset, report, path, drop_variables)


class CNEMCBackendEntrypoint(_ArchiveBackend):
    """Engine ``cnemc``: the national network of China, read by :func:`aqnet_pyg.readers.read_cnemc`.

    ``stations`` is one or more station lists, or their folder; default: the folder of the files. With ``region`` (west, south,
    east, north in degrees) only stations inside are read.
    """

    url = _QUOTSOFT
    description = "Hourly air quality of the Chinese national network: china_sites_YYYYMMDD.csv, zip files and folders"
    names = re.compile(r"china_sites_\d{8}\.csv|站点_\d{8}-\d{8}\.zip", re.IGNORECASE)
    open_dataset_parameters = (*_ArchiveBackend.open_dataset_parameters, "region")

    def _read(self, path: Path, stations: Any, **options: Any) -> tuple[xr.Dataset, ReadReport]:
        from aqnet_pyg.readers.cnemc import read_cnemc

        dataset, report = read_cnemc(path, _folder(path) if stations is None else stations, **options)
        return _whole_days(dataset), report


class BJMEMCBackendEntrypoint(_ArchiveBackend):
    """Engine ``bjmemc``: the municipal network of Beijing, read by :func:`aqnet_pyg.readers.read_bjmemc`.

    ``stations`` is a station table; default: ``stations.csv`` in the folder of the files.
    """

    url = _QUOTSOFT
    description = "Hourly air quality of the Beijing network: beijing_(all|extra)_YYYYMMDD.csv, zip files and folders"
    names = re.compile(r"beijing_(all|extra)_\d{8}\.csv", re.IGNORECASE)

    def _read(self, path: Path, stations: Any, **options: Any) -> tuple[xr.Dataset, ReadReport]:
        from aqnet_pyg.readers.bjmemc import read_bjmemc

        dataset, report = read_bjmemc(path, stations, **options)
        return _whole_days(dataset), report


class UCIBeijingBackendEntrypoint(_ArchiveBackend):
    """Engine ``uci_beijing``: the Beijing multi-site data with weather, read by :func:`aqnet_pyg.readers.read_uci_beijing`.

    ``stations`` is a station table; default: the table included in this package.
    """

    url = "https://doi.org/10.24432/C5RK5G"
    description = (
        "Beijing multi-site air quality of the UCI archive: PRSA_Data_STATION_START-END.csv, zip file and folder"
    )
    names = re.compile(r"PRSA_Data_\w+_\d{8}-\d{8}\.csv|PRSA\d{4}_Data_\d{8}-\d{8}\.zip", re.IGNORECASE)

    def _read(self, path: Path, stations: Any, **options: Any) -> tuple[xr.Dataset, ReadReport]:
        from aqnet_pyg.readers.uci_beijing import read_uci_beijing

        return read_uci_beijing(path, stations, **options)


class _ReaderBackend(_ArchiveBackend):
    """Base class of engines that pass their options to a reader as they are."""

    reader: ClassVar[str]
    """Name of the reader."""

    names = re.compile(r"(?!)")  # no name of a file occurs only in this archive

    def _read(self, path: Path, stations: Any, **options: Any) -> tuple[xr.Dataset, ReadReport]:
        from aqnet_pyg.readers import read

        given = {"stations": stations, **options}
        given = {
            name: value for name, value in given.items() if value is not None and (name, value) != ("strict", False)
        }
        return read(self.reader, path, **given)


class TaiwanEPABackendEntrypoint(_ReaderBackend):
    """Engine ``taiwan_epa``: the network of Taiwan, read by :func:`aqnet_pyg.readers.read_taiwan_epa`."""

    reader = "taiwan_epa"
    url = "https://airtw.moenv.gov.tw/CHT/Query/His_Data.aspx"
    description = "Hourly air quality of Taiwan: CSV files with 24 hours in a row, zip files and folders"
    names = re.compile(r"\d{2,3}年.+站_\d{8}\.csv(\.gz)?")


class CPCBBackendEntrypoint(_ReaderBackend):
    """Engine ``cpcb``: the network of India, read by :func:`aqnet_pyg.readers.read_cpcb`."""

    reader = "cpcb"
    url = "https://airquality.cpcb.gov.in/"
    description = "Air quality of India (CPCB): CSV and xlsx files of one station, zip files and folders"
    names = re.compile(r"(Raw_data_)?(15Min|1Hr)_\d{4}_site_\d+_.*\.csv(\.gz)?", re.IGNORECASE)
    open_dataset_parameters = (*_ArchiveBackend.open_dataset_parameters, "resolution")


class AirKoreaBackendEntrypoint(_ReaderBackend):
    """Engine ``airkorea``: the network of Korea, read by :func:`aqnet_pyg.readers.read_airkorea`."""

    reader = "airkorea"
    url = "https://www.airkorea.or.kr/"
    description = "Hourly air quality of Korea and of Seoul: CSV and xlsx files, zip files and folders"
    names = re.compile(r"\d{4}년 ?\d{1,2}(월|분기).*\.(csv|xlsx)", re.IGNORECASE)
    open_dataset_parameters = (*_ArchiveBackend.open_dataset_parameters, "resolution")


class SINCABackendEntrypoint(_ReaderBackend):
    """Engine ``sinca``: the network of Chile, read by :func:`aqnet_pyg.readers.read_sinca`."""

    reader = "sinca"
    url = "https://sinca.mma.gob.cl/"
    description = "Air quality of Chile (SINCA): one CSV file a station and pollutant, zip files and folders"
    open_dataset_parameters = (
        *_ArchiveBackend.open_dataset_parameters,
        "station",
        "pollutant",
        "units",
        "time_zone",
        "validated",
        "resolution",
    )


class CNEMCTextBackendEntrypoint(_ReaderBackend):
    """Engine ``cnemc_text``: the text mirror of China, read by :func:`aqnet_pyg.readers.read_cnemc_text`."""

    reader = "cnemc_text"
    url = "https://air.cnemc.cn:18007/"
    description = "Air quality of the Chinese national network in columns of text, zip files and folders"
    names = re.compile(r"\d{8}(\d\d)?_(hourly|daily)_city_obs\.txt", re.IGNORECASE)
    open_dataset_parameters = ("filename_or_obj", "drop_variables", "strict", "resolution")


class AirMonitorBackendEntrypoint(_ReaderBackend):
    """Engine ``airmonitor``: files of the R package AirMonitor, read by :func:`aqnet_pyg.readers.read_airmonitor`."""

    reader = "airmonitor"
    url = "https://mazamascience.github.io/AirMonitor/"
    description = "Hourly air quality in files of the R package AirMonitor: *.rda, zip files and folders"
    names = re.compile(r"(airnow|airsis|wrcc|epa_aqs)_.*\.rda", re.IGNORECASE)
    open_dataset_parameters = ("filename_or_obj", "drop_variables", "strict")


class KnowAirBackendEntrypoint(_ReaderBackend):
    """Engine ``knowair``: the data set of PM2.5-GNN, read by :func:`aqnet_pyg.readers.read_knowair`."""

    reader = "knowair"
    url = "https://github.com/shuowang-ai/PM2.5-GNN"
    description = "PM2.5 at Chinese cities every three hours: KnowAir.npy and city.txt"
    names = re.compile(r"KnowAir\.npy")
    open_dataset_parameters = ("filename_or_obj", "drop_variables", "stations")


class EEABackendEntrypoint(_ReaderBackend):
    """Engine ``eea``: the European Environment Agency, read by :func:`aqnet_pyg.readers.read_eea`; ``stations`` is required."""

    reader = "eea"
    url = "https://eeadmz1-downloads-webapp.azurewebsites.net/"
    description = "Air quality from the European Environment Agency: *.parquet, older CSV files, zip files and folders"
    names = re.compile(r"[A-Z]{2}_\d+_\d+_\d{4}_(airbase_)?timeseries\.csv(\.gz)?", re.IGNORECASE)
    open_dataset_parameters = (*_ArchiveBackend.open_dataset_parameters, "time_zone", "resolution")


class UKAirBackendEntrypoint(_ReaderBackend):
    """Engine ``uk_air``: CSV files of UK-AIR, read by :func:`aqnet_pyg.readers.read_uk_air`."""

    reader = "uk_air"
    url = "https://uk-air.defra.gov.uk/data/"
    description = "Hourly air quality of the United Kingdom: CSV files of UK-AIR, zip files and folders"


class OpenairBackendEntrypoint(_ReaderBackend):
    """Engine ``openair``: files of R of networks of the United Kingdom, read by :func:`aqnet_pyg.readers.read_openair`."""

    reader = "openair"
    url = "https://openair-project.github.io/openair/"
    description = "Hourly air quality of the United Kingdom in files of R: SITE_YEAR.RData, zip files and folders"
    names = re.compile(r"[A-Z0-9]+_\d{4}\.RData")
    open_dataset_parameters = (*_ArchiveBackend.open_dataset_parameters, "units", "resolution")


class OpenAQBackendEntrypoint(_ReaderBackend):
    """Engine ``openaq``: OpenAQ, read by :func:`aqnet_pyg.readers.read_openaq`."""

    reader = "openaq"
    url = "https://docs.openaq.org/aws/about"
    description = "Air quality from OpenAQ: location-ID-YYYYMMDD.csv.gz, exports, zip files and folders"
    names = re.compile(r"location-\d+-\d{8}\.csv(\.gz)?", re.IGNORECASE)
    open_dataset_parameters = (
        "filename_or_obj",
        "drop_variables",
        "time_zone",
        "temperature",
        "resolution",
        "strict",
    )


class AQSBackendEntrypoint(_ReaderBackend):
    """Engine ``aqs``: the archive of the United States, read by :func:`aqnet_pyg.readers.read_aqs`."""

    reader = "aqs"
    url = "https://aqs.epa.gov/aqsweb/airdata/download_files.html"
    description = "Air quality of the United States (EPA AQS): hourly_*.csv, daily_*.csv, zip files and folders"
    names = re.compile(r"(hourly|daily)_\d{5}_\d{4}\.(csv|zip)", re.IGNORECASE)
    open_dataset_parameters = ("filename_or_obj", "drop_variables", "time_zone", "resolution", "strict")


class AirNowBackendEntrypoint(_ReaderBackend):
    """Engine ``airnow``: the real-time network of the United States, read by :func:`aqnet_pyg.readers.read_airnow`."""

    reader = "airnow"
    url = "https://docs.airnowapi.org/files"
    description = "Hourly air quality from AirNow: HourlyData_*.dat, HourlyAQObs_*.dat, zip files and folders"
    names = re.compile(r"Hourly(Data|AQObs)_\d{10}\.dat(\.gz)?", re.IGNORECASE)
    open_dataset_parameters = (*_ArchiveBackend.open_dataset_parameters, "time_zone")


class PurpleAirBackendEntrypoint(_ReaderBackend):
    """Engine ``purpleair``: history of PurpleAir sensors, read by :func:`aqnet_pyg.readers.read_purpleair`."""

    reader = "purpleair"
    url = "https://api.purpleair.com/"
    description = "Particulate matter from PurpleAir sensors: CSV files of their history, zip files and folders"
    names = re.compile(r"\d+ .*\d+-Minute Average\.csv", re.IGNORECASE)
    open_dataset_parameters = (
        *_ArchiveBackend.open_dataset_parameters,
        "column",
        "correction",
        "hour_label",
        "average",
    )


class SensorCommunityBackendEntrypoint(_ReaderBackend):
    """Engine ``sensor_community``: sensor.community, read by :func:`aqnet_pyg.readers.read_sensor_community`."""

    reader = "sensor_community"
    url = "https://archive.sensor.community/"
    description = "Particulate matter from sensor.community: YYYY-MM-DD_TYPE_sensor_ID.csv, zip files and folders"
    names = re.compile(r"\d{4}-\d\d-\d\d_(sds|pms|hpm|sps|nextpm|ips)[a-z0-9]*_sensor_\d+\.csv(\.gz)?", re.IGNORECASE)
    open_dataset_parameters = ("filename_or_obj", "drop_variables", "strict")


def _local(filename_or_obj: Any) -> Path:
    if not isinstance(filename_or_obj, str | os.PathLike):
        raise InputError(
            f"filename_or_obj: a {type(filename_or_obj).__name__} cannot be read; give the path of a file or folder."
        )
    return Path(filename_or_obj)


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _whole_days(dataset: xr.Dataset) -> xr.Dataset:
    """Reindex the data of daily files to all 24 hours of their days, including hours without lines."""
    import pandas as pd

    hours, zone = dataset.indexes["time"], dataset.attrs["time_zone"]
    offset = hours[0].tz_localize("UTC").tz_convert(zone).utcoffset()
    local = hours + offset
    every = pd.date_range(local[0].floor("D"), local[-1].floor("D") + pd.Timedelta(23, "h"), freq="h")
    if len(every) == len(hours):
        return dataset
    no_flags = {name: 0 for name in dataset.data_vars if str(name).endswith("_flag")}
    return dataset.reindex(time=every - offset, fill_value=no_flags)


def _opened(
    dataset: xr.Dataset, report: ReadReport, path: Path, drop_variables: str | Iterable[str] | None
) -> xr.Dataset:
    """Add the read report and the encodings of a CF file."""
    import aqnet_pyg.integrations.xarray_accessor  # noqa: F401 (registers ds.aqnet)
    from aqnet_pyg.io.cf import TIME_ENCODING

    text = str(replace(report, source=path.name))  # without the folder, which is not part of the data
    _log.log(logging.WARNING if report.skipped or report.damaged else logging.INFO, "%s", text)
    if drop_variables is not None:
        dropped = [drop_variables] if isinstance(drop_variables, str) else list(drop_variables)
        dataset = dataset.drop_vars(dropped, errors="ignore")
    dataset["time"].encoding = dict(TIME_ENCODING)
    for coordinate in dataset.coords.values():
        if coordinate.dtype.kind == "f":
            coordinate.encoding["_FillValue"] = None  # CF allows none in coordinates
    return dataset.assign_attrs(read_report=text)
