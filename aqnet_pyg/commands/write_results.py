"""Predictions of a run, computed and written: NetCDF files at once, or zarr stores block by block on a dask scheduler."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.inference.trained_model import TrainedModel
from aqnet_pyg.io.cf import from_cf
from aqnet_pyg.io.files import fingerprint, write_dataset
from aqnet_pyg.io.logs import warnings_only

log = logging.getLogger(__name__)

CHUNK_HOURS = 168
"""Hours of station data in a chunk, where they are sent to the processes of a scheduler."""


def write_results(
    model: TrainedModel,
    data: xr.Dataset,
    folder: Path,
    *,
    hidden: Collection[str],
    grid: Grid,
    start: np.datetime64,
    end: np.datetime64,
    device: str,
    history: str,
    dask: str | None = None,
) -> tuple[xr.Dataset, xr.Dataset]:
    """Predict stations and cells, and write ``stations`` and ``grid`` to a folder: ``.nc``, or with dask ``.zarr``.

    Args:
        model: A trained model.
        data: Station data.
        folder: Where the results go.
        hidden: Codes of stations whose measurements are not used.
        grid: The cells.
        start: First hour to predict, UTC.
        end: Last hour.
        device: Where to compute.
        history: How the results came to be, for their attributes.
        dask: Address of a scheduler, or a number of processes to start here. Blocks that an interrupted run finished are
            not computed again.

    Returns:
        Both results as :func:`aqnet_pyg.reanalyze` gives them; with dask, opened lazily.

    Raises:
        InputError: If no scheduler answers, or the folder cannot be written to.
    """
    about = {"history": history, "model_sha256": model.fingerprint()}
    options: dict[str, Any] = {"hidden": hidden, "grid": grid, "start": start, "end": end, "device": device}
    if dask is None:
        results = reanalyze(model, data, **options, progress=_progress)
        for name, result in zip(("stations", "grid"), results, strict=True):
            result.attrs |= about
            write_dataset(result.transpose("station", ...) if name == "stations" else result, folder / f"{name}.nc")
        return results
    from aqnet_pyg.io.zarr_stores import write_stores

    with warnings_only("distributed"), _scheduler(dask):  # silences connection messages of the workers
        results = reanalyze(model, data.chunk(time=CHUNK_HOURS), **options)
        paths = [folder / "stations.zarr", folder / "grid.zarr"]
        stores = {path: result.assign_attrs(about) for path, result in zip(paths, results, strict=True)}
        grid_of = xr.Dataset(coords={"longitude": grid.longitude, "latitude": grid.latitude})
        key = json.dumps([about, fingerprint(data), sorted(hidden), fingerprint(grid_of), str(start), str(end)])
        write_stores(stores, fingerprint=key, log=log.info)
    return tuple(from_cf(xr.open_zarr(path)) for path in paths)


@contextmanager
def _scheduler(where: str) -> Iterator[None]:
    """With a client of the scheduler at an address, or of so many processes on this machine."""
    from distributed import Client, LocalCluster

    try:
        here = {"n_workers": int(where), "threads_per_worker": 1, "dashboard_address": None} if where.isdigit() else {}
        client = Client(LocalCluster(**here) if here else where)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"dask: no scheduler answers at {where!r} ({error}); give its address, such as tcp://host:8786, or a number of "
            "processes."
        ) from None
    with client, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sending large graph")  # station data go with the work
        yield
        if here:
            client.cluster.close()


def _progress(loop: Iterable, total: int) -> Iterable:
    return tqdm(loop, total=total, desc="windows", unit="window", disable=not sys.stderr.isatty())
