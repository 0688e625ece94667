"""Edge features from the wind at the source: whether its air comes to the target, and how soon.

The sources need ``wind``: eastward and northward speed in m s-1, shape ``[N, 2]``, as ``data.wind`` or ``src["wind"]``. It is
taken to be the same all the way and all the while, which holds for some ten kilometers and a few hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.edges import Edges

__all__ = ["TravelTime", "WindAlignment"]


@dataclass(frozen=True)
class WindAlignment:
    """Cosine of the angle between the wind at the source and the way to the target.

    1 where it blows straight to the target, -1 straight away. In calm, when the speed is below ``calm``, direction says
    nothing: it is 0, as it is where source and target coincide.

    Args:
        calm: Speed in m s-1 below which a vane does not turn.

    Raises:
        InputError: If ``calm`` is not positive.
    """

    calm: float = 0.5
    dim: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if not self.calm > 0:
            raise InputError(f"calm: {self.calm} was given; use a positive speed in m s-1.")

    def __call__(self, edges: Edges) -> Tensor:
        """Shape ``[E, 1]``."""
        along, speed = _towards_target(edges)
        return torch.where(speed < self.calm, 0.0, along / speed.clamp(min=self.calm)).float()[:, None]


@dataclass(frozen=True)
class TravelTime:
    """Hours that air takes from the source to the target, as a share of ``limit_hours``: from 0 to 1.

    What moves is the part of the wind that blows towards the target. Air that would take longer than the limit, that blows
    the other way or hardly at all does not arrive: 1. Where source and target coincide, air is there already: 0.

    Args:
        limit_hours: Hours after which air does not count as the same any more.

    Raises:
        InputError: If the limit is not positive.
    """

    limit_hours: float = 24.0
    dim: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if not self.limit_hours > 0:
            raise InputError(f"limit_hours: {self.limit_hours} was given; use a positive number of hours.")

    def __call__(self, edges: Edges) -> Tensor:
        """Shape ``[E, 1]``."""
        along, _ = _towards_target(edges)
        reach = along.clamp(min=0.0) * 3.6 * self.limit_hours  # km
        return (edges.km / torch.maximum(reach, edges.km).clamp(min=1e-9)).float()[:, None]


def _towards_target(edges: Edges) -> tuple[Tensor, Tensor]:
    """Part of the wind that blows towards the target, and its speed, m s-1, ``[E]`` each."""
    wind = edges.source("wind").double()
    if wind.shape[1:] != (2,):
        shape = ", ".join(["N", *map(str, wind.shape[1:])])
        raise InputError(f"wind: shape [{shape}] was given; use [N, 2], eastward and northward.")
    east, north = edges.to_target
    return wind[:, 0] * east + wind[:, 1] * north, torch.hypot(wind[:, 0], wind[:, 1])
