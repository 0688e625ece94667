"""Every second cell of a grid along both axes, and interpolation between them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class CoarseCells(NamedTuple):
    """Every second cell along both axes of a grid and the last ones, and the other cells between them.

    Args:
        rows: Positions of the coarse cells in the grid, shape ``[C]``.
        others: Positions of the other cells, shape ``[M]``.
        corners: Positions of the four coarse cells around each other cell; of two, twice, on a line between them; shape
            ``[M, 4]``.
        weights: Their weights in a bilinear interpolation in degrees, float32, shape ``[M, 4]``.
    """

    rows: Tensor
    others: Tensor
    corners: Tensor
    weights: Tensor

    @classmethod
    def of(cls, cells: np.ndarray) -> CoarseCells | None:
        """Return the coarse cells of a grid; None for cells that are not those of a :class:`aqnet_pyg.grid.Grid`.

        Args:
            cells: Longitude and latitude of the cells in degrees, row by row, shape ``[cells, 2]``.
        """
        different = np.flatnonzero(cells[:, 1] != cells[0, 1]) if len(cells) else np.empty(0, int)
        width = different[0] if len(different) else len(cells)
        if width == 0 or len(cells) % width:
            return None
        table = cells.reshape(-1, width, 2)
        longitude, latitude = table[0, :, 0], table[:, 0, 1]
        if (table[..., 0] != longitude).any() or (table[..., 1] != latitude[:, None]).any():
            return None
        if (np.diff(longitude) <= 0).any() or (np.diff(latitude) <= 0).any():
            return None
        (south, north, upward), (west, east, eastward) = _around(latitude), _around(longitude)
        corners = [row[:, None] * width + column for row in (south, north) for column in (west, east)]
        shares = [row[:, None] * column for row in (1 - upward, upward) for column in (1 - eastward, eastward)]
        coarse = ((south == north)[:, None] & (west == east)).ravel()
        others = np.flatnonzero(~coarse)
        return cls(
            torch.from_numpy(np.flatnonzero(coarse)),
            torch.from_numpy(others),
            torch.from_numpy(np.stack([each.ravel()[others] for each in corners], axis=1)),
            torch.from_numpy(np.stack([each.ravel()[others] for each in shares], axis=1).astype(np.float32)),
        )


def _around(axis: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coarse positions below and above each position of an axis, the same where it is coarse, and the share of the upper one."""
    coarse = np.unique([*range(0, len(axis), 2), len(axis) - 1])
    position = np.arange(len(axis))
    low = coarse[np.searchsorted(coarse, position, side="right") - 1]
    high = coarse[np.searchsorted(coarse, position)]
    width = axis[high] - axis[low]
    return low, high, np.where(width > 0, axis - axis[low], 0.0) / np.where(width > 0, width, 1.0)
