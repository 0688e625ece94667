"""Training: a Lightning module, its data module, and one function that runs them."""

from __future__ import annotations

import logging
import math
import sys
import warnings
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import lightning as L
import numpy as np
import torch
import xarray as xr
from lightning.pytorch.callbacks import Callback, EarlyStopping, EMAWeightAveraging, ModelCheckpoint, TQDMProgressBar
from lightning.pytorch.loggers import CSVLogger
from torch import Tensor
from torch.nn import HuberLoss
from torch_geometric.data import Data
from torch_geometric.loader import DataLoader
from torch_geometric.transforms import Compose

from aqnet_pyg.baselines import OrdinaryKriging
from aqnet_pyg.baselines.linear import ridge_by_lead
from aqnet_pyg.datasets import Scaler, StationDataset, Window
from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import BuildGraph, GraphBuilder, HideRandomStations, KNNGraphBuilder
from aqnet_pyg.nn import AQNet, KrigingBackground, StationForecast, parameter_groups
from aqnet_pyg.stations import pollutants_in

__all__ = ["HUBER_DELTA", "StationDataModule", "TrainingModule", "train"]

log = logging.getLogger(__name__)

NODES_PER_BATCH = 600
"""Stations in a batch, over its windows: enough for steady gradients, small enough for two cores."""

REGRESSION_ROWS = 30_000
REGRESSION_RIDGE = 1e-3
"""Histories of single stations that a regression is fitted to, and the ridge, as a part of their number."""

HUBER_DELTA = 0.3
"""Error in standard deviations at which the loss turns from square to linear."""


