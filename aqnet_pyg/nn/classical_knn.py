"""Classical kNN interpolation as a convolution, with the interface of the neural one."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch_geometric.nn import MessagePassing
from torch_geometric.nn.inits import reset

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.sphere import unit_sphere
from aqnet_pyg.nn.knn_weights import LocalKriging

MIN_SPREAD = 0.05
"""Lower bound of the spread of the neighbors, in standard deviations of the pollutant; added in squares."""


class KNNOutput(NamedTuple):
    """Output of an interpolator at ``M`` targets.

    Args:
        value: Interpolated standardized value of the target pollutant, shape ``[M, steps]``.
        spread: Weighted root mean square deviation of the neighbors, standardized and positive, shape ``[M, steps]``.
        state: State for the head, shape ``[M, num_states, channels]``.
        valid: Whether any neighbor had a value, shape ``[M, steps]``.
    """

    value: Tensor
    spread: Tensor
    state: Tensor
    valid: Tensor


class ClassicalKNN(MessagePassing):
    r"""The weighted mean of the values at the ``k`` nearest visible stations.

    .. math::
        \hat v_i = \sum_{j \in \mathcal N(i)} w_{ij} v_j, \qquad \sum_j w_{ij} = 1

    Args:
        k: Largest number of neighbors of a target.
        weights: Module that computes the weights :math:`w_{ij}`; default :class:`aqnet_pyg.nn.LocalKriging`.

    **Shapes:** states ``(N, num_states, channels)``, values and their validity ``(N, steps)``, positions (longitude,
    latitude) in degrees ``(N, 2)``, or ``((N, 2), (M, 2))`` if bipartite, ``edge_index`` ``(2, E)``, ``edge_attr``
    ``(E, D)``, background ``(M, steps)``, which replaces the weighted mean where it is given →
    :class:`aqnet_pyg.nn.KNNOutput`.
    """

    def __init__(self, k: int, weights: nn.Module | None = None) -> None:
        # aggr=None: the weights of a target depend on all of its neighbors, which no reduction over edges can express.
        super().__init__(aggr=None, node_dim=0)
        self.k = k
        self.weights = LocalKriging() if weights is None else weights

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # PyG compiles `propagate` per class, and keeps the one that it finds for explainers, which mask messages. A subclass
        # must not inherit the compiled one of its parent class.
        cls.propagate = MessagePassing.propagate

    def reset_parameters(self) -> None:
        """Reset all learnable parameters."""
        super().reset_parameters()
        reset(self.weights)

    def forward(
        self,
        state: Tensor,
        value: Tensor,
        valid: Tensor,
        pos: Tensor | tuple[Tensor, Tensor],
        edge_index: Tensor,
        edge_attr: Tensor,
        background: Tensor | None = None,
    ) -> KNNOutput:
        """Interpolate to the targets."""
        # A check of values cannot be part of a compiled graph.
        if not torch.compiler.is_compiling() and edge_index.size(1):
            most = int(torch.bincount(edge_index[1]).max())
            if most > self.k:
                raise InputError(
                    f"edge_index: a target has {most} neighbors, but this model takes at most k = {self.k}."
                )
        pos, pos_dst = (pos, pos) if isinstance(pos, Tensor) else pos
        # One flat message per edge: state, value and validity.
        x = torch.cat(
            [self.message_state(state).flatten(1), value, valid.to(value.dtype)], dim=1
        )  # [N, num_states * channels + 2 * steps]
        return self.propagate(
            edge_index,
            size=(pos.size(0), pos_dst.size(0)),
            x=(x, None),
            sphere=(unit_sphere(pos), None),
            target=unit_sphere(pos_dst),
            edge_attr=edge_attr,
            shape=state.shape[1:],
            background=background,
        )

    def message_state(self, state: Tensor) -> Tensor:
        """Return the states that neighbors send, ``[N, num_states, channels]``; a subclass can project them once per station."""
        return state

    def message(self, x_j: Tensor) -> Tensor:
        """Return the features of the neighbor; the reduction is in :meth:`aggregate`."""
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
    ) -> KNNOutput:
        """Weigh the neighbors of each target together."""
        slot = self._slots(index, dim_size)

        def dense(part: Tensor) -> Tensor:
            if slot is not None:
                part = part.new_zeros(dim_size * self.k, *part.shape[1:]).index_copy(0, slot, part)
            return part.unflatten(0, (dim_size, self.k))

        num_states, channels = shape
        messages = dense(inputs)  # [M, K, num_states * channels + 2 * steps]; padding is not valid
        steps = (messages.size(2) - num_states * channels) // 2
        state, value, valid = messages.split([num_states * channels, steps, steps], dim=2)
        state, valid = state.unflatten(2, (num_states, channels)), valid > 0
        weight = self.weights(dense(sphere_j), target, valid).to(value.dtype)  # [M, K, steps]
        base, deviation, spread = _spread(weight, value, valid, background)
        return self.correct(state, valid, dense(edge_attr), weight, base, deviation, spread)

    def _slots(self, index: Tensor, targets: int) -> Tensor | None:
        """Return for each edge one of the K slots of its target; None if edges are sorted by target and fill all slots."""
        # A check of values cannot be part of a compiled graph. (Nor can to_dense_batch of PyG 2.7.)
        if not torch.compiler.is_compiling() and len(index) == targets * self.k:
            every = torch.arange(targets, device=index.device)
            if (index.view(targets, self.k) == every[:, None]).all():
                return None
        order = index.argsort(stable=True)
        first = torch.searchsorted(index[order], torch.arange(targets, device=index.device))
        rank = torch.empty_like(index).index_copy(0, order, torch.arange(len(index), device=index.device))
        return index * self.k + rank - first[index]

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
        """Compute the output from the classical value; a subclass can override this with a learned correction.

        Args:
            state: Temporal states of the neighbors as :meth:`message_state` returned them, ``[M, K, num_states, channels]``.
            valid: Whether they have a value, ``[M, K, steps]``.
            edge_attr: Their edge features, ``[M, K, D]``.
            weight: Their classical weights, ``[M, K, steps]``.
            base: Classical value, ``[M, steps]``.
            deviation: Deviation of the neighbors from it, zero where not valid, ``[M, K, steps]``.
            spread: Weighted root mean square of the deviations, ``[M, steps]``.
        """
        share = weight.unflatten(2, (state.size(2), -1)).mean(dim=3)  # [M, K, num_states]
        return KNNOutput(base, spread, (share[..., None] * state).sum(dim=1), valid.any(dim=1))

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(k={self.k}, weights={self.weights})"


def _spread(weight: Tensor, value: Tensor, valid: Tensor, background: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Classical value, ``[M, S]``, deviations of the neighbors from it, ``[M, K, S]``, and their spread, ``[M, S]``."""
    base = (weight * value).sum(dim=1) if background is None else background
    deviation = torch.where(valid, value - base[:, None], 0.0)
    size = weight.abs()
    variance = (size * deviation.square()).sum(dim=1) / size.sum(dim=1).clamp(min=1e-6)
    return base, deviation, (variance + MIN_SPREAD**2).sqrt()


def parameter_groups(module: nn.Module, learning_rate: float) -> list[dict[str, Any]]:
    """Parameter groups for an optimizer: the few parameters of classical weights take larger steps, without weight decay.

    Args:
        module: A model, or a module that contains one.
        learning_rate: Rate of the other parameters; that of classical weights is ten times larger.
    """
    convolutions = (part for part in module.modules() if isinstance(part, ClassicalKNN))
    classical = {parameter: None for part in convolutions for parameter in part.weights.parameters()}
    others = [parameter for parameter in module.parameters() if parameter not in classical]
    return [{"params": others}, {"params": list(classical), "weight_decay": 0.0, "lr": 10 * learning_rate}]
