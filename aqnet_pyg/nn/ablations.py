"""The network without one of its parts, to measure the contribution of each."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from aqnet_pyg.nn import AQNet, ClassicalKNN, InverseDistance, MeanReadout, NeuralKNN, NoBackground, NoEncoding
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.windows import Window


class _NoAttention(AQNet):
    """Without attention over time: LSTM only, and a forecast is made from the mean of its outputs."""

    def __init__(self, window: Window, scaler: Scaler, **options: Any) -> None:
        super().__init__(window, scaler, **options)
        self.encoder.block = _Identity()
        if window.horizon:
            self.readout = MeanReadout(self.sizes.num_states)


class _InverseDistanceOnly(AQNet):
    """Inverse distance with a learned power instead of background and neural kNN."""

    def __init__(self, window: Window, scaler: Scaler, **options: Any) -> None:
        super().__init__(window, scaler, **options)
        self.background = NoBackground()
        self.interpolator = ClassicalKNN(self.graph.k, InverseDistance())


class _FromScratch(AQNet):
    """A neural kNN that is initialized at random, not at kriging."""

    interpolator: NeuralKNN

    def __init__(self, window: Window, scaler: Scaler, **options: Any) -> None:
        super().__init__(window, scaler, **options)
        self.background = NoBackground()
        self.interpolator.weights = _EqualWeights()
        self._reset_departure()

    def reset_parameters(self) -> None:
        super().reset_parameters()
        self._reset_departure()

    def _reset_departure(self) -> None:
        nn.init.normal_(self.interpolator.departure.weight, std=self.interpolator.channels**-0.5)


ABLATIONS: dict[str, dict[str, Any]] = {
    "network": {},
    "network-k8": {"k": 8},
    "network-no-cyclic": {"make": partial(AQNet, time_encoding=NoEncoding())},
    "network-no-attention": {"make": _NoAttention},
    "network-idw": {"make": _InverseDistanceOnly},
    "network-from-scratch": {"make": _FromScratch},
}
"""By row of the tables, where a network differs from the complete one: ``make``, which creates it, or ``k``, its neighbors."""


class _Identity(nn.Module):
    def reset_parameters(self) -> None:
        pass

    def forward(self, tokens: Tensor, bias: Tensor, return_weights: bool = False) -> Tensor:
        return tokens


class _EqualWeights(nn.Module):
    def reset_parameters(self) -> None:
        pass

    def forward(self, source: Tensor, target: Tensor, valid: Tensor) -> Tensor:
        return torch.where(valid, 1 / valid.sum(dim=1, keepdim=True).clamp(min=1), 0.0)
