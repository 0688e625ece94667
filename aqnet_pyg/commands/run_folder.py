"""Results in the folder of a run of ``aqnet reanalyze`` or ``aqnet fill``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from aqnet_pyg.errors import InputError, reading_of
from aqnet_pyg.io.cf import from_cf
from aqnet_pyg.training.checkpoint import load_model

if TYPE_CHECKING:
    from aqnet_pyg.inference.trained_model import TrainedModel


class RunFolder:
    """Results of a run, opened on access.

    Args:
        path: The folder.

    Raises:
        InputError: If the folder has no ``metrics.json``.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not (self.path / "metrics.json").is_file():
            raise InputError(
                f"{path}: it has no metrics.json; give the folder (--out) of a finished `aqnet reanalyze` or "
                "`aqnet fill`."
            )

    @property
    def metrics(self) -> dict[str, Any]:
        """Content of ``metrics.json``."""
        with reading_of(file := self.path / "metrics.json", "run `aqnet reanalyze` or `aqnet fill` again"):
            return dict(json.loads(file.read_text(encoding="utf-8")))

    @property
    def filled(self) -> xr.Dataset | None:
        """Filled stations, opened lazily; None if the run is one of ``aqnet reanalyze``."""
        if self.metrics.get("task") != "fill":
            return None
        file = self.path / "filled.nc"
        if not file.is_file():
            raise InputError(f"{file}: it is not there; complete the run of `aqnet fill`.")
        return from_cf(xr.open_dataset(file, engine="h5netcdf"))

    @property
    def stations(self) -> xr.Dataset:
        """Predictions at stations, opened lazily."""
        return self._product("stations")

    @property
    def grid(self) -> xr.Dataset:
        """Predictions on the grid, opened lazily."""
        return self._product("grid")

    def model(self, **parts: Any) -> TrainedModel:
        """Load the trained model of the results.

        Args:
            parts: User-defined parts of its networks, by name.
        """
        return load_model(self.path / "aqnet.ckpt", **parts)

    def _product(self, name: str) -> xr.Dataset:
        file, store = self.path / f"{name}.nc", self.path / f"{name}.zarr"
        if store.is_dir():
            return from_cf(xr.open_zarr(store))
        if not file.is_file():
            raise InputError(
                f"{self.path}: it has neither {file.name} nor {store.name}; complete the run of `aqnet reanalyze`."
            )
        return from_cf(xr.open_dataset(file, engine="h5netcdf"))
