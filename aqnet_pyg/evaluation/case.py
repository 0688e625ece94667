"""One experiment: station data, hidden stations, and the hours for training, validation and test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines.coordinates import Coordinates, coordinates_of, distance_matrix_km
from aqnet_pyg.errors import InputError


@dataclass(frozen=True)
class Case:
    """Station data with hidden stations, and three disjoint sets of hours.

    A method is given the views of a case (:meth:`training_data`, :meth:`validation_data`, :meth:`measured`) and never the
    case itself, so that hidden values cannot be used. All views keep the whole hourly time axis; values outside a view are
    NaN.

    Args:
        name: Unique within a protocol; also part of file names.
        data: Station data.
        target: The pollutant to predict.
        hidden: Codes of the hidden stations.
        train: Hours for training and tuning, bool, shape ``[time]``.
        validation: Hours for early stopping, model selection and the calibration of intervals, bool, shape ``[time]``.
        test: Hours for the scores, bool, shape ``[time]``.
        group: Cases of one group are scored together; empty if there is only one group.
        spacing: Width in degrees of the spatial blocks whose stations are hidden together; ``None``: stations are drawn one by
            one.

    Raises:
        InputError: If a set of hours is empty or shares an hour with another (but in data of a single hour), or stations are
            unknown or all hidden.
    """

    name: str
    data: xr.Dataset
    target: str
    hidden: tuple[str, ...]
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    group: str = ""
    spacing: float | None = None

    def __post_init__(self) -> None:
        if self.target not in self.data:
            raise InputError(
                f"target: {self.target!r} is not in the data; available: {', '.join(map(str, self.data.data_vars))}."
            )
        hours = {"train": self.train, "validation": self.validation, "test": self.test}
        for part, chosen in hours.items():
            if not chosen.any():
                first, last = self.time[[0, -1]]
                raise InputError(f"{part}: contains no hour of the data, {first} to {last} UTC; choose other dates.")
        if (np.sum(list(hours.values()), axis=0) > 1).any() and not self.is_snapshot:
            raise InputError("train, validation, test: they have hours in common; choose dates that do not overlap.")
        self._check_values()

    @property
    def is_snapshot(self) -> bool:
        """Whether the data have a single hour, in which visible stations are the training and hidden ones the test."""
        return self.data.sizes["time"] == 1

    def _check_values(self) -> None:
        unknown = sorted(set(self.hidden) - set(self.data.indexes["station"]))
        if unknown or not self.hidden or not self.visible:
            raise InputError(
                f"hidden: {len(self.hidden)} of {self.data.sizes['station']} stations are to be hidden, {len(unknown)} of them "
                f"unknown{' (first ' + unknown[0] + ')' if unknown else ''}; hide some of the stations, and not all."
            )

    @property
    def visible(self) -> tuple[str, ...]:
        """Codes of the visible stations, in the order of the data."""
        hidden = set(self.hidden)
        return tuple(code for code in self.data.indexes["station"] if code not in hidden)

    @property
    def time(self) -> pd.DatetimeIndex:
        """All hours of the data, UTC."""
        return pd.DatetimeIndex(self.data.indexes["time"])

    @property
    def hours(self) -> pd.DatetimeIndex:
        """The test hours, UTC."""
        return self.time[self.test]

    @property
    def targets(self) -> Coordinates:
        """Longitudes and latitudes of the hidden stations in degrees, each of shape ``[hidden]``."""
        return coordinates_of(self.data.sel(station=list(self.hidden)))

    @property
    def distance_km(self) -> np.ndarray:
        """Distance in km from each hidden station to the nearest visible one, shape ``[hidden]``."""
        return distance_matrix_km(self.targets, coordinates_of(self.measured())).min(axis=1)

    def training_data(self) -> xr.Dataset:
        """Visible stations in the training hours."""
        return self._visible_in(self.train)

    def validation_data(self) -> xr.Dataset:
        """Visible stations in the validation hours."""
        return self._visible_in(self.validation)

    def fitting_data(self) -> xr.Dataset:
        """Visible stations in the training and the validation hours."""
        return self._visible_in(self.train | self.validation)

    def measured(self) -> xr.Dataset:
        """Visible stations at all hours: the input of a reanalysis."""
        return self.data.sel(station=list(self.visible))

    def truth(self) -> np.ndarray:
        """Measurements at the hidden stations in the test hours, shape ``[hour, hidden]``."""
        truth = self.data[self.target].sel(station=list(self.hidden))
        return truth.transpose("time", "station").values[self.test]

    def _visible_in(self, hours: np.ndarray) -> xr.Dataset:
        return self.data.sel(station=list(self.visible)).where(xr.DataArray(hours, dims="time"))
