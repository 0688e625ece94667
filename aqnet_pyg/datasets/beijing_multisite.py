"""Beijing Multi-Site (UCI data set 501): twelve stations with weather."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import xarray as xr

from aqnet_pyg.datasets.network_dataset import NetworkDataset
from aqnet_pyg.errors import InputError, optional_imports
from aqnet_pyg.readers import ReadReport, read_uci_beijing


class BeijingMultiSite(NetworkDataset):
    r"""Hourly air quality and weather at twelve national stations in Beijing, 2013-03-01 to 2017-02-28, from the UCI
    Machine Learning Repository (`data set 501 <https://doi.org/10.24432/C5RK5G>`_, CC BY 4.0).

    The inputs are the six pollutants unless ``variables`` names the weather too: ``temperature``, ``pressure``,
    ``dew_point``, ``precipitation``, ``wind_direction`` and ``wind_speed``. See the data card in
    ``datasets/beijing_multisite`` for known faults.

    Args:
        root: Folder of the data set.
        split: As for :class:`NetworkDataset`.
        archive: The zip file, or a folder with it or its files, if it exists already; by default it is downloaded.
        downloader: A `pooch downloader <https://www.fatiando.org/pooch/latest/downloaders.html>`_; default over HTTP.
        options: As for :class:`NetworkDataset`: ``window``, ``hide``, ``variables``, ``target``, ``transform`` and so on.

    Raises:
        InputError: If the archive cannot be downloaded or read, or as for :class:`NetworkDataset`.

    **STATS:**

    For a copy of the archive that ends on 2016-12-31.

    .. list-table::
        :widths: 10 10 10 10 10 10
        :header-rows: 1

        * - #stations
          - #hours
          - #pollutants
          - #weather
          - #hidden (random)
          - #hidden (blocked)
        * - 12
          - 33,648
          - 6
          - 6
          - 2
          - 2
    """

    network = "beijing_multisite"
    url = "https://archive.ics.uci.edu/static/public/501/beijing+multi+site+air+quality+data.zip"

    def __init__(
        self,
        root: str | Path,
        split: Literal["train", "validation", "test"] | None = None,
        *,
        archive: str | Path | None = None,
        downloader: Callable | None = None,
        **options: Any,
    ) -> None:
        self.archive = archive
        self.downloader = downloader
        super().__init__(root, split, **options)

    @property
    def raw_file_names(self) -> list[str]:
        """Files in the ``raw`` folder."""
        return ["beijing_multisite.zip"]

    def download(self) -> None:
        """Download the zip file.

        Raises:
            InputError: If the server cannot be reached, or returns something else.
        """
        with optional_imports():
            import pooch

        (name,) = self.raw_file_names
        downloader = self.downloader or pooch.HTTPDownloader(progressbar=False, timeout=60)
        try:
            path = Path(pooch.retrieve(self.url, None, name, self.raw_dir, downloader=downloader))
        except OSError as error:
            raise InputError(
                f"{self.url}: the download failed ({error}); try again later, or download it yourself and give archive=..."
            ) from error
        if not zipfile.is_zipfile(path):
            path.unlink()
            raise InputError(f"{self.url}: the server returned no zip file; download it yourself and give archive=...")

    def read(self) -> tuple[xr.Dataset, ReadReport]:
        """Read the zip file, including a zip file inside it."""
        return read_uci_beijing(self.archive or self.raw_paths[0])
