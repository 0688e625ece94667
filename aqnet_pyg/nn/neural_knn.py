"""The neural k-nearest-neighbor interpolator."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aqnet_pyg.nn.attention import AttentionBlock
from aqnet_pyg.nn.classical_knn import ClassicalKNN, Interpolated
from aqnet_pyg.nn.knn_weights import LocalKriging

__all__ = ["NeuralKNN"]


class NeuralKNN(ClassicalKNN):
    r"""Learned kNN aggregation, from visible stations to any targets, that starts at a classical interpolation.

    .. math::
        \hat v_i = b_i + \sum_{j \in \mathcal N(i)} \delta_{ij} \, v_j, \qquad \sum_j \delta_{ij} = 0

    with a classical value :math:`b_i`, which is the background (kriging from all stations) if there is one and else the
    mean of the neighbors with classical weights, and a learned departure :math:`\delta`. For the departure each neighbor
    is a token of its edge features, its deviation from the classical value in units of the local spread over some hours,
    and its temporal state; the neighbors of a target see each other (attention, as in `"Set Transformer"
    <https://arxiv.org/abs/1810.00825>`_), and so learn to be declustered. The departure starts at zero: untrained, this is
    the classical interpolator.

    Args:
        channels: Size of the temporal states and of the tokens.
        edge_dim: Number of edge features.
        k: Largest number of neighbors of a target.
        group: Number of consecutive steps that share a state (1 for hourly states).
        context: Further steps on each side whose deviations a token holds.
        heads: Of the attention.
        layers: Attention blocks.
        prior: Module that gives the classical weights; default :class:`aqnet_pyg.nn.LocalKriging`.

    **Shapes:** as :class:`aqnet_pyg.nn.ClassicalKNN`, with states ``(N, steps / group, channels)``.
    """

    def __init__(
        self,
        channels: int,
        edge_dim: int,
        k: int,
        group: int = 1,
        context: int = 2,
        heads: int = 4,
        layers: int = 1,
        prior: nn.Module | None = None,
    ) -> None:
        super().__init__(k, LocalKriging() if prior is None else prior)
        self.channels = channels
        self.group = group
        self.context = context
        self.embed_neighbor = nn.Linear(edge_dim + channels + 3 * group + 2 * context, channels)
        self.embed_target = nn.Linear(3 * group, channels)
        self.blocks = nn.ModuleList(AttentionBlock(channels, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(channels)
        self.departure = nn.Linear(channels, 1, bias=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new parameters; the departure is zero again."""
        super().reset_parameters()
        if not hasattr(self, "departure"):  # the base class calls this before there is anything of ours
            return
        self.embed_neighbor.reset_parameters()
        self.embed_target.reset_parameters()
        for block in self.blocks:
            block.reset_parameters()
        self.norm.reset_parameters()
        nn.init.zeros_(self.departure.weight)

    def depart(
        self,
        state: Tensor,
        valid: Tensor,
        edge_attr: Tensor,
        weight: Tensor,
        base: Tensor,
        deviation: Tensor,
        spread: Tensor,
    ) -> Interpolated:
        """Add what is learned to the classical value; arguments as in :class:`ClassicalKNN`."""
        here = valid.unflatten(2, (-1, self.group))  # [M, K, G, r]
        share = weight.unflatten(2, (-1, self.group)) * self.k
        scaled = self._around((deviation / spread[:, None]).clamp(-10, 10))  # [M, K, G, r + 2 * context]
        near = edge_attr[:, :, None].expand(-1, -1, share.size(2), -1)
        neighbors = self.embed_neighbor(torch.cat([near, state, scaled, share, here.to(base.dtype)], dim=-1))
        about = torch.stack([base, spread.log(), valid.to(base.dtype).mean(dim=1)], dim=-1)  # [M, S, 3]
        targets = self.embed_target(about.unflatten(1, (-1, self.group)).flatten(2))  # [M, G, C]
        tokens = torch.cat([targets[:, None], neighbors], dim=1).transpose(1, 2)  # [M, G, 1 + K, C]

        # The target's own token is always there, so that no softmax is over nothing.
        seen = F.pad(here.any(dim=-1).transpose(1, 2), (1, 0), value=True)  # [M, G, 1 + K]
        bias = torch.zeros_like(seen, dtype=tokens.dtype).masked_fill(~seen, -torch.inf).flatten(0, 1)[:, None, None]
        shape, tokens = tokens.shape, tokens.flatten(0, 1)
        for block in self.blocks:
            tokens = block(tokens, bias)
        tokens = self.norm(tokens).view(shape)

        departure = self.departure(tokens[:, :, 1:]).squeeze(-1).transpose(1, 2)  # [M, K, G]
        departure = torch.where(valid, departure.repeat_interleave(self.group, dim=2), 0.0)
        excess = departure.sum(dim=1, keepdim=True) / valid.sum(dim=1, keepdim=True).clamp(min=1)
        departure = torch.where(valid, departure - excess, 0.0)
        value = base + (departure * deviation).sum(dim=1)
        return Interpolated(value, spread, tokens[:, :, 0], valid.any(dim=1))

    def _around(self, steps: Tensor) -> Tensor:
        """Steps ``[..., S]`` by groups, with their context on both sides: ``[..., G, group + 2 * context]``."""
        return F.pad(steps, (self.context, self.context)).unfold(-1, self.group + 2 * self.context, self.group)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.channels}, k={self.k}, group={self.group}, prior={self.prior})"
