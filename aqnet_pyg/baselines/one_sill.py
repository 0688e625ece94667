"""Ordinary kriging with one sill for all hours: the standard deviation of textbooks."""

from __future__ import annotations

import numpy as np

from aqnet_pyg.baselines.coordinates import Coordinates
from aqnet_pyg.baselines.kriging import OrdinaryKriging
from aqnet_pyg.baselines.kriging_system import System, systems


class OneSillKriging(OrdinaryKriging):
    r"""Ordinary kriging with one sill for all hours; the estimate is that of :class:`OrdinaryKriging`.

    This is the kriging variance of textbooks and of other packages (GSTools, PyKrige): it depends on where stations
    measured, and not on what they measured. The sill is estimated from the hours of the fit together,

    .. math::
        \hat\sigma^2 = \frac{\sum_t z_t^\top C_t^{-1} (z_t - \hat\mu_t 1)}{\sum_t (n_t - 1)}

    Arguments and attributes are those of :class:`OrdinaryKriging`, and:

    Attributes:
        sill_: The sill, in squared units of the values (of their logarithms, with ``log``); NaN if no two stations measured
            in one hour.
    """

    def _fit(self, values: np.ndarray) -> None:
        super()._fit(values)
        if self.local_ is not None:
            squares = self.local_.squares(self._transform(values))
            self.sill_ = float(np.nanmean(squares)) if np.isfinite(squares).any() else float("nan")
            return
        total, freedom = 0.0, 0
        for system in systems(self.inverse_, self._transform(values)):
            of_hour = values.shape[1] - len(system.missing) - 1
            if of_hour > 0:
                total += of_hour * system.sill.sum()
                freedom += of_hour * len(system.hours)
        self.sill_ = float(total / freedom) if freedom else float("nan")

    def _sill(self, coordinates: Coordinates, squares: np.ndarray, sill: np.ndarray) -> np.ndarray:
        return np.full((len(sill), 1), self.sill_)

    def _left_out_sill(self, solved: list[System], values: np.ndarray) -> np.ndarray:
        return np.full(values.shape, self.sill_)

    def _left_out_sill_from(self, sums: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        return np.full(sums[0][0].shape, self.sill_)
