"""A user-defined loss that penalizes underestimates more than overestimates."""

import torch
from torch import nn


class Lopsided(nn.Module):
    """Asymmetric absolute error.

    Interface: predictions and measurements ``[n]``, in standard deviations of the pollutant → a scalar to minimize, with its
    minimum where predictions equal measurements.
    """

    def __init__(self, under=2.0):
        super().__init__()
        self.under = under

    def forward(self, predicted, measured):
        """Return the mean absolute error, with underestimates multiplied by ``under``."""
        error = predicted - measured
        return torch.maximum(error, -self.under * error).mean()
