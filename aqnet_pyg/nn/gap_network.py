"""A network for the hours of gaps: a learned departure from a classical estimate."""

from __future__ import annotations

from torch import Tensor, nn
from torch_geometric.nn.inits import reset

from aqnet_pyg.nn.gap_features import NUM_FEATURES
from aqnet_pyg.nn.head import zero_last_layer


class GapNetwork(nn.Module):
    """A learned departure from the background in the hours of gaps, in units of the local scale.

    It is zero at initialization, so that an untrained network is the background.

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
