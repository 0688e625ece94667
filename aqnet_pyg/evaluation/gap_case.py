"""One experiment of filling gaps: measurements that are masked, so that estimates can be compared with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.case import Case


@dataclass(frozen=True)
class GapCase(Case):
    """A case in which no station is hidden, but hours of stations are.

    The methods are fitted to all measurements of the training and the validation hours, and then given the measurements of all
    hours without the masked ones. Estimates are scored at the masked measurements of the test hours.

    Args:
        masked: Measurements of the target that are not given to the methods when they fill, bool, shape ``[time, station]``.
        others_masked: Measurements of other pollutants that are not given to them either, by name, of the same shape.

    Raises:
        InputError: As for :class:`Case`; also if the mask has another shape, or no measurement of the test hours is masked.
    """

    masked: np.ndarray = field(kw_only=True)
    others_masked: Mapping[str, np.ndarray] = field(kw_only=True, default_factory=dict)

    def _check_values(self) -> None:
        values = self._values(self.data)
        if self.hidden or self.masked.shape != values.shape or self.masked.dtype != bool:
            raise InputError(
                f"masked: {self.masked.dtype} of shape {self.masked.shape} was given, and {len(self.hidden)} hidden stations; "
                f"use bool of shape {values.shape}, and hide none."
            )
        if not self.scored.any():
            raise InputError(
                "masked: no measurement of the test hours is masked; choose a longer test or another mask."
            )

    @property
    def scored(self) -> np.ndarray:
        """Masked hours that are scored: those of the test, bool, shape ``[time, station]``."""
        return self.masked & self.test[:, None]

    @property
    def missing(self) -> np.ndarray:
        """Values of the target that are missing or masked when a method fills, bool, shape ``[time, station]``."""
        return self.masked | np.isnan(self._values(self.data))

    @property
    def unknown(self) -> dict[str, np.ndarray]:
        """Measurements of the test hours that methods are not given, by variable, bool, shape ``[time, station]``."""
        masks = {self.target: self.masked, **self.others_masked}
        return {name: mask & self.test[:, None] for name, mask in masks.items()}

    def measured(self) -> xr.Dataset:
        """All stations at all hours, the masked measurements missing: the input of filling."""
        masks = {self.target: self.masked, **self.others_masked}
        kept = {name: xr.DataArray(~mask, dims=("time", "station")) for name, mask in masks.items()}
        return self.data.assign({name: self.data[name].where(mask) for name, mask in kept.items()})

    def truth(self) -> np.ndarray:
        """Measurements at the scored hours, shape ``[n]``, by time and then by station."""
        return self._values(self.data)[self.scored]

    def _values(self, data: xr.Dataset) -> np.ndarray:
        return data[self.target].transpose("time", "station").values
