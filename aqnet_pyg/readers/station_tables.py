"""Tables of stations: codes, coordinates and names, under the column names that archives use."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.archive import PathLike

__all__ = ["COLUMN_NAMES", "find_columns", "read_station_table"]

COLUMN_NAMES: dict[str, tuple[str, ...]] = {
    "station": ("code", "station_id", "station", "stationid", "station_code", "监测点编码", "站点编号"),
    "longitude": ("longitude", "lon", "lng", "经度"),
    "latitude": ("latitude", "lat", "纬度"),
    "elevation": ("elevation", "altitude", "海拔"),
    "name": ("name", "station_name", "监测点名称", "站点名称"),
    "city": ("city", "城市"),
    "province": ("province", "省份"),
}
"""Our names of what describes a station, and how columns that hold it are called (in lower case)."""


def find_columns(found: list[str]) -> dict[str, str]:
    """Which columns of a table describe the station: their names by ours, the first that fits."""
    plain = {column.strip().lower(): column for column in reversed(found)}
    picked = {}
    for ours, names in COLUMN_NAMES.items():
        for name in names:
            if name in plain:
                picked[ours] = plain[name]
                break
    return picked


def read_station_table(path: PathLike) -> pd.DataFrame:
    """Read one station table (CSV, in UTF-8 or GB 18030).

    Args:
        path: The file. Columns are recognized by the names in :data:`COLUMN_NAMES`; fields may be padded with blanks.

    Returns:
        One row a line in the order of the file, indexed by code, with float64 ``longitude`` and ``latitude`` in degrees
        (NaN where the field is no number) and any of ``elevation``, ``name``, ``city`` and ``province``. Codes can repeat.

    Raises:
        InputError: If the file does not exist, is no table, or has no column for code, longitude or latitude.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: the station table cannot be read ({error.strerror}); check the path.") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Spreadsheet programs in China save CSV in this encoding.
        text = data.decode("gb18030", errors="replace")
    try:
        table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, skipinitialspace=True)
    except (pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        raise InputError(f"{path}: not a station table ({str(error).strip()}); a CSV file is needed.") from error
    picked = find_columns([str(column) for column in table.columns])
    lacking = [name for name in ("station", "longitude", "latitude") if name not in picked]
    if lacking:
        raise InputError(
            f"{path}: no column for {' and '.join(lacking)} among {', '.join(map(str, table.columns))[:200]}; "
            f"name it {' or '.join(COLUMN_NAMES[lacking[0]][:2])}."
        )
    stations = pd.DataFrame({ours: table[theirs].str.strip() for ours, theirs in picked.items()})
    for name in ("longitude", "latitude", "elevation"):
        if name in stations:
            stations[name] = pd.to_numeric(stations[name], errors="coerce")
    return stations[stations["station"] != ""].set_index("station")
