"""Files: atomic writing, CF conventions, zarr stores, lazy arrays, folders of the named networks. Nothing here imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aqnet_pyg.io.cf import from_cf, to_cf
from aqnet_pyg.io.files import write_dataset
from aqnet_pyg.io.network_metadata import network_folder

if TYPE_CHECKING:
    from aqnet_pyg.io.zarr_stores import write_stores

__all__ = ["from_cf", "network_folder", "to_cf", "write_dataset", "write_stores"]


def __getattr__(name: str) -> Any:
    if name == "write_stores":  # imports dask
        from aqnet_pyg.io.zarr_stores import write_stores

        return write_stores
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
