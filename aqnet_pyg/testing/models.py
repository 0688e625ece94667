"""What is asked of any part of a network: that it can be saved, and lets nothing hidden through."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
import xarray as xr
from torch import Tensor, nn

from aqnet_pyg.datasets import Scaler, StationDataset
from aqnet_pyg.graph import BuildGraph
from aqnet_pyg.nn import AQNet, Sizes
from aqnet_pyg.stations import make_station_data
from aqnet_pyg.testing.invariants import assert_no_leak
from aqnet_pyg.windows import Window

WINDOWS = (Window(12, margin=2), Window(12, horizon=6))
"""One of each task."""


def assert_state_dict_restores(make: Callable[[], nn.Module], ask: Callable[[nn.Module], Tensor]) -> None:
    """Weights that are saved, and loaded into a part that is made anew, give the same, bit for bit.

    Args:
        make: Makes the part.
        ask: A call of it that gives one tensor, of any shape.

    Raises:
        AssertionError: If not, or if the weights cannot be saved without pickle.
    """
    trained, file = perturbed(make()), io.BytesIO()
    with torch.no_grad():
        torch.save(trained.state_dict(), file)
        file.seek(0)
        again = make()
        again.load_state_dict(torch.load(file, weights_only=True))
        assert torch.equal(ask(trained), ask(again)), (
            "a part with the saved weights says something else; keep all that it learns in parameters or buffers."
        )


def assert_no_leak_through_part(**parts: Callable[[Sizes], Any]) -> None:
    """In a model with these parts, to reconstruct and to forecast, nothing hidden changes a prediction, bit for bit.

    Args:
        **parts: By the name of the part of :class:`aqnet_pyg.nn.AQNet`: makes it from the sizes that it has to fit.

    Raises:
        AssertionError: With the first prediction that changed.
    """
    scaler = Scaler(("pm25", "no2"), (60.0, 30.0), (40.0, 20.0))
    for window in WINDOWS:
        plain = AQNet(window, scaler, k=3, channels=8)
        own = {name: make(plain.sizes) for name, make in parts.items()}
        model = perturbed(AQNet(window, scaler, k=3, channels=8, **own).eval())
        connect = BuildGraph(model.graph)

        @torch.no_grad()
        def predict(
            data: xr.Dataset,
            hidden: Any,
            model: AQNet = model,
            window: Window = window,
            connect: BuildGraph = connect,
        ) -> Tensor:
            return model(StationDataset(data, window, scaler=scaler, hidden=hidden, transform=connect)[0])

        assert_no_leak(predict, _stations(window.length), ["S01", "S06"], history=window.history)


def perturbed(part: nn.Module) -> nn.Module:
    """The part, with its weights moved from where they start: a departure that starts at zero would hide what goes into it.

    Args:
        part: Is changed.
    """
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in part.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=random))
    return part


def _stations(hours: int, count: int = 9) -> xr.Dataset:
    """Made-up station data with gaps."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {"longitude": rng.uniform(5, 15, count), "latitude": rng.uniform(45, 52, count)},
        index=[f"S{number:02d}" for number in range(count)],
    )
    values = {name: rng.gamma(4, 15, (hours, count)) for name in ("pm25", "no2")}
    for array in values.values():
        array[rng.random(array.shape) < 0.1] = np.nan
    time = pd.date_range("2024-01-01", periods=hours, freq="h")
    return make_station_data(values, time, table, time_zone="Europe/Berlin", source="made up for tests")
