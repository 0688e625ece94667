"""Kriging of snapshots with a learned departure: a neural kNN without history, and its training."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Data

from aqnet_pyg.graph import HideRandomStations, KNNGraphBuilder
from aqnet_pyg.inference.network import CELLS_PER_CHUNK
from aqnet_pyg.nn import KNNOutput, KrigingBackground, NeuralKNN, parameter_groups

SNAPSHOTS_PER_STEP = 4
SNAPSHOTS_PER_CHUNK = 24

CHANNELS = 16
LEARNING_RATE = 5e-3


def fit_snapshots(
    pos: np.ndarray, values: np.ndarray, background: KrigingBackground, *, k: int, steps: int, seed: int
) -> SnapshotInterpolator:
    """Train a departure from a kriging: each point is predicted from the others, some of which are hidden at random.

    Args:
        pos: Longitude and latitude of the points in degrees, shape ``[N, 2]``.
        values: Standardized values, shape ``[N, S]``, NaN where missing.
        background: The kriging.
        k: Number of neighbors of a target.
        steps: Optimizer steps; with 0 the departure is zero.
        seed: Seed of the training. The state of PyTorch's random numbers is not changed.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        interpolator = SnapshotInterpolator(torch.from_numpy(pos), values, background, k)
        _train(interpolator, steps)
    return interpolator


class SnapshotInterpolator(nn.Module):
    """Kriging of standardized snapshots, and a neural kNN that starts at it.

    Args:
        pos: Longitude and latitude of the points in degrees, shape ``[N, 2]``.
        values: Standardized values, shape ``[N, S]``, NaN where missing.
        background: The kriging.
        k: Number of neighbors of a target.
    """

    def __init__(self, pos: Tensor, values: np.ndarray, background: KrigingBackground, k: int) -> None:
        super().__init__()
        self.pos = pos
        self.value, self.valid = torch.from_numpy(np.nan_to_num(values)), torch.from_numpy(np.isfinite(values))
        self.background = background
        self.graph = KNNGraphBuilder(k)
        self.knn = NeuralKNN(CHANNELS, self.graph.dim, k, context=0)

    def forward(self, snapshots: Tensor, visible: Tensor) -> KNNOutput:
        """Predict every point from the other visible points.

        Args:
            snapshots: Indices of the snapshots, shape ``[B]``.
            visible: Whether the values of a point are used, shape ``[N]``.
        """
        valid = self.valid[:, snapshots] & visible[:, None]
        value = self.value[:, snapshots].masked_fill(~valid, 0.0)
        background = self.background(value, valid, self.pos)
        return self._interpolate(value, valid, background, self.graph(self.pos, visible), self.pos)

    @torch.no_grad()
    def predict(self, pos: Tensor) -> Tensor:
        """Predict other points in all snapshots.

        Args:
            pos: Longitude and latitude of the points in degrees, shape ``[M, 2]``.

        Returns:
            Standardized values, shape ``[M, S]``.
        """
        visible = torch.ones(len(self.pos), dtype=torch.bool)
        chunks = []
        for dst in pos.split(CELLS_PER_CHUNK):
            background = self.background(self.value, self.valid, self.pos, dst)
            edges = self.graph(self.pos, visible, dst)
            parts = (part.split(SNAPSHOTS_PER_CHUNK, dim=1) for part in (self.value, self.valid, background))
            departures = [
                self._interpolate(value, valid, base, edges, (self.pos, dst)).value - base.float()
                for value, valid, base in zip(*parts, strict=True)
            ]
            chunks.append(background + torch.cat(departures, dim=1))
        return torch.cat(chunks)

    def _interpolate(
        self,
        value: Tensor,
        valid: Tensor,
        background: Tensor,
        edges: tuple[Tensor, Tensor],
        pos: Tensor | tuple[Tensor, Tensor],
    ) -> KNNOutput:
        state = torch.zeros(*value.shape, CHANNELS)  # snapshots have no history
        return self.knn(state, value.float(), valid, pos, *edges, background.float())


def _train(interpolator: SnapshotInterpolator, steps: int) -> None:
    hide = HideRandomStations(region_probability=1.0)
    optimizer = torch.optim.AdamW(parameter_groups(interpolator, LEARNING_RATE), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        snapshots = torch.randperm(interpolator.value.size(1))[:SNAPSHOTS_PER_STEP]
        visible = torch.ones(len(interpolator.pos), dtype=torch.bool)
        out = interpolator(snapshots, hide(Data(pos=interpolator.pos, visible=visible)).visible)
        scored = interpolator.valid[:, snapshots] & out.valid
        truth = interpolator.value[:, snapshots][scored].float()
        loss = F.huber_loss(out.value[scored], truth, reduction="sum") / scored.sum().clamp(min=1)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(interpolator.knn.parameters(), 1.0)
        optimizer.step()
        schedule.step()
