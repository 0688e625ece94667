"""Station data in NetCDF files that follow the CF conventions for time series at stations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError, reading_of
from aqnet_pyg.io.cf import from_cf
from aqnet_pyg.io.files import write_dataset
from aqnet_pyg.readers.assembly.assemble import DAILY, record_absent, record_instruments, record_places
from aqnet_pyg.readers.files.archive import PathLike
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.stations import check_station_data, pollutants_in, standard_form


def write_netcdf(dataset: xr.Dataset, path: PathLike) -> None:
    """Write station data to a file from which :func:`read_netcdf` reads an equal data set.

    The file is a CF discrete sampling geometry (``featureType = "timeSeries"``) with the dimensions ``(station, time)``,
    compressed, in NetCDF 4. It is written atomically: an interrupted run leaves the old file or none.

    Args:
        dataset: Station data, dimensions ``(time, station)``.
        path: The file; its folder must exist. An existing file is replaced.

    Raises:
        InputError: If the data set is not station data, or the file cannot be written.
    """
    write_dataset(check_station_data(dataset).transpose("station", "time", ...), path)


def open_netcdf(path: PathLike) -> xr.Dataset:
    """Open a file of :func:`write_netcdf` lazily; values are read from the file on access.

    Args:
        path: The file.

    Returns:
        Station data, to be closed (or used in a ``with`` statement).

    Raises:
        InputError: If the file does not exist, is not NetCDF 4, or does not contain station data.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: there is no such file; give a NetCDF file of station data.")
    with reading_of(path, "give a NetCDF 4 file that write_netcdf wrote"):
        dataset = xr.open_dataset(path, engine="h5netcdf", cache=False)
        try:
            return standard_form(from_cf(dataset))
        except InputError as error:
            dataset.close()
            raise InputError(f"{path}: {error}") from None


def read_netcdf(path: PathLike) -> tuple[xr.Dataset, ReadReport]:
    """Read a file of :func:`write_netcdf`.

    Args:
        path: The file.

    Returns:
        Station data, equal to the data written, and the read report.

    Raises:
        InputError: If the file does not exist, is not NetCDF 4, or does not contain station data.
    """
    report = ReadReport(str(path))
    with open_netcdf(path) as opened, reading_of(path, "give a NetCDF 4 file that write_netcdf wrote"):
        dataset = opened.load().drop_encoding().transpose("time", "station", ...)
    report.files_read = 1
    record_instruments(dataset, report)
    record_places(dataset, report)
    pollutants = [dataset[name] for name in pollutants_in(dataset)]
    measured = np.any([values.notnull().any("station").values for values in pollutants], axis=0)
    if measured.any():
        daily = all(values.attrs.get("cell_methods") == DAILY for values in pollutants)
        record_absent(pd.DatetimeIndex(dataset.indexes["time"]), measured, dataset.attrs["time_zone"], daily, report)
    return dataset, report
