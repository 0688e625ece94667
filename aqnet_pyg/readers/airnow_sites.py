"""Lists of AirNow sites: ``Monitoring_Site_Locations_V2.dat``, and ``monitoring_site_locations.dat`` without a header."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.station_tables import read_station_table
from aqnet_pyg.readers.files.archive import PathLike
from aqnet_pyg.readers.files.text_columns import to_utf8

FILE_NAME = re.compile(r"monitoring_site_locations(_v2)?\.dat", re.IGNORECASE)
"""Names of lists of sites."""

_WITHOUT_HEADER = {
    "AQSID": 0,
    "SiteName": 3,
    "Latitude": 8,
    "Longitude": 9,
    "Elevation": 10,
    "StateAbbreviation": 18,
}
"""Places of the columns in a list without a header."""

_COLUMNS = {
    "longitude": "Longitude",
    "latitude": "Latitude",
    "elevation": "Elevation",
    "name": "SiteName",
    "province": "StateAbbreviation",
}


def find_site_lists(path: PathLike | Sequence[PathLike]) -> list[Path]:
    """Return the lists of sites in the folders of an archive, in the order of their paths.

    Args:
        path: Files, searched in their folder, and folders, searched with their subfolders.
    """
    found: set[Path] = set()
    for root in map(Path, [path] if isinstance(path, str | Path) else path):
        files = root.rglob("*") if root.is_dir() else root.parent.glob("*")
        found |= {file for file in files if FILE_NAME.fullmatch(file.name)}
    return sorted(found)


def read_site_lists(paths: Sequence[PathLike]) -> pd.DataFrame:
    """Read lists of sites; the coordinates of a site are those of the last list that has them.

    Args:
        paths: Lists of AirNow, or station tables (CSV).

    Returns:
        One row per site, indexed by its code and, where it has one, also by its full code of twelve digits: ``longitude``,
        ``latitude`` (degrees), and any of ``elevation`` (meters), ``name`` and ``province``.

    Raises:
        InputError: If a file cannot be read, or no site has coordinates.
    """
    lists = [
        read_station_table(one) if Path(one).suffix.lower() == ".csv" else _read_list(Path(one))
        for one in reversed(paths)
    ]
    sites = pd.concat(lists)
    sites = sites[sites["longitude"].notna() & sites["latitude"].notna()]
    if sites.empty:
        raise InputError(f"{paths[0]}: no site has coordinates; download the list of sites again.")
    return sites[~sites.index.duplicated()]


def encoding_of(data: bytes) -> str:
    """Return the encoding of text that is not UTF-8: Latin-1, or code page 437, whose letters have other bytes.

    Args:
        data: The text.
    """
    letters = np.bincount(np.frombuffer(data, np.uint8), minlength=256)
    return "cp437" if letters[0x80:0xA6].sum() > letters[0xC0:].sum() else "latin-1"


def _read_list(path: Path) -> pd.DataFrame:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: the list of sites cannot be read ({error.strerror}); check the path.") from error
    text = to_utf8(data.removeprefix(b"\xef\xbb\xbf"), encoding_of(data)).decode()
    try:
        table = pd.read_csv(
            io.StringIO(text), sep="|", header=None, dtype=str, keep_default_na=False, quoting=3, on_bad_lines="skip"
        )
    except (pd.errors.EmptyDataError, pd.errors.ParserError):
        table = pd.DataFrame()
    if table.shape[1] > max(_WITHOUT_HEADER.values()):
        first = [str(name).strip() for name in table.iloc[0]]
        if "AQSID" in first:
            table = table.iloc[1:].set_axis(first, axis=1)
        else:
            table = table.rename(columns={place: name for name, place in _WITHOUT_HEADER.items()})
    missing = [name for name in ("AQSID", "Latitude", "Longitude") if name not in table]
    if missing:
        raise InputError(f"{path}: not a list of AirNow sites (no column {', '.join(missing)}); download it again.")
    repeated = sorted(set(table.columns[table.columns.duplicated()]) & {*_COLUMNS.values(), "AQSID", "FullAQSID"})
    if repeated:
        raise InputError(f"{path}: the column {repeated[0]} occurs more than once; download the list of sites again.")
    sites = pd.DataFrame({name: table[column].str.strip() for name, column in _COLUMNS.items() if column in table})
    for name in ("longitude", "latitude", "elevation"):
        if name in sites:
            sites[name] = pd.to_numeric(sites[name], errors="coerce")
    if "elevation" in sites:
        sites["elevation"] = sites["elevation"].replace(0, np.nan)  # that of sites whose elevation is unknown, too
    sites.loc[(sites["longitude"] == 0) & (sites["latitude"] == 0), ["longitude", "latitude"]] = np.nan
    codes = [table[name].str.strip() for name in ("AQSID", "FullAQSID") if name in table]
    sites = pd.concat([sites.set_axis(pd.Index(code, name="station")) for code in codes])
    return sites[sites.index != ""]
