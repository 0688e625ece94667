"""Finished parts of a long evaluation, kept so that an interrupted one goes on where it was."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.io import files
from aqnet_pyg.io.files import output_folder, replacing


@dataclass(frozen=True)
class MethodResult:
    """Predictions of one method, with one seed, for one case.

    Args:
        arrays: Predictions by name, of any shape.
        chosen: The hyper-parameters that were selected.
        seconds: How long it took.
    """

    arrays: dict[str, np.ndarray]
    chosen: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


class ResultCache:
    """A folder of parts: one ``.npz`` file each, whole or not there.

    A part is only taken up again by a run with the same fingerprint: the same data, stations, hours and options. A change
    of the code is not noticed; remove the folder then.

    Args:
        folder: Made if it is not there.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = output_folder(folder)

    def load(self, name: str, mark: str) -> MethodResult | None:
        """A part, if it is there.

        Args:
            name: Of the part.
            mark: The fingerprint that it must have been kept with.
        """
        try:
            with open(self.folder / f"{name}.npz", "rb") as opened, np.load(opened, allow_pickle=False) as file:
                about = json.loads(str(file["about"]))
                if about["mark"] != mark:
                    return None
                arrays = {key: file[key] for key in file.files if key != "about"}
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
            return None
        return MethodResult(arrays, about["chosen"], about["seconds"])

    def save(self, name: str, mark: str, part: MethodResult) -> None:
        """Keep a part.

        Args:
            name: Of the part.
            mark: Its fingerprint.
            part: What is kept.
        """
        about = json.dumps({"mark": mark, "chosen": part.chosen, "seconds": part.seconds})
        with replacing(self.folder / f"{name}.npz") as beside:
            np.savez_compressed(beside, about=np.array(about), **part.arrays)


def fingerprint(case: Case, *options: Any) -> str:
    """A hash of everything that a part depends on but the code.

    Args:
        case: The experiment.
        options: Whatever else counts; anything that prints the same each time.
    """
    digest = hashlib.sha256(files.fingerprint(case.data).encode())
    for one in fields(case):
        if one.name != "data":
            value = getattr(case, one.name)
            digest.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
    digest.update(repr(options).encode())
    return digest.hexdigest()
