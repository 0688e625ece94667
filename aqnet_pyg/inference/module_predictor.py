"""Predictions of any PyTorch Geometric model, window after window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn
from torch_geometric.data import Data

from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import hide
from aqnet_pyg.inference.network import prepare, torch_device
from aqnet_pyg.inference.predictor import Predictions, Predictor, Progress, Request
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.windows import Window

FOLDS = 10
"""Visible stations are hidden a tenth at a time, to reconstruct them from the others."""


class ModulePredictor(Predictor):
    """A PyTorch Geometric model of one's own as a predictor: any ``forward(data) -> [N, steps]``.

    ``data`` is an item of :class:`aqnet_pyg.StationDataset` after ``transform``; the result is the target pollutant at each of
    its nodes, in physical units. Nodes whose ``visible`` is False have no measurements: ``x`` and ``x_mask`` are 0 there, and
    ``y`` and ``y_mask`` are 0 everywhere. Edges should come from visible nodes, as with
    :class:`aqnet_pyg.graph.ConnectNeighbors`, since grid cells are hidden nodes and should not affect each other;
    :class:`aqnet_pyg.testing.ModulePredictorTests` checks this.

    A reconstruction at a visible station is made with a tenth of the visible stations hidden at a time, this station among
    them. The standard deviation that :func:`aqnet_pyg.inference.calibrate` scales is that of the measurements at the visible
    stations, in the same hour or, for a forecast, in the last day of the history. Predictions are NaN where no visible station
    measured in the window.

    Args:
        module: The model.
        window: Hours that it reads and predicts.
        scaler: Standardization of its inputs.
        target: The pollutant that is predicted.
        transform: Applied to ``data`` before the model, such as a graph.
        cells_per_call: Largest number of grid cells in one call.
    """

    kind = "module"

    def __init__(
        self,
        module: nn.Module,
        window: Window,
        scaler: Scaler,
        *,
        target: str = "pm25",
        transform: Callable[[Data], Data] | None = None,
        cells_per_call: int = 2000,
    ) -> None:
        if target not in scaler.variables:
            raise InputError(f"target: {target!r} is not among the variables {', '.join(scaler.variables)}.")
        self.module, self.window, self.scaler, self.target = module, window, scaler, target
        self.transform, self.cells_per_call = transform, cells_per_call
        self.variables = scaler.variables

    @torch.no_grad()
    def predict(
        self,
        stations: xr.Dataset,
        request: Request,
        covariates: xr.Dataset | None = None,
        progress: Progress | None = None,
    ) -> Predictions:
        """Predict; arguments as for :meth:`aqnet_pyg.inference.Predictor.predict`.

        Raises:
            InputError: If the model returns another shape than ``[N, steps]``.
        """
        device = torch_device(request.device)
        prepare(self.module, device)
        windows = StationDataset(
            stations,
            self.window,
            scaler=self.scaler,
            target=self.target,
            hidden=request.hidden,
            stride=request.stride,
        )
        cells = torch.from_numpy(np.asarray(request.cells, np.float64)).reshape(-1, 2)
        loop = range(len(windows)) if progress is None else progress(range(len(windows)), len(windows))
        parts = [self._window(windows[number], cells, request, device) for number in loop]
        joined = np.stack if self.window.horizon else np.concatenate
        return Predictions(*(joined(arrays, axis=1) for arrays in zip(*parts, strict=True)))

    def _window(self, data: Data, cells: Tensor, request: Request, device: str) -> tuple[np.ndarray, np.ndarray]:
        """Predict the stations and the cells of a window, ``[2, step, target]``."""
        stations = len(data.pos)
        spread = self._spread(data)
        first, *others = cells.split(self.cells_per_call) if len(cells) else (cells,)
        result = self._call(_with_cells(data, first), device)
        at_stations, at_cells = result[:stations], [result[stations:]]
        at_cells += [self._call(_with_cells(data, part), device)[stations:] for part in others]
        if not self.window.horizon:
            at_stations[data.visible] = torch.nan
            if request.at_visible:
                visible = data.visible.nonzero().flatten()
                for number in range(min(FOLDS, len(visible))):
                    fold = visible[number::FOLDS]
                    hidden = torch.zeros(stations, dtype=torch.bool)
                    hidden[fold] = True
                    if len(fold) < len(visible):
                        at_stations[fold] = self._call(hide(data.clone(), hidden), device)[fold]
        if not data.visible.any():
            at_stations, at_cells = at_stations * torch.nan, [part * torch.nan for part in at_cells]
        return _array(at_stations, spread), _array(torch.cat(at_cells), spread)

    def _call(self, data: Data, device: str) -> Tensor:
        """Call the model, ``[N, steps]`` on the CPU."""
        nodes, data = len(data.pos), data.clone()
        data.y, data.y_mask = torch.zeros_like(data.y), torch.zeros_like(data.y_mask)  # the truth is no input
        data = data if self.transform is None else self.transform(data)
        result = self.module(data.to(device))
        if not isinstance(result, Tensor) or result.shape != (nodes, self.window.steps):
            found = tuple(result.shape) if isinstance(result, Tensor) else type(result).__name__
            raise InputError(
                f"module: it returned {found} for {nodes} nodes; return a tensor of shape [N, steps], here "
                f"({nodes}, {self.window.steps})."
            )
        return result.to("cpu", torch.float32, copy=True).contiguous()

    def _spread(self, data: Data) -> Tensor:
        """Return the standard deviation of the visible stations, ``[steps]``."""
        column = self.scaler.variables.index(self.target)
        values = torch.where(data.x_mask[..., column], data.x[..., column], torch.nan)[data.visible]
        if self.window.horizon:
            values = values[:, -24:].reshape(-1, 1).expand(-1, self.window.steps)
        else:
            values = values[:, self.window.first_step : self.window.first_step + self.window.steps]
        count = values.isfinite().sum(dim=0).clamp(min=1)
        mean = values.nansum(dim=0) / count
        return ((values - mean) ** 2).nansum(dim=0).div(count).sqrt() * float(self.scaler.std[column])

    def state(self) -> dict[str, Any]:
        """Window, scaler and parameters; not the classes of the model and of the transform."""
        return {
            "window": asdict(self.window),
            "scaler": self.scaler.state(),
            "target": self.target,
            "cells_per_call": self.cells_per_call,
            "state_dict": {name: value.cpu() for name, value in self.module.state_dict().items()},
        }

    @classmethod
    def from_state(cls, state: dict[str, Any], **parts: Any) -> ModulePredictor:
        """Undo :meth:`state`.

        Args:
            state: As :meth:`state` returned it.
            parts: ``module``, a new one of the same class and sizes, and ``transform``, if there was one.

        Raises:
            InputError: If no module is given, or the parameters do not fit.
        """
        module = parts.get("module")
        if not isinstance(module, nn.Module):
            raise InputError(
                "the model is a module of your own; pass a new one, as in load_model(path, module=Mine(), transform=...)."
            )
        try:
            module.load_state_dict(state["state_dict"])
        except RuntimeError as error:
            raise InputError(f"the parameters do not fit the module ({str(error).splitlines()[-1].strip()}).") from None
        return cls(
            module,
            Window(**state["window"]),
            Scaler.from_state(state["scaler"]),
            target=state["target"],
            transform=parts.get("transform"),
            cells_per_call=state["cells_per_call"],
        )


def _with_cells(data: Data, cells: Tensor) -> Data:
    """Return a copy with cells as further hidden nodes, after the stations."""
    data, stations, added = data.clone(), len(data.pos), len(cells)
    for name in ("x", "x_mask", "y", "y_mask", "visible"):
        data[name] = torch.cat([data[name], data[name].new_zeros(added, *data[name].shape[1:])])
    data.pos = torch.cat([data.pos[:stations], cells.to(data.pos)])
    return data


def _array(values: Tensor, spread: Tensor) -> np.ndarray:
    """``[target, steps]`` and a standard deviation ``[steps]`` as ``[2, step, target]``, NaN together."""
    both = torch.stack([values, torch.where(values.isnan(), torch.nan, spread.expand_as(values))])
    return both.transpose(1, 2).contiguous().numpy().astype(np.float32)
