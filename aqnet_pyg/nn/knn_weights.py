"""Classical interpolation weights of the nearest stations, as layers."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aqnet_pyg.stations import EARTH_RADIUS_KM

BITS = 62
"""Steps are grouped by their neighbors with a value for at most so many neighbors, which are bits of an integer."""


class InverseDistance(nn.Module):
    r"""Weights :math:`w_j \propto d_j^{-p}` with a learned power.

    Args:
        power: Initial power.

    **Shapes:** unit vectors of neighbors ``(M, K, 3)`` and targets ``(M, 3)``, validity ``(M, K, S)`` → weights
    ``(M, K, S)``: zero where not valid, summing to one over ``K`` wherever any is valid.
    """

    def __init__(self, power: float = 2.0) -> None:
        super().__init__()
        self.power = power
        self.log_power = nn.Parameter(torch.empty(()))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Reset the power to its initial value."""
        nn.init.constant_(self.log_power, math.log(self.power))

    def forward(self, source: Tensor, target: Tensor, valid: Tensor) -> Tensor:
        """Compute the weights of the neighbors of each target."""
        km = (source - target[:, None]).norm(dim=-1) * EARTH_RADIUS_KM  # [M, K]
        logit = -self.log_power.exp() * torch.log(km.float() + 0.1)
        logit = logit[..., None].expand(valid.shape).masked_fill(~valid, -torch.inf)  # [M, K, S]
        # A softmax over nothing is NaN; those weights are zero.
        return torch.where(valid, logit.softmax(dim=1), 0.0)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(power={self.power})"


class LocalKriging(nn.Module):
    r"""Ordinary-kriging weights of the neighbors of each target, with a learned covariance.

    The covariance of two stations :math:`d` kilometers apart (chord distance, so that it is valid on the sphere; Yadrenko
    1983) is a mixture :math:`\sum_m a_m e^{-d / \rho_m}` plus a nugget at :math:`d = 0`; the weights do not depend on its sill.

    .. math::
        w = C^{-1} \left( c + \frac{1 - 1^\top C^{-1} c}{1^\top C^{-1} 1} 1 \right)

    A station without a value at a step is removed from the kriging system of that step exactly.

    Args:
        ranges_km: Initial ranges.
        nugget: Initial nugget as a fraction of the sill.

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
        """Reset the covariance to its initial ranges and nugget."""
        with torch.no_grad():
            self.log_range.copy_(torch.tensor(self.ranges_km).log())
            self.mixture.copy_(torch.linspace(-1.0, 1.0, len(self.ranges_km)))
            self.log_nugget.fill_(math.log(self.nugget))

    def covariance(self, km: Tensor) -> Tensor:
        """Covariance without nugget at distances in kilometers, any shape; one at zero."""
        part = self.mixture.softmax(dim=0)
        return (part * torch.exp(-km[..., None] / self.log_range.exp())).sum(dim=-1)

    def forward(self, source: Tensor, target: Tensor, valid: Tensor) -> Tensor:
        """Compute the weights of the neighbors of each target."""
        # Whether gradients are needed and how many systems there are cannot be part of a compiled graph.
        if not torch.compiler.is_compiling() and not torch.is_grad_enabled():
            return self.at(source, target)(valid)
        matrix, vector = self._covariances(source, target)
        use, of_target, of_step = _systems(self._distinct(valid).transpose(1, 2).to(matrix.dtype))
        # A station without a value loses its row and column; a one on the diagonal keeps the matrix regular. With
        # several threads, gradients of rows that are taken repeatedly by an index in brackets are summed in any order.
        matrix = matrix.index_select(0, of_target) * use[:, :, None] * use[:, None]
        matrix = matrix + torch.diag_embed(use * self._nugget() + (1 - use))
        right = torch.stack([vector.index_select(0, of_target) * use, use], dim=-1)  # [n, K, 2]
        factor = torch.linalg.cholesky_ex(matrix)[0]
        solved, ones = torch.cholesky_solve(right, factor).unbind(dim=-1)
        total = ones.sum(dim=-1, keepdim=True)
        lagrange = (1 - solved.sum(dim=-1, keepdim=True)) / torch.where(total > 0, total, 1.0)
        weight = F.embedding(of_step, (solved + lagrange * ones) * use)  # [M, S, K], or [M, 1, K]
        return weight.transpose(1, 2).expand(-1, -1, valid.size(2))

    @torch.no_grad()
    def at(self, source: Tensor, target: Tensor) -> Callable[[Tensor], Tensor]:
        """Solve the systems of targets once, for any validity; without gradients.

        Args:
            source: Unit vectors of the neighbors, shape ``[M, K, 3]``.
            target: Unit vectors of the targets, shape ``[M, 3]``.

        Returns:
            Function of the validity, shape ``[M, K, S]``, which returns the weights, same shape. It holds ``M * K * (K + 1)``
            numbers in double precision.
        """
        matrix, vector = self._covariances(source, target)
        matrix = matrix + torch.eye(matrix.size(1), dtype=matrix.dtype, device=matrix.device) * self._nugget()
        weights, precision = _ordinary(matrix.double(), vector.double())

        @torch.no_grad()
        def of(valid: Tensor) -> Tensor:
            use, of_target, of_step = _systems(self._distinct(valid).transpose(1, 2))
            found = _without_missing(weights, precision, use, of_target).to(vector.dtype)
            return found[of_step].transpose(1, 2).expand(-1, -1, valid.size(2))

        return of

    def _covariances(self, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Covariances without nugget between neighbors, ``[M, K, K]``, and with the target, ``[M, K]``."""
        between = (source[:, :, None] - source[:, None]).norm(dim=-1) * EARTH_RADIUS_KM
        towards = (source - target[:, None]).norm(dim=-1) * EARTH_RADIUS_KM
        return self.covariance(between.float()), self.covariance(towards.float())

    def _nugget(self) -> Tensor:
        return self.log_nugget.exp().clamp(min=1e-3)

    @staticmethod
    def _distinct(valid: Tensor) -> Tensor:
        """The first step only, ``[M, K, 1]``, where the same stations have a value at all steps, as in a forecast."""
        # This check depends on values, so it cannot be part of a compiled graph.
        return valid[:, :, :1] if not torch.compiler.is_compiling() and (valid == valid[:, :, :1]).all() else valid

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(ranges_km={self.ranges_km}, nugget={self.nugget})"


