"""Values that each visible station contributes to the interpolation: its measurements or its own forecast."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch_geometric.nn.inits import reset

from aqnet_pyg.errors import InputError
from aqnet_pyg.nn.head import per_step, zero_last_layer
from aqnet_pyg.windows import Window

LAST_HOURS = 6
"""Number of the most recent hours that are separate inputs of the regression."""


class MeasuredValues(nn.Module):
    r"""Measured values of each station, for reconstruction.

    Args:
        window: Hours read and predicted.

    **Shapes:** target pollutant and its mask ``(N, history)``, states and step features (not used) → values and validity
    ``(N, steps)``.

    Raises:
        InputError: If the window is a forecast, whose steps are not measured yet.
    """

    def __init__(self, window: Window) -> None:
        super().__init__()
        if window.horizon:
            raise InputError(f"window: {window} is a forecast, whose steps have no measurements; use StationForecast.")
        self.steps = slice(window.first_step, window.first_step + window.steps)

    def reset_parameters(self) -> None:
        """Do nothing; there are no parameters."""

    def forward(self, x: Tensor, mask: Tensor, state: Tensor, step_features: Tensor) -> tuple[Tensor, Tensor]:
        """Select the reconstructed hours."""
        return x[:, self.steps], mask[:, self.steps]


class StationForecast(nn.Module):
    r"""Forecast of each station, for forecasts: a linear regression on its own history, corrected from its temporal state.

    The inputs of the regression are the daily means of the history, its last hours, and the features of each step
    (encoding of time, covariates). Its coefficients are not learned by gradient descent but set by :meth:`set_regression`,
    in training by ridge regression; initially it is damped persistence of the mean of the last day,
    :math:`e^{-t / 24\,\mathrm{h}}`. The correction is a multilayer perceptron whose output is zero at initialization.

    Args:
        window: Hours read and predicted.
        channels: Size of the states.
        step_dim: Number of features of a step: the encoding of time and the covariates.
        persistence: Whether there is a regression; the published AQ-Net has none.

    **Shapes:** target pollutant and its mask ``(N, history)``, states ``(N, num_states, channels)``, step features
    ``(N, steps, step_dim)`` → values and validity ``(N, steps)``.

    Raises:
        InputError: If the window is not a forecast.
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, window: Window, channels: int, step_dim: int, persistence: bool = True) -> None:
        super().__init__()
        if not window.horizon:
            raise InputError(f"window: {window} is not a forecast; give a horizon, or use MeasuredValues.")
        self.steps = window.steps
        self.days = max(window.history // 24, 1)
        self.persistence = persistence
        self.mlp = nn.Sequential(nn.Linear(channels + step_dim, channels), nn.GELU(), nn.Linear(channels, 1))
        if persistence:
            zero_last_layer(self.mlp)
            self.register_buffer("weight", torch.empty(window.steps, self.days + LAST_HOURS + step_dim))
            self.register_buffer("bias", torch.empty(window.steps))
            self._reset_regression()

    def reset_parameters(self) -> None:
        """Reset all learnable parameters, and the regression to damped persistence."""
        reset(self.mlp)
        if self.persistence:
            zero_last_layer(self.mlp)
            self._reset_regression()

    def _reset_regression(self) -> None:
        self.weight.zero_()
        self.weight[:, self.days - 1] = torch.exp(-torch.arange(1, self.steps + 1) / 24)
        self.bias.zero_()

    def set_regression(self, weight: Tensor, bias: Tensor) -> None:
        """Set the coefficients of the inputs, shape ``(steps, inputs)``, and the intercepts, shape ``(steps,)``."""
        self.weight.copy_(weight)
        self.bias.copy_(bias)

    def history_features(self, x: Tensor, mask: Tensor) -> Tensor:
        """Regression inputs from the history, shape ``(N, days + LAST_HOURS)``: daily means, then hours, each oldest first."""
        measured = mask.to(x.dtype)
        mean = (x * measured).sum(dim=1, keepdim=True) / measured.sum(dim=1, keepdim=True).clamp(min=1)
        length = min(24 * self.days, x.size(1))
        total, count = (part[:, -length:].unflatten(1, (self.days, -1)).sum(dim=2) for part in (x * measured, measured))
        days = torch.where(count > 0, total / count.clamp(min=1), mean)
        hours = torch.where(mask[:, -LAST_HOURS:], x[:, -LAST_HOURS:], days[:, -1:])
        return torch.cat([days, hours], dim=1)

    def forward(self, x: Tensor, mask: Tensor, state: Tensor, step_features: Tensor) -> tuple[Tensor, Tensor]:
        """Forecast each station from its own history."""
        value = per_step(self.mlp, state, step_features)
        if self.persistence:
            step_dim = step_features.size(2)
            past, step = self.weight.split([self.weight.size(1) - step_dim, step_dim], dim=1)
            value = value + self.history_features(x, mask) @ past.T + (step_features * step).sum(dim=-1) + self.bias
        return value, torch.ones_like(value, dtype=torch.bool)
