"""Heads: the last correction of an interpolated value."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch_geometric.nn.inits import reset


class DepartureHead(nn.Module):
    r"""A learned correction in units of the local spread, from the state at the target and the features of each step.

    It is zero at initialization, so that an untrained model is its interpolator.

    Args:
        channels: Size of the states.
        step_dim: Number of features of a step: the encoding of time and the covariates.
        own_state: Whether the temporal state of the target itself is an input too, as for the forecast at a visible
            station.

    **Shapes:** states ``(M, steps, channels)``, step features ``(M, steps, step_dim)``, own states
    ``(M, steps, channels)``, zero where hidden → ``(M, steps)``.
    """

    def __init__(self, channels: int, step_dim: int, own_state: bool = False) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear((2 if own_state else 1) * channels + step_dim, channels), nn.GELU(), nn.Linear(channels, 1)
        )
        zero_last_layer(self.layers)

    def reset_parameters(self) -> None:
        """Reset all learnable parameters; the correction is zero again."""
        reset(self.layers)
        zero_last_layer(self.layers)

    def forward(self, state: Tensor, step_features: Tensor, own_state: Tensor | None = None) -> Tensor:
        """Compute the correction."""
        parts = [state, step_features] if own_state is None else [state, step_features, own_state]
        return self.layers(torch.cat(parts, dim=-1)).squeeze(-1)


class NoDeparture(nn.Module):
    """No correction: the interpolated value is the prediction; shapes as :class:`DepartureHead`."""

    def reset_parameters(self) -> None:
        """Do nothing; there are no parameters."""

    def forward(self, state: Tensor, step_features: Tensor, own_state: Tensor | None = None) -> Tensor:
        """Return zeros."""
        return state.new_zeros(state.shape[:2])


def zero_last_layer(layers: nn.Sequential) -> None:
    """Set weight and bias of the last layer to zero, so that the output is zero at initialization.

    Args:
        layers: Ends with a linear layer; changed in place.
    """
    for parameter in layers[-1].parameters():
        nn.init.zeros_(parameter)
