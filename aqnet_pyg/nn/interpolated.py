"""What passes from an interpolator to the head."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

__all__ = ["Interpolated"]


class Interpolated(NamedTuple):
    """What an interpolator says of ``M`` targets.

    Args:
        value: Of the target pollutant, standardised, shape ``[M, steps]``.
        spread: How much the neighbours differ, standardised and positive, shape ``[M, steps]``.
        state: For the head, shape ``[M, groups, channels]``.
        known: Whether any neighbour had a value, shape ``[M, steps]``.
    """

    value: Tensor
    spread: Tensor
    state: Tensor
    known: Tensor
