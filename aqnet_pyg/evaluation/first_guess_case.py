"""One experiment with a first guess: fields of a model that are known at stations, hidden or not, and everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from aqnet_pyg.baselines.coordinates import Coordinates, coordinates_of, nearest_km
from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.case import Case


@dataclass(frozen=True)
class FirstGuessCase(Case):
    """A case with a first guess of the target, and wrong ones.

    Args:
        fields: Fields by name, as of :func:`aqnet_pyg.readers.fields.read_field`; ``right`` is the first guess.
        grid_truth: True field of a simulation on the grid, ``(time, latitude, longitude)``, in the test hours; ``None``: only
            stations are scored.

    Raises:
        InputError: As for :class:`Case`; also if there is no field ``right``.
    """

    fields: Mapping[str, xr.DataArray] = field(kw_only=True)
    grid_truth: xr.DataArray | None = field(kw_only=True, default=None)

    def _check_values(self) -> None:
        super()._check_values()
        if "right" not in self.fields:
            raise InputError(f"fields: {', '.join(self.fields) or 'none'} were given; give the first guess as 'right'.")

    @property
    def cells(self) -> Coordinates:
        """Longitudes and latitudes of the cells of the true field in degrees, each of shape ``[cell]``."""
        assert self.grid_truth is not None
        longitude, latitude = np.meshgrid(self.grid_truth.longitude.values, self.grid_truth.latitude.values)
        return longitude.ravel(), latitude.ravel()

    @property
    def distance_of_cells_km(self) -> np.ndarray:
        """Distance in km from each cell to the nearest visible station, shape ``[cell]``."""
        return nearest_km(self.cells, coordinates_of(self.measured()))
