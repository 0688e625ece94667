"""Lazy data sets as arguments of delayed dask tasks."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import xarray as xr


def split_lazy(dataset: xr.Dataset) -> tuple[xr.Dataset, dict[Hashable, Any]]:
    """Split a data set into its part in memory and its lazy variables, as arguments of a task that calls :func:`with_computed`.

    A data set that is passed to a task as it is carries the graph of all its values, also of those that ``isel`` removed. With
    one task per block, scheduler and workers would hold the whole data once per block.

    Args:
        dataset: Lazy in some of its variables.

    Returns:
        The part in memory; and dimensions, values, attributes and whether it is a coordinate, for each lazy variable.
    """
    lazy = {name: variable for name, variable in dataset.variables.items() if variable.chunks}
    parts = {
        name: (variable.dims, variable.data, variable.attrs, name in dataset.coords) for name, variable in lazy.items()
    }
    return dataset.drop_vars(list(lazy)), parts


def with_computed(dataset: xr.Dataset, parts: Mapping[Hashable, Any]) -> xr.Dataset:
    """Undo :func:`split_lazy`, with computed arrays in place of the lazy ones.

    Args:
        dataset: The part in memory.
        parts: The other part, computed.
    """
    dataset = dataset.assign({name: (dims, array, attrs) for name, (dims, array, attrs, _) in parts.items()})
    return dataset.set_coords([name for name, (*_, coord) in parts.items() if coord])
