"""Station tables: codes, coordinates and names, under the column names of different archives."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.csv_text import unescape_table
from aqnet_pyg.readers.files.archive import PathLike
from aqnet_pyg.readers.files.text_blocks import guess_encoding
from aqnet_pyg.text import without_accents

COLUMN_NAMES: dict[str, tuple[str, ...]] = {
    "station": (
        "code",
        "station_id",
        "station",
        "station_code",
        "site_id",
        "site_code",
        "site",
        "location_id",
        "sensor_index",
        "监测点编码",
        "站点编号",
        "id",
        "estacao",
        "estacion",
        "stazione",
        "stacja",
        "messstation",
    ),
    "longitude": (
        "longitude",
        "lon",
        "lng",
        "long",
        "site_longitude",
        "station_longitude",
        "经度",
        "longitud",
        "longitudine",
    ),
    "latitude": ("latitude", "lat", "site_latitude", "station_latitude", "纬度", "latitud", "latitudine"),
    "elevation": ("elevation", "altitude", "海拔", "altitud"),
    "name": ("name", "station_name", "site_name", "location_name", "监测点名称", "站点名称", "nome", "nombre", "nom"),
    "city": ("city", "城市", "cidade", "ciudad", "municipio", "stadt", "ville", "comune"),
    "province": ("province", "省份"),
    "instrument_class": ("instrument_class", "instrument_type"),
}
"""Names of station attributes, and the column names that are recognized as each, regardless of case, spaces and ``_``."""


def find_columns(columns: Sequence[str]) -> dict[str, str]:
    """Find the columns of a table that describe the station.

    Args:
        columns: The column names of the table.

    Returns:
        Column names by station attribute, a key of :data:`COLUMN_NAMES`; the first name that matches.
    """
    normalized = {_plain(column): column for column in reversed(columns)}
    matches = {}
    for attribute, names in COLUMN_NAMES.items():
        for name in names:
            if _plain(name) in normalized:
                matches[attribute] = normalized[_plain(name)]
                break
    return matches


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]|[(\[（].*[)\]）]$", "", without_accents(name).lower().strip())


def read_station_table(path: PathLike) -> pd.DataFrame:
    """Read a station table (CSV, in UTF-8, GB 18030 or Windows-1252, with commas, semicolons or tabs).

    Args:
        path: The file. Columns are recognized by the names in :data:`COLUMN_NAMES`; fields may be padded with spaces.

    Returns:
        One row per line in the order of the file, indexed by code, with float64 ``longitude`` and ``latitude`` in degrees
        (NaN where the field is not a number) and any of ``elevation``, ``name``, ``city``, ``province`` and
        ``instrument_class``. Codes can repeat.

    Raises:
        InputError: If the file does not exist, is not a table, or has no column for code, longitude or latitude.
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
    try:
        separator = max(",;\t", key=text.split("\n", 1)[0].count)  # the first one in a tie
        table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, skipinitialspace=True, sep=separator)
    except (pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        raise InputError(f"{path}: not a station table ({str(error).strip()}); a CSV file is needed.") from error
    columns = find_columns(list(map(str, table.columns)))
    missing = [name for name in ("station", "longitude", "latitude") if name not in columns]
    if missing:
        raise InputError(
            f"{path}: no column for {' and '.join(missing)} among {', '.join(map(str, table.columns))[:200]}; "
            f"name it {' or '.join(COLUMN_NAMES[missing[0]][:2])}."
        )
    fields = {attribute: table[column].str.strip() for attribute, column in columns.items()}
    stations = unescape_table(pd.DataFrame(fields))
    for name in ("longitude", "latitude", "elevation"):
        if name in stations:
            stations[name] = pd.to_numeric(stations[name].str.replace(",", ".", regex=False), errors="coerce")
    return stations[stations["station"] != ""].set_index("station")
