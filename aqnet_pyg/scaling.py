"""Standardization of input variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import POLLUTANTS, highest_possible


@dataclass(frozen=True)
class Scaler:
    """Mean and standard deviation of each variable, in its own units.

    Args:
        variables: Names, in the order of the model's inputs.
        mean: Mean of each variable.
        std: Standard deviation of each variable, positive.
    """

    variables: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def fit(cls, stations: xr.Dataset, variables: Sequence[str]) -> Scaler:
        """Fit to station data.

        Args:
            stations: Station data of the visible stations and training hours.
            variables: Names of the variables.

        Raises:
            InputError: If a variable is absent, has no value, or is a pollutant with impossible values, such as fill values.
        """
        mean, std = [], []
        for name in variables:
            if name not in stations:
                raise InputError(
                    f"variables: {name!r} is not in the station data; it has {', '.join(map(str, stations))}."
                )
            values = stations[name].values
            values = values[np.isfinite(values)].astype(np.float64)
            if values.size == 0:
                raise InputError(
                    f"variables: {name!r} has no value at the visible stations in the training hours; omit it."
                )
            if name in POLLUTANTS and (values.min() < 0 or values.max() > highest_possible(stations[name])):
                raise InputError(
                    f"variables: {name!r} has impossible values, from {values.min():g} to {values.max():g}; pass the data "
                    "through aqnet_pyg.stations.check_station_data first."
                )
            mean.append(float(values.mean()))
            std.append(max(float(values.std()), 1e-6))
        return cls(tuple(variables), tuple(mean), tuple(std))

    def state(self) -> dict[str, list[Any]]:
        """The fields as lists, for a checkpoint."""
        return {name: list(values) for name, values in asdict(self).items()}

    @classmethod
    def from_state(cls, state: dict[str, list[Any]]) -> Scaler:
        """Undo :meth:`state`.

        Args:
            state: As :meth:`state` returned it.
        """
        return cls(**{name: tuple(values) for name, values in state.items()})

    def standardize(self, dataset: xr.Dataset, place: str) -> np.ndarray:
        """Return standardized values, 0 where missing, followed by their mask: ``[time, place, 2 * variables]``.

        Args:
            dataset: Data with the dimensions ``time`` and ``place``.
            place: Name of the dimension along places, such as ``"station"``.
        """
        columns = [dataset[name].compute().transpose("time", place).values for name in self.variables]
        values = (np.stack(columns, axis=2) - self.mean) / self.std
        known = np.isfinite(values)
        return np.concatenate([np.where(known, values, 0), known], axis=2).astype(np.float32)
