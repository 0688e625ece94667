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

BATCH = 32
"""Windows in a batch."""


class PyPOTSFiller(GapFiller):
    """A network of PyPOTS on windows of consecutive hours, of which the stations are the variables.

    Windows begin every ``history // 2`` hours, and the estimates of those that overlap are averaged. Values are standardized by
    station, and not limited below. It needs ``pip install aqnet-pyg[imputation]``, and stations as in the fit.

    Args:
        history: Hours of a window.
        epochs: Passes over the training windows.
        seed: Random seed.
    """

    def __init__(self, history: int = 24, epochs: int = 50, seed: int = 0) -> None:
        self.history = history
        self.epochs = epochs
        self.seed = seed

    @abstractmethod
    def _network(self, imputation: Any, arguments: dict[str, Any]) -> Any:
        """Return the network.

        Args:
            imputation: The module ``pypots.imputation``.
            arguments: Arguments that all networks take.
        """

    def _fit(self, values: np.ndarray, time: np.ndarray) -> None:
        imputation = _imputation()
        count = np.isfinite(values).sum(axis=0)
        overall = np.nanmean(values), np.nanstd(values) or 1.0
        measured = np.where(count[None] > 1, values, overall[0])
        self._mean = np.nanmean(measured, axis=0)
        self._std = np.nanstd(measured, axis=0)
        self._std[self._std == 0] = overall[1]
        windows = self._windows(values)[0]
        windows = windows[np.isfinite(windows).any(axis=(1, 2))]
        arguments = {
            "n_steps": windows.shape[1],
            "n_features": windows.shape[2],
            "batch_size": BATCH,
            "epochs": self.epochs,
            "device": "cpu",
            "verbose": False,
        }
        with torch.random.fork_rng(devices=[]), _silent():
            torch.manual_seed(self.seed)
            self._fitted = self._network(imputation, arguments)
            self._fitted.fit({"X": windows})

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

    def _windows(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return standardized windows, float32 ``[window, hour, station]``, and their first hours, ``[window]``."""
        last = len(values) - self.history
        if last < 0:
            raise InputError(
                f"values: {len(values)} hours were given, fewer than the {self.history} of a window; give more."
            )
        start = np.unique([*range(0, last, max(self.history // 2, 1)), last])
        scaled = ((values - self._mean) / self._std).astype(np.float32)
        return np.stack([scaled[first : first + self.history] for first in start]), start


class SAITSFiller(PyPOTSFiller):
    """SAITS, self-attention over the hours of a window (Du et al., 2023, doi 10.1016/j.eswa.2023.119619)."""

    def _network(self, imputation: Any, arguments: dict[str, Any]) -> Any:
        sizes = {"n_layers": 2, "d_model": 128, "n_heads": 4, "d_k": 32, "d_v": 32, "d_ffn": 128, "dropout": 0.1}
        return imputation.SAITS(**arguments, **sizes)


class BRITSFiller(PyPOTSFiller):
    """BRITS, a recurrent network in both directions of time (Cao et al., NeurIPS 2018, arXiv 1805.10572)."""

    def _network(self, imputation: Any, arguments: dict[str, Any]) -> Any:
        return imputation.BRITS(**arguments, rnn_hidden_size=64)


def _imputation() -> Any:
    try:
        with _silent():
            import pypots.imputation
    except ModuleNotFoundError as error:
        raise InputError(
            f"SAITS and BRITS need PyPOTS, and {error.name} is not installed; use: pip install 'aqnet-pyg[imputation]'."
        ) from None
    return pypots.imputation


@contextmanager
def _silent() -> Iterator[None]:
    """Suppress the banner of PyPOTS."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        yield
