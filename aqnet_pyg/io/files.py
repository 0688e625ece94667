"""Writing files so that an interrupted run leaves the old one or the new one, never half of one."""

from __future__ import annotations

import hashlib
import json
import math
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.cf import to_cf

__all__ = ["fingerprint", "output_folder", "replacing", "write_dataset", "write_json"]


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A path beside ``path`` to write to; it takes its place when the block ends well, and is removed otherwise.

    Raises:
        InputError: If the folder cannot be written to.
    """
    path = Path(path)
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        yield beside
        os.replace(beside, path)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror or error}); choose a folder that exists and is yours."
        ) from error
    finally:
        with suppress(OSError):
            beside.unlink()


def write_json(content: dict[str, Any], path: str | Path) -> None:
    """Write readable JSON; numbers that are not finite become null.

    Args:
        content: Dictionaries, lists, text and numbers.
        path: The file; an old one is replaced at once.
    """
    with replacing(path) as beside:
        beside.write_text(json.dumps(_finite(content), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_dataset(dataset: xr.Dataset, path: str | Path) -> None:
    """Write compressed NetCDF 4 by the CF conventions, readable by anything that reads NetCDF 4.

    Time is in hours with the zone in its units; hours and cells have their bounds. A coordinate of text along its own
    dimension, such as station codes, is named ``<dimension>_code`` in the file.

    Args:
        dataset: Station data or a product.
        path: The file; an old one is replaced at once.

    Raises:
        InputError: If the file cannot be written there.
    """
    dataset = to_cf(dataset)
    compressed = {"zlib": True, "complevel": 4, "shuffle": True}
    encoding = {name: compressed for name, variable in dataset.data_vars.items() if variable.ndim}
    with replacing(path) as beside:
        dataset.to_netcdf(beside, engine="h5netcdf", encoding=encoding)


def output_folder(path: str | Path) -> Path:
    """Make a folder and see that it can be written to, before any long work.

    Raises:
        InputError: If it cannot.
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
    """SHA-256 of the values and names of a data set; attributes do not count."""
    digest = hashlib.sha256()
    for name in sorted(map(str, dataset.variables)):
        values = dataset[name].values
        digest.update(f"{name} {values.shape} {values.dtype}".encode())
        # Text is objects, whose bytes are where they lie.
        text = values.dtype == object
        digest.update(repr(values.tolist()).encode() if text else np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: _finite(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
