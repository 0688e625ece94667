"""Training and validation windows as a Lightning data module."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import copy
from typing import Any

import lightning as L
import torch
import xarray as xr
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.loader import DataLoader
from torch_geometric.transforms import Compose

from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import BuildGraph, GraphBuilder, HideRandomStations, KNNGraphBuilder
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.stations import pollutants_in
from aqnet_pyg.training.resumable_loader import ResumableLoader
from aqnet_pyg.training.settings import TARGETS_PER_STEP
from aqnet_pyg.windows import Window

STATIONS_PER_BATCH = 600
"""Stations in a batch, over its windows: enough for steady gradients, small enough for two cores."""


class StationDataModule(L.LightningDataModule):
    """Training and validation windows.

    Give neither test stations nor test hours. At every training step random stations, and sometimes all
    those of a region, are hidden anew; in a reconstruction of many stations, a random sample of them is predicted, each from all
    others that are visible.

    Args:
        train: Station data of the training stations and hours; the scaler is fitted to them.
        validation: Station data of the validation hours, with the training stations and the validation stations.
        validation_stations: Codes of the stations that are hidden and scored in validation.
        window: Hours read and predicted.
        variables: Variables that the model reads; default every pollutant in the data.
        target: The pollutant to predict.
        k: Neighbors of a target, where no graph is given.
        graph: Graph builder of edges and their features, as in :class:`aqnet_pyg.nn.AQNet`.
        stride: Hours between the starts of training windows.
        batch_size: Windows of a batch; default as many as hold about :data:`STATIONS_PER_BATCH` stations.
        targets_per_step: Stations that are predicted in a window of a training step to reconstruct: all, or random ones of this
            number. A forecast predicts all.
        hiding: Transform that hides stations in training.
        num_workers: Processes that prepare windows.
        known: Covariates that are known at the predicted hours, as for :class:`aqnet_pyg.nn.AQNet`.

    Raises:
        InputError: If a part is shorter than a window, or variables or codes are unknown.
    """

    def __init__(
        self,
        train: xr.Dataset,
        validation: xr.Dataset,
        validation_stations: Collection[str],
        window: Window,
        *,
        variables: Sequence[str] | None = None,
        target: str = "pm25",
        k: int = 16,
        graph: GraphBuilder | None = None,
        stride: int = 1,
        batch_size: int | None = None,
        targets_per_step: int = TARGETS_PER_STEP,
        hiding: HideRandomStations | None = None,
        num_workers: int = 0,
        known: Sequence[str] = (),
    ) -> None:
        super().__init__()
        graph = KNNGraphBuilder(k) if graph is None else graph
        if graph.k >= train.sizes["station"]:
            raise InputError(
                f"k: {graph.k} neighbors do not fit {train.sizes['station']} training stations; "
                f"use at most {train.sizes['station'] - 1}."
            )
        self.scaler = Scaler.fit(train, variables or pollutants_in(train))
        self.known = Scaler.fit(train, known) if known else None
        self.graph = graph
        self.batch_size = batch_size or max(1, STATIONS_PER_BATCH // train.sizes["station"])
        self.num_workers = num_workers
        transforms = [HideRandomStations() if hiding is None else hiding, BuildGraph(graph)]
        if not window.horizon and train.sizes["station"] > targets_per_step:
            transforms.append(_SampleTargets(targets_per_step))
        self.train_windows = StationDataset(
            train,
            window,
            scaler=self.scaler,
            target=target,
            stride=stride,
            transform=Compose(transforms),
            known=self.known,
        )
        self.validation_windows = self.evaluation_windows(validation, validation_stations)
        scored = self.validation_windows.values[:, self.validation_windows.hidden, self.scaler.variables.index(target)]
        if scored.isnan().all():
            raise InputError(
                f"validation: {target} was not measured at any of the {len(set(validation_stations))} validation stations in the "
                "validation hours; choose other dates, more stations or another seed."
            )

    def evaluation_windows(self, stations: xr.Dataset, hidden: Collection[str]) -> StationDataset:
        """Windows side by side over further station data, with the measurements at the hidden stations marked as ``scored``.

        Args:
            stations: Station data, such as those of the test hours.
            hidden: Codes of the stations that are hidden and scored.
        """
        window, target = self.train_windows.window, self.train_windows.target
        windows = StationDataset(
            stations,
            window,
            scaler=self.scaler,
            target=target,
            hidden=hidden,
            stride=window.stride,
            known=self.known,
        )
        windows.transform = Compose([BuildGraph(self.graph), _MarkScored(windows.hidden)])
        return windows

    def train_dataloader(self) -> DataLoader:
        """Shuffled windows; the position in them is part of a checkpoint."""
        return ResumableLoader(self.train_windows, self.batch_size, shuffle=True, **self._workers)

    def val_dataloader(self) -> DataLoader:
        """Windows side by side, in the order of time; only the validation stations are their ``targets``."""
        windows = copy(self.validation_windows)
        windows.transform = Compose([windows.transform, _PredictHidden(windows.hidden)])
        return DataLoader(windows, self.batch_size, **self._workers)

    @property
    def _workers(self) -> dict[str, Any]:
        return {"num_workers": self.num_workers, "persistent_workers": self.num_workers > 0}


class _SampleTargets:
    """Transform that keeps as ``targets``, bool, shape ``[N]``, random stations that measured, and only the edges to them."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __call__(self, data: Data) -> Data:
        measured = data.y_mask.any(dim=1).nonzero().flatten()
        targets = torch.zeros(len(data.pos), dtype=torch.bool)
        targets[measured[torch.randperm(len(measured))[: self.count]]] = True
        return _with_targets(data, targets)


class _PredictHidden:
    """Transform that keeps as ``targets`` the validation stations, and only the edges to them: no others are scored."""

    def __init__(self, hidden: Tensor) -> None:
        self.hidden = hidden

    def __call__(self, data: Data) -> Data:
        return _with_targets(data, self.hidden)


def _with_targets(data: Data, targets: Tensor) -> Data:
    """Set ``targets``, bool, shape ``[N]``, and drop measurements at other stations and the edges to them."""
    data.targets = targets
    data.y_mask = data.y_mask & targets[:, None]
    kept = targets[data.edge_index[1]]
    data.edge_index, data.edge_attr = data.edge_index[:, kept], data.edge_attr[kept]
    return data


class _MarkScored:
    """Transform that marks the measurements at the validation stations as ``scored``, bool, shape ``[N, steps]``.

    ``visible`` does not tell them: stations that measured nothing in the history of a window are not visible in it either.
    """

    def __init__(self, hidden: Tensor) -> None:
        self.hidden = hidden

    def __call__(self, data: Data) -> Data:
        data.scored = data.y_mask & self.hidden[:, None]
        return data
