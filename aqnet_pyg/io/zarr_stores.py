"""Large results in zarr stores, written a block of time at a time, by whatever scheduler of dask there is."""

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

__all__ = ["write_stores"]


def write_stores(
    datasets: Mapping[str | Path, xr.Dataset],
    *,
    mark: str,
    report: Callable[[str], None] | None = None,
) -> None:
    """Write lazy data sets, block by block along their first dimension of time; an interrupted writing goes on.

    All data sets are cut into blocks alike, as their chunks are, and each block of all of them is computed in one task, so
    that what they share is computed once and memory is bounded by a block. A block that is done leaves a mark in the folder
    ``STORE.parts`` of the first store, which is removed in the end.

    Args:
        datasets: Data sets by the stores that they go to, chunked alike in time; lazy, but not persisted on a scheduler.
        mark: What the values depend on (such as hashes of the model and of the data): a store that was begun with another
            mark is begun again.
        report: Is told how many blocks were there from before.

    Raises:
        InputError: If a store cannot be written.
    """
    first = Path(next(iter(datasets)))
    parts = first.with_name(f"{first.name}.parts")
    datasets = {Path(path): to_cf(dataset) for path, dataset in datasets.items()}
    blocks = _blocks(next(iter(datasets.values())))
    mark = hashlib.sha256(f"{mark} {blocks}".encode()).hexdigest()
    if not _begun(parts, mark, datasets):
        shutil.rmtree(parts, ignore_errors=True)
        try:
            for path, dataset in datasets.items():
                dataset.to_zarr(path, mode="w", compute=False, zarr_format=2, consolidated=True)
            parts.mkdir()
        except OSError as error:
            raise InputError(
                f"{path}: cannot be written ({error.strerror or error}); choose another folder."
            ) from error
        with replacing(parts / "mark.json") as beside:
            beside.write_text(json.dumps({"mark": mark}))
    open_blocks = [block for block in blocks if not _done(parts, block).exists()]
    if report is not None:
        report(f"{len(blocks) - len(open_blocks)} of {len(blocks)} blocks were written before")
    dask.compute(*(_write(datasets, block, parts) for block in open_blocks))
    shutil.rmtree(parts)


def _begun(parts: Path, mark: str, datasets: Mapping[Path, xr.Dataset]) -> bool:
    try:
        return json.loads((parts / "mark.json").read_text())["mark"] == mark and all(path.is_dir() for path in datasets)
    except (OSError, ValueError, KeyError):
        return False


def _blocks(dataset: xr.Dataset) -> list[tuple[int, int]]:
    """First and last position of each chunk of the first dimension."""
    ends = np.cumsum(dataset.chunks[_axis(dataset)]).tolist()
    return list(zip([0, *ends], ends, strict=False))


def _axis(dataset: xr.Dataset) -> Any:
    return "forecast_reference_time" if "forecast_reference_time" in dataset.dims else "time"


def _done(parts: Path, block: tuple[int, int]) -> Path:
    return parts / f"{block[0]:09d}"


def _write(datasets: Mapping[Path, xr.Dataset], block: tuple[int, int], parts: Path) -> Any:
    """Something to compute that writes a block of each data set, and then says so."""
    regions = []
    for dataset in datasets.values():
        # Only what is lazy: the rest was written when the store was begun.
        lazy = dataset.drop_vars([name for name, variable in dataset.variables.items() if not variable.chunks])
        regions.append(split_lazy(lazy.isel({_axis(dataset): slice(*block)}).map(_culled)))
    # All of a block in one task: nothing waits in memory until a worker comes round to writing it, and a block is done before
    # the next is begun. A partial function is not searched for what is lazy in it.
    write = partial(_write_block, list(datasets), regions, block, _done(parts, block))
    return dask.delayed(write, pure=False)()


def _culled(variable: xr.DataArray) -> xr.DataArray:
    """With the graph of its own values only; its keys keep their names, by which variables share what they are made of."""
    array = variable.data
    graph, _ = cull(dict(array.dask), list(flatten(array.__dask_keys__())))
    return variable.copy(data=da.Array(graph, array.name, array.chunks, meta=array))


def _write_block(paths: list[Path], regions: list[tuple[xr.Dataset, Any]], block: tuple[int, int], done: Path) -> None:
    (computed,) = dask.compute(regions, scheduler="synchronous")
    for path, parts in zip(paths, computed, strict=True):
        region = with_computed(*parts)
        region.to_zarr(path, region={_axis(region): slice(*block)})
    done.touch()
