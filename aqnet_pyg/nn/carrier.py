"""What each visible station carries to its neighbours: the values that are interpolated."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aqnet_pyg.windows import Window

__all__ = ["Measured", "StationForecast"]


class Measured(nn.Module):
    r"""For reconstruction: what the station measured.

    Args:
        window: Hours read and predicted.

    **Shapes:** target pollutant and its mask ``(N, history)`` → values and validity ``(N, steps)``.
    """

    def __init__(self, window: Window) -> None:
        super().__init__()
        self.steps = slice(window.first_step, window.first_step + window.steps)

    def forward(self, x: Tensor, mask: Tensor, state: Tensor, clock: Tensor) -> tuple[Tensor, Tensor]:
        """Cut out the central hours."""
        return x[:, self.steps], mask[:, self.steps]


class StationForecast(nn.Module):
    r"""For forecasts: damped persistence of the last day, and what the temporal state adds to it.

    The damping of each hour ahead is learned; at the start it is :math:`e^{-t / 24\,\mathrm{h}}`.

    Args:
        window: Hours read and predicted.
        channels: Size of the states.
        clock_dim: Size of the cyclic encoding.
        persistence: Whether to start from persistence; the published AQ-Net does not.

    **Shapes:** target pollutant and its mask ``(N, history)``, states ``(N, groups, channels)``, cyclic encoding of the
    steps ``(N, steps, clock_dim)`` → values and validity ``(N, steps)``.
    """

    def __init__(self, window: Window, channels: int, clock_dim: int, persistence: bool = True) -> None:
        super().__init__()
        self.steps = window.steps
        ahead = torch.arange(1, window.steps + 1)
        self.damping = nn.Parameter(torch.exp(-ahead / 24)) if persistence else None
        self.own = nn.Sequential(nn.Linear(channels + clock_dim, channels), nn.GELU(), nn.Linear(channels, 1))
        if persistence:
            nn.init.zeros_(self.own[2].weight)
            nn.init.zeros_(self.own[2].bias)

    def forward(self, x: Tensor, mask: Tensor, state: Tensor, clock: Tensor) -> tuple[Tensor, Tensor]:
        """Forecast each station from its own history."""
        state = state.repeat_interleave(self.steps // state.size(1), dim=1)
        value = self.own(torch.cat([state, clock], dim=-1)).squeeze(-1)
        if self.damping is not None:
            last_day, measured = x[:, -24:], mask[:, -24:]
            mean = (last_day * measured).sum(dim=1) / measured.sum(dim=1).clamp(min=1)
            value = value + mean[:, None] * self.damping
        return value, torch.ones_like(value, dtype=torch.bool)
