"""Heads: from what was interpolated to the last correction of a value."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["DepartureHead", "NoDeparture"]


class DepartureHead(nn.Module):
    r"""A correction in units of the local spread, from the state at the target and the hour.

    It is zero at the start, so that an untrained model is its interpolator.

    Args:
        channels: Size of the states.
        clock_dim: Size of the cyclic encoding.
        own: Whether the temporal state of the target itself is given too, as for the forecast at a visible station.

    **Shapes:** states ``(M, steps, channels)``, cyclic encoding ``(M, steps, clock_dim)``, own states
    ``(M, steps, channels)``, zero where hidden → ``(M, steps)``.
    """

    def __init__(self, channels: int, clock_dim: int, own: bool = False) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear((2 if own else 1) * channels + clock_dim, channels), nn.GELU(), nn.Linear(channels, 1)
        )
        nn.init.zeros_(self.layers[2].weight)
        nn.init.zeros_(self.layers[2].bias)

    def forward(self, state: Tensor, clock: Tensor, own: Tensor | None = None) -> Tensor:
        """Correct."""
        parts = [state, clock] if own is None else [state, clock, own]
        return self.layers(torch.cat(parts, dim=-1)).squeeze(-1)


class NoDeparture(nn.Module):
    """The interpolated value as it is; shapes as :class:`DepartureHead`."""

    def forward(self, state: Tensor, clock: Tensor, own: Tensor | None = None) -> Tensor:
        """Zero."""
        return state.new_zeros(state.shape[:2])