def _systems(use: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Group the steps of each target at which the same neighbors have a value, as one system serves them.

    Args:
        use: Whether a neighbor has a value, bool, or one and zero, shape ``[M, S, K]``.

    Returns:
        The neighbors with a value in each system, ``[n, K]``; its target, ``[n]``; and the system of each step, ``[M, S]``.
    """
    targets, steps, neighbors = use.shape
    # The number of systems depends on values, so it cannot be part of a compiled graph.
    if torch.compiler.is_compiling() or neighbors > BITS:
        every = torch.arange(targets * steps, device=use.device)
        return use.flatten(0, 1), every // steps, every.view(targets, steps)
    code = (use.long() << torch.arange(neighbors, device=use.device)).sum(dim=2)
    ordered, order = code.sort(dim=1)
    first = F.pad(ordered[:, 1:] != ordered[:, :-1], (1, 0), value=True)
    system = first.flatten().cumsum(0).view(targets, steps) - 1
    target, place = first.nonzero().unbind(dim=1)
    return use[target, order[target, place]], target, torch.empty_like(order).scatter(1, order, system)


def _ordinary(matrix: Tensor, vector: Tensor) -> tuple[Tensor, Tensor]:
    """Solve ordinary kriging from ``K`` stations: weights, ``[M, K]``, and precision with unknown mean, ``[M, K, K]``.

    Args:
        matrix: Covariances of the stations with nugget, shape ``[M, K, K]``.
        vector: Their covariances with the target, shape ``[M, K]``.
    """
    inverse = torch.cholesky_inverse(torch.linalg.cholesky_ex(matrix)[0])
    row = inverse.sum(dim=2)
    total = row.sum(dim=1, keepdim=True)
    weights = (inverse @ vector[..., None]).squeeze(2)
    weights = weights + row * (1 - weights.sum(dim=1, keepdim=True)) / total
    return weights, inverse - row[:, :, None] * (row / total)[:, None]


def _without_missing(weights: Tensor, precision: Tensor, use: Tensor, of_target: Tensor) -> Tensor:
    """Weights of systems that lack some of the stations, ``[n, K]``, zero for those.

    With P the precision matrix and m the missing stations, the others have ``w - P_m P_mm^-1 w_m``.

    Args:
        weights: Weights of all stations of each target, shape ``[M, K]``.
        precision: Their precision with unknown mean, shape ``[M, K, K]``.
        use: Whether a station has a value in each system, bool, shape ``[n, K]``.
        of_target: Target of each system, shape ``[n]``.
    """
    result = weights[of_target]
    neighbors = use.size(1)
    missing = neighbors - use.sum(dim=1)
    fewest = 0
    # In groups of at most so many, as padding all to the largest would cost more.
    while fewest < neighbors:
        most = min(max(2 * fewest, 1), neighbors)
        (rows,) = ((missing > fewest) & (missing <= most)).nonzero(as_tuple=True)
        if len(rows):
            result[rows] = _without(result[rows], precision, of_target[rows], use[rows], most)
        fewest = most
    return result.masked_fill(~use, 0.0)


def _without(weights: Tensor, precision: Tensor, of_target: Tensor, use: Tensor, most: int) -> Tensor:
    """Weights of systems that lack up to ``most`` stations."""
    slot = (~use).to(weights.dtype).topk(most, dim=1).indices
    absent = ~use.gather(1, slot)
    columns = precision[of_target[:, None], slot]  # [n, most, K]
    right = weights.gather(1, slot).masked_fill(~absent, 0.0)
    if most == 1:
        return weights - columns[:, 0] * right / columns[:, 0].gather(1, slot)
    square = columns.gather(2, slot[:, None].expand(-1, most, -1))
    both = absent[:, :, None] & absent[:, None]
    square = torch.where(both, square, torch.eye(most, dtype=square.dtype, device=square.device))
    solved = torch.cholesky_solve(right[..., None], torch.linalg.cholesky_ex(square)[0])
    return weights - (solved.mT @ columns).squeeze(1)
