"""The simulated network as a data set, with its true field."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import xarray as xr

from aqnet_pyg.datasets.network_dataset import NetworkDataset
from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import write_dataset
from aqnet_pyg.readers import ReadReport
from aqnet_pyg.simulation import simulate


class SimulatedNorthChina(NetworkDataset):
    r"""Simulated stations around the real cities of northern China, with concentrations of a small air-quality model.

    For trials, tests and teaching without a download; results do not apply to real air quality. See
    :func:`aqnet_pyg.simulation.simulate` for the model, and the data card in ``datasets/simulated_north_china``.

    Args:
        root: Folder of the data set.
        split: As for :class:`NetworkDataset`.
        days: Number of days.
        start: First local day.
        stations: Number of stations.
        seed: Seed of the simulation.
        spacing: Grid spacing of the model and the true field, in degrees.
        truth: Whether to store the true field.
        first_guess: Whether to simulate and store a first guess, as a transport model would give it.
        options: As for :class:`NetworkDataset`: ``window``, ``hide``, ``variables``, ``target``, ``transform`` and so on.
            The lists of hidden stations in the package are for 584 stations of seed 0.

    Raises:
        InputError: If an argument is out of range, or as for :class:`NetworkDataset`.

    **STATS:**

    .. list-table::
        :widths: 10 10 10 10 10
        :header-rows: 1

        * - #stations
          - #hours
          - #pollutants
          - #hidden (random)
          - #hidden (blocked)
        * - 584
          - 2,160
          - 6
          - 58
          - 58
    """

    network = "simulated_north_china"

    def __init__(
        self,
        root: str | Path,
        split: Literal["train", "validation", "test"] | None = None,
        *,
        days: int = 90,
        start: str = "2016-11-01",
        stations: int = 584,
        seed: int = 0,
        spacing: float = 0.25,
        truth: bool = True,
        first_guess: bool = False,
        **options: Any,
    ) -> None:
        self._arguments: dict[str, Any] = {
            "days": days,
            "start": start,
            "stations": stations,
            "seed": seed,
            "spacing": spacing,
        }
        self._keep_truth, self._keep_first_guess = truth, first_guess
        super().__init__(root, split, **options)

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the simulation."""
        return self._arguments

    @property
    def processed_file_names(self) -> list[str]:
        """Files in the ``processed`` folder."""
        kept = {"truth.nc": self._keep_truth, "first_guess.nc": self._keep_first_guess}
        return [*super().processed_file_names, *(name for name, keep in kept.items() if keep)]

    def read(self) -> tuple[xr.Dataset, ReadReport]:
        """Simulate station data, and store the true field and the first guess."""
        if self._keep_first_guess:
            data, truth, first_guess = simulate(
                **self.arguments, truth=self._keep_truth, progress=True, first_guess=True
            )
            write_dataset(first_guess.to_dataset(), self._processed("first_guess.nc"))
        else:
            data, truth = simulate(**self.arguments, truth=self._keep_truth, progress=True)
        if truth is not None:
            write_dataset(truth.to_dataset(name="pm25"), self._processed("truth.nc"))
        return data, ReadReport(data.attrs["source"])

    @property
    def truth(self) -> xr.DataArray:
        """True PM2.5 on the grid, ``(time, latitude, longitude)`` in µg m-3, opened lazily.

        Raises:
            InputError: If it was not stored.
        """
        path = self._processed("truth.nc")
        if not path.exists():
            raise InputError(f"truth: {self.root} was created without the true field; open it with truth=True.")
        return xr.open_dataset(path, engine="h5netcdf", cache=False)["pm25"]

    @property
    def first_guess(self) -> xr.DataArray:
        """Simulated first guess of PM2.5 on its grid, ``(time, latitude, longitude)`` in µg m-3, opened lazily.

        Raises:
            InputError: If it was not stored.
        """
        path = self._processed("first_guess.nc")
        if not path.exists():
            raise InputError(
                f"first_guess: {self.root} was created without a first guess; open it with first_guess=True."
            )
        return xr.open_dataset(path, engine="h5netcdf", cache=False)["pm25_first_guess"]

    def _shipped(self, kind: str) -> tuple[str, ...]:
        if (self._arguments["stations"], self._arguments["seed"]) != (584, 0):
            raise InputError(
                f"hide: the list {kind!r} is for 584 stations of seed 0; give codes, such as from "
                "aqnet_pyg.splits.random_hidden."
            )
        return super()._shipped(kind)
