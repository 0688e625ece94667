"""Neural k-nearest-neighbor interpolation."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn.inits import reset

from aqnet_pyg.nn.attention import AttentionBlock
from aqnet_pyg.nn.classical_knn import ClassicalKNN, KNNOutput


class NeuralKNN(ClassicalKNN):
    r"""Classical interpolation from the ``k`` nearest visible stations, with a learned departure from it.

    .. math::
        \hat v_i = b_i + \sum_{j \in \mathcal N(i)} \delta_{ij} \, v_j, \qquad \sum_j \delta_{ij} = 0

    with a classical value :math:`b_i`, which is the background (kriging from all stations) if there is one and else the
    mean of the neighbors with classical weights, and a learned departure :math:`\delta`. For the departure each neighbor
    is a token of its edge features, its deviation from the classical value in units of the local spread over some hours,
    and its temporal state; the tokens of a target attend to each other (as in `"Set Transformer"
    <https://arxiv.org/abs/1810.00825>`_), so that clusters of stations can be downweighted. The departure is zero at
    initialization: untrained, this is the classical interpolator.

    Args:
        channels: Size of the temporal states and of the tokens.
        edge_dim: Number of edge features.
        k: Largest number of neighbors of a target.
        steps_per_state: Number of consecutive steps that share a state (1 for hourly states).
        context: Further steps on each side whose deviations are part of a token; default 2 for hourly states, else 0.
        heads: Number of attention heads.
        layers: Number of attention blocks.
        weights: Module that computes the classical weights; default :class:`aqnet_pyg.nn.LocalKriging`.

    **Shapes:** as :class:`aqnet_pyg.nn.ClassicalKNN`, with states ``(N, steps / steps_per_state, channels)``.
    """

    def __init__(
        self,
        channels: int,
        edge_dim: int,
        k: int,
        steps_per_state: int = 1,
        context: int | None = None,
        heads: int = 4,
        layers: int = 1,
        weights: nn.Module | None = None,
    ) -> None:
        super().__init__(k, weights)
        if context is None:
            context = 2 if steps_per_state == 1 else 0
        self.channels = channels
        self.edge_dim = edge_dim
        self.steps_per_state = steps_per_state
        self.context = context
        self.embed_neighbor = nn.Linear(edge_dim + channels + 3 * steps_per_state + 2 * context, channels)
        self.embed_target = nn.Linear(3 * steps_per_state, channels)
        self.blocks = nn.ModuleList(AttentionBlock(channels, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(channels)
        self.departure = nn.Linear(channels, 1, bias=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Reset all learnable parameters; the departure is zero again."""
        super().reset_parameters()
        self.embed_neighbor.reset_parameters()
        self.embed_target.reset_parameters()
        reset(self.blocks)
        self.norm.reset_parameters()
        nn.init.zeros_(self.departure.weight)

    def message_state(self, state: Tensor) -> Tensor:
        """Return the share of a state in the token of a neighbor: linear, and the same for all targets of a station."""
        return F.linear(state, self.embed_neighbor.weight[:, self.edge_dim : self.edge_dim + self.channels])

    def correct(
        self,
        state: Tensor,
        valid: Tensor,
        edge_attr: Tensor,
        weight: Tensor,
        base: Tensor,
        deviation: Tensor,
        spread: Tensor,
    ) -> KNNOutput:
        """Add the learned departure to the classical value; arguments as in :class:`ClassicalKNN`."""
        # G: states, r: steps per state
        measured = valid.unflatten(2, (-1, self.steps_per_state)).transpose(1, 2)  # [M, G, K, r]
        share = weight.unflatten(2, (-1, self.steps_per_state)).transpose(1, 2) * self.k  # [M, G, K, r]
        scaled = self._with_context((deviation / spread[:, None]).clamp(-10, 10)).transpose(1, 2)
        # The state is the largest input; its product is in the message, see `message_state`.
        of_edge, _, of_values = self.embed_neighbor.weight.tensor_split(
            [self.edge_dim, self.edge_dim + self.channels], dim=1
        )
        values = torch.cat([scaled, share, measured.to(base.dtype)], dim=-1)  # [M, G, K, 3 * r + 2 * context]
        edges = F.linear(edge_attr, of_edge, self.embed_neighbor.bias)  # [M, K, C]
        neighbors = F.linear(values, of_values) + state.transpose(1, 2) + edges[:, None]  # [M, G, K, C]
        summary = torch.stack([base, spread.log(), valid.to(base.dtype).mean(dim=1)], dim=-1)  # [M, S, 3]
        targets = self.embed_target(summary.unflatten(1, (-1, self.steps_per_state)).flatten(2))  # [M, G, C]
        tokens = torch.cat([targets[:, :, None], neighbors], dim=2)  # [M, G, 1 + K, C]

        # The token of the target itself is never masked, so that no softmax is over nothing.
        present = F.pad(measured.any(dim=-1), (1, 0), value=True)  # [M, G, 1 + K]
        bias = torch.zeros_like(present, dtype=tokens.dtype).masked_fill(~present, -torch.inf)
        bias = bias.flatten(0, 1)[:, None, None]  # [M * G, 1, 1, 1 + K]
        shape, tokens = tokens.shape, tokens.flatten(0, 1)
        for block in self.blocks:
            tokens = block(tokens, bias)
        tokens = self.norm(tokens).view(shape)

        departure = self.departure(tokens)[:, :, 1:, 0].transpose(1, 2)  # [M, K, G]
        departure = torch.where(valid, departure.repeat_interleave(self.steps_per_state, dim=2), 0.0)
        excess = departure.sum(dim=1, keepdim=True) / valid.sum(dim=1, keepdim=True).clamp(min=1)
        departure = torch.where(valid, departure - excess, 0.0)  # [M, K, S]
        value = base + (departure * deviation).sum(dim=1)
        return KNNOutput(value, spread, tokens[:, :, 0], valid.any(dim=1))

    def _with_context(self, x: Tensor) -> Tensor:
        """Group steps ``[..., S]`` by state, with context on both sides: ``[..., G, steps_per_state + 2 * context]``."""
        width = self.steps_per_state + 2 * self.context
        return F.pad(x, (self.context, self.context)).unfold(-1, width, self.steps_per_state)

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.channels}, k={self.k}, steps_per_state={self.steps_per_state}, "
            f"weights={self.weights})"
        )
