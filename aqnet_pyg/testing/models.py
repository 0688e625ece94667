"""Assertions on the parts of a network: weights can be saved, and hidden values have no effect."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
import xarray as xr
from torch import Tensor, nn

from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.graph import BuildGraph
from aqnet_pyg.nn import AQNet, Sizes
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.stations import make_station_data
from aqnet_pyg.testing.invariants import assert_no_leak
from aqnet_pyg.windows import Window

WINDOWS = (Window(12, margin=2), Window(12, horizon=6))
"""One window for reconstruction, one for a forecast."""


def assert_state_dict_restores(make: Callable[[], nn.Module], call: Callable[[nn.Module], Tensor]) -> None:
    """Assert that a new module with the saved weights of another one gives the same output bit for bit.

    Args:
        make: Function that makes the module.
        call: Function that calls a module and returns a tensor of any shape.

    Raises:
        AssertionError: If the outputs differ, or the weights cannot be saved without pickle.
    """
    trained, file = perturbed(make()), io.BytesIO()
    with torch.no_grad():
        torch.save(trained.state_dict(), file)
        file.seek(0)
        again = make()
        again.load_state_dict(torch.load(file, weights_only=True))
        assert torch.equal(call(trained), call(again)), (
            "a module with the saved weights gives another output; store everything that is learned in parameters or buffers."
        )


def assert_no_leak_through_part(**parts: Callable[[Sizes], Any]) -> None:
    """Assert that in a model with these parts hidden values change no prediction, in reconstruction and in a forecast.

    Args:
        **parts: By argument name of :class:`aqnet_pyg.nn.AQNet`, a function that makes the part from the sizes of the model.

    Raises:
        AssertionError: With the first prediction that changed.
    """
    scaler = Scaler(("pm25", "no2"), (60.0, 30.0), (40.0, 20.0))
    for window in WINDOWS:
        plain = AQNet(window, scaler, k=3, channels=8)
        made = {name: make(plain.sizes) for name, make in parts.items()}
        model = AQNet(window, scaler, k=3, channels=8, **made).eval()
        perturbed(model)
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

        assert_no_leak(predict, synthetic_stations(window.length), ["S01", "S06"], history=window.history)


def perturbed(part: nn.Module) -> nn.Module:
    """Add noise to the weights of a module in place: a module that starts at zero would hide the effect of its inputs.

    Args:
        part: Module to change.
    """
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in part.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=random))
    return part


def synthetic_stations(hours: int, count: int = 9) -> xr.Dataset:
    """Return synthetic station data with gaps.

    Args:
        hours: Number of hours.
        count: Number of stations, ``S00``, ``S01`` and so on.
    """
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {"longitude": rng.uniform(5, 15, count), "latitude": rng.uniform(45, 52, count)},
        index=[f"S{number:02d}" for number in range(count)],
    )
    values = {name: rng.gamma(4, 15, (hours, count)) for name in ("pm25", "no2")}
    for array in values.values():
        array[rng.random(array.shape) < 0.1] = np.nan
    time = pd.date_range("2024-01-01", periods=hours, freq="h")
    return make_station_data(values, time, table, time_zone="Europe/Berlin", source="synthetic data for tests")
