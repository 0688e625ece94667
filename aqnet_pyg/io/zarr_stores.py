"""Zarr stores for results that do not fit in memory, written block by block along time with any dask scheduler."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError, optional_imports
from aqnet_pyg.io.cf import to_cf
from aqnet_pyg.io.dask_blocks import split_lazy, with_computed
from aqnet_pyg.io.files import replacing

with optional_imports():
    import dask
    import dask.array as da
    from dask.core import flatten
    from dask.optimization import cull


def write_stores(
    datasets: Mapping[str | Path, xr.Dataset],
    *,
    fingerprint: str,
    log: Callable[[str], None] | None = None,
) -> None:
    """Write lazy data sets to zarr stores, block by block along their time dimension; an interrupted run is resumed.

    All data sets are split into the same blocks, those of their chunks. Each block of all data sets is computed in one task, so
    that shared intermediate values are computed once and memory is limited to a block per worker. A finished block is recorded
    by a file in the folder ``STORE.parts`` of the first store, which is removed at the end.

    Args:
        datasets: Data sets by path of their store, with equal chunks in time; lazy, but not persisted on a scheduler.
        fingerprint: Identifies the values, such as hashes of the model and of the data: stores that were begun with another
            fingerprint are overwritten.
        log: Called with a message on how many blocks were already written.

    Raises:
        InputError: If a store cannot be written.
    """
    stores = {Path(path): to_cf(dataset) for path, dataset in datasets.items()}
    first, dataset = next(iter(stores.items()))
    parts = first.with_name(f"{first.name}.parts")
    blocks = _blocks(dataset)
    fingerprint = hashlib.sha256(f"{fingerprint} {blocks}".encode()).hexdigest()
    if not _can_resume(parts, fingerprint, stores):
        shutil.rmtree(parts, ignore_errors=True)
        try:
            for path, dataset in stores.items():
                dataset.to_zarr(path, mode="w", compute=False, zarr_format=2, consolidated=True)
            parts.mkdir()
        except OSError as error:
            raise InputError(
                f"{path}: cannot be written ({error.strerror or error}); choose another folder."
            ) from error
        with replacing(parts / "fingerprint.json") as temporary:
            temporary.write_text(json.dumps({"fingerprint": fingerprint}))
    missing = [block for block in blocks if not _marker(parts, block).exists()]
    if log is not None:
        log(f"{len(blocks) - len(missing)} of {len(blocks)} blocks were already written")
    dask.compute(*(_write(stores, block, parts) for block in missing))
    shutil.rmtree(parts)


def _can_resume(parts: Path, fingerprint: str, stores: Mapping[Path, xr.Dataset]) -> bool:
    try:
        begun = json.loads((parts / "fingerprint.json").read_text())["fingerprint"]
    except (OSError, ValueError, KeyError):
        return False
    return begun == fingerprint and all(path.is_dir() for path in stores)


def _blocks(dataset: xr.Dataset) -> list[tuple[int, int]]:
    """Start and stop of each chunk along the time dimension."""
    ends = np.cumsum(dataset.chunks[_time_dim(dataset)]).tolist()
    return list(zip([0, *ends], ends, strict=False))


def _time_dim(dataset: xr.Dataset) -> str:
    return "forecast_reference_time" if "forecast_reference_time" in dataset.dims else "time"


def _marker(parts: Path, block: tuple[int, int]) -> Path:
    """File that exists once a block is written."""
    return parts / f"{block[0]:09d}"


def _write(stores: Mapping[Path, xr.Dataset], block: tuple[int, int], parts: Path) -> Any:
    """Delayed task that writes a block of each data set and then its marker."""
    regions = []
    for dataset in stores.values():
        # Only lazy variables: the others were written when the store was created.
        lazy = dataset.drop_vars([name for name, variable in dataset.variables.items() if not variable.chunks])
        regions.append(split_lazy(lazy.isel({_time_dim(dataset): slice(*block)}).map(_culled)))
    # One task per block: no finished parts wait in memory to be written, and blocks are finished in order.
    # Dask does not search a partial function for lazy arguments.
    write = partial(_write_block, list(stores), regions, block, _marker(parts, block))
    return dask.delayed(write, pure=False)()


def _culled(variable: xr.DataArray) -> xr.DataArray:
    """Restrict the graph of a variable to its own values; keys keep their names, so that variables share common tasks."""
    array = variable.data
    graph, _ = cull(dict(array.dask), list(flatten(array.__dask_keys__())))
    return variable.copy(data=da.Array(graph, array.name, array.chunks, meta=array))


def _write_block(
    paths: list[Path], regions: list[tuple[xr.Dataset, Any]], block: tuple[int, int], marker: Path
) -> None:
    (computed,) = dask.compute(regions, scheduler="synchronous")
    for path, parts in zip(paths, computed, strict=True):
        region = with_computed(*parts)
        region.to_zarr(path, region={_time_dim(region): slice(*block)})
    marker.touch()
