"""Published networks that fill gaps in windows of multivariate series, from PyPOTS (Du, 2023, arXiv 2305.18811)."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

import numpy as np
import torch

from aqnet_pyg.baselines.gap_filler import GapFiller
from aqnet_pyg.errors import InputError
from aqnet_pyg.gap_masks import copied_gaps, network_outages

BATCH = 32
"""Windows in a batch."""

PATIENCE = 10
"""The training ends after this many epochs without a lower error in the validation weeks, and its best epoch is used."""

WEEK = 168
"""Hours of a part of the record that is for training or for validation."""

VALIDATION = 5
"""One in this many weeks is for validation."""


class PyPOTSFiller(GapFiller):
    """A network of PyPOTS on windows of consecutive hours, of which the stations are the variables.

    Windows begin every ``history // 4`` hours, and the estimates of those that overlap are averaged. Values are standardized by
    station, and not limited below. In a fifth of the weeks, gaps copied from other days and outages of all stations are masked;
    the error there ends the training and chooses the epoch. It needs ``pip install aqnet-pyg[imputation]``, and stations as in
    the fit.

    Args:
        history: Hours of a window.
        epochs: Largest number of passes over the training windows.
        seed: Random seed.
    """

    def __init__(self, history: int = 24, epochs: int = 100, seed: int = 0) -> None:
        self.history = history
        self.epochs = epochs
        self.seed = seed

    @abstractmethod
    def _network(self, imputation: Any, optimizer: Any, arguments: dict[str, Any]) -> Any:
        """Return the network.

        Args:
            imputation: The module ``pypots.imputation``.
            optimizer: The class ``pypots.optim.Adam``.
            arguments: Arguments that all networks take.
        """

    def _fit(self, values: np.ndarray, time: np.ndarray) -> None:
        imputation, optimizer = _pypots()
        count = np.isfinite(values).sum(axis=0)
        overall = np.nanmean(values), np.nanstd(values) or 1.0
        measured = np.where(count[None] > 1, values, overall[0])
        self._mean = np.nanmean(measured, axis=0)
        self._std = np.nanstd(measured, axis=0)
        self._std[self._std == 0] = overall[1]
        training, validation = self._examples(values)
        arguments = {
            "n_steps": training["X"].shape[1],
            "n_features": training["X"].shape[2],
            "batch_size": BATCH,
            "epochs": self.epochs,
            "patience": min(PATIENCE, self.epochs),
            "device": "cpu",
            "verbose": False,
        }
        with torch.random.fork_rng(devices=[]), _silent():
            torch.manual_seed(self.seed)
            self._fitted = self._network(imputation, optimizer, arguments)
            self._fitted.fit(training, validation)

    def _fill(self, values: np.ndarray, time: np.ndarray) -> np.ndarray:
        windows, start = self._windows(values)
        with torch.random.fork_rng(devices=[]), _silent():
            torch.manual_seed(self.seed)
            estimates = self._fitted.predict({"X": windows})["imputation"]
        total, number = np.zeros_like(values), np.zeros((len(values), 1))
        for first, estimate in zip(start, estimates, strict=True):
            total[first : first + self.history] += estimate
            number[first : first + self.history] += 1
        return total / number * self._std + self._mean

    def _examples(self, values: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray] | None]:
        """Windows to train on, and those of other weeks to validate on, if the record is long enough for both."""
        rng = np.random.default_rng(self.seed)
        missing = np.isnan(values)
        mask = copied_gaps(missing, rng) | network_outages(missing, rng)
        week = np.arange(len(values)) // WEEK
        weeks = np.unique(week[~missing.all(axis=1)])
        held = np.isin(week, rng.permutation(weeks)[: len(weeks) // VALIDATION])
        windows, start = self._windows(values)
        masked = self._windows(np.where(mask, np.nan, values))[0]
        share = np.array([held[first : first + self.history].mean() for first in start])
        any_measured = np.isfinite(windows).any(axis=(1, 2))
        training, validation = any_measured & (share == 0), np.isfinite(masked).any(axis=(1, 2)) & (share == 1)
        if not training.any() or not (np.isfinite(windows) & np.isnan(masked))[validation].any():
            return {"X": windows[any_measured]}, None
        return {"X": windows[training]}, {"X": masked[validation], "X_ori": windows[validation]}

    def _windows(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return standardized windows, float32 ``[window, hour, station]``, and their first hours, ``[window]``."""
        last = len(values) - self.history
        if last < 0:
            raise InputError(
                f"values: {len(values)} hours were given, fewer than the {self.history} of a window; give more."
            )
        start = np.unique([*range(0, last, max(self.history // 4, 1)), last])
        scaled = ((values - self._mean) / self._std).astype(np.float32)
        return np.stack([scaled[first : first + self.history] for first in start]), start


class SAITSFiller(PyPOTSFiller):
    """SAITS, self-attention over the hours of a window (Du et al., 2023, doi 10.1016/j.eswa.2023.119619)."""

    def _network(self, imputation: Any, optimizer: Any, arguments: dict[str, Any]) -> Any:
        sizes = {"n_layers": 2, "d_model": 256, "n_heads": 4, "d_k": 64, "d_v": 64, "d_ffn": 128, "dropout": 0.1}
        return imputation.SAITS(**arguments, **sizes, optimizer=optimizer(lr=0.001))


class BRITSFiller(PyPOTSFiller):
    """BRITS, a recurrent network in both directions of time (Cao et al., NeurIPS 2018, arXiv 1805.10572)."""

    def _network(self, imputation: Any, optimizer: Any, arguments: dict[str, Any]) -> Any:
        return imputation.BRITS(**arguments, rnn_hidden_size=64, optimizer=optimizer(lr=0.001))


def _pypots() -> tuple[Any, Any]:
    """Return the module of the networks, and the class of their optimizer."""
    try:
        with _silent():
            import pypots.imputation
            import pypots.optim
    except ModuleNotFoundError as error:
        raise InputError(
            f"SAITS and BRITS need PyPOTS, and {error.name} is not installed; use: pip install 'aqnet-pyg[imputation]'."
        ) from None
    return pypots.imputation, pypots.optim.Adam


@contextmanager
def _silent() -> Iterator[None]:
    """Suppress the banner of PyPOTS."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        yield
