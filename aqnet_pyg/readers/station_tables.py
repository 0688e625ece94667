"""Station tables: codes, coordinates and names, under the column names of different archives."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.archive import PathLike

COLUMN_NAMES: dict[str, tuple[str, ...]] = {
    "station": ("code", "station_id", "station", "stationid", "station_code", "sensor_index", "监测点编码", "站点编号"),
    "longitude": ("longitude", "lon", "lng", "经度"),
    "latitude": ("latitude", "lat", "纬度"),
    "elevation": ("elevation", "altitude", "海拔"),
    "name": ("name", "station_name", "监测点名称", "站点名称"),
    "city": ("city", "城市"),
    "province": ("province", "省份"),
}
"""Names of station attributes, and the column names (in lower case) that are recognized as each."""


def find_columns(columns: Sequence[str]) -> dict[str, str]:
    """Find the columns of a table that describe the station.

    Args:
        columns: The column names of the table.

    Returns:
        Column names by station attribute, a key of :data:`COLUMN_NAMES`; the first name that matches.
    """
    normalized = {column.strip().lower(): column for column in reversed(columns)}
    matches = {}
    for attribute, names in COLUMN_NAMES.items():
        for name in names:
            if name in normalized:
                matches[attribute] = normalized[name]
                break
    return matches


def read_station_table(path: PathLike) -> pd.DataFrame:
    """Read a station table (CSV, in UTF-8 or GB 18030).

    Args:
        path: The file. Columns are recognized by the names in :data:`COLUMN_NAMES`; fields may be padded with spaces.

    Returns:
        One row per line in the order of the file, indexed by code, with float64 ``longitude`` and ``latitude`` in degrees
        (NaN where the field is not a number) and any of ``elevation``, ``name``, ``city`` and ``province``. Codes can repeat.

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
        # The default encoding of spreadsheet programs in China.
        text = data.decode("gb18030", errors="replace")
    try:
        table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, skipinitialspace=True)
    except (pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        raise InputError(f"{path}: not a station table ({str(error).strip()}); a CSV file is needed.") from error
    columns = find_columns(list(map(str, table.columns)))
    missing = [name for name in ("station", "longitude", "latitude") if name not in columns]
    if missing:
        raise InputError(
            f"{path}: no column for {' and '.join(missing)} among {', '.join(map(str, table.columns))[:200]}; "
            f"name it {' or '.join(COLUMN_NAMES[missing[0]][:2])}."
        )
    stations = pd.DataFrame({attribute: table[column].str.strip() for attribute, column in columns.items()})
    for name in ("longitude", "latitude", "elevation"):
        if name in stations:
            stations[name] = pd.to_numeric(stations[name], errors="coerce")
    return stations[stations["station"] != ""].set_index("station")
