"""Station tables of the European Environment Agency: sampling points, the stations that they are at, and coordinates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.station_tables import read_station_table
from aqnet_pyg.readers.files.archive import PathLike, find_members, read_members
from aqnet_pyg.readers.files.long_files import open_table
from aqnet_pyg.readers.read_report import ReadReport

_POINT = ("samplingpointid", "samplingpoint")
_STATION = ("airqualitystationeoicode", "eoicode")
_ATTRIBUTES = {
    "longitude": ("longitude",),
    "latitude": ("latitude",),
    "elevation": ("altitude",),
    "name": ("airqualitystationname", "aqstationname"),
    "city": ("municipality", "city"),
}
"""Names of columns, in lower case without spaces."""


def read_sampling_points(path: PathLike) -> pd.DataFrame:
    """Read the metadata of the European Environment Agency, or a plain station table.

    Args:
        path: CSV or Parquet file, or zip file of one, with a column ``Sampling Point Id`` (or ``SamplingPoint``), ``Longitude``
            and ``Latitude`` (degrees), and any of ``Air Quality Station EoI Code``, ``Altitude`` (meters) and
            ``Air Quality Station Name``; or a station table, whose codes are those of sampling points or of stations.

    Returns:
        One row per sampling point (the first with coordinates), indexed by its identifier without the prefix of the country:
        ``station`` (code), ``longitude``, ``latitude`` (NaN where invalid) and any of ``elevation``, ``name`` and ``city``.

    Raises:
        InputError: If the file does not exist, is not a table, or has no column for code, longitude or latitude.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; give the metadata of the sampling points or a station table.")
    rows = _read_metadata(path)
    if rows is None:
        table = read_station_table(path)
        rows = table.assign(station=table.index, point=table.index)
    for name in ("longitude", "latitude", "elevation"):
        if name in rows:
            rows[name] = pd.to_numeric(rows[name], errors="coerce").astype(np.float64)
    invalid = ~(rows["longitude"].between(-180, 360) & rows["latitude"].between(-90, 90))
    rows.loc[invalid, ["longitude", "latitude"]] = np.nan
    rows["station"] = rows["station"].where(rows["station"] != "", rows["point"])
    rows = rows[rows["point"] != ""].sort_values("longitude", key=pd.isna, kind="stable")
    index = without_country(rows["point"]).rename("point")
    rows = rows.drop(columns="point").set_index(index)
    return rows[~rows.index.duplicated()]


def without_country(points: pd.Series) -> pd.Series:
    """Return identifiers of sampling points without the code of the country in front, ``DE/SPO.DE_DEBB054_PM2``."""
    return points.astype(str).str.replace(r"^[A-Z]{2}/", "", regex=True)


def _read_metadata(path: Path) -> pd.DataFrame | None:
    """Rows of the metadata; None if the file has no column of sampling points."""
    report = ReadReport(str(path))
    members = find_members(path, r".*\.(csv|txt|tsv|parquet)(\.gz)?", "*.csv or *.parquet", report)
    for member, data in read_members(members, report):
        opened = open_table(member, data, report)
        if opened is None:
            raise InputError(f"{path}: {report.skipped[-1][1]}; give the metadata of the sampling points.")
        names, load = opened
        normalized = {"".join(name.lower().split()): name for name in reversed(names)}

        def find(choices: tuple[str, ...], columns: dict[str, str] = normalized) -> str | None:
            return next((columns[name] for name in choices if name in columns), None)

        point, station = find(_POINT), find(_STATION)
        if point is None:
            return None
        columns = {name: column for name, choices in _ATTRIBUTES.items() if (column := find(choices))}
        for name in ("longitude", "latitude"):
            if name not in columns:
                raise InputError(f"{path}: no column {name.title()} among {', '.join(names)[:200]}; download it again.")
        columns |= {"point": point, "station": station or point}
        chosen = list(dict.fromkeys(columns.values()))
        table = load(chosen, chosen)
        if table is None:
            raise InputError(f"{path}: {report.skipped[-1][1]}; download it again.")
        return pd.DataFrame({name: _texts(table[column]) for name, column in columns.items()})
    return None


def _texts(column: pa.ChunkedArray) -> pd.Series:
    return column.cast(pa.string()).to_pandas().astype(object).fillna("").str.strip()
