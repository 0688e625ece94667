"""Edge features that decrease with distance: the weights of classical interpolation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch_geometric.utils import softmax

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.edges import Edges


@dataclass(frozen=True)
class GaussianWeight:
    r"""Gaussian of the distance: :math:`\exp(-\tfrac 1 2 (d / \ell)^2)`, 1 where source and target coincide.

    Args:
        length_km: Length scale :math:`\ell` in kilometers, where the weight is 0.61.

    Raises:
        InputError: If the length is not positive.
    """

    length_km: float = 50.0
    dim: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if not self.length_km > 0:
            raise InputError(f"length_km: got {self.length_km}; use a positive number of kilometers.")

    def __call__(self, edges: Edges) -> Tensor:
        """Shape ``[E, 1]``."""
        return torch.exp(-0.5 * (edges.km / self.length_km) ** 2).float()[:, None]


@dataclass(frozen=True)
class InverseDistanceWeight:
    r"""Weight of the source in inverse-distance interpolation: :math:`d^{-p}`, normalized over the edges of the target.

    Distances below a meter count as one meter.

    Args:
        power: Power :math:`p`; 0 gives equal weights.

    Raises:
        InputError: If the power is negative.
    """

    power: float = 2.0
    dim: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if not self.power >= 0:
            raise InputError(f"power: got {self.power}; use a number of at least 0.")

    def __call__(self, edges: Edges) -> Tensor:
        """Shape ``[E, 1]``."""
        # A softmax of logarithms does not overflow for any power.
        logarithm = -self.power * edges.km.clamp(min=1e-3).log()
        return softmax(logarithm, edges.edge_index[1], num_nodes=len(edges.sphere[1])).float()[:, None]
