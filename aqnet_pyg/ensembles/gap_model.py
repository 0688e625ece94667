"""A model that fills the gaps of stations: a space-time estimate, networks that start from it, and intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
import torch

from aqnet_pyg.baselines import SpaceTimeFiller
from aqnet_pyg.baselines.coordinates import Coordinates
from aqnet_pyg.baselines.gap_filler import Estimate
from aqnet_pyg.ensembles.gap_intervals import LEVEL, GapIntervals
from aqnet_pyg.errors import InputError
from aqnet_pyg.gap_masks import gap_length
from aqnet_pyg.inference.filling import STATUS
from aqnet_pyg.inference.trained_model import state_sha256
from aqnet_pyg.nn.gap_features import GapFeatures, GapInputs, hours_to_measurements
from aqnet_pyg.nn.gap_network import GapNetwork, bounded
from aqnet_pyg.scaling import Scaler


class SpreadFiller(Protocol):
    """A fitted gap filler that also gives the spread of its estimates, such as :class:`aqnet_pyg.baselines.SpaceTimeFiller`."""

    coordinates_: Coordinates

    def estimate(self, values: np.ndarray, time: np.ndarray, hours: np.ndarray | None = None) -> Estimate:
        """Return values and spreads; arguments as for :meth:`aqnet_pyg.baselines.SpaceTimeFiller.estimate`."""

    def state(self) -> dict[str, Any]:
        """Parameters and fitted attributes as numbers and lists."""

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Undo :meth:`state`."""


FILLERS: dict[str, type[SpreadFiller]] = {"SpaceTimeFiller": SpaceTimeFiller}
"""Fillers that a checkpoint may name."""


class GapFill(NamedTuple):
    """Filled hours of stations.

    Args:
        value: Measurements as they are, estimates in gaps, float64, shape ``[time, station]``; NaN where not filled.
        lower: Lower limit of the 90 % interval, likewise; the measurement where there is one, NaN without intervals.
        upper: Upper limit, likewise.
        status: Values of :data:`aqnet_pyg.inference.STATUS`, int8, of the same shape.
    """

    value: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    status: np.ndarray


