"""A user-defined interpolator: a Gaussian kernel with a learned width."""

import torch
from torch import nn

from aqnet_pyg.nn import ClassicalKNN


class _Gaussian(nn.Module):
    """Gaussian weights.

    Interface: unit vectors ``(M, K, 3)`` and ``(M, 3)``, validity ``(M, K, S)`` → weights ``(M, K, S)``, summing to one.
    """

    def __init__(self, width_km):
        super().__init__()
        self.width_km = width_km
        self.log_width = nn.Parameter(torch.tensor(float(width_km)).log())

    def reset_parameters(self):
        """Restore the initial width."""
        nn.init.constant_(self.log_width, torch.tensor(float(self.width_km)).log())

    def forward(self, source, target, valid):
        """Return the weights of the neighbors."""
        km = (source - target[:, None]).norm(dim=-1).float() * 6371.0088
        logit = -((km / self.log_width.exp()) ** 2)[..., None].expand(valid.shape)
        weight = logit.masked_fill(~valid, -torch.inf).softmax(dim=1)
        return torch.where(valid, weight, 0.0)


class GaussianKNN(ClassicalKNN):
    """Interface as :class:`aqnet_pyg.nn.ClassicalKNN`; only the weights differ."""

    def __init__(self, k, width_km=50.0):
        super().__init__(k, _Gaussian(width_km))
