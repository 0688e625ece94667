"""Training of a network: a Lightning module and the function that runs it."""

from __future__ import annotations

import csv
import logging
import math
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, EMAWeightAveraging, ModelCheckpoint, TQDMProgressBar
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.plugins.io import TorchCheckpointIO
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor
from torch.nn import HuberLoss
from torch_geometric.data import Data

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.logs import warnings_only
from aqnet_pyg.nn import AQNet, parameter_groups
from aqnet_pyg.training.checkpoint_files import read_checkpoint, write_checkpoint
from aqnet_pyg.training.classical_start import (
    kriging_error,
    set_backgrounds,
    set_drift,
    set_regression,
    tuned_kriging,
)
from aqnet_pyg.training.data import StationDataModule
from aqnet_pyg.training.resumable_loader import ResumableLoader

log = logging.getLogger(__name__)

HUBER_DELTA = 0.3
"""Error in standard deviations at which the loss turns from square to linear."""


class TrainingModule(L.LightningModule):
    """Fits an :class:`aqnet_pyg.AQNet` to all available measurements.

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
        """Error at the validation stations, which are marked in the batch as ``scored``."""
        count = int(batch.scored.sum())
        # Logged with any number of values: processes that train together wait for each other's.
        error = (self.model(batch) - batch.y)[batch.scored].abs().mean() if count else batch.y.new_zeros(())
        self.log("val_mae", error, batch_size=count, prog_bar=True, sync_dist=True)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """AdamW with warm-up and cosine decay; the few parameters of the classical weights take larger steps."""
        groups = parameter_groups(self, self.learning_rate)
        optimizer = torch.optim.AdamW(groups, lr=self.learning_rate, weight_decay=self.weight_decay)
        steps = int(self.trainer.estimated_stepping_batches)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step / steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def _rate(progress: float, warm_up: float = 0.1) -> float:
    """Learning rate as a share of the largest, at a share of the training."""
    if progress < warm_up:
        return 0.05 + 0.95 * progress / warm_up
    return 0.5 * (1 + math.cos(math.pi * min((progress - warm_up) / (1 - warm_up), 1.0)))


class _LogValidation(Callback):
    """Writes a line to the log at each validation, so that a run without a terminal shows progress too.

    The first one is that of the untrained network, ``val_mae_untrained`` of the learning curve.

    Args:
        kriging: Error of kriging at the validation stations, its ``val_mae_kriging``; None in forecasts.
    """

    def __init__(self, kriging: float | None) -> None:
        self.kriging = kriging

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        # Lightning counts a step too many in the curve of a training that is resumed after a validation.
        trainer.fit_loop.epoch_loop._batches_that_stepped = trainer.global_step

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        error = trainer.callback_metrics.get("val_mae")
        if trainer.sanity_checking and error is not None:
            start = {"val_mae_untrained": float(error)}
            start |= {} if self.kriging is None else {"val_mae_kriging": self.kriging}
            for logger in trainer.loggers:
                logger.log_metrics(start, step=0)
        _write_curve(trainer)
        if error is not None:
            log.info(
                "step %d of %d: mean absolute error %.2f at validation stations",
                trainer.global_step,
                trainer.max_steps,
                error,
            )


class _CheckpointFiles(TorchCheckpointIO):
    """Writes the checkpoints of a training like other files of the package, and finds them in a folder that was moved."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_checkpoint(checkpoint, path)

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = None) -> dict[str, Any]:
        content = read_checkpoint(path)
        for state in content.get("callbacks", {}).values():  # none in what processes hand over
            if "best_model_path" in state:
                _move(state, Path(path).resolve().parent)
        return content


def _move(state: dict[str, Any], folder: Path) -> None:
    """Change the paths in the state of a :class:`ModelCheckpoint` to another folder."""

    def moved(path: str) -> str:
        return path and str(folder / Path(path).name)

    state["dirpath"] = str(folder)
    state["best_k_models"] = {moved(path): score for path, score in state["best_k_models"].items()}
    for name in ("best_model_path", "kth_best_model_path", "last_model_path"):
        state[name] = moved(state[name])


class _Stopped(Exception):
    """The training was stopped by a signal."""


