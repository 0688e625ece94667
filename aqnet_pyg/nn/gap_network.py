"""A network for the hours of gaps: a learned departure from a classical estimate, or a learned size of the errors."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch_geometric.nn.inits import reset

from aqnet_pyg.nn.gap_features import NUM_FEATURES
from aqnet_pyg.nn.head import zero_last_layer

LARGEST_LOGARITHM = 2.0
"""Expected errors differ from the local scale by at most this, in logarithms."""


class GapNetwork(nn.Module):
    """A learned number for each hour of a gap: the departure from the background in units of the local scale.

    It is zero at initialization, so that an untrained network is the background. A network of the same form learns the logarithm
    of the expected error in units of the local scale; see :func:`bounded`.

    Args:
        channels: Size of the hidden layers.
        dropout: Probability of the dropout after the first two of them.
        num_features: Number of features of a target; see :class:`aqnet_pyg.nn.GapFeatures`.

    **Shapes:** features ``(M, num_features)`` → ``(M)``.
    """

    def __init__(self, channels: int = 128, dropout: float = 0.3, num_features: int = NUM_FEATURES) -> None:
        super().__init__()
        self.channels, self.dropout = channels, dropout
        self.layers = nn.Sequential(
            nn.Linear(num_features, channels),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(channels, channels),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(channels, channels),
            nn.GELU(),
            nn.Linear(channels, 1),
        )
        zero_last_layer(self.layers)

    def reset_parameters(self) -> None:
        """Reset all learnable parameters; the departure is zero again."""
        reset(self.layers)
        zero_last_layer(self.layers)

    def forward(self, features: Tensor) -> Tensor:
        """Compute the departure."""
        return self.layers(features).squeeze(-1)


def bounded(logarithm: Tensor) -> Tensor:
    """Limit the logarithm of an expected error smoothly to :data:`LARGEST_LOGARITHM` both ways, of any shape."""
    return LARGEST_LOGARITHM * torch.tanh(logarithm / LARGEST_LOGARITHM)
