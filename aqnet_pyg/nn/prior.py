"""Classical interpolation weights as layers: what the neural kNN starts from."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from aqnet_pyg.stations import EARTH_RADIUS_KM

__all__ = ["InverseDistance", "LocalKriging"]


class InverseDistance(nn.Module):
    r"""Weights :math:`w_j \propto d_j^{-p}` with a learned power.

    **Shapes:** unit vectors of neighbours ``(M, K, 3)`` and targets ``(M, 3)``, validity ``(M, K, S)`` → weights
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
        """Weigh neighbours."""
        km = (source - target[:, None]).norm(dim=-1) * EARTH_RADIUS_KM
        logit = -self.log_power.exp() * torch.log(km.float() + 0.1)
        logit = logit[..., None].expand(valid.shape).masked_fill(~valid, -torch.inf)
        # A softmax over nothing is NaN; those weights are zero.
        return torch.where(valid, logit.softmax(dim=1), 0.0)


class LocalKriging(nn.Module):
    r"""Ordinary-kriging weights of the neighbours of each target, whose covariance a network may bend.

    The covariance of two stations :math:`d` kilometres apart (chords, so that it stays valid on the sphere; Yadrenko
    1983) is :math:`(1 - \nu) e^{-d / \rho}`, and the nugget :math:`\nu` is added on the diagonal as error of measurement.
    Range and nugget are not learned by descent but set by :meth:`set_covariance`, in training by leave-one-out at the
    training stations. A network may multiply the nugget of each neighbour, and the covariance by
    :math:`e^{-\lVert a_i - a_j \rVert^2}` for embeddings :math:`a` of neighbours and target, which keeps it valid (deep
    kernel learning, `Wilson et al. 2016 <https://arxiv.org/abs/1511.02222>`_).

    .. math::
        w = C^{-1} \left( c + \frac{1 - 1^\top C^{-1} c}{1^\top C^{-1} 1} 1 \right)

    A station without a value at an hour is taken out of that hour's system exactly.

    Args:
        range_km: Distance at which the covariance has fallen to 1/e.
        nugget: Error of measurement as a part of the sill.

    **Shapes:** as :class:`InverseDistance`; logarithms of the factors of the nugget ``(M, K, S)``, embeddings of the target
    and its neighbours ``(M, 1 + K, S, E)``.
    """

    def __init__(self, range_km: float = 200.0, nugget: float = 0.05) -> None:
        super().__init__()
        self.register_buffer("range_km", torch.tensor(float(range_km)))
        self.register_buffer("nugget", torch.tensor(float(nugget)))

    def reset_parameters(self) -> None:
        """There are none: the covariance stays as it was set."""

    def set_covariance(self, range_km: float, nugget: float) -> None:
        """Set range in kilometres and nugget as a part of the sill."""
        self.range_km.fill_(range_km)
        self.nugget.fill_(nugget)

    def forward(
        self,
        source: Tensor,
        target: Tensor,
        valid: Tensor,
        noise: Tensor | None = None,
        embedding: Tensor | None = None,
    ) -> Tensor:
        """Weigh neighbours."""
        matrix = self._covariance(source[:, :, None] - source[:, None])[:, None]  # [M, 1, K, K]
        vector = self._covariance(source - target[:, None])[:, None]  # [M, 1, K]
        if embedding is not None:
            at_target, at_source = embedding.transpose(1, 2).split([1, source.size(1)], dim=2)  # [M, S, 1 or K, E]
            vector = vector * torch.exp(-(at_source - at_target).square().sum(dim=-1))
            # By products: differences of all pairs would be most of the memory.
            size = at_source.square().sum(dim=-1)
            product = at_source @ at_source.transpose(2, 3)
            matrix = matrix * torch.exp(-(size[..., None] + size[:, :, None] - 2 * product).clamp(min=0))
        use = valid.transpose(1, 2).to(vector.dtype)  # [M, S, K]
        nugget = self.nugget.clamp(min=1e-3).expand(use.shape)
        if noise is not None:
            nugget = nugget * noise.transpose(1, 2).clamp(-4, 4).exp()
        # Without its row and column a station has no say; a one on the diagonal keeps the matrix regular.
        matrix = matrix * use[..., None] * use[..., None, :]
        matrix = matrix + torch.diag_embed(use * nugget + (1 - use))
        right = torch.stack([vector * use, use], dim=-1)  # [M, S, K, 2]
        factor = torch.linalg.cholesky_ex(matrix)[0]
        solved, ones = torch.cholesky_solve(right, factor).unbind(dim=-1)
        total = ones.sum(dim=-1, keepdim=True)
        lagrange = (1 - solved.sum(dim=-1, keepdim=True)) / torch.where(total > 0, total, 1.0)
        return ((solved + lagrange * ones) * use).transpose(1, 2)

    def _covariance(self, difference: Tensor) -> Tensor:
        km = difference.norm(dim=-1) * EARTH_RADIUS_KM
        return (1 - self.nugget) * torch.exp(-km.float() / self.range_km)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(range_km={self.range_km.item():g}, nugget={self.nugget.item():g})"
