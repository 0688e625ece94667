"""Cyclic encoding of time."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

__all__ = ["DAY", "WEEK", "YEAR", "CyclicEncoding", "NoEncoding"]

DAY, WEEK, YEAR = 24.0, 168.0, 8765.82
"""Lengths in hours; the year is the mean tropical one."""


class CyclicEncoding(nn.Module):
    r"""Sine and cosine of local time over several periods: hour of the day, day of the week, day of the year.

    Args:
        periods: In hours.

    **Shapes:** hours since 1970-01-01 UTC and hours from UTC to local time, both ``(*)`` → ``(*, 2 * len(periods))``.
    """

    def __init__(self, periods: Sequence[float] = (DAY, WEEK, YEAR)) -> None:
        super().__init__()
        self.periods = tuple(periods)
        self.dim = 2 * len(self.periods)

    def forward(self, time: Tensor, utc_offset: Tensor) -> Tensor:
        """Encode; float32, whatever the distance from 1970."""
        local = time.to(torch.float64) + utc_offset.to(torch.float64)
        angles = torch.stack(
            [2 * torch.pi * torch.remainder(local, period) / period for period in self.periods], dim=-1
        )
        return torch.cat([angles.sin(), angles.cos()], dim=-1).float()

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(periods={self.periods})"


class NoEncoding(nn.Module):
    """No encoding of time, for ablations: of size zero; shapes as :class:`CyclicEncoding`."""

    dim = 0

    def forward(self, time: Tensor, utc_offset: Tensor) -> Tensor:
        """Nothing."""
        return torch.zeros(*time.shape, 0, device=time.device)
