"""Classical interpolation weights as layers: what the neural kNN starts from."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from aqnet_pyg.stations import EARTH_RADIUS_KM

__all__ = ["InverseDistance", "LocalKriging"]


class InverseDistance(nn.Module):
    r"""Weights :math:`w_j \propto d_j^{-p}` with a learned power.

    **Shapes:** unit vectors of neighbors ``(M, K, 3)`` and targets ``(M, 3)``, validity ``(M, K, S)`` → weights
    ``(M, K, S)``: zero where not valid, summing to one over ``K`` wherever any is valid.

    Args:
        power: Where the power starts.
    """

    def __init__(self, power: float = 2.0) -> None:
        super().__init__()
        self.initial_power = power
        self.log_power = nn.Parameter(torch.empty(()))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Back to the power at the start."""
        nn.init.constant_(self.log_power, math.log(self.initial_power))

    def forward(self, source: Tensor, target: Tensor, valid: Tensor) -> Tensor:
        """Weigh neighbors."""
        km = (source - target[:, None]).norm(dim=-1) * EARTH_RADIUS_KM
        logit = -self.log_power.exp() * torch.log(km.float() + 0.1)
        logit = logit[..., None].expand(valid.shape).masked_fill(~valid, -torch.inf)
        # A softmax over nothing is NaN; those weights are zero.
        return torch.where(valid, logit.softmax(dim=1), 0.0)


class LocalKriging(nn.Module):
    r"""Ordinary-kriging weights of the neighbors of each target, with a learned covariance.

    The covariance of two stations :math:`d` kilometers apart (chords, so that it stays valid on the sphere; Yadrenko
    1983) is a mixture :math:`\sum_m a_m e^{-d / \rho_m}` plus a nugget at :math:`d = 0`; weights do not depend on its sill.

    .. math::
        w = C^{-1} \left( c + \frac{1 - 1^\top C^{-1} c}{1^\top C^{-1} 1} 1 \right)

    A station without a value at an hour is taken out of that hour's system exactly.

    Args:
        ranges_km: Where the ranges start.
        nugget: Where the nugget starts, as a part of the sill.

    **Shapes:** as :class:`InverseDistance`.
    """

    def __init__(self, ranges_km: tuple[float, ...] = (30.0, 300.0), nugget: float = 0.05) -> None:
        super().__init__()
        self.ranges_km = tuple(ranges_km)
        self.nugget = nugget
        self.log_range = nn.Parameter(torch.empty(len(ranges_km)))
        self.mixture = nn.Parameter(torch.empty(len(ranges_km)))
        self.log_nugget = nn.Parameter(torch.empty(()))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Back to the covariance at the start."""
        with torch.no_grad():
            self.log_range.copy_(torch.tensor(self.ranges_km).log())
            self.mixture.copy_(torch.linspace(-1.0, 1.0, len(self.ranges_km)))
            self.log_nugget.fill_(math.log(self.nugget))

    def covariance(self, km: Tensor) -> Tensor:
        """Covariance without nugget at distances in kilometers, any shape; one at zero."""
        part = self.mixture.softmax(dim=0)
        return (part * torch.exp(-km[..., None] / self.log_range.exp())).sum(dim=-1)

    def forward(self, source: Tensor, target: Tensor, valid: Tensor) -> Tensor:
        """Weigh neighbors."""
        between = (source[:, :, None] - source[:, None]).norm(dim=-1) * EARTH_RADIUS_KM
        towards = (source - target[:, None]).norm(dim=-1) * EARTH_RADIUS_KM
        matrix, vector = self.covariance(between.float()), self.covariance(towards.float())
        steps = valid.size(2)
        # Where the same stations have a value at all steps, as in a forecast, one system serves them all. A compiled graph
        # must not depend on values.
        if not torch.compiler.is_compiling() and (valid == valid[:, :, :1]).all():
            valid = valid[:, :, :1]
        use = valid.transpose(1, 2).to(matrix.dtype)  # [M, S, K], or [M, 1, K]
        # Without its row and column a station has no say; a one on the diagonal keeps the matrix regular.
        matrix = matrix[:, None] * use[..., None] * use[..., None, :]
        matrix = matrix + torch.diag_embed(use * self.log_nugget.exp().clamp(min=1e-3) + (1 - use))
        right = torch.stack([vector[:, None] * use, use], dim=-1)  # [M, S, K, 2]
        factor = torch.linalg.cholesky_ex(matrix)[0]
        solved, ones = torch.cholesky_solve(right, factor).unbind(dim=-1)
        total = ones.sum(dim=-1, keepdim=True)
        lagrange = (1 - solved.sum(dim=-1, keepdim=True)) / torch.where(total > 0, total, 1.0)
        return ((solved + lagrange * ones) * use).transpose(1, 2).expand(-1, -1, steps)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(ranges_km={self.ranges_km}, nugget={self.nugget})"
