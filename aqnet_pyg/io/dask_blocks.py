"""Data sets as arguments of delayed tasks of dask."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import xarray as xr

__all__ = ["split_lazy", "with_computed"]


def split_lazy(dataset: xr.Dataset) -> tuple[xr.Dataset, dict[Hashable, Any]]:
    """What is in memory of a data set, and what is lazy in it: arguments of a task that calls :func:`with_computed`.

    Given to a task as it is, a data set takes the graph of all its values along, also of those that were cut off by
    ``isel``; a task for each block would make scheduler and workers hold all data as often as there are blocks.

    Args:
        dataset: Lazy in some of its variables.
    """
    lazy = {name: variable for name, variable in dataset.variables.items() if variable.chunks}
    parts = {
        name: (variable.dims, variable.data, variable.attrs, name in dataset.coords) for name, variable in lazy.items()
    }
    return dataset.drop_vars(list(lazy)), parts


def with_computed(dataset: xr.Dataset, parts: Mapping[Hashable, Any]) -> xr.Dataset:
    """Undo :func:`split_lazy`, with computed arrays in the place of lazy ones.

    Args:
        dataset: What was in memory.
        parts: Dimensions, values, attributes, and whether it is a coordinate, by name.
    """
    dataset = dataset.assign({name: (dims, array, attrs) for name, (dims, array, attrs, _) in parts.items()})
    return dataset.set_coords([name for name, (*_, coord) in parts.items() if coord])
