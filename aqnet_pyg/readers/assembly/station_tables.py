"""Station tables: codes, coordinates and names, under the column names of different archives."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.csv_text import unescape_table
from aqnet_pyg.readers.assembly.degrees import degrees
from aqnet_pyg.readers.assembly.header_words import WITHOUT_KIND, station_attribute
from aqnet_pyg.readers.files.archive import PathLike
from aqnet_pyg.readers.files.long_files import distinct_names
from aqnet_pyg.readers.files.text_blocks import find_header, guess_encoding, without_lines
from aqnet_pyg.text import without_accents

COLUMN_NAMES: dict[str, tuple[str, ...]] = {
    "station": (
        "code",
        "station_id",
        "station_code",
        "site_id",
        "site_code",
        "location_id",
        "sensor_index",
        "监测点编码",
        "站点编号",
    ),
    "longitude": ("longitude", "lon", "经度"),
    "latitude": ("latitude", "lat", "纬度"),
    "elevation": ("elevation", "海拔"),
    "name": ("name", "station_name", "监测点名称", "站点名称"),
    "city": ("city", "城市"),
    "province": ("province", "省份"),
    "instrument_class": ("instrument_class", "instrument_type"),
}
"""Names of station attributes, and the column names that are recognized as each, regardless of case, spaces and ``_``."""


def find_columns(columns: Sequence[str]) -> dict[str, str]:
    """Find the columns of a table that describe the station.

    Args:
        columns: The column names of the table.

    Returns:
        Column names by station attribute, a key of :data:`COLUMN_NAMES`: the first name that matches there, or else the best by
        its words (:func:`~aqnet_pyg.readers.assembly.header_words.station_attribute`). Beside a column of codes, one that is
        named ``station`` only is that of names.
    """
    normalized = {_plain(column): column for column in reversed(columns)}
    matches = {}
    for attribute, names in COLUMN_NAMES.items():
        exact = next((normalized[_plain(name)] for name in names if _plain(name) in normalized), None)
        if exact is not None:
            matches[attribute] = exact
    by_words = {column: found for column in columns if (found := station_attribute(column)) is not None}
    for column, (attribute, rank) in sorted(by_words.items(), key=lambda item: item[1][1]):
        if column in matches.values():
            continue
        if attribute not in matches:
            matches[attribute] = column
        elif attribute == "station" and rank == WITHOUT_KIND:
            matches.setdefault("name", column)
    return matches


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]|[(\[（].*[)\]）]$", "", without_accents(name).lower().strip())


def read_station_table(path: PathLike) -> pd.DataFrame:
    """Read a station table (CSV, in UTF-8, GB 18030 or Windows-1252, separated by commas, semicolons, tabs or vertical bars).

    Args:
        path: The file. Columns are recognized by :func:`find_columns` in the first line that has coordinates; fields may be
            padded with spaces.

    Returns:
        One row per line in the order of the file, indexed by code (by name if there are no codes), with float64 ``longitude``
        and ``latitude`` in degrees (also of degrees, minutes and seconds; NaN where the field is neither) and any of
        ``elevation``, ``name``, ``city``, ``province`` and ``instrument_class``. Codes can repeat.

    Raises:
        InputError: If the file does not exist, is not a table, or has no column for code or name, longitude or latitude.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: the station table cannot be read ({error.strerror}); check the path.") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode(guess_encoding(data) or "gb18030", errors="replace")
    block = re.sub(r"\r\n?", "\n", text).encode()
    header = find_header(block, None, lambda names: {"longitude", "latitude"} <= find_columns(names).keys())
    if header is None:
        raise InputError(f"{path}: not a station table (an empty file); a CSV file is needed.")
    rows = io.BytesIO(without_lines(block, header.skipped + header.lines))
    names = distinct_names(header.names)
    try:
        table = pd.read_csv(
            rows,
            names=names,
            dtype=str,
            keep_default_na=False,
            skipinitialspace=True,
            sep=header.separator,
            index_col=False,
        )
    except (pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        raise InputError(f"{path}: not a station table ({str(error).strip()}); a CSV file is needed.") from error
    columns = find_columns(names)
    if "station" not in columns and "name" in columns:
        columns["station"] = columns["name"]
    missing = [name for name in ("station", "longitude", "latitude") if name not in columns]
    if missing:
        raise InputError(
            f"{path}: no column for {' and '.join(missing)} among {', '.join(names)[:200]}; "
            f"name it {' or '.join(COLUMN_NAMES[missing[0]][:2])}."
        )
    fields = {attribute: table[column].fillna("").str.strip() for attribute, column in columns.items()}
    stations = unescape_table(pd.DataFrame(fields))
    for name in ("longitude", "latitude"):
        stations[name] = degrees(stations[name], name, str(path))
    if "elevation" in stations:
        stations["elevation"] = pd.to_numeric(stations["elevation"].str.replace(",", ".", regex=False), errors="coerce")
    return stations[stations["station"] != ""].set_index("station")
