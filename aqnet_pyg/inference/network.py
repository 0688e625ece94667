"""Predictions of a network, window after window."""

from __future__ import annotations

import pickle
import threading
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn
from torch_geometric.data import Data

from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference.adaptive_grid import evaluate_adaptively
from aqnet_pyg.inference.predictor import Predictions, Predictor, Progress, Request
from aqnet_pyg.nn import AQNet, Encoded, KrigingBackground, NeuralKNN
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.windows import Window

CELLS_PER_CHUNK = 250
"""Number of grid cells that are interpolated at once, to limit the memory."""

CELLS_PER_BACKGROUND = 25_000
"""Likewise for the background, which costs the same systems of equations for any number of cells."""

EVERY_CELL = 5000
"""Largest grid, in cells, on which a network is always evaluated at every cell."""


_MOVING = threading.Lock()


class NetworkPredictor(Predictor):
    """An :class:`aqnet_pyg.AQNet` as a predictor.

    Args:
        network: The network.
    """

    kind = "network"

    def __init__(self, network: AQNet) -> None:
        self.network = network
        self.window = network.window
        self.target = network.target
        self.variables = network.scaler.variables
        self.first_guess = network.first_guess
        covariates = () if network.known is None else network.known.variables
        self.known = covariates[: len(covariates) - len(self.first_guess)]
        self.min_visible = network.graph.k + 1

    def __reduce__(self) -> tuple[Any, ...]:
        # dask serializes modules in a way of its own, which fails at an LSTM.
        return _unpickled, (pickle.dumps(self.network),)

    @torch.no_grad()
    def predict(
        self,
        stations: xr.Dataset,
        request: Request,
        covariates: xr.Dataset | None = None,
        progress: Progress | None = None,
    ) -> Predictions:
        """Predict; arguments as for :meth:`aqnet_pyg.inference.Predictor.predict`."""
        device = torch_device(request.device)
        network = self.network
        prepare(network, device)
        windows = StationDataset(
            stations,
            network.window,
            scaler=network.scaler,
            target=network.target,
            hidden=request.hidden,
            stride=request.stride,
            known=network.known,
        )
        at_cells = None
        if covariates is not None and network.known is not None:
            at_cells = torch.from_numpy(network.known.standardize(covariates, "cell"))
        predict_window = _WindowPredictor(
            network, windows.pos, request, self.interpolates_departure(request), self.has_background
        )
        loop = range(len(windows)) if progress is None else progress(range(len(windows)), len(windows))
        steps = network.window.steps
        parts = []
        for number in loop:
            first = windows.starts[number] + network.window.first_step
            known = None if at_cells is None else at_cells[first : first + steps].transpose(0, 1).to(device)
            parts.append(predict_window(windows[number].to(device), known))
        joined = np.stack if network.window.horizon else np.concatenate
        return Predictions(*(joined(arrays, axis=1) for arrays in zip(*parts, strict=True)))

    @property
    def has_background(self) -> bool:
        """Of reconstructions with the default background, without first guesses; forecasts depart from forecasts of stations."""
        default = type(self.network.background) is KrigingBackground
        return default and not self.network.window.horizon and not self.first_guess

    def interpolates_departure(self, request: Request) -> bool:
        """Whether the departure is interpolated; on grids of more than :data:`EVERY_CELL` cells, see :class:`Request`.

        Not if the network has covariates, which may vary from cell to cell, or an interpolator that is not the default one.
        """
        shape, network = request.grid_shape, self.network
        wide = shape is not None and min(shape) > 1 and len(request.cells) > EVERY_CELL
        return wide and network.known is None and type(network.interpolator) is NeuralKNN

    def state(self) -> dict[str, Any]:
        """Configuration, scalers and parameters."""
        network = self.network
        return {
            "window": asdict(network.window),
            "scaler": network.scaler.state(),
            "known": None if network.known is None else network.known.state(),
            "target": network.target,
            "config": network.config,
            "state_dict": {name: value.cpu() for name, value in network.state_dict().items()},
        }

    @classmethod
    def from_state(cls, state: dict[str, Any], **parts: Any) -> NetworkPredictor:
        """Undo :meth:`state`.

        Args:
            state: As :meth:`state` returned it.
            parts: User-defined parts of the network, by name (``graph=``, ``encoder=``, ...).

        Raises:
            InputError: If parts are missing or too many, or the parameters do not fit.
        """
        config = dict(state["config"])
        needed = set(config.pop("parts", []))
        if needed != set(parts):
            raise InputError(
                f"the model was trained with user-defined parts ({', '.join(sorted(needed)) or 'none'}), but "
                f"{', '.join(sorted(parts)) or 'none'} was given; pass exactly those, such as load_model(path, encoder=...)."
            )
        build = AQNet.paper if config.pop("preset", None) == "paper" else AQNet
        if state["known"] is not None:
            parts = parts | {"known": Scaler.from_state(state["known"])}
        scaler = Scaler.from_state(state["scaler"])
        network = build(Window(**state["window"]), scaler, target=state["target"], **config, **parts)
        try:
            network.load_state_dict(state["state_dict"])
        except RuntimeError as error:
            raise InputError(
                f"the parameters do not fit the network ({str(error).splitlines()[-1].strip()})."
            ) from None
        return cls(network.eval())


