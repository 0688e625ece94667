"""Trained models in files: plain tensors, numbers and text with a checksum; those of unknown origin are opened without pickle.

Deep learning is imported only to read or write a model.
"""

from __future__ import annotations

import importlib
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aqnet_pyg.errors import InputError, reading_of
from aqnet_pyg.training.checkpoint_files import checked_content, read_checkpoint, write_checkpoint

if TYPE_CHECKING:
    from aqnet_pyg.ensembles.gap_model import GapModel
    from aqnet_pyg.inference.predictor import Predictor
    from aqnet_pyg.inference.trained_model import TrainedModel
    from aqnet_pyg.nn import AQNet

FORMAT = "aqnet_pyg model 6"

PREDICTORS = {
    "NetworkPredictor": "aqnet_pyg.inference.network",
    "ModulePredictor": "aqnet_pyg.inference.module_predictor",
    "KrigingPredictor": "aqnet_pyg.ensembles.kriging",
    "EnsemblePredictor": "aqnet_pyg.ensembles.ensemble",
    "ForecastEnsemblePredictor": "aqnet_pyg.ensembles.forecast_ensemble",
}
"""Predictors that a checkpoint may name, and their modules."""

GAP_MODEL = "GapModel"
"""Name of a model that fills gaps in its checkpoint."""


def library_versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that a result depends on, by name; transformers if it is installed."""
    names = ["aqnet-pyg", "torch", "torch-geometric", "lightning", "xarray", "numpy"]
    names += ["transformers"] if find_spec("transformers") else []
    return {"python": platform.python_version()} | {name: version(name) for name in names}


def save_model(model: TrainedModel | Predictor | AQNet | GapModel, path: str | Path) -> None:
    """Write a trained model with its intervals, provenance and the library versions.

    Args:
        model: The model.
        path: File to write; an existing one is replaced atomically.
    """
    from aqnet_pyg.inference.predictor import Predictor
    from aqnet_pyg.inference.trained_model import TrainedModel

    if not isinstance(model, TrainedModel | Predictor):  # else without PyTorch Geometric, which takes seconds
        from aqnet_pyg.ensembles.gap_model import GapModel

        if isinstance(model, GapModel):
            write_checkpoint(_gap_content(model), path)
            return
    write_checkpoint(_content(TrainedModel.of(model)), path)


def _content(model: TrainedModel) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "predictor": type(model.predictor).__name__,
        "state": model.predictor.state(),
        "intervals": None if model.intervals is None else model.intervals.state(),
        "daily_intervals": {name: intervals.state() for name, intervals in model.daily_intervals.items()},
        "provenance": model.provenance,
        "instruments": None if model.instruments is None else model.instruments.state(),
        "versions": library_versions(),
    }


def _gap_content(model: GapModel) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "predictor": GAP_MODEL,
        "state": model.state(),
        "provenance": model.provenance,
        "versions": library_versions(),
    }


def load_model(path: str | Path, **parts: Any) -> TrainedModel:
    """Read a model that :func:`save_model` wrote.

    Args:
        path: The file.
        parts: User-defined parts of the networks (``graph=``, ``encoder=``, ``interpolator=``, ...);
            parameters are read from the file.

    Raises:
        InputError: If the file is damaged or not a model of this package, or fills gaps, or parts are missing or do not fit.
    """
    from aqnet_pyg.baselines.instruments import InstrumentCalibration
    from aqnet_pyg.conformal import ConformalIntervals
    from aqnet_pyg.inference.trained_model import TrainedModel

    content = _read(Path(path))
    name = str(content.get("predictor"))
    if name == GAP_MODEL:
        raise InputError(f"{path}: this model fills gaps of stations; read it with load_gap_model, or use aqnet fill.")
    with _entries_of(path):
        predictor = getattr(importlib.import_module(PREDICTORS[name]), name).from_state(content["state"], **parts)
        intervals, instruments = content["intervals"], content.get("instruments")
        return TrainedModel(
            predictor,
            None if intervals is None else ConformalIntervals.from_state(intervals),
            {name: ConformalIntervals.from_state(state) for name, state in content["daily_intervals"].items()},
            dict(content["provenance"]),
            None if instruments is None else InstrumentCalibration.from_state(instruments),
        )


def load_gap_model(path: str | Path) -> GapModel:
    """Read a model that fills gaps, as :func:`save_model` wrote it.

    Args:
        path: The file.

    Raises:
        InputError: If the file is not such a model.
    """
    from aqnet_pyg.ensembles.gap_model import GapModel

    content = _read(Path(path))
    if content.get("predictor") != GAP_MODEL:
        raise InputError(f"{path}: this model does not fill gaps; train one with fit_gaps, or with aqnet fill.")
    with _entries_of(path):
        model = GapModel.from_state(content["state"])
        model.provenance = dict(content["provenance"])
        return model


@contextmanager
def _entries_of(path: str | Path) -> Iterator[None]:
    """Name the file in errors of the entries of a checkpoint; those of user-defined parts come from elsewhere."""
    try:
        with reading_of(path, "train the model again"):
            yield
    except InputError as error:
        named = str(error).startswith(str(path))
        raise InputError(str(error) if named else f"{path}: {error}") from error.__cause__


def check_checkpoint(path: str | Path) -> None:
    """Check that a file can be a checkpoint, without importing deep learning.

    Args:
        path: The file.

    Raises:
        InputError: If it does not exist, is another kind of file, or is damaged.
    """
    checked_content(path)


def _read(path: Path) -> dict[str, Any]:
    content = read_checkpoint(path)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else type(content).__name__
        raise InputError(f"{path}: the format is {found!r}, but this version reads {FORMAT!r}.")
    return content
