"""AQ-Net: temporal encoder, neural kNN and head."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Data

from aqnet_pyg.conformal import ConformalIntervals
from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import GraphBuilder, KNNGraphBuilder
from aqnet_pyg.nn.background import KrigingBackground, NoBackground
from aqnet_pyg.nn.classical_knn import ClassicalKNN, Interpolated
from aqnet_pyg.nn.cyclic import CyclicEncoding
from aqnet_pyg.nn.head import DepartureHead, NoDeparture
from aqnet_pyg.nn.knn_weights import InverseDistance
from aqnet_pyg.nn.neural_knn import NeuralKNN
from aqnet_pyg.nn.sizes import Sizes
from aqnet_pyg.nn.station_values import Measured, StationForecast
from aqnet_pyg.nn.temporal import HourlyReadout, MeanReadout, PooledReadout, TemporalEncoder
from aqnet_pyg.resolver import ClassPath, build
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.windows import Window

__all__ = ["AQNet", "Encoded"]


class Encoded(NamedTuple):
    """What the stations of a window (or of a batch of windows) send.

    Args:
        state: Temporal states, zero where hidden, shape ``[N, groups, channels]``.
        value: Standardized values of the target pollutant, zero where not valid, shape ``[N, steps]``.
        valid: Where there is a value, shape ``[N, steps]``; nowhere at a hidden station.
        clock: Cyclic encoding of the steps of each window, shape ``[B, steps, clock_dim]``.
        known: Covariates of the stations at the steps, shape ``[N, steps, 2 C]``; None for a model without.
        batch: The window of each station, shape ``[N]``; None for a single window.
    """

    state: Tensor
    value: Tensor
    valid: Tensor
    clock: Tensor
    known: Tensor | None
    batch: Tensor | None


class AQNet(nn.Module):
    r"""AQ-Net `(Kheder et al., SCIA 2025) <https://arxiv.org/abs/2502.11941>`_, learned end to end on the sphere.

    ``encode`` reads the history of the visible stations, each on its own; ``interpolate`` is the neural kNN from them to
    any targets; ``decode`` gives concentrations. ``forward`` is the three in a row for the stations of a window. Untrained,
    it is ordinary kriging of what was measured (to reconstruct) or of damped persistence (to forecast).

    In a reconstruction the value at a visible station is interpolated from the others, so that a hidden station and a
    visible one are the same to the network; a forecast at a visible station starts from its own history.

    Each part can be given made, or as the path of a class (``"mypkg.mine.MyInterpolator"``), or with arguments
    (``{"class_path": ..., "init_args": {...}}``): it is then given what it takes of :class:`aqnet_pyg.nn.sizes.Sizes`, by name.

    Args:
        window: Hours read and predicted.
        scaler: Standardization; its variables are the inputs.
        target: The pollutant to predict.
        k: Neighbors of a target, where no graph is given.
        channels: Size of states and tokens.
        patch: Hours to a token of the temporal encoder.
        known: Standardization of covariates that are known at the predicted hours, at stations and targets, such as the
            weather of a reanalysis; missing ones are masked.
        graph: How edges and their features are made; default :class:`aqnet_pyg.graph.KNNGraphBuilder` of ``k``.
        clock: Encoding of time, with its size as ``dim``; default :class:`aqnet_pyg.nn.CyclicEncoding`.
        encoder: ``(N, history, features) → (N, tokens, channels)``; default :class:`aqnet_pyg.nn.TemporalEncoder`.
        readout: ``(tokens, history) → (N, groups, channels)``; default hourly states to reconstruct, one a day to
            forecast.
        carrier: What a station sends to be interpolated; default :class:`aqnet_pyg.nn.Measured` to reconstruct,
            :class:`aqnet_pyg.nn.StationForecast` to forecast.
        background: What all stations say of a place; default :class:`aqnet_pyg.nn.KrigingBackground`.
        interpolator: Default :class:`aqnet_pyg.nn.NeuralKNN`.
        head: Correction of the interpolated value; default :class:`aqnet_pyg.nn.DepartureHead`.

    Attributes:
        intervals: How far off the predictions may be, once :func:`aqnet_pyg.inference.calibration.calibrate` has looked.
        daily_intervals: Likewise of daily means and maxima, by the names of the averaging periods.

    **Shapes:** a window or batch as :class:`aqnet_pyg.datasets.StationDataset` makes them, with ``edge_index`` and
    ``edge_attr`` → ``(N, steps)`` in the units of the target pollutant, not negative.
    """

    def __init__(
        self,
        window: Window,
        scaler: Scaler,
        *,
        target: str = "pm25",
        k: int = 16,
        channels: int = 32,
        patch: int = 4,
        known: Scaler | None = None,
        graph: GraphBuilder | ClassPath | None = None,
        clock: nn.Module | ClassPath | None = None,
        encoder: nn.Module | ClassPath | None = None,
        readout: nn.Module | ClassPath | None = None,
        carrier: nn.Module | ClassPath | None = None,
        background: nn.Module | ClassPath | None = None,
        interpolator: nn.Module | ClassPath | None = None,
        head: nn.Module | ClassPath | None = None,
    ) -> None:
        super().__init__()
        if target not in scaler.variables:
            raise InputError(f"target: {target!r} is not among the variables {', '.join(scaler.variables)}.")
        self.window = window
        self.scaler = scaler
        self.target = target
        parts = {
            "graph": graph,
            "clock": clock,
            "encoder": encoder,
            "readout": readout,
            "carrier": carrier,
            "background": background,
            "interpolator": interpolator,
            "head": head,
        }

        def built(name: str, part: Any, offered: dict[str, Any]) -> Any:
            return build(part, name, offered) if isinstance(part, str | dict) else part

        # What a checkpoint needs to build the same model again; parts that were given have to be given again.
        self.config: dict[str, Any] = {"k": k, "channels": channels, "patch": patch}
        self.config["parts"] = [name for name, part in parts.items() if part is not None]
        self.graph = KNNGraphBuilder(k) if graph is None else built("graph", graph, {"k": k})
        self.column = scaler.variables.index(target)
        self.clock = CyclicEncoding() if clock is None else built("clock", clock, {})
        self.known = known
        self.sizes = sizes = Sizes.of(window, scaler, self.graph, self.clock.dim, channels, patch, known)
        encoder, readout, carrier, background, interpolator, head = (
            built(name, parts[name], vars(sizes))
            for name in ("encoder", "readout", "carrier", "background", "interpolator", "head")
        )
        forecast = window.task == "forecast"
        if encoder is None:
            encoder = TemporalEncoder(sizes.in_channels, channels, patch)
        if readout is None and forecast:
            readout = PooledReadout(channels, channels, sizes.groups)
        elif readout is None:
            readout = HourlyReadout(channels, channels, patch, window.margin)
        if carrier is None:
            carrier = StationForecast(window, channels, sizes.step_dim) if forecast else Measured(window)
        if background is None:
            background = KrigingBackground()
        if interpolator is None:
            context = 0 if forecast else 2
            interpolator = NeuralKNN(channels, sizes.edge_dim, sizes.k, sizes.group, context)
        if head is None:
            head = DepartureHead(channels, sizes.step_dim, own=forecast)
        self.intervals: ConformalIntervals | None = None
        self.daily_intervals: dict[str, ConformalIntervals] = {}
        self.encoder = encoder
        self.readout = readout
        self.carrier = carrier
        self.background = background
        self.interpolator = interpolator
        self.head = head

    @classmethod
    def paper(cls, window: Window, scaler: Scaler, *, target: str = "pm25", k: int = 20) -> AQNet:
        """The network as published, for ablations: each station forecast on its own, then inverse distance.

        LSTM of 3 layers and 128 channels, 2 heads, mean over time, power 1 over ``k = 20`` neighbors; repaired where
        the published code is at fault: PM2.5's own history is an input, attention favors what is near in time, distances
        are great circles and everything is trained together.

        Raises:
            InputError: If the window is not a forecast.
        """
        if window.task != "forecast":
            raise InputError("window: the published network only forecasts; give a window with a horizon.")
        channels = 128
        clock_dim = CyclicEncoding().dim
        model = cls(
            window,
            scaler,
            target=target,
            k=k,
            channels=channels,
            patch=1,
            encoder=TemporalEncoder(2 * len(scaler.variables) + clock_dim, channels, patch=1, layers=3, heads=2),
            readout=MeanReadout(),
            carrier=StationForecast(window, channels, clock_dim, persistence=False),
            background=NoBackground(),
            interpolator=ClassicalKNN(k, InverseDistance(power=1.0)),
            head=NoDeparture(),
        )
        model.config = {"preset": "paper", "k": k}
        return model

    def encode_time(self, data: Data) -> Tensor:
        """What is known of the predicted hours at the stations of a window: ``[N, steps, step_dim]``."""
        window = self.window
        clock = self.clock(data.time, data.utc_offset)[:, window.first_step : window.first_step + window.steps]
        return self._about(clock.expand(len(data.x), -1, -1), None if self.known is None else data.known)

    def encode(self, data: Data) -> Encoded:
        """Read the visible stations of a window or batch; what hidden stations measured is not looked at."""
        window = self.window
        clock = self.clock(data.time, data.utc_offset)  # [B, length, clock_dim]
        steps = clock[:, window.first_step : window.first_step + window.steps]
        batch = getattr(data, "batch", None)
        visible = data.visible.nonzero().flatten()
        graph = torch.zeros_like(visible) if batch is None else batch[visible]
        state = self.readout(self.encoder(self._hours(data, clock)), window.history)
        x, mask = data.x[visible, :, self.column], data.x_mask[visible, :, self.column]
        known = None if self.known is None else data.known
        about = self._about(steps[graph], None if known is None else known[visible])
        value, valid = self.carrier(x, mask, state, about)

        def everywhere(part: Tensor) -> Tensor:
            return part.new_zeros(len(data.visible), *part.shape[1:]).index_copy(0, visible, part)

        return Encoded(everywhere(state), everywhere(value), everywhere(valid), steps, known, batch)

    @torch.no_grad()
    def attention(self, data: Data) -> Tensor:
        """What the visible stations attend to, in the order of the nodes; weights sum to one over the last dimension.

        Returns:
            In a forecast, of the groups of hours ahead on the tokens of the history, ``[V, heads, groups, tokens]``; in a
            reconstruction, of tokens on tokens, ``[V, heads, tokens, tokens]``. The oldest token is first.
        """
        hours = self._hours(data, self.clock(data.time, data.utc_offset))
        if self.window.task == "forecast":
            return self.readout(self.encoder(hours), self.window.history, return_weights=True)[1]
        return self.encoder(hours, return_weights=True)[1]

    def _hours(self, data: Data, clock: Tensor) -> Tensor:
        """Features of the hours of the history at visible stations, ``[V, history, 2 * P + clock_dim]``."""
        visible = data.visible.nonzero().flatten()
        batch = getattr(data, "batch", None)
        graph = torch.zeros_like(visible) if batch is None else batch[visible]
        x, mask = data.x[visible], data.x_mask[visible]
        return torch.cat([x, mask.to(x.dtype), clock[:, : self.window.history][graph]], dim=-1)

    def interpolate(
        self, encoded: Encoded, pos: Tensor | tuple[Tensor, Tensor], edge_index: Tensor, edge_attr: Tensor
    ) -> Interpolated:
        """From the stations to targets, along edges between them.

        Args:
            encoded: What the stations send.
            pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``; or of the stations and of other
                targets of the same window, ``([N, 2], [M, 2])``.
            edge_index: Sources and targets, shape ``[2, E]``.
            edge_attr: Edge features, shape ``[E, D]``.
        """
        state, value, valid, _, _, batch = encoded
        here, there = (pos, None) if isinstance(pos, Tensor) else pos
        background = self.background(value, valid, here, there, batch)
        return self.interpolator(state, value, valid, pos, edge_index, edge_attr, background)

    def decode(
        self, interpolated: Interpolated, clock: Tensor, own: Encoded | None = None, known: Tensor | None = None
    ) -> Tensor:
        """Concentrations at targets, in the units of the target pollutant, shape ``[M, steps]``.

        Args:
            interpolated: At the targets.
            clock: Cyclic encoding of the steps, shape ``[M, steps, clock_dim]`` (or 1 for M).
            own: For a forecast at the stations themselves, what they sent.
            known: Covariates at the targets, shape ``[M, steps, 2 C]``; without, all are missing.
        """
        value, spread, state, _ = interpolated
        steps = value.size(1)
        own_state = None
        if self.window.task == "forecast":
            own_state = torch.zeros_like(state)
            if own is not None:
                value, own_state = torch.where(own.valid, own.value, value), own.state
            own_state = own_state.repeat_interleave(steps // own_state.size(1), dim=1)
        state = state.repeat_interleave(steps // state.size(1), dim=1)
        departure = self.head(state, self._about(clock.expand(len(value), -1, -1), known), own_state)
        value = value + spread * departure
        mean, std = self.scaler.mean[self.column], self.scaler.std[self.column]
        # A softplus with a knee of a twentieth of the standard deviation: not negative, and the identity above the knee.
        return F.softplus(value * std + mean, beta=20 / std)

    def forward(self, data: Data) -> Tensor:
        """Predict the stations of a window or batch."""
        encoded = self.encode(data)
        interpolated = self.interpolate(encoded, data.pos, data.edge_index, data.edge_attr)
        clock = encoded.clock if encoded.batch is None else encoded.clock[encoded.batch]
        return self.decode(interpolated, clock, encoded, encoded.known)

    def _about(self, clock: Tensor, known: Tensor | None) -> Tensor:
        """What is known of the steps of targets, ``[M, steps, step_dim]``."""
        if self.known is None:
            return clock
        if known is None:
            known = clock.new_zeros(*clock.shape[:2], 2 * len(self.known.variables))
        return torch.cat([clock, known], dim=-1)
