"""Writers of station data in the formats of the published archives, to try the readers without downloading any of them.

Values are written in the shortest form that is read back equal.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.csv_text import escape_formula, escape_table
from aqnet_pyg.io.files import output_folder, replacing
from aqnet_pyg.readers import write_netcdf
from aqnet_pyg.stations import POLLUTANTS, pollutants_in, station_table

_UCI_COLUMNS = {
    **{name: POLLUTANTS[name].label for name in ("pm25", "pm10", "so2", "no2", "co", "o3")},
    "temperature": "TEMP",
    "pressure": "PRES",
    "dew_point": "DEWP",
    "precipitation": "RAIN",
    "wind_direction": "wd",
    "wind_speed": "WSPM",
}
_COMPASS = np.array(
    ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"], object
)


def write_cnemc(dataset: xr.Dataset, path: str | Path) -> None:
    """Write station data in the format of the archive of the Chinese national network.

    Args:
        dataset: Station data.
        path: Folder, created if missing. One ``china_sites_YYYYMMDD.csv`` is written for each day in Beijing time, with the
            24-hour mean of PM2.5 among the types as in the archive, and the station list ``站点列表-YYYY.MM.DD起.csv`` of the
            first day.

    Raises:
        InputError: If the folder cannot be written to.
    """
    folder = output_folder(path)
    table = station_table(dataset).reindex(columns=["name", "city", "longitude", "latitude"])
    with replacing(folder / f"站点列表-{_local(dataset)[0]:%Y.%m.%d}起.csv") as beside:
        table = escape_table(table.rename_axis("code").reset_index())
        table.to_csv(beside, index=False, header=["监测点编码", "监测点名称", "城市", "经度", "纬度"])
    _write_days(dataset, list(dataset.indexes["station"]), pollutants_in(dataset), folder, "china_sites")


def write_bjmemc(dataset: xr.Dataset, path: str | Path) -> None:
    """Write station data in the format of the archive of the Beijing network.

    Args:
        dataset: Station data with unique station names, which are the column headers.
        path: Folder, created if missing. One ``beijing_all_YYYYMMDD.csv`` (particles) and one
            ``beijing_extra_YYYYMMDD.csv`` (gases) are written for each day in Beijing time, and ``stations.csv``.

    Raises:
        InputError: If names are missing or repeated, or the folder cannot be written to.
    """
    names = station_table(dataset).get("name", pd.Series([""]))
    if (names == "").any() or names.duplicated().any():
        raise InputError(
            "name: some stations have no name or share one, but names head the columns; give every station its own name."
        )
    folder = output_folder(path)
    _write_stations(dataset, folder)
    particles = [name for name in pollutants_in(dataset) if name in ("pm25", "pm10")]
    gases = [name for name in pollutants_in(dataset) if name not in particles]
    _write_days(dataset, list(names), particles, folder, "beijing_all")
    _write_days(dataset, list(names), gases, folder, "beijing_extra")


def write_uci_beijing(dataset: xr.Dataset, path: str | Path) -> None:
    """Write station data in the format of the UCI multi-site archive: one file per station, CO in µg m-3, NA where missing.

    Args:
        dataset: Station data. Weather variables that the reader returns are written too, other covariates are not.
        path: The zip file. ``stations.csv`` with the coordinates, which the archive lacks, is written next to it.

    Raises:
        InputError: If the files cannot be written there.
    """
    path, local = Path(path), _local(dataset)
    period = f"{local[0]:%Y%m%d}-{local[-1]:%Y%m%d}"
    calendar = {part: getattr(local, part) for part in ("year", "month", "day", "hour")}
    with replacing(path) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, code in enumerate(dataset.indexes["station"]):
            table = pd.DataFrame({"No": range(1, len(local) + 1), **calendar})
            for ours, theirs in _UCI_COLUMNS.items():
                table[theirs] = dataset[ours].values[:, number].astype(np.float64) if ours in dataset else np.nan
            table["CO"] = (1000 * table["CO"]).round(3)
            towards = (table["wd"] / 22.5).round() % 16
            table["wd"] = _COMPASS[towards.fillna(0).astype(int)]
            table.loc[towards.isna(), "wd"] = None
            table["station"] = code
            text = escape_table(table).to_csv(index=False, na_rep="NA", float_format="%.7g")
            archive.writestr(f"PRSA_Data_{period}/PRSA_Data_{code}_{period}.csv", text)
    _write_stations(dataset, path.parent)


def write_table(dataset: xr.Dataset, path: str | Path) -> None:
    """Write station data as one long table, one row per station and hour in which anything was measured.

    Args:
        dataset: Station data. Quality flags are not written, as they follow from the values.
        path: A ``.csv`` or ``.parquet`` file. Times carry their zone, UTC.

    Raises:
        InputError: If the name has another ending, or the file cannot be written there.
    """
    path = Path(path)
    if path.suffix not in (".csv", ".parquet"):
        raise InputError(f"{path}: tables are written as .csv or .parquet; use one of these endings.")
    names = [str(name) for name in dataset.data_vars if dataset[name].dtype.kind == "f"]
    measured = np.any([np.isfinite(dataset[name].values) for name in names], axis=0)
    hour, station = (pa.array(index) for index in np.nonzero(measured))
    time = pa.array(dataset.time.values.astype("datetime64[s]")).cast(pa.timestamp("s", "UTC"))
    about = _stations(dataset, "station")
    if path.suffix == ".csv":
        about = escape_table(about)
    columns = {str(name): pa.array(values, from_pandas=True).take(station) for name, values in about.items()}
    columns["time"] = time.take(hour)
    columns |= {name: pa.array(dataset[name].values[measured], from_pandas=True) for name in names}
    table = pa.table(columns)
    if path.suffix == ".csv":
        _write_csv(table, path, "needed")
    else:
        with replacing(path) as beside:
            pyarrow.parquet.write_table(table, beside)


WRITERS: dict[str, Callable[[xr.Dataset, str | Path], None]] = {
    "cnemc": write_cnemc,
    "bjmemc": write_bjmemc,
    "uci_beijing": write_uci_beijing,
    "table": write_table,
    "netcdf": write_netcdf,
}
"""Writers by format; the names are those of :data:`aqnet_pyg.readers.READERS`."""


def _local(dataset: xr.Dataset) -> pd.DatetimeIndex:
    """Return the hours in Beijing time."""
    return pd.DatetimeIndex(dataset.indexes["time"]).tz_localize("UTC").tz_convert("Asia/Shanghai")


def _write_days(
    dataset: xr.Dataset, columns: Sequence[str], pollutants: Sequence[str], folder: Path, prefix: str
) -> None:
    """Write one wide file per day: a row for each hour and type, a column for each station."""
    lines = {POLLUTANTS[name].label: dataset[name].values for name in pollutants}
    if "pm25" in pollutants:
        mean = pd.DataFrame(dataset["pm25"].values).rolling(24, min_periods=12).mean().round()
        lines["PM2.5_24h"] = mean.to_numpy(np.float32)
    if not lines:
        return
    local = _local(dataset)
    days = local.strftime("%Y%m%d")
    for day in days.unique():
        hours = np.flatnonzero(days == day)
        # [hour, type, station] -> one row for each hour and type
        values = np.stack([array[hours[0] : hours[-1] + 1] for array in lines.values()], axis=1)
        values = values.reshape(-1, len(columns))
        arrays = [
            pa.array([day] * len(values)),
            pa.array(np.repeat(local.hour[hours], len(lines))),
            pa.array(list(lines) * len(hours)),
            *(pa.array(column, from_pandas=True) for column in values.T),
        ]
        table = pa.Table.from_arrays(arrays, ["date", "hour", "type", *columns])
        _write_csv(table, folder / f"{prefix}_{day}.csv", "none")


def _write_stations(dataset: xr.Dataset, folder: Path) -> None:
    with replacing(folder / "stations.csv") as beside:
        escape_table(_stations(dataset, "station_id")).to_csv(beside, index=False)


def _stations(dataset: xr.Dataset, code: str) -> pd.DataFrame:
    """One row per station, with its code in a column of this name."""
    table = station_table(dataset).rename(columns={"instrument": "instrument_class"})
    return table.rename_axis(code).reset_index()


def _write_csv(table: pa.Table, path: Path, quotes: str) -> None:
    """Write a table with an unquoted header; Arrow would quote it, unlike the archives."""
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(map(escape_formula, table.column_names))
    rows = pyarrow.csv.WriteOptions(include_header=False, quoting_style=quotes)
    with replacing(path) as beside, open(beside, "wb") as file:
        file.write(header.getvalue().encode())
        pyarrow.csv.write_csv(table, file, rows)
