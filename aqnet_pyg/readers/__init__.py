"""Readers: published archives to station data, one module a format.

Every reader returns ``(dataset, report)``: station data (:mod:`aqnet_pyg.stations`) and the :class:`ReadReport` of what was
found and left out. Nothing here imports torch.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.bjmemc import read_bjmemc
from aqnet_pyg.readers.cnemc import read_cnemc
from aqnet_pyg.readers.netcdf import read_netcdf, write_netcdf
from aqnet_pyg.readers.report import ReadReport
from aqnet_pyg.readers.table import read_table
from aqnet_pyg.readers.uci_beijing import read_uci_beijing
from aqnet_pyg.resolver import find

__all__ = [
    "READERS",
    "ReadReport",
    "read",
    "read_bjmemc",
    "read_cnemc",
    "read_netcdf",
    "read_table",
    "read_uci_beijing",
    "write_netcdf",
]

READERS: dict[str, Callable[..., tuple[xr.Dataset, ReadReport]]] = {
    "cnemc": read_cnemc,
    "bjmemc": read_bjmemc,
    "uci_beijing": read_uci_beijing,
    "table": read_table,
    "netcdf": read_netcdf,
}
"""The readers by the names of their formats."""


def read(source: str, path: Any, **options: Any) -> tuple[xr.Dataset, ReadReport]:
    """Read an archive with the reader of its format.

    Args:
        source: A name in :data:`READERS`, or the path of a function of the same kind, ``"mypkg.read_mine"``: it takes the
            archive and keywords, and returns station data and a :class:`ReadReport`.
        path: The archive.
        options: What that reader takes besides.

    Raises:
        InputError: If there is no such reader, or as the reader says.
    """
    if source not in READERS and "." not in source:
        raise InputError(f"source: {source!r} is no reader; use one of {', '.join(READERS)}, or the path of your own.")
    reader = READERS[source] if source in READERS else find(source, "source")
    takes = inspect.signature(reader).parameters
    for name in options:
        if name not in takes:
            raise InputError(f"{name}: the reader {source!r} takes no such thing; leave it out.")
    for name, parameter in takes.items():
        if parameter.default is parameter.empty and name != "path" and name not in options:
            raise InputError(f"{name}: the reader {source!r} needs it; say where they are.")
    return reader(path, **options)
