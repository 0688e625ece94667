"""Settings of a training; importing this module does not import torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from aqnet_pyg.resolver import ClassPath
from aqnet_pyg.windows import Window

DEFAULT_K = 16
"""Neighbors of a target, or fewer where fewer stations are visible."""

TARGETS_PER_STEP = 600
"""Targets in a window of a training step to reconstruct; with fewer, a step is faster and gains less."""


@dataclass(frozen=True)
class NetworkSettings:
    """Sizes of the network, and user-defined parts.

    A part is the path of a class, such as ``mypkg.mine.MyInterpolator``, or ``{class_path: ..., init_args: {...}}`` in a YAML
    file. It is given the arguments that it takes by the names of :class:`aqnet_pyg.nn.Sizes`.

    Args:
        channels: Size of states and tokens.
        patch: Hours per token of the temporal encoder.
        graph: Builder of edges and edge features.
        time_encoding: Encoding of time.
        encoder: Temporal encoder.
        readout: Module from the tokens of the encoder to states.
        station_values: Values at the stations that are interpolated.
        background: Classical estimate from all stations.
        interpolator: Interpolation from stations to targets.
        head: Correction of the interpolated value.
        loss: Loss of predictions and measurements, in standard deviations of the pollutant; default a Huber loss.
    """

    channels: int = 32
    patch: int = 4
    graph: ClassPath | None = None
    time_encoding: ClassPath | None = None
    encoder: ClassPath | None = None
    readout: ClassPath | None = None
    station_values: ClassPath | None = None
    background: ClassPath | None = None
    interpolator: ClassPath | None = None
    head: ClassPath | None = None
    loss: ClassPath | None = None

    @property
    def parts(self) -> dict[str, ClassPath]:
        """The user-defined parts of the network, by name."""
        names = ("graph", "time_encoding", "encoder", "readout", "station_values", "background", "interpolator", "head")
        return {name: part for name in names if (part := getattr(self, name)) is not None}


@dataclass(frozen=True)
class FitSettings:
    """Settings of :func:`aqnet_pyg.fit`.

    Args:
        model: ``network`` (one AQ-Net), ``ensemble`` (krigings and networks; to forecast, linear regression, a network and
            PatchTST; weighted by held-out skill), or without a training, to reconstruct: ``krigings`` (those of the ensemble,
            weighted) or ``kriging`` (ordinary kriging).
        window: Hours read and predicted.
        target: Pollutant to predict.
        variables: Variables that networks read; default every pollutant in the data.
        known: Covariates that are known at all places, at the predicted hours too, such as elevation or the weather of a
            reanalysis: inputs of networks, and to reconstruct a drift of krigings.
        first_guess: Variables of the data that are first guesses of the target, at the predicted hours too, see
            :func:`aqnet_pyg.readers.with_first_guess`. Models interpolate what stations measured beyond them.
        k: Neighbors of a target; default 16, or fewer where fewer stations are visible.
        network: Sizes and user-defined parts of networks.
        steps: Optimizer steps of a network.
        targets_per_step: Stations that a network predicts in a window of a step, to reconstruct: all, or random ones of this
            number.
        seed: Random seed.
        resume: Go on with an interrupted training in the same folder.
        device: Where to compute: ``auto``, ``cpu`` or ``gpu``.
    """

    model: Literal["network", "ensemble", "krigings", "kriging"] = "network"
    window: Window = field(default_factory=lambda: Window(24, margin=6))
    target: str = "pm25"
    variables: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    first_guess: tuple[str, ...] = ()
    k: int | None = None
    network: NetworkSettings = field(default_factory=NetworkSettings)
    steps: int = 400
    targets_per_step: int = TARGETS_PER_STEP
    seed: int = 0
    resume: bool = False
    device: str = "auto"

    def neighbors(self, stations: int) -> int:
        """Return the number of neighbors for a number of training stations.

        Args:
            stations: Number of training stations.
        """
        return min(DEFAULT_K, stations - 1) if self.k is None else self.k

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, lists, numbers and text, for a checkpoint."""
        return _plain(self)


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return {name: _plain(item) for name, item in vars(value).items()} if hasattr(value, "__dict__") else value
