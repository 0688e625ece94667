"""Split-conformal intervals of filled hours, by length of the gap and hours to the nearest own measurement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from aqnet_pyg.conformal import LEVELS
from aqnet_pyg.errors import InputError
from aqnet_pyg.gap_masks import GAP_BIN_NAMES, gap_bins

LEVEL = 0.9
"""Level of the intervals of products."""

_LEAST_SPREAD = 0.05
"""Lower limit of the spread, as a fraction of the median spread."""


class GapIntervals:
    """Split-conformal quantiles of filled hours.

    On hidden measurements, the residuals are divided by a spread, the expected size of the error, and their empirical quantiles
    are computed at :math:`(n + 1)` times the level (Lei et al. 2018, doi 10.1080/01621459.2017.1307116). The quantiles of a
    filled hour are these, times its own spread. Residuals are grouped by the length of the gap and by the hours to the nearest
    own measurement, both in the bins :data:`aqnet_pyg.gap_masks.GAP_BINS`. A group with fewer than ``min_count`` values takes
    the quantiles of all gaps of this length; if these are too few, those of all values.

    Args:
        min_count: Minimum number of values of a group.

    Attributes:
        residual_: Quantiles of the residuals in units of the spread, shape ``[length, nearest, level]``.
        floor_: Lower limit of the spread.
    """

    def __init__(self, min_count: int = 200) -> None:
        self.min_count = min_count

    def fit(
        self, value: np.ndarray, spread: np.ndarray, length: np.ndarray, nearest: np.ndarray, truth: np.ndarray
    ) -> Self:
        """Calibrate on estimates of hidden measurements.

        Args:
            value: Estimates made without the truth, shape ``[M]``.
            spread: Expected sizes of the errors, likewise.
            length: Lengths of the gaps in hours, likewise.
            nearest: Hours to the nearest own measurement, likewise; infinite without any.
            truth: The hidden measurements, likewise.

        Raises:
            InputError: If there is no value.
        """
        if not len(value):
            raise InputError("truth: no measurement was hidden, so intervals cannot be calibrated; give more data.")
        self.floor_ = max(_LEAST_SPREAD * float(np.median(spread)), 1e-9)
        residual = (truth - value) / np.maximum(spread, self.floor_)
        rows, columns = gap_bins(length), gap_bins(nearest)
        bins = range(len(GAP_BIN_NAMES))
        every = _quantiles(residual)
        self.residual_ = np.empty((len(bins), len(bins), len(LEVELS)))
        for row in bins:
            alike = residual[rows == row]
            of_length = _quantiles(alike) if len(alike) >= self.min_count else every
            for column in bins:
                group = residual[(rows == row) & (columns == column)]
                self.residual_[row, column] = _quantiles(group) if len(group) >= self.min_count else of_length
        return self

    def quantiles(
        self,
        value: np.ndarray,
        spread: np.ndarray,
        length: np.ndarray,
        nearest: np.ndarray,
        levels: Sequence[float] = tuple(LEVELS),
    ) -> np.ndarray:
        """Return quantiles of filled hours.

        Args:
            value: Estimates, shape ``[M]``.
            spread: Expected sizes of the errors, likewise.
            length: Lengths of the gaps in hours, likewise.
            nearest: Hours to the nearest own measurement, likewise; infinite without any.
            levels: Levels of the quantiles, among 0.01, 0.02, ... 0.99.

        Returns:
            Shape ``[level, M]``, ascending along the levels and not negative.
        """
        columns = [round(100 * level) - 1 for level in levels]
        residual = self.residual_[gap_bins(length), gap_bins(nearest)][:, columns].T
        return np.maximum(value + np.maximum(spread, self.floor_) * residual, 0.0)

    def state(self) -> dict[str, Any]:
        """Return the calibration as numbers and lists, for a file."""
        return {"floor": self.floor_, "residual": self.residual_.tolist()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Create calibrated intervals from :meth:`state`.

        Args:
            state: Result of :meth:`state`.
        """
        intervals = cls()
        intervals.floor_, intervals.residual_ = state["floor"], np.array(state["residual"])
        return intervals


def _quantiles(residual: np.ndarray) -> np.ndarray:
    return np.quantile(residual, LEVELS, method="weibull")
