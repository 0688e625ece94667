"""Base classes of tests for where data come from: inherit one, say how your own reader or data set is called."""

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
    """Tests of a reader, the way ``aqnet info mypkg.read_mine --path ...`` calls it. Override :meth:`write` and :meth:`read`.

    Set ``name`` to what the file or folder is called, and ``rtol`` to how exactly the format keeps values. ``stations`` is
    the strategy of the station data that are written: PM2.5 with gaps, outages and suspect values.
    """

    examples = 10
    name = "archive"
    rtol = 1e-5
    stations = station_data(2, 4, 24, 30, pollutants=("pm25",), faults=("gap", "outage", "stuck"))

    @abstractmethod
    def write(self, stations: xr.Dataset, path: Path) -> None:
        """Write station data in the reader's format.

        Args:
            stations: Times are UTC.
            path: What to write; its folder is there.
        """

    @abstractmethod
    def read(self, path: Path) -> tuple[xr.Dataset, ReadReport]:
        """Read it: station data, and what was found."""

    def test_what_was_written_is_read(self, stations: xr.Dataset) -> None:
        """Every value at its station and hour, and none besides; coordinates too."""
        with tempfile.TemporaryDirectory() as folder:
            found, _ = self._read(stations, folder)
        for name in pollutants_in(stations):
            wanted = stations[name].transpose("time", "station")
            measured = wanted.notnull()
            got = found[name].transpose("time", "station").reindex(time=wanted.time, station=wanted.station)
            lost = measured & got.isnull()
            assert not lost.any(), f"{name} was lost at {_where(lost)}."
            added = got.notnull() & ~measured
            assert not added.any(), (
                f"{name} was not measured at {_where(added)}, but read as {float(got.values[added][0])}."
            )
            off = abs(got - wanted) > self.rtol * abs(wanted) + 1e-6
            assert not off.any(), f"{name} is another at {_where(off)}."
        there = found.station.values
        for axis in ("longitude", "latitude"):
            np.testing.assert_allclose(
                found[axis].values, stations[axis].sel(station=there).values, atol=1e-4, err_msg=axis
            )

    def test_it_gives_station_data_and_a_report(self, stations: xr.Dataset) -> None:
        """Checked, float32, with units, on every hour; and what was read is counted."""
        with tempfile.TemporaryDirectory() as folder:
            found, report = self._read(stations, folder)
        check_station_data(found)
        assert pollutants_in(found), f"no pollutant is in what was read, only {', '.join(map(str, found.data_vars))}."
        for name in pollutants_in(found):
            assert found[name].dtype == np.float32, f"{name} is {found[name].dtype}; use make_station_data."
            assert "units" in found[name].attrs, f"{name} has no units; use make_station_data."
        assert isinstance(report, ReadReport), f"the report is {type(report).__name__}; use ReadReport."
        assert report.files_read > 0, "the report counts no file; set files_read."
        assert str(report)

    def test_reading_twice_is_reading_once(self, stations: xr.Dataset) -> None:
        """The same values, and the files are left as they were."""
        with tempfile.TemporaryDirectory() as folder:
            first, _ = self._read(stations, folder)
            before = _contents(Path(folder))
            second, _ = self.read(Path(folder, self.name))
            assert _contents(Path(folder)) == before, "reading changed the files."
        xr.testing.assert_identical(first, second)

    def test_what_is_not_there_is_refused(self) -> None:
        """By a sentence for the user, that names the path."""
        with tempfile.TemporaryDirectory() as folder, pytest.raises(InputError, match=self.name):
            self.read(Path(folder, self.name))

    def _read(self, stations: xr.Dataset, folder: str) -> tuple[xr.Dataset, ReadReport]:
        path = Path(folder, self.name)
        self.write(stations, path)
        return self.read(path)


