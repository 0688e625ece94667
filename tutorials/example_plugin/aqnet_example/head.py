"""A user-defined head: no correction."""

from torch import nn


class NoHead(nn.Module):
    """A correction of zero.

    Interface: states ``(M, num_states, channels)``, features of the steps ``(M, steps, step_dim)``, in a forecast the
    target's own states → a correction ``(M, steps)`` in units of the local spread.
    """

    def forward(self, state, step_features, own_state=None):
        """Return zeros."""
        return state.new_zeros(step_features.shape[:2])
