"""Interface of predictors: networks, krigings and ensembles, which predict a pollutant from station data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import xarray as xr

from aqnet_pyg.windows import Window

Progress = Callable[[Iterable, int], Iterable]
"""Wraps the loop over windows and is given their number, such as a progress bar."""


class Predictions(NamedTuple):
    """Predictions and their standard deviations in the units of the pollutant: ``[2, *axes, target]``, float32.

    The axes are the hours of a reconstruction, or the windows and the hours ahead of a forecast.

    Args:
        stations: At the stations.
        cells: At the cells; empty along the last axis where there are none. Of a predictor with a background,
            ``[3, *axes, target]``: the background is the third.
    """

    stations: np.ndarray
    cells: np.ndarray


@dataclass(frozen=True, eq=False)
class Request:
    """Targets and windows of a prediction.

    Args:
        hidden: Codes of stations whose measurements are not used.
        cells: Longitude and latitude of further targets in degrees, shape ``[M, 2]``.
        stride: Hours between the starts of windows; in a reconstruction ``window.steps``, so that windows are side by side.
        at_visible: Whether a reconstruction at the visible stations is wanted; without, it may be NaN there.
        device: Where networks compute: ``auto``, ``cpu``, ``gpu``, or a device of PyTorch such as ``cuda:1``.
        grid_shape: Rows and columns, if the cells are a regular grid, row by row, on which networks may interpolate their
            departure from kriging and spread between cells (:func:`aqnet_pyg.inference.evaluate_adaptively`).
    """

    hidden: tuple[str, ...]
    cells: np.ndarray
    stride: int
    at_visible: bool = True
    device: str = "cpu"
    grid_shape: tuple[int, int] | None = None


class Predictor(ABC):
    """A network, a kriging or an ensemble of them, ready to predict.

    Attributes:
        kind: ``"network"``, ``"kriging"``, ``"krigings"``, ``"ensemble"`` or ``"module"``.
        window: Hours read and predicted.
        target: The pollutant that is predicted.
        variables: Variables of the station data that are read.
        known: Variables of the station data that are covariates, known at every place; at cells they are given.
        first_guess: Variables of the station data that are first guesses of the target; at cells they are covariates.
        min_visible: Smallest number of visible stations from which it can predict.
    """

    kind: str
    window: Window
    target: str
    variables: tuple[str, ...]
    known: tuple[str, ...] = ()
    first_guess: tuple[str, ...] = ()
    min_visible: int = 2

    @property
    def has_background(self) -> bool:
        """Whether predictions at cells come with ordinary kriging of the measurements, from which they depart."""
        return False

    @abstractmethod
    def predict(
        self,
        stations: xr.Dataset,
        request: Request,
        covariates: xr.Dataset | None = None,
        progress: Progress | None = None,
    ) -> Predictions:
        """Predict in every window that fits into the station data.

        A reconstruction at a visible station uses the other stations only.

        Args:
            stations: Station data in the order of their codes.
            request: Targets and windows.
            covariates: Covariates at the cells, dimensions ``(time, cell)``, on the hours of the stations.
            progress: Wraps the loop over windows, such as a progress bar.
        """

    def interpolates_departure(self, request: Request) -> bool:
        """Whether the departure of networks from kriging is not evaluated at every cell of the request."""
        return False

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Return what predictions depend on, except the code, as tensors, numbers, text, lists and dictionaries."""

    @classmethod
    @abstractmethod
    def from_state(cls, state: dict[str, Any], **parts: Any) -> Self:
        """Undo :meth:`state`.

        Args:
            state: As :meth:`state` returned it.
            parts: User-defined parts of a network, by name.
        """
