"""The network without one of its parts, to see what each is worth."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from aqnet_pyg.datasets import Scaler
from aqnet_pyg.nn import AQNet, ClassicalKNN, InverseDistance, MeanReadout, NoBackground, NoEncoding
from aqnet_pyg.windows import Window

__all__ = ["ABLATIONS"]


def _no_attention(window: Window, scaler: Scaler, **options: Any) -> AQNet:
    """The LSTM alone reads the history; a forecast is made from its mean."""
    model = AQNet(window, scaler, **options)
    model.encoder.block = _NoAttention()
    if window.task == "forecast":
        model.readout = _OneMean(model.sizes.groups)
    return model


def _idw(window: Window, scaler: Scaler, **options: Any) -> AQNet:
    """Inverse distance with a learned power in the place of background and neural kNN."""
    model = AQNet(window, scaler, **options)
    model.background, model.interpolator = NoBackground(), ClassicalKNN(model.graph.k, InverseDistance())
    return model


def _from_scratch(window: Window, scaler: Scaler, **options: Any) -> AQNet:
    """The neural kNN starts at random and not at kriging."""
    model = AQNet(window, scaler, **options)
    model.background, model.interpolator.prior = NoBackground(), _EqualWeights()
    nn.init.normal_(model.interpolator.departure.weight, std=model.interpolator.channels**-0.5)
    return model


ABLATIONS: dict[str, dict[str, Any]] = {
    "network": {},
    "network-k8": {"k": 8},
    "network-no-cyclic": {"make": partial(AQNet, clock=NoEncoding())},
    "network-no-attention": {"make": _no_attention},
    "network-idw": {"make": _idw},
    "network-from-scratch": {"make": _from_scratch},
}
"""One network alone, and the same without a part: how each differs in :data:`aqnet_pyg.ensembles.network_members.NETWORKS`."""


class _NoAttention(nn.Module):
    def forward(self, tokens: Tensor, bias: Tensor, return_weights: bool = False) -> Tensor:
        return tokens


class _OneMean(MeanReadout):
    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, tokens: Tensor, history: int) -> Tensor:
        return super().forward(tokens, history).expand(-1, self.groups, -1)


class _EqualWeights(nn.Module):
    def forward(self, source: Tensor, target: Tensor, valid: Tensor) -> Tensor:
        return torch.where(valid, 1 / valid.sum(dim=1, keepdim=True).clamp(min=1), 0.0)

    def reset_parameters(self) -> None:
        pass
