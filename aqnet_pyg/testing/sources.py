"""Base classes of tests for readers and data sets."""

from __future__ import annotations

import tempfile
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
import xarray as xr
from hypothesis import strategies as st
from torch_geometric.data import Data
from torch_geometric.loader import DataLoader

from aqnet_pyg.datasets import NetworkDataset
from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import ReadReport
from aqnet_pyg.stations import check_station_data, pollutants_in
from aqnet_pyg.testing.base import PropertyTests
from aqnet_pyg.testing.strategies import station_data


class ReaderTests(PropertyTests):
    """Tests of a reader, as called by ``aqnet info mypkg.read_mine --path ...``. Override :meth:`write` and :meth:`read`.

    Set ``name`` to the name of the file or folder, and ``rtol`` to the relative precision of values in the format. ``stations``
    is the strategy of the station data: PM2.5 with gaps, outages and suspect values.
    """

    examples = 10
    name = "archive"
    rtol = 1e-5
    stations = station_data(2, 4, 24, 30, pollutants=("pm25",), faults=("gap", "outage", "stuck"))

    @abstractmethod
    def write(self, stations: xr.Dataset, path: Path) -> None:
        """Write station data in the reader's format.

        Args:
            stations: Station data; times are UTC.
            path: File or folder to write, in an existing folder.
        """

    @abstractmethod
    def read(self, path: Path) -> tuple[xr.Dataset, ReadReport]:
        """Read station data and the read report."""

    def test_written_data_are_read_back(self, stations: xr.Dataset) -> None:
        """All values, at their stations and hours, and no others; coordinates as well."""
        with tempfile.TemporaryDirectory() as folder:
            found, _ = self._read(stations, folder)
        for name in pollutants_in(stations):
            wanted = stations[name].transpose("time", "station")
            measured = wanted.notnull()
            got = found[name].transpose("time", "station").reindex(time=wanted.time, station=wanted.station)
            lost = measured & got.isnull()
            assert not lost.any(), f"{name} is missing at {_where(lost)}."
            added = got.notnull() & ~measured
            assert not added.any(), f"{name} was not measured at {_where(added)}, but is {float(got.values[added][0])}."
            off = abs(got - wanted) > self.rtol * abs(wanted) + 1e-6
            assert not off.any(), f"{name} differs at {_where(off)}."
        codes = found.station.values
        for axis in ("longitude", "latitude"):
            np.testing.assert_allclose(
                found[axis].values, stations[axis].sel(station=codes).values, atol=1e-4, err_msg=axis
            )

    def test_result_is_station_data_and_a_read_report(self, stations: xr.Dataset) -> None:
        """Valid station data, float32 with units and complete hours, and a report with the number of files."""
        with tempfile.TemporaryDirectory() as folder:
            found, report = self._read(stations, folder)
        check_station_data(found)
        assert pollutants_in(found), f"the result has no pollutant, only {', '.join(map(str, found.data_vars))}."
        for name in pollutants_in(found):
            assert found[name].dtype == np.float32, f"{name} is {found[name].dtype}; use make_station_data."
            assert "units" in found[name].attrs, f"{name} has no units; use make_station_data."
        assert isinstance(report, ReadReport), f"the read report is {type(report).__name__}; use ReadReport."
        assert report.files_read > 0, "the read report counts no file; set files_read."
        assert str(report)

    def test_reading_is_reproducible(self, stations: xr.Dataset) -> None:
        """A second call gives the same values, and the files are not modified."""
        with tempfile.TemporaryDirectory() as folder:
            first, _ = self._read(stations, folder)
            before = _contents(Path(folder))
            second, _ = self.read(Path(folder, self.name))
            assert _contents(Path(folder)) == before, "reading modified the files."
        xr.testing.assert_identical(first, second)

    def test_missing_path_raises_an_error(self) -> None:
        """An error for the user that names the path."""
        with tempfile.TemporaryDirectory() as folder, pytest.raises(InputError, match=self.name):
            self.read(Path(folder, self.name))

    def _read(self, stations: xr.Dataset, folder: str) -> tuple[xr.Dataset, ReadReport]:
        path = Path(folder, self.name)
        self.write(stations, path)
        return self.read(path)


