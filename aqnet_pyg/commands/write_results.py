"""Compute and write the predictions of a run: as NetCDF files, or as zarr stores block by block with dask."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import xarray as xr
from tqdm import tqdm

from aqnet_pyg.commands.appending import continued
from aqnet_pyg.commands.run_identity import RUN
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.inference.trained_model import TrainedModel
from aqnet_pyg.io.cf import from_cf
from aqnet_pyg.io.files import fingerprint, write_dataset
from aqnet_pyg.io.logs import warnings_only

log = logging.getLogger(__name__)

CHUNK_HOURS = 168
"""Number of hours in a chunk of station data with dask."""


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
    every_cell: bool = False,
    history: str,
    run: str,
    first: np.datetime64 | None = None,
    earlier: tuple[xr.Dataset, xr.Dataset] | None = None,
    first_guess: Sequence[xr.DataArray] | None = None,
    covariates: xr.Dataset | None = None,
    dask: str | None = None,
) -> tuple[xr.Dataset, xr.Dataset]:
    """Predict stations and grid cells, and write ``stations`` and ``grid`` to a folder: ``.nc``, or with dask ``.zarr``.

    Args:
        model: A trained model.
        data: Station data.
        folder: Folder of the results.
        hidden: Codes of the hidden stations, whose measurements are not used.
        grid: The grid.
        start: First hour to predict, UTC.
        end: Last hour.
        device: As for :func:`aqnet_pyg.reanalyze`.
        every_cell: As for :func:`aqnet_pyg.reanalyze`.
        history: Attribute ``history`` of the results.
        run: Identity of the run, the attribute ``run_sha256``.
        first: First hour of the results; default ``start``. Hours before it are predicted, but left out.
        earlier: Results at stations and on the grid that are continued, see :func:`aqnet_pyg.commands.appending.continued`.
        first_guess: First guesses, where the model was fitted with them.
        covariates: Covariates at the cells of the grid, likewise.
        dask: Address of a scheduler, or a number of local processes. Finished blocks of an interrupted run are not computed
            again.

    Returns:
        Both results as of :func:`aqnet_pyg.reanalyze`; with dask, opened lazily.

    Raises:
        InputError: If the scheduler cannot be reached, or the folder cannot be written to.
    """
    attributes = {"history": history, "model_sha256": model.fingerprint(), RUN: run}
    at_stations, on_grid = reanalyze(
        model,
        data if dask is None else data.chunk(time=CHUNK_HOURS),
        hidden=hidden,
        grid=grid,
        start=start,
        end=end,
        first_guess=first_guess,
        covariates=covariates,
        device=device,
        every_cell=every_cell,
        progress=_progress,
    )
    assert on_grid is not None
    dim = model.window.time_dim
    results = [result.assign_attrs(attributes).sel({dim: slice(first, None)}) for result in (at_stations, on_grid)]
    if earlier is not None:
        results = [continued(*pair, dim) for pair in zip(earlier, results, strict=True)]
    at_stations, on_grid = results
    if dask is None:
        write_dataset(at_stations.transpose("station", ...), folder / "stations.nc")
        write_dataset(on_grid, folder / "grid.nc")
        return at_stations, on_grid
    from aqnet_pyg.io.zarr_stores import write_stores

    paths = folder / "stations.zarr", folder / "grid.zarr"
    grid_coordinates = xr.Dataset(coords={"longitude": grid.longitude, "latitude": grid.latitude})
    inputs = fingerprint(data), sorted(hidden), fingerprint(grid_coordinates)
    key = json.dumps([attributes, *inputs, str(start), str(end), every_cell])
    with warnings_only("distributed"), _scheduler(dask):  # silences connection messages of the workers
        write_stores(dict(zip(paths, _even_blocks(results, dim, earlier), strict=True)), fingerprint=key, log=log.info)
    return from_cf(xr.open_zarr(paths[0])), from_cf(xr.open_zarr(paths[1]))


def _even_blocks(
    results: Sequence[xr.Dataset], dim: str, earlier: tuple[xr.Dataset, xr.Dataset] | None
) -> list[xr.Dataset]:
    """Return the results in blocks of equal length, which a store needs; those of the earlier results, if there are any."""
    chunks = [part.chunks[dim] for part in earlier or () if part.chunks] or [part.chunks[dim] for part in results]
    length = max(max(part) for part in chunks)
    return [
        result.assign(
            {name: array.chunk({dim: length}) for name, array in result.data_vars.items() if dim in array.dims}
        )
        for result in results
    ]


@contextmanager
def _scheduler(where: str) -> Iterator[None]:
    """Connect to the scheduler at an address, or to a new one with a number of local processes.

    A process that dies is replaced, and its block computed again; a block at which several died ends the run.
    """
    from distributed import Client, KilledWorker, LocalCluster

    try:
        here = {"n_workers": int(where), "threads_per_worker": 1, "dashboard_address": None} if where.isdigit() else {}
        client = Client(LocalCluster(**here) if here else where)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"dask: no scheduler answers at {where!r} ({error}); give its address, such as tcp://host:8786, or a number of "
            "processes."
        ) from None
    with client, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sending large graph")  # the station data are part of the graph
        try:
            yield
        except KilledWorker as error:
            raise InputError(
                f"dask: a worker was lost ({error.last_worker.address}), like those before it that computed the same block, such "
                "as for lack of memory; run the same command again with fewer processes or more memory: finished blocks are kept."
            ) from None
        except CancelledError:
            raise InputError(
                f"dask: the connection to the scheduler at {where!r} was lost; start it again, and run the same command again: "
                "finished blocks are kept."
            ) from None
        if client.cluster is not None and here:
            client.cluster.close()


def _progress(loop: Iterable, total: int) -> Iterable:
    return tqdm(loop, total=total, desc="windows", unit="window", disable=not sys.stderr.isatty())
