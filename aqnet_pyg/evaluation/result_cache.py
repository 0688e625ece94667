"""Cache of finished results, from which an interrupted evaluation is resumed."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.cost import Cost
from aqnet_pyg.io import files
from aqnet_pyg.io.files import output_folder, replacing


@dataclass(frozen=True)
class MethodResult:
    """Result of one method with one seed on one case.

    Args:
        arrays: Predictions by name, of any shape.
        chosen: Selected hyper-parameters.
        cost: Computing time and memory.
    """

    arrays: dict[str, np.ndarray]
    chosen: dict[str, Any] = field(default_factory=dict)
    cost: Cost = field(default_factory=Cost)


class ResultCache:
    """Folder of results, one ``.npz`` file each, written atomically.

    A result is only loaded with the fingerprint with which it was saved: the same data, stations, hours and options.
    Changes of the code are not detected; delete the folder then.

    Args:
        folder: The folder; created if it does not exist.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = output_folder(folder)

    def load(self, name: str, key: str) -> MethodResult | None:
        """Return a result, or None if it is not in the cache.

        Args:
            name: Name of the result.
            key: Fingerprint with which it must have been saved.
        """
        try:
            with open(self.folder / f"{name}.npz", "rb") as opened, np.load(opened, allow_pickle=False) as file:
                metadata = json.loads(str(file["about"]))
                if metadata["mark"] != key:
                    return None
                cost = Cost(**metadata["cost"])
                arrays = {key: file[key] for key in file.files if key != "about"}
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
            return None
        return MethodResult(arrays, metadata["chosen"], cost)

    def save(self, name: str, key: str, result: MethodResult) -> None:
        """Save a result.

        Args:
            name: Name of the result.
            key: Its fingerprint.
            result: The result.
        """
        metadata = json.dumps({"mark": key, "chosen": result.chosen, "cost": asdict(result.cost)})
        with replacing(self.folder / f"{name}.npz") as path:
            np.savez_compressed(path, allow_pickle=False, about=np.array(metadata), **result.arrays)


def fingerprint(case: Case, *options: Any) -> str:
    """Return a hash of what a result depends on, except the code.

    Args:
        case: The experiment.
        options: Further options, with a reproducible ``repr``.
    """
    digest = hashlib.sha256(files.fingerprint(case.data).encode())
    for one in fields(case):
        if one.name != "data":
            value = getattr(case, one.name)
            digest.update(value.tobytes() if isinstance(value, np.ndarray) else _text(value).encode())
    digest.update(repr(options).encode())
    return digest.hexdigest()


def _text(value: Any) -> str:
    """Return a text that differs for different values."""
    if isinstance(value, np.ndarray):
        return hashlib.sha256(value.tobytes()).hexdigest()
    if isinstance(value, xr.DataArray):
        return files.fingerprint(value.to_dataset(name="values"))
    if isinstance(value, Mapping):
        return repr({name: _text(part) for name, part in value.items()})
    return repr(value)