class DatasetTests(PropertyTests):
    """Tests of a data set, a subclass of :class:`aqnet_pyg.datasets.NetworkDataset`. Override :meth:`make`.

    It is made once, in a temporary folder. The tests require hidden stations, set by ``hide=``.
    """

    examples = 15
    seed = st.integers(0, 2**16)
    _made: ClassVar[dict[type, dict[str, NetworkDataset]]] = {}
    _folders: ClassVar[list[Any]] = []

    @abstractmethod
    def make(self, root: Path, split: str) -> NetworkDataset:
        """Make the data set, without a transform.

        Args:
            root: Folder of the data set.
            split: ``train``, ``validation`` or ``test``.
        """

    @property
    def splits(self) -> dict[str, NetworkDataset]:
        """The parts for training, validation and test."""
        if type(self) not in self._made:
            folder = tempfile.TemporaryDirectory()
            self._folders.append(folder)
            names = ("train", "validation", "test")
            self._made[type(self)] = {name: self.make(Path(folder.name), name) for name in names}
        return self._made[type(self)]

    def test_items_are_plain_data(self, seed: int) -> None:
        """Attributes and shapes are those of :class:`aqnet_pyg.datasets.StationDataset`; missing values are 0."""
        for name, dataset in self.splits.items():
            data, window = dataset[seed % len(dataset)], dataset.window
            assert type(data) is Data, f"an item of {name} is {type(data).__name__}; expected Data."
            stations, variables = len(dataset.codes), len(dataset.scaler.variables)
            shapes = {
                "x": (stations, window.history, variables),
                "x_mask": (stations, window.history, variables),
                "y": (stations, window.steps),
                "y_mask": (stations, window.steps),
                "visible": (stations,),
                "pos": (stations, 2),
                "time": (1, window.length),
            }
            for key, shape in shapes.items():
                assert data[key].shape == shape, f"{key} has shape {tuple(data[key].shape)}; expected {shape}."
            assert torch.isfinite(data.x).all(), "x is not finite; missing values are 0 there."
            assert not data.x[~data.x_mask].any(), "x is not 0 where it is missing."
            assert not data.y[~data.y_mask].any(), "y is not 0 where it is missing."

    def test_hidden_stations_have_no_inputs(self, seed: int) -> None:
        """In the test, hidden stations are targets only; in training and validation they do not occur."""
        test = self.splits["test"]
        assert test.hidden.any(), "no station is hidden in the test part; pass hide= in make()."
        data = test[seed % len(test)]
        assert not data.x[test.hidden].any(), "x contains values of hidden stations."
        assert not data.visible[test.hidden].any(), "hidden stations are visible."
        hidden = {code for code, off in zip(test.codes, test.hidden.tolist(), strict=True) if off}
        for name in ("train", "validation"):
            common = hidden & set(self.splits[name].codes)
            assert not common, f"the hidden station {min(common)} is in the {name} part."

    def test_parts_are_disjoint_in_time(self) -> None:
        """Training, validation and test follow each other in time."""
        spans = {name: (dataset.time.min().item(), dataset.time.max().item()) for name, dataset in self.splits.items()}
        assert spans["train"][1] < spans["validation"][0], f"validation starts before training ends: {spans}."
        assert spans["validation"][1] < spans["test"][0], f"the test starts before validation ends: {spans}."

    def test_parts_share_one_scaler(self) -> None:
        """The scaler of all parts has the mean and standard deviation of the training part."""
        train = self.splits["train"]
        assert len({dataset.scaler for dataset in self.splits.values()}) == 1, "the parts have different scalers."
        values = train.values.double().numpy().reshape(-1, len(train.scaler.variables))
        np.testing.assert_allclose(
            np.nanmean(values, axis=0), train.scaler.mean, rtol=1e-3, err_msg="mean of the scaler"
        )
        np.testing.assert_allclose(np.nanstd(values, axis=0), train.scaler.std, rtol=1e-3, err_msg="std of the scaler")

    def test_reopening_is_reproducible(self) -> None:
        """A second instance reads the same values from the processed files."""
        train = self.splits["train"]
        again = self.make(Path(train.root), "train")
        assert len(again) == len(train)
        assert torch.equal(again.values.nan_to_num(-1.0), train.values.nan_to_num(-1.0)), (
            "the second instance has other values."
        )
        assert repr(again) == repr(train)

    def test_windows_can_be_batched(self) -> None:
        """By the data loader of PyG."""
        batch = next(iter(DataLoader(self.splits["train"], batch_size=2)))
        assert batch.num_graphs == min(2, len(self.splits["train"]))

    def test_station_data_are_restored(self) -> None:
        """``to_xarray`` gives valid station data with the codes of the windows."""
        found = check_station_data(self.splits["test"].to_xarray())
        assert list(found.station.values) == self.splits["test"].codes


def _where(bad: xr.DataArray) -> str:
    hour, station = (int(axis[0]) for axis in np.nonzero(bad.values))
    return f"station {bad.station.values[station]}, {np.datetime_as_string(bad.time.values[hour], unit='h')} UTC"


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
