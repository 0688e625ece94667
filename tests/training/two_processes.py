"""Trains a network in one process and in two, and prints what must be equal as JSON; run by ``test_distributed.py``."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from lightning import seed_everything
from station_samples import random_station_data
from training.training_windows import WINDOW

from aqnet_pyg.nn import AQNet
from aqnet_pyg.training import StationDataModule, train

HOURS = WINDOW.length + 7
"""Training hours: eight windows, which are one batch of one process, or one batch of each of two."""


class HideNothing:
    """Random hiding would differ between processes."""

    def __call__(self, data):
        return data


def trained(folder, processes, **options):
    """Parameters, and the columns of the learning curve."""
    seed_everything(0, verbose=False)
    data = random_station_data(stations=12, hours=HOURS + 2 * WINDOW.length, missing=0.0)
    hidden = data.station.values[-3:]
    validation = data.isel(time=slice(HOURS, None))
    # Measured at hidden stations in the first window only, so that one of two processes has nothing to score.
    unmeasured = (validation.station.isin(hidden)) & (validation.time >= validation.time[WINDOW.steps + WINDOW.margin])
    windows = StationDataModule(
        data.drop_sel(station=hidden).isel(time=slice(0, HOURS)),
        validation.where(~unmeasured),
        hidden,
        WINDOW,
        k=4,
        batch_size=8 // processes,
        hiding=HideNothing(),
    )
    assert len(windows.train_windows) == 8
    model = AQNet(WINDOW, windows.scaler, k=4, channels=8)
    several = {"devices": processes, "strategy": "ddp_fork"} if processes > 1 else {}
    model = train(
        model, windows, folder, validate_every=1, trainer_options={"accelerator": "cpu", **several}, **options
    )
    curve = pd.read_csv(folder / "metrics.csv")
    return {
        "parameters": np.concatenate([each.detach().numpy().ravel() for each in model.parameters()]).tolist(),
        "val_mae": curve.val_mae.dropna().tolist(),
        "start": curve[["val_mae_untrained", "val_mae_kriging"]].dropna().values.ravel().tolist(),
        "steps": torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)["global_step"],
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    found = {}
    for processes in (1, 2):
        found[str(processes)] = trained(folder / f"{processes}", processes, steps=4)
        found[f"{processes} stopped"] = trained(
            folder / f"{processes} stopped", processes, steps=20, patience=2, learning_rate=0.0
        )
    print(json.dumps(found))
