"""Weights by which the values of a field at a place are interpolated from its cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Stencil:
    """Cells and weights of each place.

    Args:
        cells: Positions in the flattened horizontal dimensions, shape ``[place, corner]``.
        weights: Weights, which sum to 1, shape ``[place, corner]``.
        inside: Whether the place is inside the field, shape ``[place]``.
    """

    cells: np.ndarray
    weights: np.ndarray
    inside: np.ndarray

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Interpolate; a place is NaN outside of the field, and where a cell with a weight above zero is NaN.

        Args:
            values: Values of the cells, shape ``[time, cell]``.

        Returns:
            Float32 values, shape ``[time, place]``.
        """
        total = np.zeros((len(values), len(self.cells)))
        for cells, weights in zip(self.cells.T, self.weights.T, strict=True):
            used = weights != 0
            total[:, used] += values[:, cells[used]].astype(np.float64) * weights[used]
        total[:, ~self.inside] = np.nan
        return total.astype(np.float32)
