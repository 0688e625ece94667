"""Classical kNN interpolation under the interface of the neural one."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch_geometric.nn import MessagePassing

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.sphere import unit_sphere

__all__ = ["SMALLEST_SPREAD", "ClassicalKNN", "Interpolated"]

SMALLEST_SPREAD = 0.05
"""Added (in squares) to the spread of the neighbors, in standard deviations of the pollutant."""


class Interpolated(NamedTuple):
    """What an interpolator says of ``M`` targets.

    Args:
        value: Of the target pollutant, standardized, shape ``[M, steps]``.
        spread: How much the neighbors differ, standardized and positive, shape ``[M, steps]``.
        state: For the head, shape ``[M, groups, channels]``.
        known: Whether any neighbor had a value, shape ``[M, steps]``.
    """

    value: Tensor
    spread: Tensor
    state: Tensor
    known: Tensor


class ClassicalKNN(MessagePassing):
    r"""Weighted mean of the values at the ``k`` nearest visible stations; nothing is learned but the weights' parameters.

    .. math::
        \hat v_i = \sum_{j \in \mathcal N(i)} w_{ij} v_j, \qquad \sum_j w_{ij} = 1

    Args:
        k: Largest number of neighbors of a target.
        prior: Module that gives the weights, such as :class:`aqnet_pyg.nn.LocalKriging`.

    **Shapes:** states ``(N, groups, channels)``, values and their validity ``(N, steps)``, positions in degrees
    ``(N, 2)``, or ``((N, 2), (M, 2))`` for targets that are not the stations, ``edge_index`` ``(2, E)``, ``edge_attr``
    ``(E, D)``, background ``(M, steps)``, which takes the place of the weighted mean where it is given →
    :class:`aqnet_pyg.nn.Interpolated`.
    """

    def __init__(self, k: int, prior: nn.Module) -> None:
        # aggr=None: the neighbors of a target are weighed together, which no reduction over edges can do.
        super().__init__(aggr=None, node_dim=0)
        # For explainers, which mask messages in the plain propagate. PyG keeps the one that it finds, which in a subclass is
        # the compiled one of the parent class.
        type(self)._orig_propagate = MessagePassing.propagate
        self.k = k
        self.prior = prior

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
        background: Tensor | None = None,
    ) -> Interpolated:
        """Interpolate to the targets."""
        # A check of values cannot be compiled; who compiles has checked.
        if not torch.compiler.is_compiling() and edge_index.size(1):
            most = int(torch.bincount(edge_index[1]).max())
            if most > self.k:
                raise InputError(
                    f"edge_index: a target has {most} neighbors, but this model takes at most k = {self.k}."
                )
        pos, pos_dst = (pos, pos) if isinstance(pos, Tensor) else pos
        # One flat message an edge: state, value and validity.
        sent = torch.cat([state.flatten(1), value, valid.to(value.dtype)], dim=1)
        return self.propagate(
            edge_index,
            size=(pos.size(0), pos_dst.size(0)),
            x=(sent, None),
            sphere=(unit_sphere(pos), None),
            target=unit_sphere(pos_dst),
            edge_attr=edge_attr,
            shape=state.shape[1:],
            background=background,
        )

    def message(self, x_j: Tensor) -> Tensor:
        """What a neighbor sends; nothing is reduced before all neighbors of a target have met."""
        return x_j

    def aggregate(
        self,
        inputs: Tensor,
        index: Tensor,
        sphere_j: Tensor,
        target: Tensor,
        edge_attr: Tensor,
        shape: tuple[int, int],
        background: Tensor | None,
        dim_size: int,
    ) -> Interpolated:
        """Let the neighbors of each target meet."""
        # Each edge gets a slot of its target. (PyG's to_dense_batch of 2.7 looks at values and cannot be compiled.)
        order = index.argsort(stable=True)
        first = torch.searchsorted(index[order], torch.arange(dim_size, device=index.device))
        number = torch.empty_like(index).index_copy(0, order, torch.arange(len(index), device=index.device))
        slot = index * self.k + number - first[index]

        def dense(part: Tensor) -> Tensor:
            empty = part.new_zeros(dim_size * self.k, *part.shape[1:])
            return empty.index_copy(0, slot, part).unflatten(0, (dim_size, self.k))

        groups, channels = shape
        sent = dense(inputs)  # [M, K, groups * channels + 2 * steps]; padding is not valid
        steps = (sent.size(2) - groups * channels) // 2
        state, value, valid = sent.split([groups * channels, steps, steps], dim=2)
        state, valid = state.unflatten(2, (groups, channels)), valid > 0
        weight = self.prior(dense(sphere_j), target, valid).to(value.dtype)
        base = (weight * value).sum(dim=1) if background is None else background
        deviation = torch.where(valid, value - base[:, None], 0.0)
        size = weight.abs()
        variance = (size * deviation.square()).sum(dim=1) / size.sum(dim=1).clamp(min=1e-6)
        spread = (variance + SMALLEST_SPREAD**2).sqrt()
        return self.depart(state, valid, dense(edge_attr), weight, base, deviation, spread)

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
            state: Temporal states of the neighbors, ``[M, K, groups, channels]``.
            valid: Whether they have a value, ``[M, K, steps]``.
            edge_attr: Their edge features, ``[M, K, D]``.
            weight: Their classical weights, ``[M, K, steps]``.
            base: Classical value, ``[M, steps]``.
            deviation: Of the neighbors from it, ``[M, K, steps]``.
            spread: Their weighted root mean square, ``[M, steps]``.
        """
        hours = weight.unflatten(2, (state.size(2), -1)).mean(dim=3)  # [M, K, groups]
        return Interpolated(base, spread, (hours[..., None] * state).sum(dim=1), valid.any(dim=1))

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(k={self.k}, prior={self.prior})"
