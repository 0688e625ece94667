"""Encoded stations of a window, from which a network interpolates."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Encoded(NamedTuple):
    """Encoded stations of a window (or of a batch of windows).

    Args:
        state: Temporal states, zero where hidden, shape ``[N, num_states, channels]``.
        value: Standardized values of the target pollutant, zero where not valid, shape ``[N, steps]``.
        valid: Whether there is a value, shape ``[N, steps]``; False at hidden stations.
        time_encoding: Encoding of time at the steps of each window, shape ``[B, steps, time_dim]``.
        known: Covariates of the stations at the steps, shape ``[N, steps, 2 C]``; None for a model without.
        batch: Window of each station, shape ``[N]``; None for a single window.
        drift: Share of first guesses in the value at the stations, shape ``[N, steps]``; None for a model without.
    """

    state: Tensor
    value: Tensor
    valid: Tensor
    time_encoding: Tensor
    known: Tensor | None
    batch: Tensor | None
    drift: Tensor | None = None

    @property
    def departure(self) -> Tensor:
        """The values beyond the drift, which are interpolated, shape ``[N, steps]``."""
        return self.value if self.drift is None else torch.where(self.valid, self.value - self.drift, 0.0)
