"""Cyclic encoding of time."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

DAY, WEEK, YEAR = 24.0, 168.0, 8765.82
"""Lengths in hours; the year is the mean tropical year."""


class CyclicEncoding(nn.Module):
    r"""Sine and cosine of local time over several periods: hour of the day, day of the week, day of the year.

    Args:
        periods: Periods in hours.

    **Shapes:** hours since 1970-01-01 UTC and offset of local time from UTC in hours, both ``(*)`` →
    ``(*, 2 * len(periods))``.
    """

    def __init__(self, periods: Sequence[float] = (DAY, WEEK, YEAR)) -> None:
        super().__init__()
        self.periods = tuple(periods)
        self.dim = 2 * len(self.periods)

    def reset_parameters(self) -> None:
        """Do nothing; there are no parameters."""

    def forward(self, time: Tensor, utc_offset: Tensor) -> Tensor:
        """Encode the hours in float32; angles are computed in float64."""
        local = time.to(torch.float64) + utc_offset.to(torch.float64)
        angles = torch.stack(
            [2 * torch.pi * torch.remainder(local, period) / period for period in self.periods], dim=-1
        )
        return torch.cat([angles.sin(), angles.cos()], dim=-1).float()

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(periods={self.periods})"


class NoEncoding(nn.Module):
    """An empty encoding of time (size zero), for ablations; shapes as :class:`CyclicEncoding`."""

    dim = 0

    def reset_parameters(self) -> None:
        """Do nothing; there are no parameters."""

    def forward(self, time: Tensor, utc_offset: Tensor) -> Tensor:
        """Return a tensor of shape ``(*, 0)``."""
        return torch.zeros(*time.shape, 0, device=time.device)