class _StopAtSignals(Callback):
    """Saves a checkpoint between two steps after SIGINT or SIGTERM, in place of what Lightning does, and stops the training.

    A context manager: handlers of the signals are those of before at its end. A second signal has its usual effect at once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.received: int | None = None
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        for number in self._handlers:  # after Lightning has set its own
            signal.signal(number, self._receive)

    def _receive(self, number: int, frame: Any) -> None:
        self.received = number
        signal.signal(number, self._handlers[number])
        log.info("stopping after this step; a second signal stops at once")

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        if self.received is None:
            return
        if isinstance(trainer.train_dataloader, ResumableLoader):
            trainer.train_dataloader.put_back()
        progress = trainer.fit_loop.epoch_loop.batch_progress
        progress.is_last_batch = False  # this step is not begun: otherwise a resumed training would end the epoch here
        for count in (progress.total, progress.current):
            count.ready -= 1  # and validate a step early
        _write_curve(trainer)
        trainer.save_checkpoint(self.path)
        log.info("stopped at step %d of %d; %s is saved", trainer.global_step, trainer.max_steps, self.path)
        raise _Stopped

    def raise_signal(self) -> None:
        """Send the received signal again, to the handlers of before."""
        if self.received is not None:
            signal.raise_signal(self.received)


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
    trainer_options: dict[str, Any] | None = None,
) -> AQNet:
    """Train a network and return it in the state that was best at the validation stations and hours.

    :func:`aqnet_pyg.fit` does this and all around it; use this function for user-defined data or networks.

    Args:
        model: The network; trained in place.
        data: Training and validation windows.
        folder: Where checkpoints (``checkpoints/``) and the learning curve (``metrics.csv``) go.
        steps: Optimizer steps.
        validate_every: Steps between validations; there is one at the end at least.
        patience: Validations without improvement after which training stops.
        learning_rate: Largest rate of the schedule.
        loss: As :class:`TrainingModule`.
        resume: Go on from the last checkpoint in ``folder``, if there is one. On one machine the result is that of an
            uninterrupted training.
        trainer_options: Passed to :class:`lightning.Trainer`, such as ``{"devices": 4, "strategy": "ddp"}``.

    Returns:
        The network, in evaluation mode.

    Raises:
        InputError: If the checkpoint in ``folder`` is damaged or does not fit the network.
        KeyboardInterrupt: After SIGINT (Ctrl-C). After this signal and SIGTERM, the step that was begun is finished and a
            checkpoint saved, before the signal has its usual effect; a second signal has it at once.
    """
    folder = Path(folder)
    checkpoints = folder / "checkpoints"
    last = checkpoints / "last.ckpt"
    best = ModelCheckpoint(checkpoints, "best", monitor="val_mae", enable_version_counter=False)
    kriging = tuned_kriging(data.train_windows)
    set_backgrounds(model, kriging)
    set_drift(model, data.train_windows)
    set_regression(model, data.train_windows)
    forecasts = bool(data.train_windows.window.horizon)
    kriging_at_validation = None if forecasts else kriging_error(kriging, data.validation_windows)
    callbacks = [
        EMAWeightAveraging(decay=0.98),
        EarlyStopping("val_mae", patience=patience),
        best,
        ModelCheckpoint(checkpoints, "last", enable_version_counter=False),  # at every validation, better or not
        _LogValidation(kriging_at_validation),
        stop := _StopAtSignals(last),
    ]
    module = TrainingModule(model, learning_rate=learning_rate, loss=loss)
    resumed = last if resume and last.exists() else None
    with _quiet_lightning():
        logger = _learning_curve(folder, 0 if resumed is None else _resumed_step(resumed, module))
    terminal = sys.stderr.isatty()
    if terminal:
        callbacks.append(TQDMProgressBar())
    options: dict[str, Any] = {
        "max_steps": steps,
        "val_check_interval": min(validate_every, steps),
        "check_val_every_n_epoch": None,
        "num_sanity_val_steps": -1,  # all: the untrained network is scored
        "gradient_clip_val": 1.0,
        "callbacks": callbacks,
        "logger": logger,
        "enable_progress_bar": terminal,
        "enable_model_summary": False,
        "log_every_n_steps": 1,
    } | (trainer_options or {})
    options["plugins"] = [_CheckpointFiles(), *options.get("plugins", [])]
    with _quiet_lightning(), stop, suppress(_Stopped):
        try:
            L.Trainer(**options).fit(module, datamodule=data, ckpt_path=resumed, weights_only=True)
        except SystemExit as end:  # Lightning ends the process itself at Ctrl-C
            raise end.__context__ or end from None
    stop.raise_signal()
    module.load_state_dict(read_checkpoint(checkpoints / "best.ckpt")["state_dict"])
    return module.model.cpu().eval()


def _write_curve(trainer: L.Trainer) -> None:
    """Write ``metrics.csv``, before a checkpoint, so that a training resumed from it has all earlier rows."""
    for logger in trainer.loggers:
        logger.save()


def _learning_curve(folder: Path, step: int) -> CSVLogger:
    """The logger of ``metrics.csv`` that keeps the rows before a step; Lightning's removes all of an earlier training."""
    path, rows = folder / "metrics.csv", []
    if step and path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            rows = [
                row for row in csv.DictReader(file) if (row.get("step") or "").isdigit() and int(row["step"]) < step
            ]
    logger = CSVLogger(folder, name="", version="")
    logger.experiment.metrics = rows
    logger.save()
    return logger


def _resumed_step(checkpoint: Path, module: TrainingModule) -> int:
    """Number of finished steps in a checkpoint; an error if it is one of another network, before Lightning opens it."""
    content = read_checkpoint(checkpoint)
    found, expected = content["state_dict"], module.state_dict()
    if {name: value.shape for name, value in found.items()} != {name: value.shape for name, value in expected.items()}:
        raise InputError(
            f"{checkpoint}: it belongs to a network with other parts or sizes; remove it or choose another folder."
        )
    return int(content["global_step"])


@contextmanager
def _quiet_lightning() -> Iterator[None]:
    """Keep Lightning's hints out of the log: windows are cheap to prepare, and a resumed run shares its folder."""
    with warnings_only("lightning.pytorch", "lightning.fabric"), warnings.catch_warnings():
        for message in (
            ".*does not have many workers.*",
            ".*Experiment logs directory .* exists.*",
            ".*Checkpoint directory .* exists.*",
            ".*dataloader is not resumable.*",
            ".*treespec.*",
        ):
            warnings.filterwarnings("ignore", message)
        yield
