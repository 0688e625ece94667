"""Heads: the last correction of an interpolated value."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn.inits import reset


class DepartureHead(nn.Module):
    r"""A learned correction in units of the local spread, from the state at the target and the features of each step.

    It is zero at initialization, so that an untrained model is its interpolator.

    Args:
        channels: Size of the states.
        step_dim: Number of features of a step: the encoding of time and the covariates.
        own_state: Whether the temporal state of the target itself is an input too, as for the forecast at a visible
            station.

    **Shapes:** states, each of ``steps / num_states`` consecutive steps, ``(M, num_states, channels)``, step features
    ``(M, steps, step_dim)``, own states ``(M, num_states, channels)``, zero where hidden → ``(M, steps)``.
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
        return per_step(self.layers, state, step_features, own_state)


class NoDeparture(nn.Module):
    """No correction: the interpolated value is the prediction; shapes as :class:`DepartureHead`."""

    def reset_parameters(self) -> None:
        """Do nothing; there are no parameters."""

    def forward(self, state: Tensor, step_features: Tensor, own_state: Tensor | None = None) -> Tensor:
        """Return zeros."""
        return state.new_zeros(step_features.shape[:2])


def per_step(layers: nn.Sequential, state: Tensor, step_features: Tensor, own_state: Tensor | None = None) -> Tensor:
    """Apply a perceptron at each step to its state, its features and, in this order, its own state.

    The first layer multiplies a state once for all steps that share it.

    Args:
        layers: Linear layer, activation, and linear layer to one value.
        state: States, each of ``steps / num_states`` consecutive steps, shape ``[M, num_states, channels]``.
        step_features: Features of the steps, shape ``[M, steps, step_dim]``.
        own_state: Further states, shape as ``state``.

    Returns:
        Values, shape ``[M, steps]``.
    """
    first, activation, last = cast("tuple[nn.Linear, nn.Module, nn.Linear]", tuple(layers))
    parts = [state, step_features] if own_state is None else [state, step_features, own_state]
    of_state, of_step, *of_own = first.weight.split([part.size(2) for part in parts], dim=1)
    shared = F.linear(state, of_state, first.bias)
    if own_state is not None:
        shared = shared + F.linear(own_state, *of_own)
    hidden = F.linear(step_features, of_step).unflatten(1, (state.size(1), -1))  # [M, num_states, r, hidden]
    return last(activation(hidden + shared[:, :, None])).flatten(1)


def zero_last_layer(layers: nn.Sequential) -> None:
    """Set weight and bias of the last layer to zero, so that the output is zero at initialization.

    Args:
        layers: Ends with a linear layer; changed in place.
    """
    for parameter in layers[-1].parameters():
        nn.init.zeros_(parameter)
