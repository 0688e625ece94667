"""AQ-Net: temporal encoder, neural kNN and head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Data
from torch_geometric.nn.inits import reset

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import GraphBuilder, KNNGraphBuilder
from aqnet_pyg.nn.background import KrigingBackground, NoBackground
from aqnet_pyg.nn.classical_knn import ClassicalKNN, KNNOutput
from aqnet_pyg.nn.cyclic import CyclicEncoding
from aqnet_pyg.nn.drift import FirstGuessDrift
from aqnet_pyg.nn.encoded import Encoded
from aqnet_pyg.nn.head import DepartureHead, NoDeparture
from aqnet_pyg.nn.knn_weights import InverseDistance
from aqnet_pyg.nn.neural_knn import NeuralKNN
from aqnet_pyg.nn.sizes import Sizes
from aqnet_pyg.nn.station_values import MeasuredValues, StationForecast
from aqnet_pyg.nn.temporal import HourlyReadout, MeanReadout, PooledReadout, TemporalEncoder
from aqnet_pyg.resolver import ClassPath, build
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.windows import Window


class AQNet(nn.Module):
    r"""AQ-Net `(Kheder et al., SCIA 2025) <https://arxiv.org/abs/2502.11941>`_, trained end to end, with great-circle distances.

    ``encode`` reads the history of each visible station independently; ``interpolate`` is the neural kNN from them to
    any targets; ``decode`` gives concentrations. ``forward`` applies the three in a row to the stations of a window.
    Untrained, it is ordinary kriging of the measurements (to reconstruct) or of damped persistence (to forecast).

    In a reconstruction the value at a visible station is interpolated from the others, so that hidden and visible stations
    are treated alike; a forecast at a visible station starts from its own history.

    Each part can be given as a module, or as the path of a class (``"mypkg.mine.MyInterpolator"``), or with arguments
    (``{"class_path": ..., "init_args": {...}}``); a class receives the arguments that it takes among those of
    :class:`aqnet_pyg.nn.Sizes`, by name.

    Args:
        window: Hours read and predicted.
        scaler: Standardization; its variables are the inputs.
        target: The pollutant to predict.
        k: Number of neighbors of a target, if no graph is given.
        channels: Size of states and tokens.
        patch: Hours per token of the temporal encoder.
        known: Standardization of covariates that are known at the predicted hours, at stations and targets, such as the
            weather of a reanalysis; missing ones are masked.
        first_guess: Names of the last of the covariates, if these are first guesses of the target: what stations measured beyond
            them is interpolated, see :class:`aqnet_pyg.nn.FirstGuessDrift`, and the difference between source and target is one
            more edge feature. Where they are missing, they are estimated by the background from the stations that have them.
        graph: Builder of edges and their features; default :class:`aqnet_pyg.graph.KNNGraphBuilder` of ``k``.
        time_encoding: Encoding of time, with its size as ``dim``; default :class:`aqnet_pyg.nn.CyclicEncoding`.
        encoder: ``(N, history, features) → (N, tokens, channels)``; default :class:`aqnet_pyg.nn.TemporalEncoder`.
        readout: ``(N, tokens, channels) → (N, num_states, channels)``; default :class:`aqnet_pyg.nn.HourlyReadout` to
            reconstruct, :class:`aqnet_pyg.nn.PooledReadout` with one state a day to forecast.
        station_values: Values of the stations that are interpolated; default :class:`aqnet_pyg.nn.MeasuredValues` to
            reconstruct, :class:`aqnet_pyg.nn.StationForecast` to forecast.
        background: Classical estimate from all stations; default :class:`aqnet_pyg.nn.KrigingBackground`.
        interpolator: From stations to targets; default :class:`aqnet_pyg.nn.NeuralKNN`.
        head: Correction of the interpolated value; default :class:`aqnet_pyg.nn.DepartureHead`.

    **Shapes:** a window or batch of :class:`aqnet_pyg.datasets.StationDataset` with ``edge_index`` and ``edge_attr``, or
    its tensors → ``(N, steps)`` in the units of the target pollutant, not negative.

    Raises:
        InputError: If the target is not a variable of the scaler, first guesses are not the last covariates, or a part cannot be
            built.
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
        first_guess: Sequence[str] = (),
        graph: GraphBuilder | ClassPath | None = None,
        time_encoding: nn.Module | ClassPath | None = None,
        encoder: nn.Module | ClassPath | None = None,
        readout: nn.Module | ClassPath | None = None,
        station_values: nn.Module | ClassPath | None = None,
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
        self.column = scaler.variables.index(target)
        self.known = known
        self.first_guess = tuple(first_guess)
        covariates = () if known is None else known.variables
        if self.first_guess != covariates[len(covariates) - len(self.first_guess) :]:
            raise InputError(
                f"first_guess: {', '.join(self.first_guess)} are not the last covariates of {', '.join(covariates) or 'none'}; "
                "put them at the end of known."
            )
        parts: dict[str, Any] = {
            "graph": graph,
            "time_encoding": time_encoding,
            "encoder": encoder,
            "readout": readout,
            "station_values": station_values,
            "background": background,
            "interpolator": interpolator,
            "head": head,
        }
        # A checkpoint builds the same model again from this; parts that were given have to be given again.
        self.config: dict[str, Any] = {"k": k, "channels": channels, "patch": patch}
        if self.first_guess:
            self.config["first_guess"] = list(self.first_guess)
        self.config["parts"] = [name for name, part in parts.items() if part is not None]

        def built(name: str, offered: dict[str, Any]) -> Any:
            part = parts[name]
            return build(part, name, offered) if isinstance(part, str | dict) else part

        own_graph, own_time_encoding = built("graph", {"k": k}), built("time_encoding", {})
        self.graph: GraphBuilder = KNNGraphBuilder(k) if own_graph is None else own_graph
        self.time_encoding = CyclicEncoding() if own_time_encoding is None else own_time_encoding
        self.sizes = sizes = Sizes.of(
            window, scaler, self.graph, self.time_encoding.dim, channels, patch, known, bool(self.first_guess)
        )

        # Parts given by path are built before the default ones; the order is that of the random numbers.
        given = {name: built(name, vars(sizes)) for name in list(parts)[2:]}

        def part(name: str, default: Callable[[], nn.Module]) -> nn.Module:
            return default() if given[name] is None else given[name]

        forecast = window.horizon > 0
        self.encoder = part("encoder", lambda: TemporalEncoder(sizes.in_channels, channels, patch))
        self.readout = part(
            "readout",
            lambda: PooledReadout(channels, sizes.num_states) if forecast else HourlyReadout(window, channels, patch),
        )
        self.station_values = part(
            "station_values",
            lambda: StationForecast(window, channels, sizes.step_dim) if forecast else MeasuredValues(window),
        )
        self.background = part("background", KrigingBackground)
        self.drift = FirstGuessDrift(len(self.first_guess)) if self.first_guess else None
        self.interpolator = part(
            "interpolator", lambda: NeuralKNN(channels, sizes.edge_dim, sizes.k, sizes.steps_per_state)
        )
        self.head = part("head", lambda: DepartureHead(channels, sizes.step_dim, sizes.own_state))

    @classmethod
    def paper(cls, window: Window, scaler: Scaler, *, target: str = "pm25", k: int = 20) -> AQNet:
        """The network as published, for ablations: a forecast for each station independently, then inverse distance.

        LSTM of 3 layers and 128 channels, 2 heads, mean over time, power 1 over ``k = 20`` neighbors; repaired where
        the published code is at fault: PM2.5's own history is an input, attention favors nearby hours, distances are great
        circles and all parts are trained together.

        Args:
            window: Hours read and predicted.
            scaler: Standardization; its variables are the inputs.
            target: The pollutant to predict.
            k: Number of neighbors of a target.

        Raises:
            InputError: If the window is not a forecast.
        """
        if not window.horizon:
            raise InputError("window: the published network only forecasts; give a window with a horizon.")
        channels = 128
        time_dim = CyclicEncoding().dim
        model = cls(
            window,
            scaler,
            target=target,
            k=k,
            channels=channels,
            patch=1,
            encoder=TemporalEncoder(2 * len(scaler.variables) + time_dim, channels, patch=1, layers=3, heads=2),
            readout=MeanReadout(),
            station_values=StationForecast(window, channels, time_dim, persistence=False),
            background=NoBackground(),
            interpolator=ClassicalKNN(k, InverseDistance(power=1.0)),
            head=NoDeparture(),
        )
        model.config = {"preset": "paper", "k": k}
        return model

    def reset_parameters(self) -> None:
        """Reset all learnable parameters, and buffers set from data in training, such as the covariance of the background."""
        for part in self.children():
            reset(part)

    @overload
    def forward(self, x: Data) -> Tensor: ...

    @overload
    def forward(
        self,
        x: Tensor,
        edge_index: Tensor,
        edge_attr: Tensor,
        pos: Tensor,
        time: Tensor,
        utc_offset: Tensor,
        x_mask: Tensor | None = None,
        visible: Tensor | None = None,
        known: Tensor | None = None,
        batch: Tensor | None = None,
    ) -> Tensor: ...

    def forward(
        self,
        x: Tensor | Data,
        edge_index: Tensor | None = None,
        edge_attr: Tensor | None = None,
        pos: Tensor | None = None,
        time: Tensor | None = None,
        utc_offset: Tensor | None = None,
        x_mask: Tensor | None = None,
        visible: Tensor | None = None,
        known: Tensor | None = None,
        batch: Tensor | None = None,
    ) -> Tensor:
        """Predict the stations of a window or batch.

        Args:
            x: The window or batch, which then is the only argument. If it has ``targets``, bool, shape ``[N]``, only those
                stations are predicted, the others are zero, and all edges must lead to them. Or standardized values of the
                history, zero where missing, shape ``[N, history, P]`` or flat ``[N, history * P]`` (for explainers).
            edge_index: Stations that are sources and targets, shape ``[2, E]``.
            edge_attr: Edge features, shape ``[E, edge_dim]``.
            pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
            time: Hours since 1970-01-01 UTC of each window, shape ``[B, length]``.
            utc_offset: Offset of local time from UTC in hours, shape ``[B, length]``.
            x_mask: Whether there is a value, shape as ``x``; default True everywhere.
            visible: Whether a station is visible, shape ``[N]``; default all.
            known: Covariates at the steps and their mask, shape ``[N, steps, 2 C]``; default all missing.
            batch: Window of each station, shape ``[N]``; default a single window.

        Returns:
            Concentrations in the units of the target pollutant, shape ``[N, steps]``.
        """
        if isinstance(x, Tensor):
            x = x.view(len(x), self.window.history, len(self.scaler.variables))
            x_mask = torch.ones_like(x, dtype=torch.bool) if x_mask is None else x_mask.view_as(x)
            data = Data(x, edge_index, edge_attr, pos=pos, time=time, utc_offset=utc_offset, x_mask=x_mask)
            data.visible = x.new_ones(len(x), dtype=torch.bool) if visible is None else visible
            data.batch = batch
            if self.known is not None:
                shape = (len(x), self.window.steps, 2 * len(self.known.variables))
                data.known = x.new_zeros(shape) if known is None else known
        else:
            data = x
        encoded = self.encode(data)
        time_encoding = encoded.time_encoding if encoded.batch is None else encoded.time_encoding[encoded.batch]
        targets = getattr(data, "targets", None)
        if targets is None:
            interpolated = self.interpolate(encoded, data.pos, data.edge_index, data.edge_attr)
            return self.decode(interpolated, time_encoding, encoded, encoded.known)
        return self._at_targets(data, encoded, time_encoding, targets.nonzero().flatten())

    def _at_targets(self, data: Data, encoded: Encoded, time_encoding: Tensor, targets: Tensor) -> Tensor:
        """Predict the stations ``targets``, to which all edges lead, and set the others to zero: ``[N, steps]``."""
        # The interface of a background does not have targets; ours saves the other stations.
        only = {"targets": data.targets} if type(self.background) is KrigingBackground else {}
        background = self.background(encoded.departure, encoded.valid, data.pos, None, encoded.batch, **only)
        position = torch.zeros(len(data.pos), dtype=torch.long, device=targets.device)
        position[targets] = torch.arange(len(targets), device=targets.device)
        interpolated = self._interpolate(
            encoded,
            (data.pos, data.pos[targets]),
            torch.stack([data.edge_index[0], position[data.edge_index[1]]]),
            data.edge_attr,
            None if background is None else background[targets],
            None if encoded.drift is None else encoded.drift[targets],
        )
        known = None if encoded.known is None else encoded.known[targets]
        own = encoded._replace(state=encoded.state[targets], value=encoded.value[targets], valid=encoded.valid[targets])
        time_encoding = time_encoding if encoded.batch is None else time_encoding[targets]
        value = self.decode(interpolated, time_encoding, own, known)
        return value.new_zeros(len(data.pos), value.size(1)).index_copy(0, targets, value)

    def encode(self, data: Data) -> Encoded:
        """Encode the visible stations of a window or batch; measurements of hidden stations are not used."""
        window = self.window
        time_encoding = self.time_encoding(data.time, data.utc_offset)  # [B, length, time_dim]
        steps = time_encoding[:, window.first_step : window.first_step + window.steps]
        visible, graph = self._visible(data)
        state = self.readout(self.encoder(self._input_features(data, time_encoding)))  # [V, num_states, channels]
        x, mask = data.x[visible, :, self.column], data.x_mask[visible, :, self.column]
        known = None if self.known is None else data.known
        step_features = self._step_features(steps[graph], None if known is None else known[visible])
        value, valid = self.station_values(x, mask, state, step_features)  # [V, steps]

        def at_all_stations(part: Tensor) -> Tensor:
            return part.new_zeros(len(data.visible), *part.shape[1:]).index_copy(0, visible, part)

        batch = getattr(data, "batch", None)
        encoded = Encoded(at_all_stations(state), at_all_stations(value), at_all_stations(valid), steps, known, batch)
        if self.drift is None:
            return encoded

        def from_stations_with_first_guess(drift: Tensor, present: Tensor) -> Tensor | None:
            return self.background(drift, present, data.pos, None, batch)

        return encoded._replace(drift=self.drift(data.known, from_stations_with_first_guess))

    def interpolate(
        self,
        encoded: Encoded,
        pos: Tensor | tuple[Tensor, Tensor],
        edge_index: Tensor,
        edge_attr: Tensor,
        background: Tensor | None = None,
        known: Tensor | None = None,
    ) -> KNNOutput:
        """Interpolate from the stations to targets, along the edges between them.

        Args:
            encoded: The encoded stations.
            pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``; or of the stations and of other
                targets of the same window, ``([N, 2], [M, 2])``.
            edge_index: Sources and targets, shape ``[2, E]``.
            edge_attr: Edge features, shape ``[E, edge_dim]``.
            background: The background at the targets, of :attr:`Encoded.departure`, shape ``[M, steps]``, where it was computed
                before.
            known: Covariates at other targets, shape ``[M, steps, 2 C]``; default all missing. First guesses are read.
        """
        pos_src, pos_dst = (pos, None) if isinstance(pos, Tensor) else pos
        if background is None:
            background = self.background(encoded.departure, encoded.valid, pos_src, pos_dst, encoded.batch)
        drift = encoded.drift if pos_dst is None else self._drift_at(encoded, pos_src, pos_dst, known)
        return self._interpolate(encoded, pos, edge_index, edge_attr, background, drift)

    def _interpolate(
        self,
        encoded: Encoded,
        pos: Tensor | tuple[Tensor, Tensor],
        edge_index: Tensor,
        edge_attr: Tensor,
        background: Tensor | None,
        drift: Tensor | None,
    ) -> KNNOutput:
        """Interpolate departures from the drift, ``[M, steps]`` at the targets, and add it; arguments as :meth:`interpolate`."""
        if drift is not None and encoded.drift is not None:
            source, target = edge_index
            rise = encoded.drift.mean(dim=1)[source] - drift.mean(dim=1)[target]
            edge_attr = torch.cat([edge_attr, rise[:, None]], dim=1)
        output = self.interpolator(
            encoded.state, encoded.departure, encoded.valid, pos, edge_index, edge_attr, background
        )
        return output if drift is None else output._replace(value=output.value + drift)

    def _drift_at(self, encoded: Encoded, pos: Tensor, pos_dst: Tensor, known: Tensor | None) -> Tensor | None:
        """Share of first guesses at other targets of the same window, ``[M, steps]``; None for a model without."""
        if self.drift is None or encoded.drift is None or encoded.known is None:
            return None
        if known is None:
            known = encoded.drift.new_zeros(len(pos_dst), encoded.drift.size(1), encoded.known.size(2))
        at_stations = torch.where(encoded.valid, encoded.drift, 0.0)
        return self.drift(known, lambda *_: self.background(at_stations, encoded.valid, pos, pos_dst))

    def decode(
        self,
        interpolated: KNNOutput,
        time_encoding: Tensor,
        encoded: Encoded | None = None,
        known: Tensor | None = None,
    ) -> Tensor:
        """Compute concentrations at targets, in the units of the target pollutant, shape ``[M, steps]``.

        Args:
            interpolated: Output of the interpolator at the targets.
            time_encoding: Encoding of time at the steps, shape ``[M, steps, time_dim]`` (or 1 for M).
            encoded: The encoded stations if they are the targets; their own forecasts then replace the interpolated ones.
            known: Covariates at the targets, shape ``[M, steps, 2 C]``; default all missing.
        """
        return self.concentration(self.standardized(interpolated, time_encoding, encoded, known))

    def standardized(
        self,
        interpolated: KNNOutput,
        time_encoding: Tensor,
        encoded: Encoded | None = None,
        known: Tensor | None = None,
    ) -> Tensor:
        """Compute standardized values at targets, not limited to positive ones; arguments and shape as :meth:`decode`."""
        value, spread, state, _ = interpolated
        own_state = None
        if self.sizes.own_state:
            own_state = torch.zeros_like(state)
            if encoded is not None:
                value, own_state = torch.where(encoded.valid, encoded.value, value), encoded.state
        step_features = self._step_features(time_encoding.expand(len(value), -1, -1), known)
        return value + spread * self.head(state, step_features, own_state)

    def concentration(self, value: Tensor) -> Tensor:
        """Compute concentrations in the units of the target pollutant, not negative, from standardized values of any shape."""
        mean, std = self.scaler.mean[self.column], self.scaler.std[self.column]
        # A softplus with a knee of a twentieth of the standard deviation: not negative, and the identity above the knee.
        return F.softplus(value * std + mean, beta=20 / std)

    @torch.no_grad()
    def attention(self, data: Data) -> Tensor:
        """Attention weights of the visible stations, in the order of the nodes; they sum to one over the last dimension.

        Returns:
            In a forecast, of the groups of steps ahead to the tokens of the history, ``[V, heads, num_states, tokens]``; in a
            reconstruction, of tokens to tokens, ``[V, heads, tokens, tokens]``. The oldest token is first.
        """
        x = self._input_features(data, self.time_encoding(data.time, data.utc_offset))
        if self.window.horizon:
            return self.readout(self.encoder(x), return_weights=True)[1]
        return self.encoder(x, return_weights=True)[1]

    def step_features(self, data: Data) -> Tensor:
        """Features of the predicted steps at the stations of a window: ``[N, steps, step_dim]``."""
        steps = slice(self.window.first_step, self.window.first_step + self.window.steps)
        time_encoding = self.time_encoding(data.time, data.utc_offset)[:, steps].expand(len(data.visible), -1, -1)
        return self._step_features(time_encoding, None if self.known is None else data.known)

    def _step_features(self, time_encoding: Tensor, known: Tensor | None) -> Tensor:
        """Encoding of time and covariates, ``[M, steps, step_dim]``."""
        if self.known is None:
            return time_encoding
        if known is None:
            known = time_encoding.new_zeros(*time_encoding.shape[:2], 2 * len(self.known.variables))
        return torch.cat([time_encoding, known], dim=-1)

    def _visible(self, data: Data) -> tuple[Tensor, Tensor]:
        """Indices of the visible stations, and the window of each, both ``[V]``."""
        visible = data.visible.nonzero().flatten()
        batch = getattr(data, "batch", None)
        return visible, torch.zeros_like(visible) if batch is None else batch[visible]

    def _input_features(self, data: Data, time_encoding: Tensor) -> Tensor:
        """Features of the hours of the history at visible stations, ``[V, history, in_channels]``."""
        visible, graph = self._visible(data)
        x, mask = data.x[visible], data.x_mask[visible]
        return torch.cat([x, mask.to(x.dtype), time_encoding[:, : self.window.history][graph]], dim=-1)
