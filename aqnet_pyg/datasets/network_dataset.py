"""Base of the named data sets: a folder with raw and processed files, splits in time, lists of hidden stations."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Literal

import xarray as xr
from torch_geometric.data import Data, Dataset

from aqnet_pyg.datasets.station_dataset import StationDataset
from aqnet_pyg.datasets.visible import which_visible
from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import write_json
from aqnet_pyg.io.network_metadata import network_folder
from aqnet_pyg.readers import ReadReport
from aqnet_pyg.readers.netcdf import open_netcdf, write_netcdf
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.splits import TimeSplit, read_hidden
from aqnet_pyg.stations import check_station_data, pollutants_in
from aqnet_pyg.text import counted
from aqnet_pyg.windows import Window

log = logging.getLogger(__name__)

_SPLITS = ("train", "validation", "test")


class NetworkDataset(StationDataset):
    r"""Base of the named data sets: windows over station data that are stored in a folder.

    A subclass sets its :attr:`network` and converts its raw files to station data in :meth:`read`. The station data are
    stored once, as ``processed/stations.nc`` (with ``processed/report.json`` beside it), and loaded into one tensor when the
    data set is opened.

    Hours are split in time: the first 70 % are for training, the next 10 % for validation, the last 20 % for the test. No
    window overlaps two parts. Hidden stations are targets in the test part, and excluded from the training and
    validation parts. The scaler is fitted to the training hours of the stations that are not hidden, for every ``split``.

    Args:
        root: Folder of the data set.
        split: ``"train"``, ``"validation"`` or ``"test"``; ``None`` includes all hours and all stations, the hidden ones as
            targets, for predictions instead of training.
        window: Hours of input and hours to predict; default 24 hours, of which the inner 12 are reconstructed.
        hide: Stations to hide: ``"random"`` or ``"blocked"`` for the lists that are part of the package, the path of a list
            (one code a line), or station codes; default none.
        scaler: Standardization; by default it is fitted.
        variables: Input variables; default all pollutants in the data.
        target: The pollutant to predict.
        stride: Hours between the starts of windows.
        transform: Applied to each window at every access.
        pre_transform: Function of station data (:class:`xarray.Dataset`) that returns station data; applied once, before they
            are stored.
        pre_filter: Function of the station data of one station that returns whether to keep it; applied once, before
            ``pre_transform``.
        force_reload: Create the processed files again.

    Raises:
        InputError: If the folder was created with other arguments, or an argument or raw file is invalid.
    """

    network: str
    """Name of the network, and of the folder with its data card and station lists."""

    archive: str | Path | None = None
    """Existing raw files, which are used instead of a download."""

    def __init__(
        self,
        root: str | Path,
        split: Literal["train", "validation", "test"] | None = None,
        *,
        window: Window | None = None,
        hide: str | Path | Collection[str] | None = None,
        scaler: Scaler | None = None,
        variables: Sequence[str] | None = None,
        target: str = "pm25",
        stride: int = 1,
        transform: Callable[[Data], Data] | None = None,
        pre_transform: Callable[[xr.Dataset], xr.Dataset] | None = None,
        pre_filter: Callable[[xr.Dataset], bool] | None = None,
        force_reload: bool = False,
    ) -> None:
        if split is not None and split not in _SPLITS:
            raise InputError(f"split: {split!r} was given; use one of {', '.join(_SPLITS)}, or None for all hours.")
        try:
            Dataset.__init__(self, str(root), transform, pre_transform, pre_filter, force_reload=force_reload)
        except (PermissionError, NotADirectoryError, FileExistsError) as error:
            raise InputError(
                f"root: {error.filename or root} cannot be written to ({error.strerror}); choose a writable folder."
            ) from error
        stored_arguments = self.report["arguments"]
        if stored_arguments != self.arguments:
            raise InputError(
                f"root: {self.root} was created with {_listed(stored_arguments)}, not with {_listed(self.arguments)}; choose "
                "another folder, or pass force_reload=True to create it again."
            )
        self.split = split
        with self.station_data as data:
            codes = data.indexes["station"]
            visible = which_visible(codes, self._hidden(hide, codes))
            part = TimeSplit.by_fraction(data.sizes["time"])
            if scaler is None:
                known = data.isel(station=visible, time=part.train)
                scaler = Scaler.fit(known, variables or pollutants_in(data))
                variables = None
            if split is not None:
                data = data.isel(time=getattr(part, split))
            if split in ("train", "validation"):
                data, visible = data.isel(station=visible), visible[visible]
            hidden = data.indexes["station"][~visible]
            self._open(data, window or Window(24, margin=6), scaler, variables, target, hidden, stride)

    @property
    def arguments(self) -> dict[str, Any]:
        """Arguments on which the stored data depend."""
        return {}

    def read(self) -> tuple[xr.Dataset, ReadReport]:
        """Return station data from the raw files, and the report on reading them."""
        raise NotImplementedError

    @property
    def processed_file_names(self) -> list[str]:
        """Files in the ``processed`` folder."""
        return ["stations.nc", "report.json"]

    @property
    def has_download(self) -> bool:
        """Whether raw files are needed: not if ``archive`` is given or the processed files exist."""
        processed = not self.force_reload and all(Path(path).exists() for path in self.processed_paths)
        return super().has_download and self.archive is None and not processed

    def process(self) -> None:
        """Read the raw files, and store station data and report."""
        report_path, stations_path = self._processed("report.json"), self._processed("stations.nc")
        # Without its report the folder is unprocessed, so that an interruption leaves no mixture of old and new files.
        report_path.unlink(missing_ok=True)
        data, report = self.read()
        if self.pre_filter is not None:
            kept = [bool(self.pre_filter(data.isel(station=number))) for number in range(data.sizes["station"])]
            if not any(kept):
                raise InputError(f"pre_filter: it keeps none of {len(kept)} stations; return True for some of them.")
            report.notes.append(f"pre_filter removed {kept.count(False)} of {counted(len(kept), 'station')}.")
            data = data.isel(station=kept)
        if self.pre_transform is not None:
            data = check_station_data(self.pre_transform(data))
        if report.files_read:
            log.info("%s", report)
        write_netcdf(data.sortby("station"), stations_path)
        write_json({"arguments": self.arguments, **report.to_dict()}, report_path)

    @property
    def station_data(self) -> xr.Dataset:
        """The stored station data of all hours and stations, opened lazily."""
        return open_netcdf(self._processed("stations.nc"))

    @property
    def report(self) -> dict[str, Any]:
        """Report on the raw files, and the arguments on which the stored data depend."""
        return json.loads(self._processed("report.json").read_text(encoding="utf-8"))

    def _processed(self, name: str) -> Path:
        return Path(self.processed_dir, name)

    def _hidden(self, hide: str | Path | Collection[str] | None, codes: Collection[str]) -> Collection[str]:
        if hide is None:
            return ()
        if isinstance(hide, str) and hide in ("random", "blocked"):
            listed = self._shipped(hide)
            present = [code for code in listed if code in codes]
            if not present:
                raise InputError(
                    f"hide: none of the {len(listed)} stations of the list {hide!r} is in the data; give codes."
                )
            return present
        return read_hidden(hide, codes) if isinstance(hide, str | Path) else hide

    def _shipped(self, kind: str) -> tuple[str, ...]:
        """Return the list of hidden stations that is part of the package."""
        return read_hidden(network_folder(self.network) / f"hidden_{kind}.txt")

    def __repr__(self) -> str:
        parts = [str(len(self)), f"split={self.split!r}"]
        parts += [f"{name}={value!r}" for name, value in self.arguments.items() if name != "stations"]
        parts += [f"stations={len(self.codes)}", f"hidden={int(self.hidden.sum())}", f"window={self.window}"]
        return f"{self.__class__.__name__}({', '.join(parts)})"


def _listed(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items()) or "none"
