"""Models on disk: plain tensors, numbers and text, so that a checkpoint from a stranger can be opened without pickle."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import nn

from aqnet_pyg.conformal import ConformalIntervals
from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import GraphBuilder
from aqnet_pyg.io.files import replacing
from aqnet_pyg.nn.aqnet import AQNet
from aqnet_pyg.resolver import ClassPath
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.windows import Window

__all__ = ["library_versions", "load_model", "model_fingerprint", "save_model"]

FORMAT = "aqnet_pyg model 3"


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that a result depends on, by name."""
    names = ("aqnet-pyg", "torch", "torch-geometric", "lightning", "xarray", "numpy")
    return {"python": platform.python_version()} | {name: version(name) for name in names}


def save_model(model: AQNet, path: str | Path) -> None:
    """Write a model with its configuration, scaler, intervals and the library versions.

    Args:
        model: The model.
        path: File to write; an older one is replaced only once the new one is whole.
    """
    content = {
        "format": FORMAT,
        "window": asdict(model.window),
        "scaler": _state(model.scaler),
        "known": None if model.known is None else _state(model.known),
        "target": model.target,
        "config": model.config,
        "intervals": None if model.intervals is None else model.intervals.state(),
        "daily_intervals": {name: intervals.state() for name, intervals in model.daily_intervals.items()},
        "versions": library_versions(),
        "state_dict": {name: value.cpu() for name, value in model.state_dict().items()},
    }
    with replacing(path) as beside:
        torch.save(content, beside)


def model_fingerprint(model: AQNet) -> str:
    """SHA-256 of everything that the predictions of a model depend on, but the code."""
    digest = hashlib.sha256(repr((model.window, model.scaler, model.known, model.target, model.config)).encode())
    for name, value in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.cpu().contiguous().numpy().tobytes())
    if model.intervals is not None:
        digest.update(repr(model.intervals.state()).encode())
    return digest.hexdigest()


def load_model(path: str | Path, **parts: nn.Module | GraphBuilder | ClassPath) -> AQNet:
    """Read a model that :func:`save_model` wrote.

    Args:
        path: The file.
        parts: What the model was given in place of the usual (``graph=``, ``encoder=``, ``interpolator=``, ...);
            parameters are read from the file.

    Raises:
        InputError: If the file is not a model of this package, or parts are missing or do not fit.
    """
    content = _read(Path(path))
    scaler = _scaler(content["scaler"])
    window, config = Window(**content["window"]), dict(content["config"])
    needed = set(config.pop("parts", []))
    if needed != set(parts):
        raise InputError(
            f"{path}: the model has its own {', '.join(sorted(needed)) or 'parts nowhere'}, but "
            f"{', '.join(sorted(parts)) or 'none'} were given; pass exactly those, such as load_model(path, encoder=...)."
        )
    preset = config.pop("preset", None)
    build = AQNet.paper if preset == "paper" else AQNet
    if content["known"] is not None:
        parts = parts | {"known": _scaler(content["known"])}
    model = build(window, scaler, target=content["target"], **config, **parts)
    try:
        model.load_state_dict(content["state_dict"])
    except RuntimeError as error:
        raise InputError(
            f"{path}: the parameters do not fit the model ({str(error).splitlines()[-1].strip()})."
        ) from None
    if content.get("intervals") is not None:
        model.intervals = ConformalIntervals.from_state(content["intervals"])
    for name, state in content.get("daily_intervals", {}).items():
        model.daily_intervals[name] = ConformalIntervals.from_state(state)
    return model.eval()


def _state(scaler: Scaler) -> dict[str, list[Any]]:
    return {name: list(values) for name, values in asdict(scaler).items()}


def _scaler(state: dict[str, list[Any]]) -> Scaler:
    return Scaler(**{name: tuple(values) for name, values in state.items()})


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
