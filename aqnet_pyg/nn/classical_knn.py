"""Classical kNN interpolation under the interface of the neural one."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import to_dense_batch

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.sphere import unit_sphere
from aqnet_pyg.nn.interpolated import Interpolated

__all__ = ["SMALLEST_SPREAD", "ClassicalKNN"]

SMALLEST_SPREAD = 0.05
"""Added (in squares) to the spread of the neighbours, in standard deviations of the pollutant."""


class ClassicalKNN(MessagePassing):
    r"""Weighted mean of the values at the ``k`` nearest visible stations; nothing is learned but the weights' parameters.

    .. math::
        \hat v_i = \sum_{j \in \mathcal N(i)} w_{ij} v_j, \qquad \sum_j w_{ij} = 1

    Args:
        k: Largest number of neighbours of a target.
        prior: Module that gives the weights, such as :class:`aqnet_pyg.nn.LocalKriging`.
        background: Module that gives a value from all stations, such as :class:`aqnet_pyg.nn.KrigingBackground`; it then
            takes the place of the weighted mean.

    **Shapes:** states ``(N, groups, channels)``, values and their validity ``(N, steps)``, positions in degrees
    ``(N, 2)``, or ``((N, 2), (M, 2))`` for targets that are not the stations, ``edge_index`` ``(2, E)``, ``edge_attr``
    ``(E, D)``, and in a batch the graph of each station (and target) → :class:`aqnet_pyg.nn.Interpolated`.
    """

    def __init__(self, k: int, prior: nn.Module, background: nn.Module | None = None) -> None:
        # aggr=None: the neighbours of a target are weighed together, which no reduction over edges can do.
        super().__init__(aggr=None, node_dim=0)
        self.k = k
        self.prior = prior
        self.background = background

    def reset_parameters(self) -> None:
        """Back to the weights at the start."""
        super().reset_parameters()
        self.prior.reset_parameters()

    def forward(
        self,
        state: Tensor,
        value: Tensor,
        valid: Tensor,
        pos: Tensor | tuple[Tensor, Tensor],
        edge_index: Tensor,
        edge_attr: Tensor,
        batch: Tensor | tuple[Tensor, Tensor] | None = None,
    ) -> Interpolated:
        """Interpolate to the targets."""
        if edge_index.size(1) and int(torch.bincount(edge_index[1]).max()) > self.k:
            raise InputError(f"edge_index: a target has more than the k = {self.k} neighbours that this model takes.")
        pos, pos_dst = (pos, None) if isinstance(pos, Tensor) else pos
        batch, batch_dst = batch if isinstance(batch, tuple) else (batch, None)
        source = unit_sphere(pos)
        target = source if pos_dst is None else unit_sphere(pos_dst)
        field = None if self.background is None else self.background(value, valid, pos, pos_dst, batch, batch_dst)
        return self.propagate(
            edge_index,
            size=(len(source), len(target)),
            state=(state, None),
            value=(value, None),
            valid=(valid, None),
            sphere=(source, target),
            target=target,
            field=field,
            edge_attr=edge_attr,
        )

    def message(self, state_j: Tensor, value_j: Tensor, valid_j: Tensor, sphere_j: Tensor, edge_attr: Tensor) -> tuple:
        """What a neighbour sends; nothing is reduced before all neighbours of a target have met."""
        return state_j, value_j, valid_j, sphere_j, edge_attr

    def aggregate(
        self, inputs: tuple, index: Tensor, target: Tensor, field: Tensor | None, dim_size: int
    ) -> Interpolated:
        """Let the neighbours of each target meet."""
        order = index.argsort(stable=True)
        state, value, valid, sphere, edge_attr = (
            to_dense_batch(part[order], index[order], max_num_nodes=self.k, batch_size=dim_size)[0] for part in inputs
        )
        # state [M, K, G, C], value and valid [M, K, S], sphere [M, K, 3], edge_attr [M, K, D]; padding is not valid
        weight = self.prior(sphere, target, valid).to(value.dtype)
        base = (weight * value).sum(dim=1) if field is None else field
        deviation = torch.where(valid, value - base[:, None], 0.0)
        size = weight.abs()
        variance = (size * deviation.square()).sum(dim=1) / size.sum(dim=1).clamp(min=1e-6)
        spread = (variance + SMALLEST_SPREAD**2).sqrt()
        return self.depart(state, valid, edge_attr, weight, base, deviation, spread)

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
        """From the classical value to what is returned; a subclass may learn to depart from it here.

        Args:
            state: Temporal states of the neighbours, ``[M, K, groups, channels]``.
            valid: Whether they have a value, ``[M, K, steps]``.
            edge_attr: Their edge features, ``[M, K, D]``.
            weight: Their classical weights, ``[M, K, steps]``.
            base: Classical value, ``[M, steps]``.
            deviation: Of the neighbours from it, ``[M, K, steps]``.
            spread: Their weighted root mean square, ``[M, steps]``.
        """
        hours = weight.unflatten(2, (state.size(2), -1)).mean(dim=3)  # [M, K, groups]
        return Interpolated(base, spread, (hours[..., None] * state).sum(dim=1), valid.any(dim=1))

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(k={self.k}, prior={self.prior})"
