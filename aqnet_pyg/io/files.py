"""Atomic writing of files (an interrupted run leaves the old file or the new one, never part of one), and broken files."""

from __future__ import annotations

import hashlib
import json
import lzma
import math
import os
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import h5netcdf
import numpy as np
import pyarrow as pa
import xarray as xr
from xarray.backends import H5NetCDFStore

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.cf import to_cf

BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    pa.ArrowException,
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    UnicodeDecodeError,  # of names in a zip file
)
"""Exceptions when a compressed file, a zip file or a Parquet file is read that is damaged, truncated or encrypted."""


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder that replaces ``path`` on success and is removed otherwise.

    Args:
        path: The file to be written.

    Raises:
        InputError: If the folder cannot be written to.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror or error}); choose a folder that exists and that you may write to."
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def write_json(content: dict[str, Any], path: str | Path) -> None:
    """Write indented JSON; NaN and infinities become null.

    Args:
        content: Dictionaries, lists, text and numbers.
        path: The file; an existing one is replaced atomically.

    Raises:
        InputError: If the file cannot be written.
    """
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(_finite(content), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_dataset(dataset: xr.Dataset, path: str | Path) -> None:
    """Write compressed NetCDF 4 that follows the CF conventions.

    Time is in whole hours with the time zone in its units; hours and cells have bounds. A text coordinate along its own
    dimension, such as station codes, is named ``<dimension>_code`` in the file; :func:`aqnet_pyg.io.from_cf` restores it.
    The file is built in memory, since HDF5 can end the process where a disk is full.

    Args:
        dataset: Station data or a product.
        path: The file; an existing one is replaced atomically.

    Raises:
        InputError: If the file cannot be written.
    """
    dataset = to_cf(dataset)
    compressed = {"zlib": True, "complevel": 4, "shuffle": True}
    encoding = {name: compressed for name, variable in dataset.data_vars.items() if variable.ndim}
    content = BytesIO()
    with h5netcdf.File(content, "w") as file:
        dataset.dump_to_store(H5NetCDFStore(file), encoding=encoding)
    with replacing(path) as temporary:
        temporary.write_bytes(content.getbuffer())


def output_folder(path: str | Path) -> Path:
    """Create a folder and check that it can be written to, so that a long run fails early.

    Args:
        path: The folder; its parents are created too.

    Raises:
        InputError: If it cannot be created or written to.
    """
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".{uuid.uuid4().hex}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(f"out: {path} cannot be written to ({error.strerror}); choose another folder.") from None
    return path


def fingerprint(dataset: xr.Dataset) -> str:
    """Return the SHA-256 of the names and values of a data set; attributes are ignored."""
    digest = hashlib.sha256()
    for name in sorted(map(str, dataset.variables)):
        values = dataset[name].values
        digest.update(f"{name} {values.shape} {values.dtype}".encode())
        # Object arrays hold pointers; hash the representation of their text.
        text = values.dtype == object
        digest.update(repr(values.tolist()).encode() if text else np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: _finite(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