class DatasetTests(PropertyTests):
    """Tests of a data set, a subclass of :class:`aqnet_pyg.datasets.NetworkDataset`. Override :meth:`make`.

    It is made once, in a folder of its own. The tests need some hidden stations, as ``hide=`` gives them.
    """

    examples = 15
    seed = st.integers(0, 2**16)
    _made: ClassVar[dict[type, dict[str, NetworkDataset]]] = {}
    _folders: ClassVar[list[Any]] = []

    @abstractmethod
    def make(self, root: Path, split: str) -> NetworkDataset:
        """The data set, without a transform.

        Args:
            root: Its folder.
            split: ``train``, ``validation`` or ``test``.
        """

    @property
    def splits(self) -> dict[str, NetworkDataset]:
        """The three parts."""
        if type(self) not in self._made:
            folder = tempfile.TemporaryDirectory()
            self._folders.append(folder)
            names = ("train", "validation", "test")
            self._made[type(self)] = {name: self.make(Path(folder.name), name) for name in names}
        return self._made[type(self)]

    def test_items_are_plain_data(self, seed: int) -> None:
        """With the attributes and shapes of :class:`aqnet_pyg.datasets.StationDataset`, finite, and 0 where missing."""
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

    def test_hidden_stations_have_nothing_to_read(self, seed: int) -> None:
        """They are targets in the test, and are left out of what is trained and validated on."""
        test = self.splits["test"]
        assert test.hidden.any(), "no station is hidden in the test; give hide= in make()."
        data = test[seed % len(test)]
        assert not data.x[test.hidden].any(), "x holds what hidden stations measured."
        assert not data.visible[test.hidden].any(), "hidden stations are visible."
        hidden = {code for code, off in zip(test.codes, test.hidden.tolist(), strict=True) if off}
        for name in ("train", "validation"):
            common = hidden & set(self.splits[name].codes)
            assert not common, f"the hidden station {min(common)} is in the part {name}."

    def test_parts_share_no_hour(self) -> None:
        """And follow each other: training, validation, test."""
        spans = {name: (dataset.time.min().item(), dataset.time.max().item()) for name, dataset in self.splits.items()}
        assert spans["train"][1] < spans["validation"][0], f"validation begins before the training ends: {spans}."
        assert spans["validation"][1] < spans["test"][0], f"the test begins before the validation ends: {spans}."

    def test_all_parts_are_scaled_alike(self) -> None:
        """By what the training holds: its standardized values have mean 0 and standard deviation 1."""
        train = self.splits["train"]
        assert len({dataset.scaler for dataset in self.splits.values()}) == 1, "the parts have other scalers."
        values = train.values.double().numpy().reshape(-1, len(train.scaler.variables))
        np.testing.assert_allclose(
            np.nanmean(values, axis=0), train.scaler.mean, rtol=1e-3, err_msg="mean of the scaler"
        )
        np.testing.assert_allclose(np.nanstd(values, axis=0), train.scaler.std, rtol=1e-3, err_msg="std of the scaler")

    def test_opened_again_it_is_the_same(self) -> None:
        """From what is kept in its folder."""
        train = self.splits["train"]
        again = self.make(Path(train.root), "train")
        assert len(again) == len(train)
        assert torch.equal(again.values.nan_to_num(-1.0), train.values.nan_to_num(-1.0)), (
            "other values the second time."
        )
        assert repr(again) == repr(train)

    def test_windows_go_into_a_loader(self) -> None:
        """Of PyG, as batches."""
        batch = next(iter(DataLoader(self.splits["train"], batch_size=2)))
        assert batch.num_graphs == min(2, len(self.splits["train"]))

    def test_station_data_come_back(self) -> None:
        """Checked, with the codes that the windows have."""
        found = check_station_data(self.splits["test"].to_xarray())
        assert list(found.station.values) == self.splits["test"].codes


def _where(bad: xr.DataArray) -> str:
    hour, station = (int(axis[0]) for axis in np.nonzero(bad.values))
    return f"station {bad.station.values[station]}, {np.datetime_as_string(bad.time.values[hour], unit='h')} UTC"


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
