"""Results in the folder of a run of ``aqnet reanalyze`` or ``aqnet fill``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from aqnet_pyg.commands.run_identity import RUN
from aqnet_pyg.errors import InputError, reading_of
from aqnet_pyg.io.cf import from_cf
from aqnet_pyg.io.csv_text import unescape_table
from aqnet_pyg.io.files import output_folder
from aqnet_pyg.io.locks import folder_lock
from aqnet_pyg.io.staging import FINISHED, finish_publishing, remove_temporaries
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.training.checkpoint import load_model

if TYPE_CHECKING:
    from aqnet_pyg.inference.trained_model import TrainedModel

CSV_HASH = "csv_sha256"
DAYS_HASH = "exceedance_days_sha256"
"""Keys in ``alerts.geojson`` of the hashes of ``alerts.csv`` and ``exceedance_days.csv``, which have no place for an identity."""

PRODUCTS = (
    "metrics.json",
    "report.html",
    *(f"{name}{suffix}" for name in ("stations", "grid") for suffix in (".nc", ".zarr", ".zarr.parts")),
    *("map.png", "alerts.csv", "alerts.geojson", "exceedance_days.csv", "aqnet.ckpt"),
    *("filled.nc", "filled.csv"),
    *(f"{target}{suffix}" for target in POLLUTANTS for suffix in (".ckpt", "_gaps.png", "_series.png")),
)
"""Names of all results that a folder can hold: a new run replaces those of an earlier one."""


REMEDY = "run `aqnet reanalyze` or `aqnet fill` again"
"""Advice in errors of damaged results."""


@contextmanager
def writing_to(path: str | Path) -> Iterator[Path]:
    """Create and lock the folder of a run within a ``with`` block, and remove what killed processes left in it.

    Args:
        path: The folder.

    Raises:
        InputError: If it cannot be written to, or another process writes to it.
    """
    folder = output_folder(path)
    with folder_lock(folder):
        remove_temporaries(folder)
        finish_publishing(folder, PRODUCTS)
        yield folder


class RunFolder:
    """Results of a run, opened on access. All of them have to be of the same run, which each of them names.

    Args:
        path: The folder.

    Raises:
        InputError: If the folder has no ``metrics.json``.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if (self.path / FINISHED).is_dir():  # a run was killed while it moved its results
            with writing_to(self.path):
                pass
        if not (self.path / "metrics.json").is_file():
            raise InputError(
                f"{path}: it has no metrics.json; give the folder (--out) of a finished `aqnet reanalyze` or "
                "`aqnet fill`."
            )

    @property
    def metrics(self) -> dict[str, Any]:
        """Content of ``metrics.json``."""
        with reading_of(file := self.path / "metrics.json", REMEDY):
            return dict(json.loads(file.read_text(encoding="utf-8")))

    @property
    def filled(self) -> xr.Dataset | None:
        """Filled stations, opened lazily; None if the run is one of ``aqnet reanalyze``."""
        if self.metrics.get("task") != "fill":
            return None
        file = self.path / "filled.nc"
        if not file.is_file():
            raise InputError(f"{file}: it is not there; complete the run of `aqnet fill`.")
        return self._checked(file)

    @property
    def stations(self) -> xr.Dataset:
        """Predictions at stations, opened lazily."""
        return self._product("stations")

    @property
    def grid(self) -> xr.Dataset:
        """Predictions on the grid, opened lazily."""
        return self._product("grid")

    @property
    def alerts(self) -> pd.DataFrame | None:
        """Table of ``alerts.csv``; None if there is none.

        Raises:
            InputError: If ``alerts.geojson`` does not name this run and this table.
        """
        return self._table("alerts.csv", CSV_HASH)

    @property
    def exceedance_days(self) -> pd.DataFrame | None:
        """Table of ``exceedance_days.csv``, likewise."""
        return self._table("exceedance_days.csv", DAYS_HASH)

    def _table(self, name: str, key: str) -> pd.DataFrame | None:
        table, features = self.path / name, self.path / "alerts.geojson"
        if not table.is_file():
            return None
        remedy = f"write it again with `aqnet alerts {self.path}`"
        content = table.read_bytes()
        with reading_of(features, remedy):
            found = dict(json.loads(features.read_text(encoding="utf-8"))) if features.is_file() else {}
        expected = {RUN: self.metrics.get(RUN), key: sha256(content).hexdigest()}
        if {name: found.get(name) for name in expected} != expected:
            raise InputError(
                f"{table}: it is not of the same run as metrics.json, or was changed; {remedy}, or remove it."
            )
        with reading_of(table, remedy):
            # "NA" is the code of a station; only empty fields are missing.
            rows = pd.read_csv(BytesIO(content), dtype={"station": str}, keep_default_na=False, na_values=[""])
            return unescape_table(rows)

    def model(self, **parts: Any) -> TrainedModel:
        """Load the trained model of the results.

        Args:
            parts: User-defined parts of its networks, by name.

        Raises:
            InputError: If ``aqnet.ckpt`` is another model, or as for :func:`aqnet_pyg.training.load_model`.
        """
        path = self.path / "aqnet.ckpt"
        model, expected = load_model(path, **parts), self.metrics.get("model_sha256")
        if expected not in (None, model.fingerprint()):
            raise InputError(_not_of_the_run(path))
        return model

    def _product(self, name: str) -> xr.Dataset:
        file, store = self.path / f"{name}.nc", self.path / f"{name}.zarr"
        there = [path for path in (file, store) if path.exists()]
        if not there:
            raise InputError(
                f"{self.path}: it has neither {file.name} nor {store.name}; complete the run of `aqnet reanalyze`."
            )
        if len(there) == 2:
            raise InputError(
                f"{self.path}: it has both {file.name} and {store.name}, of two runs; remove the one that is older."
            )
        if (self.path / f"{store.name}.parts").exists():
            raise InputError(f"{store}: it is not complete; run the same `aqnet reanalyze` again.")
        return self._checked(there[0])

    def _checked(self, path: Path) -> xr.Dataset:
        """Open a product, which has to be of the run of ``metrics.json``."""
        with reading_of(path, REMEDY):
            opened = xr.open_zarr(path) if path.is_dir() else xr.open_dataset(path, engine="h5netcdf")
        if opened.attrs.get(RUN) != self.metrics.get(RUN):
            opened.close()
            raise InputError(_not_of_the_run(path))
        with reading_of(path, REMEDY):
            return from_cf(opened)


def _not_of_the_run(path: Path) -> str:
    return (
        f"{path}: it is not of the same run as metrics.json beside it; run `aqnet` again with another folder (--out)."
    )
