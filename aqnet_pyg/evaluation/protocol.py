"""Interface of the protocols: cases, running a method on a case, and the scored values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import xarray as xr

from aqnet_pyg.conformal import bin_names
from aqnet_pyg.ensembles.tuning import TunedInterpolators
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.method import Method
from aqnet_pyg.evaluation.result_cache import MethodResult


@dataclass(frozen=True)
class Request:
    """Data and options from which a protocol makes its cases.

    Args:
        folder: Folder of the data.
        open_data: Function that reads the archive in that folder as station data.
        target: The pollutant to predict.
        hidden: A file with the codes of the hidden stations, instead of folds.
        regime: Folds of stations drawn at ``random``, ``blocked`` in space, or ``both``.
        dates: Local dates of ``train``, ``validation`` and ``test`` that differ from the defaults, such as
            ``"2025-01-01/2025-01-20"``.
        known: Further variables that are known over the horizon of a forecast, at visible stations.
        source: Name of the reader of the data, or ``simulated``; ``None`` if it follows from the files.
    """

    folder: Path
    open_data: Callable[[], xr.Dataset]
    target: str = "pm25"
    hidden: str | None = None
    regime: str = "both"
    dates: Mapping[str, str] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    source: str | None = None


@dataclass(frozen=True)
class MethodOptions:
    """Options of the methods.

    Args:
        folder: Folder of the checkpoints of networks.
        steps: Training steps of networks; ``None`` for their default.
        device: Device of networks: ``auto``, ``cpu``, ``gpu``.
        variables: Input variables of networks; empty for every pollutant.
        known: Covariates that are known over the horizon.
        tuned: Cache of tuned interpolators, shared by the rows.
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
        truth: Measurements, shape ``[n]``, NaN where missing.
        block: Block number of each value for the bootstrap, shape ``[n]``.
        distance_km: Distance to the nearest visible station, shape ``[n]``; ``None`` at visible stations.
    """

    truth: np.ndarray
    block: np.ndarray
    distance_km: np.ndarray | None = None


class Bins(NamedTuple):
    """Bins in which intervals are scored.

    Args:
        dimension: Name of the quantity: ``distance`` or ``gap``.
        names: Names of the bins, in order.
    """

    dimension: str
    names: tuple[str, ...]


class Protocol(ABC):
    """An experiment that is fixed beforehand.

    Attributes:
        models: Rows that are computed by default.
        reference: Row that the others are compared with.
        interval_bins: Bins in which intervals are scored.
    """

    models: ClassVar[tuple[str, ...]]
    reference: ClassVar[str]
    interval_bins: ClassVar[Bins] = Bins("distance", tuple(bin_names()))

    @abstractmethod
    def cases(self, request: Request) -> list[Case]:
        """Return the cases, read from the data folder."""

    @abstractmethod
    def known_models(self) -> list[str]:
        """Return the names of all rows."""

    @abstractmethod
    def method(self, name: str, options: MethodOptions) -> Method:
        """Create the method of a row, not fitted.

        Args:
            name: Name of the row.
            options: Options of the methods.
        """

    @abstractmethod
    def run(self, case: Any, method: Any, seed: int, predicted_from: Any) -> MethodResult:
        """Fit a method to a case and predict its hidden values.

        Args:
            case: Case that the method is fitted to and calibrated on.
            method: A method of :meth:`method`.
            seed: Random seed.
            predicted_from: Case whose measurements are the input of the predictions: ``case``, except in an audit.
        """

    @abstractmethod
    def truths(self, case: Any) -> dict[str, Scored]:
        """Return the true values that predictions are scored against, by table."""

    @abstractmethod
    def predictions(self, case: Any, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the predictions for the same tables, each of shape ``[n]``.

        Args:
            case: The experiment.
            arrays: Arrays of the result of a method.
        """

    def score_intervals(
        self, case: Any, results: Sequence[Mapping[str, np.ndarray]]
    ) -> dict[str, list[dict[str, np.ndarray]]]:
        """Return the scores of the intervals of a method; none by default.

        Args:
            case: The experiment.
            results: Arrays of the results of the method, by seed.

        Returns:
            By kind of interval (``""`` for those of the row itself) and seed: ``covered``, ``width``, ``crps`` and the number
            of the ``bin``, each of shape ``[n]``.
        """
        return {}
