"""A model that fills the gaps of stations: a space-time estimate, networks that start from it, and intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
import torch
from torch import Tensor

from aqnet_pyg.baselines import SpaceTimeFiller
from aqnet_pyg.baselines.base import Coordinates
from aqnet_pyg.baselines.gap_filler import Estimate
from aqnet_pyg.ensembles.gap_intervals import LEVEL, GapIntervals
from aqnet_pyg.errors import InputError
from aqnet_pyg.gap_masks import gap_length
from aqnet_pyg.nn.gap_features import GapFeatures, GapInputs, hours_to_measurements
from aqnet_pyg.nn.gap_network import GapNetwork
from aqnet_pyg.scaling import Scaler

MEASURED, FILLED, TOO_LONG, NOTHING_NEAR = range(4)
"""Status of an hour: measured; filled; not filled, since its gap is longer than was asked for, or nothing was measured near."""

FILLERS: dict[str, type[SpaceTimeFiller]] = {"SpaceTimeFiller": SpaceTimeFiller}
"""Fillers that a checkpoint may name."""


class SpreadFiller(Protocol):
    """A fitted gap filler that also gives the spread of its estimates, such as :class:`aqnet_pyg.baselines.SpaceTimeFiller`."""

    coordinates_: Coordinates

    def estimate(self, values: np.ndarray, time: np.ndarray) -> Estimate:
        """Return values and spreads; arguments as for :meth:`aqnet_pyg.baselines.GapFiller.fill`."""

    def get_params(self) -> dict[str, Any]:
        """Parameters by name."""


class GapFill(NamedTuple):
    """Filled hours of stations.

    Args:
        value: Measurements as they are, estimates in gaps, float64, shape ``[time, station]``; NaN where not filled.
        lower: Lower limit of the 90 % interval, likewise; the measurement where there is one, NaN without intervals.
        upper: Upper limit, likewise.
        status: :data:`MEASURED`, :data:`FILLED` or :data:`NOTHING_NEAR`, int8, of the same shape.
    """

    value: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    status: np.ndarray


@dataclass
class GapModel:
    """An ensemble that fills the gaps of the stations that it was fitted to, in any hours.

    The estimate is the background plus the mean departure from it of the networks.

    Args:
        filler: The background: a fitted gap filler that gives spreads.
        networks: Networks; without any the background is the estimate.
        scaler: Of the target.
        intervals: Calibrated intervals; None before a calibration.
        target: The pollutant that is filled.
        provenance: Data, settings and library versions of the training.
    """

    filler: SpreadFiller
    networks: Sequence[GapNetwork]
    scaler: Scaler
    intervals: GapIntervals | None = None
    target: str = "pm25"
    provenance: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.features = GapFeatures(self.filler.coordinates_, self.scaler.std[0])

    def fill(self, values: np.ndarray, time: np.ndarray) -> GapFill:
        """Fill every gap.

        Args:
            values: Measurements of the stations, in the order of the fit, in the units of the training data: shape
                ``[time, station]``, NaN in gaps.
            time: Consecutive hours in UTC, ``datetime64``, shape ``[time]``.

        Raises:
            InputError: If shapes or hours are invalid.
        """
        value, spread = self.filler.estimate(values, time)
        gap = np.isnan(np.asarray(values))
        filled = gap & np.isfinite(value)
        status = np.where(gap, np.where(filled, FILLED, NOTHING_NEAR), MEASURED).astype(np.int8)
        value[filled] = self.estimates(self.features(values, time, value, spread, filled))
        lower, upper = value.copy(), value.copy()
        limits: np.ndarray | float = np.nan
        if self.intervals is not None:
            length, nearest = gap_positions(gap, filled)
            levels = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
            limits = self.intervals.quantiles(value[filled], spread[filled], length, nearest, levels)
        lower[filled], upper[filled] = np.broadcast_to(limits, (2, np.count_nonzero(filled)))
        return GapFill(value, lower, upper, status)

    @torch.no_grad()
    def estimates(self, inputs: GapInputs) -> np.ndarray:
        """Return the estimates of targets, shape ``[M]``, from their inputs."""
        departure = np.zeros(len(inputs.background))
        features = torch.from_numpy(inputs.features)
        for network in self.networks:
            departure += network.eval()(features).numpy() / len(self.networks)
        return self.scaler.std[0] * np.maximum(inputs.background + inputs.scale * departure, 0.0)

    def state(self) -> dict[str, Any]:
        """Plain tensors, numbers and text, for a checkpoint."""
        fitted = {name: value for name, value in vars(self.filler).items() if name.endswith("_")}
        return {
            "target": self.target,
            "scaler": self.scaler.state(),
            "filler": {
                "name": type(self.filler).__name__,
                "parameters": self.filler.get_params(),
                "fitted": _with_tensors(fitted),
            },
            "networks": [
                {"channels": each.channels, "dropout": each.dropout, "parameters": each.state_dict()}
                for each in self.networks
            ],
            "intervals": None if self.intervals is None else self.intervals.state(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Undo :meth:`state`.

        Args:
            state: As :meth:`state` returned it.

        Raises:
            InputError: If the filler is unknown.
        """
        name = state["filler"]["name"]
        if name not in FILLERS:
            raise InputError(f"filler: {name!r} is unknown; a checkpoint holds one of {', '.join(FILLERS)}.")
        filler = FILLERS[name](**state["filler"]["parameters"])
        vars(filler).update(_with_arrays(state["filler"]["fitted"]))
        networks = []
        for each in state["networks"]:
            networks.append(GapNetwork(each["channels"], each["dropout"]).eval())
            networks[-1].load_state_dict(each["parameters"])
        intervals = None if state["intervals"] is None else GapIntervals.from_state(state["intervals"])
        return cls(filler, networks, Scaler.from_state(state["scaler"]), intervals, state["target"])


def gap_positions(gap: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the length of the gap of some hours, and the hours to the nearest own measurement.

    Args:
        gap: Whether an hour is in a gap, shape ``[time, station]``.
        targets: Whether it is wanted, of the same shape.

    Returns:
        Two arrays of shape ``[M]``, in the order of ``np.argwhere(targets)``.
    """
    before, after = hours_to_measurements(~gap)
    return gap_length(gap)[targets], np.minimum(before, after)[targets]


def _with_tensors(value: Any) -> Any:
    """A nested state with tensors in place of arrays, and Python numbers in place of those of NumPy."""
    if isinstance(value, dict):
        return {name: _with_tensors(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_with_tensors(item) for item in value)
    if isinstance(value, np.ndarray):
        return torch.from_numpy(np.ascontiguousarray(value))
    return value.item() if isinstance(value, np.generic) else value


def _with_arrays(value: Any) -> Any:
    """Undo :func:`_with_tensors`."""
    if isinstance(value, dict):
        return {name: _with_arrays(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_with_arrays(item) for item in value)
    return value.numpy() if isinstance(value, Tensor) else value
