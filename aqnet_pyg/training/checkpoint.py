"""Trained models in files: plain tensors, numbers and text, so that checkpoints of unknown origin are opened without pickle."""

from __future__ import annotations

import platform
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from aqnet_pyg.conformal import ConformalIntervals
from aqnet_pyg.ensembles.ensemble import EnsemblePredictor
from aqnet_pyg.ensembles.forecast_ensemble import ForecastEnsemblePredictor
from aqnet_pyg.ensembles.gap_model import GapModel
from aqnet_pyg.ensembles.kriging import KrigingPredictor
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference.network import NetworkPredictor
from aqnet_pyg.inference.predictor import Predictor
from aqnet_pyg.inference.trained_model import TrainedModel
from aqnet_pyg.io.files import replacing
from aqnet_pyg.nn import AQNet

FORMAT = "aqnet_pyg model 5"

PREDICTORS: dict[str, type[Predictor]] = {
    each.__name__: each for each in (NetworkPredictor, KrigingPredictor, EnsemblePredictor, ForecastEnsemblePredictor)
}
"""Predictors that a checkpoint may name."""


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
    with replacing(path) as beside:
        torch.save(_gap_content(model) if isinstance(model, GapModel) else _content(TrainedModel.of(model)), beside)


def _content(model: TrainedModel) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "predictor": type(model.predictor).__name__,
        "state": model.predictor.state(),
        "intervals": None if model.intervals is None else model.intervals.state(),
        "daily_intervals": {name: intervals.state() for name, intervals in model.daily_intervals.items()},
        "provenance": model.provenance,
        "versions": library_versions(),
    }


def _gap_content(model: GapModel) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "predictor": GapModel.__name__,
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
        InputError: If the file is not a model of this package, or fills gaps, or parts are missing or do not fit.
    """
    content = _read(Path(path))
    if content["predictor"] == GapModel.__name__:
        raise InputError(f"{path}: this model fills gaps of stations; read it with load_gap_model, or use aqnet fill.")
    try:
        predictor = PREDICTORS[content["predictor"]].from_state(content["state"], **parts)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    intervals = content["intervals"]
    return TrainedModel(
        predictor,
        None if intervals is None else ConformalIntervals.from_state(intervals),
        {name: ConformalIntervals.from_state(state) for name, state in content["daily_intervals"].items()},
        content["provenance"],
    )


def load_gap_model(path: str | Path) -> GapModel:
    """Read a model that fills gaps, as :func:`save_model` wrote it.

    Args:
        path: The file.

    Raises:
        InputError: If the file is not such a model.
    """
    content = _read(Path(path))
    if content["predictor"] != GapModel.__name__:
        raise InputError(f"{path}: this model does not fill gaps; train one with fit_gaps, or with aqnet fill.")
    try:
        model = GapModel.from_state(content["state"])
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    model.provenance = content["provenance"]
    return model


def _read(path: Path) -> dict[str, Any]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such checkpoint.") from None
    except Exception:  # torch raises many kinds for a file that is not its own
        raise InputError(f"{path}: this is not a checkpoint of aqnet_pyg, or it is damaged.") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else type(content).__name__
        raise InputError(f"{path}: the format is {found!r}, but this version reads {FORMAT!r}.")
    return content
