"""Sites of the networks of the United Kingdom: metadata as openair has them, or a station table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.station_tables import read_station_table
from aqnet_pyg.readers.files.archive import PathLike
from aqnet_pyg.readers.files.r_files import r_numbers, r_texts, read_r_objects
from aqnet_pyg.readers.read_report import ReadReport

_COLUMNS = {
    "station": ("site_id", "code", "sitecode"),
    "longitude": ("longitude",),
    "latitude": ("latitude",),
    "elevation": ("altitude", "altitude..m."),
    "name": ("site_name", "site", "sitename"),
}


def read_sites(path: PathLike) -> pd.DataFrame:
    """Read the metadata of a network (``AURN_metadata.RData``), or a station table (CSV).

    Args:
        path: The file. Metadata have ``site_id``, ``site_name``, ``latitude`` and ``longitude``; they repeat for each pollutant.

    Returns:
        One row per site, indexed by code, with ``longitude``, ``latitude`` (degrees) and any of ``elevation`` (meters), ``name``
        and others of a station table.

    Raises:
        InputError: If the file cannot be read or has no such columns.
        ModuleNotFoundError: If the package rdata is needed and not installed.
    """
    path = Path(path)
    if path.suffix.lower() not in (".rdata", ".rda", ".rds"):
        table = read_station_table(path)
        return table[~table.index.duplicated()]
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: the metadata cannot be read ({error.strerror}); check the path.") from error
    report = ReadReport(str(path))
    objects = read_r_objects(data, path.name, report)
    if objects is None:
        raise InputError(f"{path}: {report.skipped[0][1]}; download it again.")
    tables = [sites for value in objects.values() if (sites := sites_of(value)) is not None]
    if not tables:
        raise InputError(
            f"{path}: no data frame with site_id, latitude and longitude; give the metadata of the network."
        )
    table = pd.concat(tables)
    return table[~table.index.duplicated()]


def sites_of(value: object) -> pd.DataFrame | None:
    """Return the sites in a data frame of metadata.

    Args:
        value: An object of a file of R.

    Returns:
        As :func:`read_sites`; None if the object is not a data frame of metadata.
    """
    if not isinstance(value, pd.DataFrame) or "date" in value:
        return None
    lower = {str(name).lower(): name for name in reversed(list(value.columns))}
    columns = {key: lower[name] for key, names in _COLUMNS.items() for name in reversed(names) if name in lower}
    if not {"station", "longitude", "latitude"} <= set(columns):
        return None
    table = pd.DataFrame({"station": r_texts(value[columns["station"]])})
    for key, column in columns.items():
        if key == "name":
            table[key] = r_texts(value[column])
        elif key != "station":
            table[key] = r_numbers(value[column])
    located = np.isfinite(table["longitude"]) & np.isfinite(table["latitude"]) & (table["station"] != "")
    return table[located].drop_duplicates("station").set_index("station")
