"""Neural-network forecasters: their common training, and the LSTM. Imports torch."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Mapping
from math import gcd
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aqnet_pyg.baselines.forecaster import Forecaster, Windows, draw_windows, fill
from aqnet_pyg.errors import InputError

BATCH_SIZE = 256
"""Windows per step."""

PATIENCE = 4
"""Number of epochs without improvement after which training stops."""

_CHUNK = 4096
"""Histories in one forward pass at prediction, to limit the memory."""


class NetworkForecaster(Forecaster):
    """Neural network that forecasts single stations, from departures in units of their standard deviation.

    A subclass builds the network in ``_network``. It is trained with AdamW on random windows to minimize the
    mean squared error at measured hours; the last tenth of the training hours is held out, and the weights with the least
    error there are used. The same seed gives the same weights.

    Args:
        history: Hours of input.
        horizon: Hours to forecast.
        utc_offset: Hours from UTC to local time.
        windows: Largest number of training windows, drawn at random.
        epochs: Maximum number of epochs.
        learning_rate: Learning rate of AdamW.
        seed: Seed of the draw, the initial weights and the batch order.

    Attributes:
        network_: The trained network.
        std_: Standard deviation of the departures.
        validation_losses_: Loss in the held-out hours after each epoch.
    """

    def __init__(
        self,
        history: int = 336,
        horizon: int = 168,
        utc_offset: float = 8.0,
        windows: int = 20_000,
        epochs: int = 10,
        learning_rate: float = 1e-3,
        seed: int = 0,
    ) -> None:
        super().__init__(history, horizon, utc_offset)
        self.windows = windows
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.seed = seed

    @abstractmethod
    def _network(self) -> nn.Module:
        """Return the untrained network.

        Its inputs are the filled histories, ``[window, history]``, the mask of measured hours, bool, of the same shape, and
        the daily and annual cycles of the last hour, ``[window, 4]``; its output is ``[window, horizon]``.
        """

    def state(self) -> dict[str, Any]:
        """Parameters and fitted attributes, those of the network as tensors."""
        state = super().state()
        return {**state, "fitted": state["fitted"] | {"network_": self.network_.state_dict()}}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Undo :meth:`state`.

        Args:
            state: As :meth:`state` returned it.
        """
        forecaster = super().from_state(state)
        forecaster.network_ = forecaster._network()
        forecaster.network_.load_state_dict(state["fitted"]["network_"])
        forecaster.network_.eval()
        return forecaster

    def _fit(self, departure: np.ndarray, time: pd.DatetimeIndex) -> None:
        held_out = max(len(time) // 10, self.horizon)
        start = len(time) - held_out
        if start < self.history + self.horizon:
            raise InputError(
                f"values: {len(time)} hours were given, of which the last {held_out} are held out; "
                f"give at least {self.history + self.horizon + held_out}."
            )
        std = float(np.nanstd(departure))
        self.std_ = std if std > 0 else 1.0
        rng = np.random.default_rng(self.seed)
        train = draw_windows(departure[:start], time[:start], self.history, self.horizon, self.windows, rng)
        # Histories may extend back into the training hours, as they do at prediction; the forecast hours may not.
        before = start - self.history
        last = draw_windows(departure[before:], time[before:], self.history, self.horizon, self.windows // 10, rng)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            self.network_ = self._network()
            self.validation_losses_ = self._train(self._tensors(train), self._tensors(last))

    def _train(self, train: tuple[Tensor, ...], validation: tuple[Tensor, ...]) -> list[float]:
        optimizer = torch.optim.AdamW(self.network_.parameters(), lr=self.learning_rate, weight_decay=1e-2)
        losses, best = [], copy.deepcopy(self.network_.state_dict())
        for _ in range(self.epochs):
            self.network_.train()
            for batch in torch.randperm(len(train[0])).split(BATCH_SIZE):
                *inputs, future = (part[batch] for part in train)
                optimizer.zero_grad()
                _loss(self.network_(*inputs), future).backward()
                nn.utils.clip_grad_norm_(self.network_.parameters(), 1.0)
                optimizer.step()
            losses.append(float(_loss(self._forecast(*validation[:-1]), validation[-1])))
            if losses[-1] == min(losses):
                best = copy.deepcopy(self.network_.state_dict())
            elif len(losses) - 1 - int(np.argmin(losses)) >= PATIENCE:
                break
        self.network_.load_state_dict(best)
        self.network_.eval()
        return losses

    def _predict(self, departure: np.ndarray, end: pd.DatetimeIndex) -> np.ndarray:
        by_station = departure.transpose(0, 2, 1)
        flat = by_station.reshape(-1, self.history)
        result = self._forecast(*self._inputs(flat, end.repeat(by_station.shape[1]))).double().numpy() * self.std_
        result[np.isnan(flat).all(axis=1)] = np.nan
        return result.reshape(*by_station.shape[:2], self.horizon).transpose(0, 2, 1)

    @torch.no_grad()
    def _forecast(self, *inputs: Tensor) -> Tensor:
        self.network_.eval()
        return torch.cat(
            [self.network_(*chunk) for chunk in zip(*(part.split(_CHUNK) for part in inputs), strict=True)]
        )

    def _inputs(self, history: np.ndarray, end: pd.DatetimeIndex) -> tuple[Tensor, Tensor, Tensor]:
        filled = torch.from_numpy(fill(history) / self.std_).float()
        return filled, torch.from_numpy(np.isfinite(history)), torch.from_numpy(self._cycles(end)).float()

    def _tensors(self, windows: Windows) -> tuple[Tensor, ...]:
        return *self._inputs(windows.history, windows.end), torch.from_numpy(windows.future / self.std_).float()


def _loss(forecast: Tensor, truth: Tensor) -> Tensor:
    known = truth.isfinite()
    return F.mse_loss(forecast[known], truth[known])


class LSTMForecaster(NetworkForecaster):
    """A long short-term memory (Hochreiter and Schmidhuber 1997, doi 10.1162/neco.1997.9.8.1735) over the history.

    Each step takes six hours, with their mask and the local time; all hours are forecast from the last
    state. For the other arguments see :class:`NetworkForecaster`.

    Args:
        channels: Size of the state.
        layers: Number of layers.
        dropout: Dropout probability of the last state.
    """

    def __init__(
        self,
        history: int = 336,
        horizon: int = 168,
        utc_offset: float = 8.0,
        windows: int = 20_000,
        epochs: int = 10,
        learning_rate: float = 2e-3,
        seed: int = 0,
        channels: int = 32,
        layers: int = 1,
        dropout: float = 0.5,
    ) -> None:
        super().__init__(history, horizon, utc_offset, windows, epochs, learning_rate, seed)
        self.channels = channels
        self.layers = layers
        self.dropout = dropout

    def _network(self) -> nn.Module:
        return _LSTM(gcd(self.history, 6), self.horizon, self.channels, self.layers, self.dropout)


class _LSTM(nn.Module):
    def __init__(self, step: int, horizon: int, channels: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.step = step
        self.lstm = nn.LSTM(2 * step + 4, channels, layers, batch_first=True)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(channels, horizon))

    def forward(self, history: Tensor, measured: Tensor, cycles: Tensor) -> Tensor:
        values, mask = history.unfold(1, self.step, self.step), measured.float().unfold(1, self.step, self.step)
        clock = cycles[:, None].expand(-1, values.shape[1], -1)
        states, _ = self.lstm(torch.cat([values, mask, clock], dim=-1))
        return self.head(states[:, -1])
