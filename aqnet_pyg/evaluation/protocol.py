"""The interface of protocols: their cases, how a method is run on one, and which values are scored."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import xarray as xr

from aqnet_pyg.ensembles.tuning import TunedInterpolators
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.result_cache import MethodResult


@dataclass(frozen=True)
class Request:
    """The data and options of an evaluation.

    Args:
        folder: Where the data are.
        open_data: Reads the archive in that folder as station data.
        target: The pollutant to predict.
        hidden: A file with the codes of the hidden stations, instead of folds.
        regime: Which stations are hidden together: ``random``, ``blocked`` or ``both`` after each other.
        dates: Local dates of ``train``, ``validation`` and ``test`` that differ from the defaults, such as
            ``"2025-01-01/2025-01-20"``.
        known: Further variables that are known over the horizon of a forecast, at visible stations.
    """

    folder: Path
    open_data: Callable[[], xr.Dataset]
    target: str = "pm25"
    hidden: str | None = None
    regime: str = "both"
    dates: Mapping[str, str] = field(default_factory=dict)
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class MethodOptions:
    """Options of methods that train networks.

    Args:
        folder: Where the checkpoints of a training go.
        steps: Training steps; ``None`` leaves it to the model.
        device: Where to train: ``auto``, ``cpu``, ``gpu``.
        variables: Variables that networks read; by default every pollutant.
        known: Covariates that are known over the horizon, too.
        tuned: Interpolators that were tuned before, shared by the rows.
    """

    folder: Path
    steps: int | None = None
    device: str = "auto"
    variables: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    tuned: TunedInterpolators = field(default_factory=TunedInterpolators, repr=False, compare=False)


class Scored(NamedTuple):
    """Truth that predictions are scored against.

    Args:
        truth: Shape ``[n]``, NaN where it is not known.
        block: Values of one block are drawn together by the bootstrap, shape ``[n]``.
        distance_km: To the nearest visible station, shape ``[n]``; ``None`` at visible stations.
    """

    truth: np.ndarray
    block: np.ndarray
    distance_km: np.ndarray | None = None


class Protocol(ABC):
    """An experiment that is fixed beforehand.

    Attributes:
        models: The rows that are computed if none are named.
        reference: The row that differences are taken to.
    """

    models: ClassVar[tuple[str, ...]]
    reference: ClassVar[str]

    @abstractmethod
    def cases(self, request: Request) -> list[Case]:
        """The experiments, read from the data folder."""

    @abstractmethod
    def known_models(self) -> list[str]:
        """Names of all rows that can be computed."""

    @abstractmethod
    def method(self, name: str, options: MethodOptions) -> Any:
        """A method, not fitted.

        Args:
            name: Of the row.
            options: Of methods.
        """

    @abstractmethod
    def run(self, case: Case, method: Any, seed: int, shown: Case) -> MethodResult:
        """Fit a method to a case and predict what is hidden in it.

        Args:
            case: The case that the method is fitted to and calibrated on.
            method: As :meth:`method` gives it.
            seed: Of everything random.
            shown: The case whose measurements it predicts from; another one than ``case`` in an audit.
        """

    @abstractmethod
    def truths(self, case: Case) -> dict[str, Scored]:
        """Return the scored measurements, by the name of the table."""

    @abstractmethod
    def predictions(self, case: Case, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The predictions of a part for the same tables, each of shape ``[n]``.

        Args:
            case: The experiment.
            arrays: Of the part.
        """