@dataclass
class GapModel:
    """An ensemble that fills the gaps of the stations that it was fitted to, in any hours.

    The estimate is the background plus a weight times the mean departure from it of the networks. Intervals are in units of the
    expected absolute error: the local scale of the departure, times a factor that the error networks have learned.

    Args:
        filler: The background: a fitted gap filler that gives spreads.
        networks: Networks; without any the background is the estimate.
        scaler: Of the target, and of the other pollutants that are inputs.
        intervals: Calibrated intervals; None before a calibration.
        target: The pollutant that is filled.
        stations: Codes of the stations that the filler was fitted to, in their order.
        error_networks: Networks of the logarithm of the expected error in units of the local scale; without any it is the scale.
        weights: Weights of the departure, 0 to 1: in hours in which a station of the neighborhood measured, and in hours
            in which none did.
        provenance: Data, settings and library versions of the training.
    """

    filler: SpreadFiller
    networks: Sequence[GapNetwork]
    scaler: Scaler
    intervals: GapIntervals | None = None
    target: str = "pm25"
    stations: tuple[str, ...] = ()
    error_networks: Sequence[GapNetwork] = ()
    weights: tuple[float, float] = (1.0, 1.0)
    provenance: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        std, *others = self.scaler.std
        self.features = GapFeatures(self.filler.coordinates_, std, others)

    def fingerprint(self) -> str:
        """Return the SHA-256 of what the estimates depend on, except the code."""
        return state_sha256(self.state())

    @property
    def others(self) -> tuple[str, ...]:
        """The other pollutants that are inputs."""
        return self.scaler.variables[1:]

    def fill(
        self,
        values: np.ndarray,
        time: np.ndarray,
        others: Sequence[np.ndarray] = (),
        background: Estimate | None = None,
    ) -> GapFill:
        """Fill every gap.

        Args:
            values: Measurements of the stations, in the order of the fit, in the units of the training data: shape
                ``[time, station]``, NaN in gaps.
            time: Consecutive hours in UTC, ``datetime64``, shape ``[time]``.
            others: Measurements of :attr:`others`, each of the shape of the values; default none.
            background: Estimate of the filler for these values, if it is known already; gaps that are NaN in it are not filled.

        Raises:
            InputError: If shapes or hours are invalid.
        """
        if not others:
            others = [np.full(np.shape(values), np.nan)] * len(self.others)
        value, spread = background or self.filler.estimate(values, time)
        value = value.copy()
        gap = np.isnan(np.asarray(values))
        filled = gap & np.isfinite(value)
        not_measured = np.where(filled, STATUS["filled"], STATUS["not_filled_nothing_measured_near"])
        status = np.where(gap, not_measured, STATUS["measured"]).astype(np.int8)
        inputs = self.features(values, time, value, spread, filled, others)
        value[filled] = self.estimates(inputs)
        lower, upper = (np.where(gap, np.nan, value) for _ in range(2))
        if self.intervals is not None:
            length, nearest = gap_positions(gap, filled)
            levels = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
            lower[filled], upper[filled] = self.intervals.quantiles(
                value[filled], self.expected_errors(inputs), length, nearest, levels
            )
        return GapFill(value, lower, upper, status)

    @torch.no_grad()
    def estimates(self, inputs: GapInputs) -> np.ndarray:
        """Return the estimates of targets, shape ``[M]``, from their inputs."""
        departure = np.zeros(len(inputs.background))
        features = torch.from_numpy(inputs.features)
        for network in self.networks:
            departure += network.eval()(features).numpy() / len(self.networks)
        departure *= np.where(inputs.alone, self.weights[1], self.weights[0])
        return self.scaler.std[0] * np.maximum(inputs.background + inputs.scale * departure, 0.0)

    @torch.no_grad()
    def expected_errors(self, inputs: GapInputs) -> np.ndarray:
        """Return the expected absolute errors of the estimates of targets, shape ``[M]``, from their inputs."""
        logarithm = np.zeros(len(inputs.scale))
        features = torch.from_numpy(inputs.features)
        for network in self.error_networks:
            logarithm += bounded(network.eval()(features)).numpy() / len(self.error_networks)
        return self.scaler.std[0] * inputs.scale * np.exp(logarithm)

    def state(self) -> dict[str, Any]:
        """Plain tensors, numbers, text and lists of them, for a checkpoint."""
        return {
            "target": self.target,
            "scaler": self.scaler.state(),
            "stations": list(self.stations),
            "weights": list(self.weights),
            "filler": {"name": type(self.filler).__name__, "state": self.filler.state()},
            "networks": [_network_state(network) for network in self.networks],
            "error_networks": [_network_state(network) for network in self.error_networks],
            "intervals": None if self.intervals is None else self.intervals.state(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Undo :meth:`state`.

        Args:
            state: As :meth:`state` returned it.

        Raises:
            InputError: If the filler is unknown, or the state is that of an earlier version.
        """
        if "error_networks" not in state:
            raise InputError("error_networks: the model was saved by an earlier version without them; train it again.")
        name = state["filler"]["name"]
        if name not in FILLERS:
            raise InputError(f"filler: {name!r} is unknown; a checkpoint holds one of {', '.join(FILLERS)}.")
        filler = FILLERS[name].from_state(state["filler"]["state"])
        intervals = None if state["intervals"] is None else GapIntervals.from_state(state["intervals"])
        scaler, (near, alone) = Scaler.from_state(state["scaler"]), state["weights"]
        stations = tuple(state["stations"])
        model = cls(filler, (), scaler, intervals, state["target"], stations, weights=(near, alone))
        networks, errors = (
            [_network(each, model.features.number) for each in state[name]] for name in ("networks", "error_networks")
        )
        return replace(model, networks=networks, error_networks=errors)


def _network_state(network: GapNetwork) -> dict[str, Any]:
    return {"channels": network.channels, "dropout": network.dropout, "parameters": network.state_dict()}


def _network(state: Mapping[str, Any], num_features: int) -> GapNetwork:
    network = GapNetwork(state["channels"], state["dropout"], num_features).eval()
    network.load_state_dict(state["parameters"])
    return network


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
