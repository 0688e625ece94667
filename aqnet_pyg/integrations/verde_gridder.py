"""A gridder of Verde around the neural kNN: points of a few hours in, values anywhere out.

Needs Verde: ``pip install 'aqnet-pyg[verde]'``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Data

from aqnet_pyg.baselines import OrdinaryKriging
from aqnet_pyg.errors import InputError, optional_imports
from aqnet_pyg.graph import HideRandomStations, KNNGraphBuilder, knn
from aqnet_pyg.inference.network import CELLS_PER_CHUNK
from aqnet_pyg.inference.trained_model import TrainedModel
from aqnet_pyg.nn import AQNet, KNNOutput, KrigingBackground, NeuralKNN, parameter_groups
from aqnet_pyg.stations import check_coordinates, make_station_data
from aqnet_pyg.training.checkpoint import load_model

with optional_imports():
    from verde import get_region
    from verde.base import BaseGridder, check_fit_input

__all__ = ["AQNetGridder"]

ENOUGH_SNAPSHOTS = 8
STEPS = 60
"""With so many snapshots or more, training takes so many steps by default. Cross-validated by blocks on hours of January 1 to
20, 2025, in northern China (386 stations), it then took 1 to 3 % off the error; with fewer snapshots that was left to chance."""

SNAPSHOTS_A_STEP = 4
SNAPSHOTS_AT_ONCE = 24

CHANNELS = 16
LEARNING_RATE = 5e-3


class AQNetGridder(BaseGridder):
    r"""Gridder of Verde around the neural kNN; distances are great circles.

    The data are snapshots: the values of all points in one hour; or of several hours, as a tuple of arrays, and then the
    predictions are a tuple too. Points without a value (NaN) are left out, in each snapshot by itself.

    **Without a checkpoint** it is fitted to its points alone. It starts at ordinary kriging from all points, with range
    and nugget (shared by the snapshots) chosen by leave-one-out, and with eight or more snapshots a
    :class:`aqnet_pyg.nn.NeuralKNN` learns a departure from it. To learn, each point is predicted from the others, some
    of which are hidden at random, in each snapshot by itself. Values of any kind and sign will do.

    **With a checkpoint** nothing is learned: a trained :class:`aqnet_pyg.nn.AQNet` is asked to reconstruct the hours. It
    reads a window of hours and several pollutants; what is not given is missing to it, as in a gap of the measurements:
    other pollutants, covariates, and all hours but those of the snapshots. Snapshots whose hours fall into one window are
    each other's history, as in :func:`aqnet_pyg.reanalyze`; a single one has none, and as a model has learned from whole
    windows, expect no more of it then than of kriging. The values are concentrations of the model's target pollutant in its
    units, so that the gridder may be the first step of a :class:`verde.Chain`, but not one that is given residuals.

    At a fitted point the prediction is the value smoothed by the nugget, which is error of measurement, and with
    ``nugget=0`` the value itself (without a checkpoint, untrained).

    Args:
        checkpoint: File of a model, or the model.
        time: With a checkpoint: the hour of each snapshot (its end, in UTC).
        time_zone: With a checkpoint: IANA name of the zone of the region, such as ``"Asia/Shanghai"``.
        k: Neighbors in the departure; a checkpoint has its own number.
        range_km: Range of the kriging in kilometers; ``None`` chooses it. A checkpoint has its own.
        nugget: Its nugget, as a part of the sill; ``None`` chooses it. A checkpoint has its own.
        steps: Steps of training; ``None`` takes 60 with eight snapshots or more, else 0, which is kriging. Not used with a
            checkpoint.
        random_state: Seed of the training.
        maxdist_km: Farther than this from the nearest value of the snapshot, in kilometers, predictions are NaN.
        projection: As pyproj's: ``projection(longitude, latitude)`` gives the coordinates in which the gridder is used, and
            ``inverse=True`` undoes it. ``None``: the coordinates are longitude and latitude in degrees.

    Attributes:
        region_: West, east, south and north end of the points, in the coordinates given.
        range_km_: Range of the kriging in kilometers.
        nugget_: Its nugget.

    Examples:
        >>> import numpy as np
        >>> import verde
        >>> from aqnet_pyg.integrations.verde_gridder import AQNetGridder
        >>> rng = np.random.default_rng(0)
        >>> longitude, latitude = rng.uniform(112, 118, 100), rng.uniform(35, 40, 100)
        >>> pm25 = 60 + 30 * np.sin(longitude / 2) * np.cos(latitude / 2)
        >>> gridder = AQNetGridder(maxdist_km=150).fit((longitude, latitude), pm25)
        >>> grid = gridder.grid(spacing=0.5, dims=("latitude", "longitude"), data_names="pm25")
        >>> grid.pm25.dims
        ('latitude', 'longitude')
        >>> blocks = verde.BlockKFold(spacing=1, shuffle=True, random_state=0)
        >>> scores = verde.cross_val_score(gridder, (longitude, latitude), pm25, cv=blocks, scoring="r2")
        >>> bool(scores.mean() > 0.9)
        True
    """

    def __init__(
        self,
        checkpoint: str | Path | TrainedModel | AQNet | None = None,
        *,
        time: Any = None,
        time_zone: str | None = None,
        k: int = 8,
        range_km: float | None = None,
        nugget: float | None = None,
        steps: int | None = None,
        random_state: int = 0,
        maxdist_km: float | None = None,
        projection: Callable[..., tuple[np.ndarray, np.ndarray]] | None = None,
    ) -> None:
        super().__init__()
        self.checkpoint = checkpoint
        self.time = time
        self.time_zone = time_zone
        self.k = k
        self.range_km = range_km
        self.nugget = nugget
        self.steps = steps
        self.random_state = random_state
        self.maxdist_km = maxdist_km
        self.projection = projection

    def fit(
        self,
        coordinates: tuple[np.ndarray, ...],
        data: np.ndarray | tuple[np.ndarray, ...],
        weights: np.ndarray | tuple[np.ndarray, ...] | None = None,
    ) -> Self:
        """Take the values of the points and, without a checkpoint, learn from them. Their order changes nothing.

        Args:
            coordinates: Easting and northing of the points, or longitude and latitude; further coordinates are ignored.
            data: Values of the points in a snapshot, of the same shape, or a tuple of such; NaN where missing.
            weights: Not supported: ignored with a warning, as by :class:`verde.KNeighbors`. The error of measurement is the
                nugget, the same at all points.

        Returns:
            This gridder.

        Raises:
            InputError: If coordinates are not degrees (or do not become degrees), a value is infinite, a snapshot has no
                value, or time, zone and values do not suit the checkpoint.
        """
        if any(weight is not None for weight in (weights if isinstance(weights, tuple) else (weights,))):
            warnings.warn(f"{type(self).__name__} does not support weights and they will be ignored.", stacklevel=2)
        coordinates, data, _ = check_fit_input(coordinates, data, weights, unpack=False)
        pos = self._positions(coordinates)
        values = np.stack([np.asarray(part, np.float64).ravel() for part in data], axis=1)
        if np.isinf(values).any():
            raise InputError("data: infinite values were given; use NaN where a value is missing.")
        silent = ~np.isfinite(values).any(axis=0)
        if silent.any():
            raise InputError(
                f"data: no point has a value in snapshot {silent.argmax()} of {len(silent)}; leave it out."
            )
        # In the order of their places, so that the order in which they are given changes nothing.
        order = np.lexsort([*values.T, *pos.T])
        order = order[np.isfinite(values[order]).any(axis=1)]
        pos, values = pos[order], values[order]
        self.region_ = get_region(coordinates[:2])
        if self.checkpoint is None:
            self.field_ = self._learn(torch.from_numpy(pos), values)
        else:
            given = self.checkpoint
            model = load_model(given) if isinstance(given, str | Path) else TrainedModel.of(given)
            self.field_ = _Asked(model, pos, values, self.time, self.time_zone)
        return self

    def predict(self, coordinates: tuple[np.ndarray, ...]) -> np.ndarray | tuple[np.ndarray, ...]:
        """Values at any points.

        Args:
            coordinates: Easting and northing, or longitude and latitude; further coordinates are ignored.

        Returns:
            Float64 array of the shape of the coordinates; a tuple of them if several snapshots were fitted.

        Raises:
            InputError: If coordinates are not degrees (or do not become degrees).
        """
        check_is_fitted(self, ["field_"])
        pos = torch.from_numpy(self._positions(coordinates))
        values = self.field_.at(pos)
        if self.maxdist_km is not None:
            values[self._nearest_km(pos) > self.maxdist_km] = np.nan
        shape = np.broadcast(*coordinates[:2]).shape
        parts = tuple(part.reshape(shape) for part in values.T)
        return parts[0] if len(parts) == 1 else parts

    def _positions(self, coordinates: tuple[np.ndarray, ...]) -> np.ndarray:
        """Longitude (0 to 360) and latitude in degrees, ``[point, 2]``."""
        places = tuple(np.ravel(axis).astype(np.float64) for axis in np.broadcast_arrays(*coordinates[:2]))
        longitude, latitude = places if self.projection is None else self.projection(*places, inverse=True)
        check_coordinates(longitude, latitude, "coordinates (in degrees, unless a projection is given)")
        return np.stack([longitude % 360, latitude], axis=1)

    def _nearest_km(self, pos: Tensor) -> np.ndarray:
        """Distance to the nearest value in each snapshot, ``[point, snapshot]``."""
        field = self.field_
        return np.stack([knn(field.pos, 1, visible=there, pos_dst=pos).km.numpy() for there in field.valid.T], axis=1)

    def _learn(self, pos: Tensor, values: np.ndarray) -> _Learned:
        level, spread = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
        spread[spread == 0] = 1.0
        values = (values - level) / spread
        background = KrigingBackground()
        if np.isfinite(values).sum(axis=0).max() > 1:  # of a single value, any kriging makes the same
            kriging = OrdinaryKriging(range_km=self.range_km, nugget=self.nugget).fit(tuple(pos.numpy().T), values.T)
            background.set_covariance(kriging.range_km_, kriging.nugget_)
        self.range_km_, self.nugget_ = background.range_km.item(), background.nugget.item()
        steps = self.steps
        if steps is None:
            steps = STEPS if values.shape[1] >= ENOUGH_SNAPSHOTS and len(pos) > self.k else 0
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.random_state)
            field = _Learned(pos, values, level, spread, background, KNNGraphBuilder(self.k))
            if steps:
                field.train(steps)
        return field


class _Learned:
    """Kriging of standardized snapshots, and the neural kNN that learns to depart from it.

    Args:
        pos: Longitude and latitude of the points in degrees, ``[N, 2]``.
        values: Standardized values, ``[N, S]``, NaN where missing.
        level, spread: Mean and standard deviation of each snapshot, ``[S]``.
        background: The kriging.
        graph: Which neighbors of a place are heard.
    """

    def __init__(
        self,
        pos: Tensor,
        values: np.ndarray,
        level: np.ndarray,
        spread: np.ndarray,
        background: KrigingBackground,
        graph: KNNGraphBuilder,
    ) -> None:
        self.pos, self.level, self.spread = pos, level, spread
        self.valid = torch.from_numpy(np.isfinite(values))
        self.value = torch.from_numpy(np.nan_to_num(values))
        self.everywhere = torch.ones(len(pos), dtype=torch.bool)
        self.background, self.graph = background, graph
        self.network = NeuralKNN(CHANNELS, graph.dim, graph.k, context=0)

    def train(self, steps: int) -> None:
        """Learn to predict each point from the others that are not hidden."""
        hide = HideRandomStations(region_probability=1.0)
        optimizer = torch.optim.AdamW(parameter_groups(self.network, LEARNING_RATE), lr=LEARNING_RATE)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for _ in range(steps):
            some = torch.randperm(self.value.size(1))[:SNAPSHOTS_A_STEP]
            visible = hide(Data(pos=self.pos, visible=self.everywhere)).visible
            out = self.at_points(some, visible)
            scored = self.valid[:, some] & out.valid
            truth = self.value[:, some][scored].float()
            loss = F.huber_loss(out.value[scored], truth, reduction="sum") / scored.sum().clamp(min=1)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            optimizer.step()
            schedule.step()

    def at_points(self, some: Tensor, visible: Tensor) -> KNNOutput:
        """Each point from the others that are visible, in some of the snapshots."""
        valid = self.valid[:, some] & visible[:, None]
        value = self.value[:, some].masked_fill(~valid, 0.0)
        background = self.background(value, valid, self.pos)
        return self._depart(value, valid, background, self.graph(self.pos, visible), self.pos)

    @torch.no_grad()
    def at(self, pos: Tensor) -> np.ndarray:
        """Values at points, ``[M, S]``."""
        parts = []
        for some in pos.split(CELLS_PER_CHUNK):
            background = self.background(self.value, self.valid, self.pos, some)
            edges = self.graph(self.pos, self.everywhere, some)
            snapshots = (part.split(SNAPSHOTS_AT_ONCE, dim=1) for part in (self.value, self.valid, background))
            departures = [
                self._depart(*part, edges, (self.pos, some)).value - part[2].float()
                for part in zip(*snapshots, strict=True)
            ]
            parts.append(background + torch.cat(departures, dim=1))
        return self.level + self.spread * torch.cat(parts).numpy()

    def _depart(
        self,
        value: Tensor,
        valid: Tensor,
        background: Tensor,
        edges: tuple[Tensor, Tensor],
        pos: Tensor | tuple[Tensor, Tensor],
    ) -> KNNOutput:
        # A snapshot has no temporal state.
        state = torch.zeros(*value.shape, CHANNELS)
        return self.network(state, value.float(), valid, pos, *edges, background.float())


class _Asked:
    """A trained model, and the hours of station data that it is asked about.

    Args:
        model: The model.
        pos: Longitude and latitude of the points in degrees, ``[N, 2]``.
        values: In the units of the target pollutant, ``[N, S]``, NaN where missing.
        time: The hours, in UTC.
        time_zone: IANA name.
    """

    def __init__(
        self, model: TrainedModel, pos: np.ndarray, values: np.ndarray, time: Any, time_zone: str | None
    ) -> None:
        predictor = model.predictor
        if model.window.task != "reconstruct":
            raise InputError("checkpoint: the model forecasts; give one that reconstructs.")
        if len(pos) < predictor.min_visible:
            raise InputError(
                f"coordinates: {len(pos)} points were given, but the model needs {predictor.min_visible}, one more than it takes "
                "neighbors; give more points or a model with a smaller k."
            )
        if (values < 0).any():
            raise InputError(
                f"data: {np.nanmin(values):g} was given; a trained model takes concentrations of {model.target}, which are "
                "not negative, and no residuals."
            )
        self.predictor = predictor
        self.hours = _hours(time, values.shape[1])
        self.pos, self.valid = torch.from_numpy(pos), torch.from_numpy(np.isfinite(values))
        # All that the model reads and that nobody gave is missing.
        known = () if predictor.known is None else predictor.known.variables
        variables = dict.fromkeys((*predictor.variables, *known), np.full(values.T.shape, np.nan))
        in_time = np.argsort(self.hours)
        variables[model.target] = values.T[in_time]
        codes = [f"{number:06d}" for number in range(len(pos))]
        points = pd.DataFrame(pos, columns=["longitude", "latitude"], index=codes)
        self.stations = make_station_data(
            variables, self.hours[in_time], points, time_zone=_zone(time_zone), source="data"
        )

    def at(self, pos: Tensor) -> np.ndarray:
        """Values at points, ``[M, S]``."""
        window, hour = self.predictor.window, np.timedelta64(1, "h")
        since = (self.hours - self.hours.min()) // hour
        values = np.empty((len(pos), len(since)))
        # Windows side by side, as in a reanalysis; those without a snapshot are left out.
        for number in np.unique(since // window.steps):
            first = self.hours.min() + (number * window.steps - window.margin) * hour
            stations = self.stations.reindex(time=first + np.arange(window.history) * hour)
            cells = self.predictor.predict(stations, (), pos.numpy(), stride=window.steps).cells[0]
            here = since // window.steps == number
            values[:, here] = cells[since[here] % window.steps].T
        return values


def _hours(time: Any, snapshots: int) -> np.ndarray:
    """Hours in UTC, one a snapshot."""
    if time is None:
        raise InputError("time: a trained model reads the time; give the hour of each snapshot, in UTC.")
    try:
        index = pd.DatetimeIndex(np.atleast_1d(time))
    except (TypeError, ValueError):
        raise InputError(
            f"time: {time!r} is no time; give the hour of each snapshot, such as '2025-01-08T05:00'."
        ) from None
    if index.tz is not None:
        index = index.tz_convert("UTC").tz_localize(None)
    if len(index) != snapshots:
        raise InputError(f"time: {len(index)} hours were given for {snapshots} snapshots; give one for each.")
    if index.hasnans or (index != index.floor("h")).any():
        raise InputError("time: a time is missing or is no full hour; give the hour at whose end each snapshot stands.")
    if not index.is_unique:
        raise InputError(
            f"time: {index[index.duplicated()][0]} occurs more than once; give each snapshot its own hour."
        )
    return index.to_numpy("datetime64[ns]")


def _zone(name: str | None) -> str:
    if name is None:
        raise InputError("time_zone: a trained model reads the local time; give the zone, such as 'Asia/Shanghai'.")
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        raise InputError(f"time_zone: {name!r} is not known; use an IANA name such as 'Asia/Shanghai'.") from None
