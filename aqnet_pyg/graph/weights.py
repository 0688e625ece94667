"""Edge features that fall with distance, as the weights of classical interpolation do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch_geometric.utils import softmax

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.edges import Edges

__all__ = ["GaussianWeight", "InverseDistanceWeight"]


@dataclass(frozen=True)
class GaussianWeight:
    r"""How near a source is: :math:`\exp(-\tfrac 1 2 (d / \ell)^2)`, one where they coincide.

    Args:
        length_km: The length :math:`\ell` in kilometers, at which it has fallen to 0.61.

    Raises:
        InputError: If the length is not positive.
    """

    length_km: float = 50.0
    dim: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if not self.length_km > 0:
            raise InputError(f"length_km: {self.length_km} was given; use a positive number of kilometers.")

    def __call__(self, edges: Edges) -> Tensor:
        """Shape ``[E, 1]``."""
        return torch.exp(-0.5 * (edges.km / self.length_km) ** 2).float()[:, None]


@dataclass(frozen=True)
class InverseDistanceWeight:
    r"""Weight of a source in inverse-distance interpolation: :math:`d^{-p}`, divided by its sum over the target's edges.

    A source within a meter counts as a meter away, and so takes nearly all of the weight.

    Args:
        power: The power :math:`p`; 0 weighs all alike.

    Raises:
        InputError: If the power is negative.
    """

    power: float = 2.0
    dim: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if not self.power >= 0:
            raise InputError(f"power: {self.power} was given; use a number from 0 on.")

    def __call__(self, edges: Edges) -> Tensor:
        """Shape ``[E, 1]``."""
        # As a softmax of logarithms, no power is too high.
        logarithm = -self.power * edges.km.clamp(min=1e-3).log()
        return softmax(logarithm, edges.edge_index[1], num_nodes=len(edges.sphere[1])).float()[:, None]
