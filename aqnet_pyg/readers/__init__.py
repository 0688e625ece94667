"""Readers of published archives, one module per format.

Every reader returns ``(dataset, report)``: station data (:mod:`aqnet_pyg.stations`) and a :class:`ReadReport` with the faults of
the files and the data that were left out. Nothing here imports torch.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.airkorea import read_airkorea
from aqnet_pyg.readers.airmonitor import read_airmonitor
from aqnet_pyg.readers.airnow import read_airnow
from aqnet_pyg.readers.aqs import read_aqs
from aqnet_pyg.readers.assembly.selection import select
from aqnet_pyg.readers.assembly.suspect_values import FLAG_EXCEEDS_PM10, FLAG_REPEATED, FLAG_SPIKE, flag_suspect
from aqnet_pyg.readers.bjmemc import read_bjmemc
from aqnet_pyg.readers.cnemc import read_cnemc
from aqnet_pyg.readers.cnemc_text import read_cnemc_text
from aqnet_pyg.readers.cpcb import read_cpcb
from aqnet_pyg.readers.eea import read_eea
from aqnet_pyg.readers.fields import (
    covariates_on_grid,
    read_field,
    read_raster,
    sample,
    sample_lazily,
    with_covariates,
    with_first_guess,
)
from aqnet_pyg.readers.files.archive import files_of_any_size
from aqnet_pyg.readers.knowair import read_knowair
from aqnet_pyg.readers.netcdf import open_netcdf, read_netcdf, write_netcdf
from aqnet_pyg.readers.openair import read_openair
from aqnet_pyg.readers.openaq import read_openaq
from aqnet_pyg.readers.purpleair import read_purpleair
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.sensor_community import read_sensor_community
from aqnet_pyg.readers.sinca import read_sinca
from aqnet_pyg.readers.tables.table import read_table
from aqnet_pyg.readers.taiwan_epa import read_taiwan_epa
from aqnet_pyg.readers.uci_beijing import read_uci_beijing
from aqnet_pyg.readers.uk_air import read_uk_air
from aqnet_pyg.resolver import find
from aqnet_pyg.stations import check_station_data
from aqnet_pyg.text import suggestion

__all__ = [
    "FLAG_EXCEEDS_PM10",
    "FLAG_REPEATED",
    "FLAG_SPIKE",
    "READERS",
    "ReadReport",
    "covariates_on_grid",
    "flag_suspect",
    "open_netcdf",
    "read",
    "read_airkorea",
    "read_airmonitor",
    "read_airnow",
    "read_aqs",
    "read_bjmemc",
    "read_cnemc",
    "read_cnemc_text",
    "read_cpcb",
    "read_eea",
    "read_field",
    "read_knowair",
    "read_netcdf",
    "read_openair",
    "read_openaq",
    "read_purpleair",
    "read_raster",
    "read_sensor_community",
    "read_sinca",
    "read_table",
    "read_taiwan_epa",
    "read_uci_beijing",
    "read_uk_air",
    "sample",
    "sample_lazily",
    "with_covariates",
    "with_first_guess",
    "write_netcdf",
]

READERS: dict[str, Callable[..., tuple[xr.Dataset, ReadReport]]] = {
    "cnemc": read_cnemc,
    "bjmemc": read_bjmemc,
    "uci_beijing": read_uci_beijing,
    "openaq": read_openaq,
    "aqs": read_aqs,
    "airnow": read_airnow,
    "eea": read_eea,
    "uk_air": read_uk_air,
    "openair": read_openair,
    "purpleair": read_purpleair,
    "sensor_community": read_sensor_community,
    "taiwan_epa": read_taiwan_epa,
    "cpcb": read_cpcb,
    "airkorea": read_airkorea,
    "sinca": read_sinca,
    "cnemc_text": read_cnemc_text,
    "airmonitor": read_airmonitor,
    "knowair": read_knowair,
    "table": read_table,
    "netcdf": read_netcdf,
}
"""Readers by the name of their format."""


_NO_READER = (
    "is not a reader; give a function that takes the path of the archive, and returns station data and a ReadReport"
)


def read(source: str, path: Any, **options: Any) -> tuple[xr.Dataset, ReadReport]:
    """Read an archive with the reader of its format.

    Args:
        source: A key of :data:`READERS`, or the import path of a function such as ``"mypkg.read_mine"`` that takes the path of
            the archive and keyword arguments and returns station data and a :class:`ReadReport`.
        path: The archive.
        options: Keyword arguments of the reader. Of any reader, ``bbox`` (west, south, east, north in degrees) selects an area,
            and ``start`` and ``end`` (local dates) a period; what is left out is in the read report. ``any_size=True`` reads
            compressed files that are more than 256 MB and 200 times their compressed size, which are otherwise skipped.

    Returns:
        Station data, and the read report.

    Raises:
        InputError: If there is no such reader, an option is unknown or missing, or the reader raises it.
    """
    if source not in READERS and "." not in source:
        raise InputError(
            f"source: there is no reader {source!r}{suggestion(source, READERS)}; use one of {', '.join(READERS)}, or the import "
            "path of your own."
        )
    reader = READERS[source] if source in READERS else find(source, "source")
    try:
        parameters = inspect.signature(reader).parameters
    except ValueError:  # some built-in classes have none
        raise InputError(f"source: {source!r} {_NO_READER}.") from None
    chosen = {
        name: options.pop(name)
        for name in ("bbox", "start", "end", "any_size")
        if name in options and name not in parameters
    }
    size_limit = files_of_any_size() if chosen.pop("any_size", False) else nullcontext()
    for name in options:
        if name not in parameters:
            raise InputError(f"{name}: the reader {source!r} has no such option; leave it out.")
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty and name != "path" and name not in options:
            raise InputError(f"{name}: the reader {source!r} requires this option; give its path.")
    with size_limit:
        result = reader(path, **options)
    if source not in READERS:
        if not isinstance(result, tuple) or [type(part) for part in result] != [xr.Dataset, ReadReport]:
            raise InputError(f"source: {source!r} {_NO_READER}.")
        check_station_data(result[0])
    data, report = result
    return select(data, report, **chosen), report
