"""What each visible station carries to its neighbors: the values that are interpolated."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aqnet_pyg.windows import Window

__all__ = ["Measured", "StationForecast"]

LAST_HOURS = 6
"""That a regression reads one by one."""


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
    r"""For forecasts: a linear regression on the station's own history, and what the temporal state adds to it.

    The regression reads the means of the days of the history, its last hours, and what is known of each step (the clock,
    covariates). It is not learned by descent but
    set by :meth:`set_regression`, in training by least squares; until then it is damped persistence of the last day,
    :math:`e^{-t / 24\,\mathrm{h}}`.

    Args:
        window: Hours read and predicted.
        channels: Size of the states.
        step_dim: Size of what is known of a step: the cyclic encoding, covariates.
        persistence: Whether to start from a regression; the published AQ-Net does not.

    **Shapes:** target pollutant and its mask ``(N, history)``, states ``(N, groups, channels)``, what is known of
    the steps ``(N, steps, step_dim)`` → values and validity ``(N, steps)``.
    """

    def __init__(self, window: Window, channels: int, step_dim: int, persistence: bool = True) -> None:
        super().__init__()
        self.steps = window.steps
        self.days = max(window.history // 24, 1)
        self.persistence = persistence
        self.own = nn.Sequential(nn.Linear(channels + step_dim, channels), nn.GELU(), nn.Linear(channels, 1))
        if persistence:
            nn.init.zeros_(self.own[2].weight)
            nn.init.zeros_(self.own[2].bias)
            weight = torch.zeros(window.steps, self.days + LAST_HOURS + step_dim)
            weight[:, self.days - 1] = torch.exp(-torch.arange(1, window.steps + 1) / 24)
            self.register_buffer("weight", weight)
            self.register_buffer("bias", torch.zeros(window.steps))

    def set_regression(self, weight: Tensor, bias: Tensor) -> None:
        """Set coefficients of the inputs, ``(steps, inputs)``, and intercepts, ``(steps,)``."""
        self.weight.copy_(weight)
        self.bias.copy_(bias)

    def inputs(self, x: Tensor, mask: Tensor) -> Tensor:
        """What the regression reads of the history, ``(N, inputs)``: days from the oldest on, hours from the oldest on."""
        known = mask.to(x.dtype)
        whole = (x * known).sum(dim=1, keepdim=True) / known.sum(dim=1, keepdim=True).clamp(min=1)
        length = min(24 * self.days, x.size(1))
        days, measured = ((part[:, -length:].unflatten(1, (self.days, -1))).sum(dim=2) for part in (x * known, known))
        days = torch.where(measured > 0, days / measured.clamp(min=1), whole)
        hours = torch.where(mask[:, -LAST_HOURS:], x[:, -LAST_HOURS:], days[:, -1:])
        return torch.cat([days, hours], dim=1)

    def forward(self, x: Tensor, mask: Tensor, state: Tensor, clock: Tensor) -> tuple[Tensor, Tensor]:
        """Forecast each station from its own history."""
        state = state.repeat_interleave(self.steps // state.size(1), dim=1)
        value = self.own(torch.cat([state, clock], dim=-1)).squeeze(-1)
        if self.persistence:
            past, step = self.weight.split([self.weight.size(1) - clock.size(2), clock.size(2)], dim=1)
            value = value + self.inputs(x, mask) @ past.T + (clock * step).sum(dim=-1) + self.bias
        return value, torch.ones_like(value, dtype=torch.bool)
