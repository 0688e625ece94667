"""A model asked for all stations and cells, window after window."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
import xarray as xr
from torch import Tensor
from torch_geometric.data import Data

from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.nn import AQNet, Encoded

__all__ = ["Answers", "Question", "torch_device"]

CELLS_AT_ONCE = 2000
"""Grid cells that are asked together: bounds the memory, whatever the grid."""


class Answers(NamedTuple):
    """Predictions and how much the neighbors differ, in the units of the pollutant: ``[2, *axes, target]``, float32.

    Args:
        stations: At the stations.
        cells: At the cells; nothing, where none were asked for.
    """

    stations: np.ndarray
    cells: np.ndarray


@dataclass(frozen=True)
class Question:
    """What a model is asked in every window.

    Args:
        model: A trained model.
        hidden: Codes of stations whose measurements are not to be looked at.
        cells: Longitude and latitude of further targets in degrees, shape ``[M, 2]``.
        stride: Hours between the starts of windows.
        device: Where to compute.
    """

    model: AQNet
    hidden: tuple[str, ...]
    cells: Tensor
    stride: int
    device: str

    def __reduce__(self) -> tuple[Any, ...]:
        # A scheduler of dask takes modules apart in its own way, which fails at an LSTM.
        return _unpickled, (pickle.dumps(self.model), self.hidden, self.cells, self.stride, self.device)

    @torch.no_grad()
    def ask(
        self,
        stations: xr.Dataset,
        field: xr.Dataset | None = None,
        progress: Callable[[Iterable, int], Iterable] | None = None,
    ) -> Answers:
        """Ask in every window that fits.

        A reconstruction has the hours of all windows on one axis; a forecast has a window and the hours ahead on two.

        Args:
            stations: Station data.
            field: Covariates at the cells, dimensions ``(time, cell)``, on the same hours.
            progress: Wraps the loop over windows and is told their number.
        """
        model = self.model.to(self.device).eval()
        windows = StationDataset(
            stations,
            model.window,
            scaler=model.scaler,
            target=model.target,
            hidden=self.hidden,
            stride=self.stride,
            known=model.known,
        )
        covariates = None if field is None else torch.from_numpy(model.known.standardize(field, "cell"))
        asker = _Asker(model, windows.pos, self.cells)
        loop = range(len(windows)) if progress is None else progress(range(len(windows)), len(windows))
        steps = model.window.steps
        answers = []
        for number in loop:
            first = windows.starts[number] + model.window.first_step
            known = None if covariates is None else covariates[first : first + steps].transpose(0, 1).to(self.device)
            answers.append(asker(windows[number].to(self.device), known))
        together = np.concatenate if model.window.task == "reconstruct" else np.stack
        return Answers(*(together(parts, axis=1) for parts in zip(*answers, strict=True)))


def _unpickled(model: bytes, *parts: Any) -> Question:
    return Question(pickle.loads(model), *parts)


class _Asker:
    """Asks for the stations of a window and for cells; edges are kept while the visible stations stay the same."""

    def __init__(self, model: AQNet, pos: Tensor, cells: Tensor) -> None:
        self.model, self.pos, self.cells = model, pos, cells
        self.unit = model.scaler.std[model.column]
        self.visible: Tensor | None = None

    def __call__(self, data: Data, known: Tensor | None) -> tuple[np.ndarray, np.ndarray]:
        """At stations and at cells, ``[2, step, target]``; covariates of the cells are ``[cell, step, 2 * C]``."""
        if self.visible is None or not torch.equal(self.visible, data.visible):
            self.visible = data.visible
            self.edges = self._connect(None)
            chunks = self.cells.split(CELLS_AT_ONCE) if len(self.cells) else ()
            self.cell_edges = [(chunk, *self._connect(chunk)) for chunk in chunks]
        encoded = self.model.encode(data)
        pos = self.pos.to(data.x.device)
        here = self._ask(encoded, pos, *self.edges, own=encoded, known=encoded.known)
        parts = [None] * len(self.cell_edges) if known is None else known.split(CELLS_AT_ONCE)
        chunks = [
            self._ask(encoded, (pos, cells.to(pos.device)), *edges, known=part)
            for (cells, *edges), part in zip(self.cell_edges, parts, strict=True)
        ]
        return here, np.concatenate([here[:, :, :0], *chunks], axis=2)

    def _connect(self, cells: Tensor | None) -> tuple[Tensor, Tensor]:
        edge_index, edge_attr = self.model.graph(self.pos, self.visible.cpu(), cells)
        return edge_index.to(self.visible.device), edge_attr.to(self.visible.device)

    def _ask(
        self,
        encoded: Encoded,
        pos: Tensor | tuple[Tensor, Tensor],
        edge_index: Tensor,
        edge_attr: Tensor,
        own: Encoded | None = None,
        known: Tensor | None = None,
    ) -> np.ndarray:
        interpolated = self.model.interpolate(encoded, pos, edge_index, edge_attr)
        there = interpolated.valid if own is None else interpolated.valid | own.valid
        value = self.model.decode(interpolated, encoded.time_encoding, own, known)
        both = torch.stack([value, interpolated.spread * self.unit])
        return torch.where(there, both, torch.nan).transpose(1, 2).cpu().numpy()


def torch_device(name: str) -> str:
    """The device of torch that an option ``auto``, ``cpu`` or ``gpu`` means.

    Args:
        name: Of the option.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return "cuda" if name == "gpu" else name