class StationDataModule(L.LightningDataModule):
    """Training and validation windows.

    Test stations and test hours have no way in: give neither. At every training step random stations, and sometimes all
    those of a region, are hidden anew.

    Args:
        train: Station data of the training stations and hours; the scaler is fitted to them.
        validation: Station data of the validation hours, with the training stations and the validation stations.
        validation_stations: Codes of those that are hidden there, and scored.
        window: Hours read and predicted.
        variables: What the model reads; default every pollutant in the data.
        target: The pollutant to predict.
        k: Neighbors of a target, where no graph is given.
        graph: How edges and their features are made, as in :class:`aqnet_pyg.nn.AQNet`.
        stride: Hours between the starts of training windows.
        batch_size: Windows of a batch; default as many as hold about :data:`NODES_PER_BATCH` stations.
        hiding: What is hidden in training.
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
        hiding: HideRandomStations | None = None,
        num_workers: int = 0,
        known: Sequence[str] = (),
    ) -> None:
        super().__init__()
        graph = KNNGraphBuilder(k) if graph is None else graph
        if graph.k >= train.sizes["station"]:
            raise InputError(
                f"k: {graph.k} neighbors were asked for, but there are {train.sizes['station']} training stations; "
                f"use at most {train.sizes['station'] - 1}."
            )
        self.scaler = Scaler.fit(train, variables or pollutants_in(train))
        self.known = Scaler.fit(train, known) if known else None
        self.graph = graph
        self.batch_size = batch_size or max(1, NODES_PER_BATCH // train.sizes["station"])
        self.num_workers = num_workers
        hiding = HideRandomStations() if hiding is None else hiding
        connect = BuildGraph(graph)
        shared = {"scaler": self.scaler, "target": target, "known": self.known}
        self.train_windows = StationDataset(
            train, window, stride=stride, transform=Compose([hiding, connect]), **shared
        )
        self.validation_windows = StationDataset(
            validation,
            window,
            stride=window.steps if window.task == "reconstruct" else 24,
            hidden=validation_stations,
            transform=connect,
            **shared,
        )
        scored = self.validation_windows.values[:, self.validation_windows.hidden, self.scaler.variables.index(target)]
        if scored.isnan().all():
            raise InputError(
                f"validation: {target} was not measured at any of the {len(set(validation_stations))} validation stations in the "
                "validation hours; choose other dates, more stations or another seed."
            )

    def train_dataloader(self) -> DataLoader:
        """Shuffled windows."""
        return self._loader(self.train_windows, shuffle=True)

    def val_dataloader(self) -> DataLoader:
        """Windows side by side, in the order of time."""
        return self._loader(self.validation_windows, shuffle=False)

    def _loader(self, windows: StationDataset, shuffle: bool) -> DataLoader:
        workers = {"num_workers": self.num_workers, "persistent_workers": self.num_workers > 0}
        return DataLoader(windows, self.batch_size, shuffle=shuffle, **workers)


def set_backgrounds(model: AQNet, windows: StationDataset) -> None:
    """Give the kriging backgrounds of a model the covariance that is best at the training stations, by leave-one-out."""
    backgrounds = [module for module in model.modules() if isinstance(module, KrigingBackground)]
    if backgrounds:
        longitude, latitude = windows.pos.numpy().T
        values = windows.values[:, :, windows.scaler.variables.index(windows.target)].numpy()
        kriging = OrdinaryKriging().fit((longitude, latitude), values)
        for background in backgrounds:
            background.set_covariance(kriging.range_km_, kriging.nugget_)


def set_regression(model: AQNet, windows: StationDataset) -> None:
    """Give the station forecasts in a model the linear regression that is best in the training windows, by ridge."""
    forecasts = [module for module in model.modules() if isinstance(module, StationForecast) and module.persistence]
    if not forecasts:
        return
    rows = REGRESSION_ROWS // len(windows.pos)
    chosen = [windows.get(number) for number in torch.randperm(len(windows))[: max(rows, 1)].tolist()]
    mean, std = model.scaler.mean[model.column], model.scaler.std[model.column]
    future = torch.cat([torch.where(data.y_mask, (data.y - mean) / std, torch.nan)[data.visible] for data in chosen])
    future = future.double().numpy()
    for module in forecasts:
        past, steps = [], []
        for data in chosen:
            past.append(
                module.history_features(
                    data.x[data.visible, :, model.column], data.x_mask[data.visible, :, model.column]
                )
            )
            steps.append(model.step_features(data)[data.visible])
        past, steps = torch.cat(past).double().numpy(), torch.cat(steps).numpy()
        fitted = [
            ridge_by_lead(np.concatenate([past, step], axis=1), truth[:, None], REGRESSION_RIDGE * len(past))
            for step, truth in zip(steps.transpose(1, 0, 2), future.T, strict=True)
        ]
        module.set_regression(*(torch.from_numpy(np.concatenate(parts)) for parts in zip(*fitted, strict=True)))


class TrainingModule(L.LightningModule):
    """Fits an :class:`AQNet` to what was measured, wherever it was measured.

    The loss is a Huber loss in units of the pollutant's standard deviation. In a reconstruction every training station
    is a target, interpolated from the others that are still visible; in a forecast, all of them are forecast. Validation
    scores the validation stations only: mean absolute error in the pollutant's units.

    Args:
        model: The model.
        learning_rate: Largest rate of the schedule.
        weight_decay: Of AdamW; the few parameters of the classical weights are not decayed.
        loss: Of predictions and measurements in standard deviations, both ``[n]``; default a Huber loss that turns from
            square to linear at :data:`HUBER_DELTA`.
    """

    def __init__(
        self,
        model: AQNet,
        *,
        learning_rate: float = 2e-3,
        weight_decay: float = 1e-2,
        loss: Callable[[Tensor, Tensor], Tensor] | None = None,
    ) -> None:
        super().__init__()
        self.model = model
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.loss = HuberLoss(delta=HUBER_DELTA) if loss is None else loss

    def training_step(self, batch: Data) -> Tensor:
        """Loss of a batch."""
        std = self.model.scaler.std[self.model.column]
        predicted, measured = self.model(batch)[batch.y_mask] / std, batch.y[batch.y_mask] / std
        loss = self.loss(predicted, measured)
        self.log("train_loss", loss, prog_bar=True, batch_size=batch.num_graphs)
        return loss

    def validation_step(self, batch: Data) -> None:
        """Error at the validation stations."""
        hidden = torch.cat([self.trainer.datamodule.validation_windows.hidden] * batch.num_graphs)
        scored = batch.y_mask & hidden.to(batch.y_mask.device)[:, None]
        if scored.any():
            error = (self.model(batch) - batch.y)[scored].abs().mean()
            self.log("val_mae", error, batch_size=int(scored.sum()), prog_bar=True, sync_dist=True)

    def configure_optimizers(self) -> dict:
        """AdamW with warm-up and cosine decay; the few parameters of the classical weights take larger steps."""
        groups = parameter_groups(self, self.learning_rate)
        optimizer = torch.optim.AdamW(groups, lr=self.learning_rate, weight_decay=self.weight_decay)
        steps = int(self.trainer.estimated_stepping_batches)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step / steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def _rate(progress: float, warm_up: float = 0.1) -> float:
    """Learning rate as a part of the largest, at a part of the training."""
    if progress < warm_up:
        return 0.05 + 0.95 * progress / warm_up
    return 0.5 * (1 + math.cos(math.pi * min((progress - warm_up) / (1 - warm_up), 1.0)))


class _Report(Callback):
    """Writes a line to the log at each validation, so that a run without a terminal shows progress too."""

    def on_validation_end(self, trainer: L.Trainer, pl_module: TrainingModule) -> None:
        error = trainer.callback_metrics.get("val_mae")
        if error is not None and not trainer.sanity_checking:
            log.info(
                "step %d of %d: mean absolute error %.2f at validation stations",
                trainer.global_step,
                trainer.max_steps,
                error,
            )


def train(
    model: AQNet,
    data: StationDataModule,
    folder: str | Path,
    *,
    steps: int = 400,
    validate_every: int = 50,
    patience: int = 6,
    learning_rate: float = 2e-3,
    loss: Callable[[Tensor, Tensor], Tensor] | None = None,
    resume: bool = False,
    trainer_options: dict | None = None,
) -> AQNet:
    """Train a model and give back the state that was best at the validation stations and hours.

    Args:
        model: The model; trained in place.
        data: Training and validation windows.
        folder: Where checkpoints (``checkpoints/``) and the learning curve (``metrics.csv``) go.
        steps: Optimizer steps.
        validate_every: Steps between validations; there is one at the end at least.
        patience: Validations without improvement after which training stops.
        learning_rate: Largest rate of the schedule.
        loss: As :class:`TrainingModule`.
        resume: Go on from the last checkpoint in ``folder``, if there is one.
        trainer_options: Passed to :class:`lightning.Trainer`, such as ``{"devices": 4, "strategy": "ddp"}``.

    Returns:
        The model, in evaluation mode.

    Raises:
        InputError: If the checkpoint in ``folder`` does not fit the model.
    """
    folder = Path(folder)
    checkpoints = folder / "checkpoints"
    last = checkpoints / "last.ckpt"
    best = ModelCheckpoint(checkpoints, "best", monitor="val_mae", enable_version_counter=False)
    callbacks = [
        EMAWeightAveraging(decay=0.98),
        EarlyStopping("val_mae", patience=patience),
        best,
        ModelCheckpoint(checkpoints, "last", enable_version_counter=False),  # at every validation, better or not
        _Report(),
    ]
    terminal = sys.stderr.isatty()
    if terminal:
        callbacks.append(TQDMProgressBar())
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    options = {
        "max_steps": steps,
        "val_check_interval": min(validate_every, steps),
        "check_val_every_n_epoch": None,
        "num_sanity_val_steps": 0,
        "gradient_clip_val": 1.0,
        "callbacks": callbacks,
        "logger": CSVLogger(folder, name="", version=""),
        "enable_progress_bar": terminal,
        "enable_model_summary": False,
        "log_every_n_steps": 1,
    } | (trainer_options or {})
    set_backgrounds(model, data.train_windows)
    set_regression(model, data.train_windows)
    module = TrainingModule(model, learning_rate=learning_rate, loss=loss)
    with warnings.catch_warnings():
        # Windows are cheap to prepare, and the learning curve of a resumed run goes on in the same folder.
        warnings.filterwarnings("ignore", ".*does not have many workers.*")
        warnings.filterwarnings("ignore", ".*Experiment logs directory .* exists.*")
        warnings.filterwarnings("ignore", ".*Checkpoint directory .* exists.*")
        warnings.filterwarnings("ignore", ".*dataloader is not resumable.*")
        warnings.filterwarnings("ignore", ".*treespec.*")
        trainer = L.Trainer(**options)
        try:
            trainer.fit(
                module, datamodule=data, ckpt_path=last if resume and last.exists() else None, weights_only=True
            )
        except (RuntimeError, KeyError) as error:
            if resume and "state_dict" in str(error):
                raise InputError(f"{last}: it was left by another model; remove it or choose another folder.") from None
            raise
    if trainer.interrupted:
        raise KeyboardInterrupt
    state = torch.load(best.best_model_path, map_location="cpu", weights_only=True)["state_dict"]
    module.load_state_dict(state)
    return module.model.cpu().eval()
