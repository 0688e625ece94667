"""A user-defined temporal encoder: convolutions over time."""

from torch import nn


class Convolutions(nn.Module):
    """Encode the history of each station independently.

    Interface: ``(N, history, in_channels)`` → ``(N, ceil(history / patch), channels)``; the newest hours are in the last
    token. With ``return_weights`` an encoder also returns its attention, if it has any.
    """

    def __init__(self, in_channels, channels, patch, width=3):
        super().__init__()
        self.patch = patch
        self.convolve = nn.Conv1d(in_channels, channels, width, padding="same")
        self.pool = nn.AvgPool1d(patch, ceil_mode=True)

    def forward(self, x):
        """Convolve, and average over the hours of each token, counted from the newest."""
        hours = nn.functional.gelu(self.convolve(x.transpose(1, 2)))
        return self.pool(hours.flip(2)).flip(2).transpose(1, 2)