def torch_device(name: str) -> str:
    """Return the device of PyTorch for an option ``auto``, ``cpu`` or ``gpu``; other names stay as they are.

    Args:
        name: Value of the option.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return "cuda" if name == "gpu" else name


def prepare(module: nn.Module, device: str) -> None:
    """Set a module to evaluation mode, and move it to a device; one that is there already is not touched.

    Threads of dask share a module. ``Module.to`` replaces the list of weights of an LSTM even where it moves nothing, so that
    another thread that predicts at this moment would fail.

    Args:
        module: The module.
        device: Name of a device of PyTorch.
    """
    wanted = torch.empty(0, device=device).device
    with _MOVING:
        module.eval()
        if any(part.device != wanted for part in (*module.parameters(), *module.buffers())):
            module.to(device)


def _unpickled(network: bytes) -> NetworkPredictor:
    return NetworkPredictor(pickle.loads(network))


class _WindowPredictor:
    """Predicts the stations of a window and cells; edges are kept while the visible stations stay the same."""

    def __init__(self, network: AQNet, pos: Tensor, request: Request, adaptive: bool, with_background: bool) -> None:
        self.with_background = with_background
        self.network, self.pos, self.cells = network, pos, torch.from_numpy(request.cells)
        self.unit = network.scaler.std[network.column]
        # In a reconstruction, visible stations can be left out.
        self.only_hidden = not request.at_visible and not network.window.horizon
        self.visible: Tensor | None = None
        self.grid_shape, self.adaptive = request.grid_shape, adaptive

    def __call__(self, data: Data, known: Tensor | None) -> tuple[np.ndarray, np.ndarray]:
        """At stations and at cells, ``[2, step, target]``; covariates of the cells are ``[cell, step, 2 * C]``."""
        if self.visible is None or not torch.equal(self.visible, data.visible):
            self.visible = data.visible
            self.stations = (~data.visible).nonzero().flatten().cpu() if self.only_hidden else None
            self.edges = self._connect(None if self.stations is None else self.pos[self.stations])
            self._connect_grid()
        encoded = self.network.encode(data)
        pos = self.pos.to(data.x.device)
        at_stations = self._at_stations(encoded, pos)
        if not len(self.cells):
            return _array(at_stations), _array(at_stations[:0])
        cells, background = self._at_cells(encoded, pos, known)
        if self.with_background and background is not None:
            third = torch.where(cells[:, 0].isnan(), torch.nan, self.network.concentration(background))
            cells = torch.cat([cells, third[:, None]], dim=1)
        return _array(at_stations), _array(cells)

    def _connect(self, cells: Tensor | None) -> tuple[Tensor, Tensor]:
        assert self.visible is not None
        edge_index, edge_attr = self.network.graph(self.pos, self.visible.cpu(), cells)
        return edge_index.to(self.visible.device), edge_attr.to(self.visible.device)

    def _parts(self) -> list[tuple[Tensor, tuple[Tensor, Tensor]]]:
        """Positions of the cells of each chunk, and their edges."""
        rows = torch.arange(len(self.cells))
        return [(part, self._connect(self.cells[part])) for part in rows.split(CELLS_PER_CHUNK) if len(part)]

    def _connect_grid(self) -> None:
        """Connect the cells, all at once if they are predicted adaptively."""
        self.neighbors: Tensor | None = None
        if self.adaptive:
            (sources, targets), features = self._connect(self.cells)
            interpolator = self.network.interpolator
            assert isinstance(interpolator, NeuralKNN)
            k = interpolator.k
            every = torch.arange(len(self.cells), device=targets.device).repeat_interleave(k)
            if torch.equal(targets, every):
                self.neighbors, self.features = sources.view(-1, k), features.unflatten(0, (-1, k))
                return
        self.parts = self._parts()

    def _edges_of(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Edges and their features of some cells of a grid."""
        assert self.neighbors is not None
        sources = self.neighbors[rows]
        targets = torch.arange(len(rows), device=sources.device).repeat_interleave(sources.size(1))
        return torch.stack([sources.flatten(), targets]), self.features[rows].flatten(0, 1)

    def _at_stations(self, encoded: Encoded, pos: Tensor) -> Tensor:
        """Predict the stations, ``[station, 2, step]``."""
        if self.stations is None:
            return self._predict(encoded, pos, *self.edges, own=encoded, known=encoded.known)
        result = pos.new_full((len(pos), 2, encoded.value.size(1)), torch.nan, dtype=torch.float32)
        known = None if encoded.known is None else encoded.known[self.stations]
        if len(self.stations):
            result[self.stations] = self._predict(encoded, (pos, pos[self.stations]), *self.edges, known=known)
        return result

    def _at_cells(self, encoded: Encoded, pos: Tensor, known: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Predict the cells, ``[cell, 2, step]``; with the background, ``[cell, step]``, standardized."""
        backgrounds = [
            self.network.background(encoded.departure, encoded.valid, pos, part.to(pos.device))
            for part in self.cells.split(CELLS_PER_BACKGROUND)
        ]
        background = None if backgrounds[0] is None else torch.cat(backgrounds)
        if self.neighbors is not None:
            return self._adaptively(encoded, pos, background), background
        result = pos.new_empty(len(self.cells), 2, encoded.value.size(1), dtype=torch.float32)
        for rows, edges in self.parts:
            base = None if background is None else background[rows]
            at = None if known is None else known[rows]
            places = pos, self.cells[rows].to(pos.device)
            result[rows] = self._predict(encoded, places, *edges, background=base, known=at)
        return result, background

    def _adaptively(self, encoded: Encoded, pos: Tensor, background: Tensor | None) -> Tensor:
        """Predict the cells of a grid, ``[cell, 2, step]``: departure and spread where that varies, background at every cell."""
        network, shape = self.network, self.grid_shape
        assert shape is not None
        assert self.neighbors is not None
        base = pos.new_zeros(len(self.cells), 1, dtype=torch.float32) if background is None else background

        def departure_and_spread(cells: Tensor) -> Tensor:
            parts = []
            for rows in cells.split(CELLS_PER_CHUNK):
                edge_index, edge_attr = self._edges_of(rows)
                places = pos, self.cells[rows].to(pos.device)
                given = None if background is None else base[rows]
                at = network.interpolate(encoded, places, edge_index, edge_attr, given)
                departure = network.standardized(at, encoded.time_encoding) - base[rows]
                # Where no neighbor has a value there is no result, and nothing that varies.
                parts.append(torch.where(at.valid, torch.stack([departure, at.spread]), 0.0))
            return torch.cat(parts, dim=1).permute(1, 0, 2).flatten(1)

        found = evaluate_adaptively(departure_and_spread, shape, tested=encoded.value.size(1))
        departure, spread = found.unflatten(1, (2, -1)).unbind(1)
        both = torch.stack([network.concentration(base + departure), spread * self.unit], dim=1)
        valid = torch.cat([encoded.valid[rows].any(dim=1) for rows in self.neighbors.split(CELLS_PER_BACKGROUND)])
        return torch.where(valid[:, None], both, torch.nan)

    def _predict(
        self,
        encoded: Encoded,
        pos: Tensor | tuple[Tensor, Tensor],
        edge_index: Tensor,
        edge_attr: Tensor,
        own: Encoded | None = None,
        background: Tensor | None = None,
        known: Tensor | None = None,
    ) -> Tensor:
        """Predict value and spread, ``[target, 2, step]``."""
        interpolated = self.network.interpolate(encoded, pos, edge_index, edge_attr, background, known)
        valid = interpolated.valid if own is None else interpolated.valid | own.valid
        value = self.network.decode(interpolated, encoded.time_encoding, own, known)
        both = torch.stack([value, interpolated.spread * self.unit], dim=1)
        return torch.where(valid[:, None], both, torch.nan)


def _array(predicted: Tensor) -> np.ndarray:
    """``[target, 2, step]`` as ``[2, step, target]``."""
    return predicted.permute(1, 2, 0).cpu().numpy()
