"""Edge features from the wind at the source: its direction relative to the target, and the travel time of air.

The sources need ``wind``: eastward and northward speed in m s-1, shape ``[N, 2]``, as ``data.wind`` or ``src["wind"]``. The wind
is assumed constant along the edge and during the travel, which holds for tens of kilometers and a few hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.edges import Edges


@dataclass(frozen=True)
class WindAlignment:
    """Cosine of the angle between the wind at the source and the direction to the target.

    1 for wind straight towards the target, -1 for wind straight away from it; 0 in calm, and where source and target coincide.

    Args:
        calm: Speed in m s-1 below which the direction is ignored.

    Raises:
        InputError: If ``calm`` is not positive.
    """

    calm: float = 0.5
    dim: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if not self.calm > 0:
            raise InputError(f"calm: got {self.calm}; use a positive speed in m s-1.")

    def __call__(self, edges: Edges) -> Tensor:
        """Shape ``[E, 1]``."""
        along, speed = _towards_target(edges)
        return torch.where(speed < self.calm, 0.0, along / speed.clamp(min=self.calm)).float()[:, None]


@dataclass(frozen=True)
class TravelTime:
    """Travel time of air from source to target as a fraction of ``limit_hours``, from 0 to 1.

    The speed is the component of the wind towards the target. The feature is 1 for longer travel times and for wind away from
    the target, and 0 where source and target coincide.

    Args:
        limit_hours: Travel time in hours at which the feature saturates.

    Raises:
        InputError: If the limit is not positive.
    """

    limit_hours: float = 24.0
    dim: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if not self.limit_hours > 0:
            raise InputError(f"limit_hours: got {self.limit_hours}; use a positive number of hours.")

    def __call__(self, edges: Edges) -> Tensor:
        """Shape ``[E, 1]``."""
        along, _ = _towards_target(edges)
        reach = along.clamp(min=0.0) * 3.6 * self.limit_hours  # km
        return (edges.km / torch.maximum(reach, edges.km).clamp(min=1e-9)).float()[:, None]


def _towards_target(edges: Edges) -> tuple[Tensor, Tensor]:
    """Component of the wind towards the target and wind speed, m s-1, ``[E]`` each."""
    wind = edges.source("wind").double()
    if wind.shape[1:] != (2,):
        shape = ", ".join(["N", *map(str, wind.shape[1:])])
        raise InputError(f"wind: got shape [{shape}]; expected [N, 2], eastward and northward.")
    east, north = edges.to_target
    return wind[:, 0] * east + wind[:, 1] * north, torch.hypot(wind[:, 0], wind[:, 1])
