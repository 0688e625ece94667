"""A Verde gridder that predicts with a trained model.

Needs Verde: ``pip install 'aqnet-pyg[verde]'``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import xarray as xr
from sklearn.utils.validation import check_is_fitted

from aqnet_pyg.ensembles.kriging import CONTEXT_HOURS
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference.first_guess import Fields, add_first_guess, first_guess_at_cells
from aqnet_pyg.inference.predictor import Request
from aqnet_pyg.inference.trained_model import TrainedModel
from aqnet_pyg.integrations.snapshot_gridder import Projection, SnapshotGridder, Snapshots
from aqnet_pyg.local_dates import load_zone
from aqnet_pyg.nn import AQNet
from aqnet_pyg.stations import make_station_data
from aqnet_pyg.training.checkpoint import load_model
from aqnet_pyg.windows import RECONSTRUCT


class AQNetGridder(SnapshotGridder):
    """Predictions of a trained model from the values of points; distances are great-circle distances.

    The data are a snapshot: the values of all points in one hour; or several, as a tuple of arrays, and then the predictions are
    a tuple too. They are measurements of the model's target pollutant in its units, so that the gridder can be the first
    step of a :class:`verde.Chain`, but not one that is fitted to residuals. A missing value (NaN) is left out of its
    snapshot only.

    The predictions are those of :func:`aqnet_pyg.reanalyze`. Except for a first guess, everything else that the model reads is
    missing, as in a gap of the measurements: other pollutants, covariates, and the hours without a snapshot. Networks are
    trained on complete windows; from a single snapshot do not expect more of them than of kriging.

    Args:
        checkpoint: A trained model that reconstructs, or the file of one.
        time: End of the hour of each snapshot, in UTC.
        time_zone: IANA name of the local time zone, such as ``"Asia/Shanghai"``.
        maxdist_km: Distance in kilometers to the nearest value of the snapshot beyond which predictions are NaN.
        projection: As of pyproj: ``projection(longitude, latitude)`` returns the coordinates in which the gridder is used, and
            ``inverse=True`` is its inverse. ``None``: coordinates are longitude and latitude in degrees.
        first_guess: Where the model was fitted with a first guess: its field as from :func:`aqnet_pyg.readers.read_field`, or
            several, in the hours of the snapshots. It is on longitudes and latitudes, whatever the projection.

    Attributes:
        model_: The trained model.
        stations_: The points as station data.
        region_: West, east, south and north end of the points, in the coordinates given.

    Examples:
        >>> from aqnet_pyg import AQNet, StationDataset, Window, simulate
        >>> from aqnet_pyg.integrations import AQNetGridder
        >>> ds, _ = simulate(days=2, stations=20, truth=False)
        >>> windows = StationDataset(ds, Window(24, margin=6))
        >>> model = AQNet(windows.window, windows.scaler, k=8)  # untrained; or a path such as "runs/first/aqnet.ckpt"
        >>> hour = ds.isel(time=20)
        >>> gridder = AQNetGridder(model, time=hour.time.values, time_zone="Asia/Shanghai")
        >>> gridder = gridder.fit((hour.longitude.values, hour.latitude.values), hour.pm25.values)
        >>> gridder.grid(spacing=1.0, dims=("latitude", "longitude"), data_names="pm25").pm25.dims
        ('latitude', 'longitude')
    """

    def __init__(
        self,
        checkpoint: str | Path | TrainedModel | AQNet,
        *,
        time: Any = None,
        time_zone: str | None = None,
        maxdist_km: float | None = None,
        projection: Projection | None = None,
        first_guess: Fields | None = None,
    ) -> None:
        super().__init__()
        self.checkpoint = checkpoint
        self.time = time
        self.time_zone = time_zone
        self.maxdist_km = maxdist_km
        self.projection = projection
        self.first_guess = first_guess

    def fit(self, coordinates: tuple[np.ndarray, ...], data: Snapshots, weights: Snapshots | None = None) -> Self:
        """Take the values of the points; the model is not trained further. The order of the points does not matter.

        Args:
            coordinates: Easting and northing of the points, or longitude and latitude; further coordinates are ignored.
            data: Values of the points in a snapshot, of the same shape as the coordinates, or a tuple of such arrays; NaN
                where missing.
            weights: Not supported: ignored with a warning, as by :class:`verde.KNeighbors`.

        Returns:
            This gridder.

        Raises:
            InputError: If coordinates are not degrees (after the inverse projection), a value is infinite or negative, a
                snapshot has no value, there are too few points for the model, the model forecasts, time or time zone are
                missing or cannot be used, or a first guess is missing, not read by the model, or elsewhere.
        """
        pos, values = self._fit_snapshots(coordinates, data, weights)
        given = self.checkpoint
        model = load_model(given) if isinstance(given, str | Path) else TrainedModel.of(given)
        if model.window.task is not RECONSTRUCT:
            raise InputError("checkpoint: the model forecasts; give one that reconstructs.")
        if len(pos) < model.predictor.min_visible:
            raise InputError(
                f"coordinates: {len(pos)} points have values, but the model needs at least {model.predictor.min_visible}; give "
                "more points, or a model with fewer neighbors."
            )
        if (values < 0).any():
            raise InputError(
                f"data: {np.nanmin(values):g} was given; a trained model takes concentrations of {model.target}, which are "
                "not negative, and no residuals."
            )
        self.hours_ = _hours(self.time, values.shape[1])
        points = _station_data(model, pos, values, self.hours_, _zone(self.time_zone))
        self.stations_ = add_first_guess(points, self.first_guess, model.predictor, on_grid=True)
        self.model_ = model
        return self

    def predict(self, coordinates: tuple[np.ndarray, ...]) -> Snapshots:
        """Predict the concentrations at any points.

        Args:
            coordinates: Easting and northing, or longitude and latitude; further coordinates are ignored.

        Returns:
            Float64 array of the shape of the coordinates; a tuple of them if several snapshots were fitted.

        Raises:
            InputError: If coordinates are not degrees (after the inverse projection).
        """
        check_is_fitted(self, ["stations_"])
        pos = self._positions(coordinates)
        window, hour = self.model_.window, np.timedelta64(1, "h")
        start = self.hours_.min()
        position = (self.hours_ - start) // hour  # [S]
        values = np.empty((len(pos), len(position)))
        for run in _runs(np.unique(position // window.steps), window.steps):
            offset, length = run[0] * window.steps, (run[-1] - run[0] + 1) * window.steps
            time = start + np.arange(offset - window.margin, offset + length + window.margin) * hour
            request = Request((), pos, stride=window.steps)
            predictor, at_points = self.model_.predictor, None
            if self.first_guess is not None:
                at_points = first_guess_at_cells(self.first_guess, predictor, pos, time, lazy=False)
            predictions = predictor.predict(self.stations_.reindex(time=time), request, at_points)
            included = (position >= offset) & (position < offset + length)
            values[:, included] = predictions.cells[0, position[included] - offset].T
        return self._predictions(values, pos, coordinates)


def _runs(windows: np.ndarray, steps: int) -> list[np.ndarray]:
    """Split sorted window numbers at gaps of ``CONTEXT_HOURS`` or more, across which predictions are independent."""
    gaps = (np.diff(windows) - 1) * steps >= CONTEXT_HOURS
    return np.split(windows, np.flatnonzero(gaps) + 1)


def _station_data(
    model: TrainedModel, pos: np.ndarray, values: np.ndarray, hours: np.ndarray, time_zone: str
) -> xr.Dataset:
    """The points as station data, in which all variables but the target pollutant are missing."""
    predictor = model.predictor
    variables = dict.fromkeys((*predictor.variables, *predictor.known), np.full(values.T.shape, np.nan))
    in_time = np.argsort(hours)
    variables[model.target] = values.T[in_time]
    codes = [f"{number:06d}" for number in range(len(pos))]
    points = pd.DataFrame(pos, columns=["longitude", "latitude"], index=codes)
    return make_station_data(variables, hours[in_time], points, time_zone=time_zone, source="data")


def _hours(time: Any, snapshots: int) -> np.ndarray:
    """Hours in UTC, one for each snapshot."""
    if time is None:
        raise InputError("time: a trained model needs the time; give the hour of each snapshot, in UTC.")
    try:
        index = pd.DatetimeIndex(np.atleast_1d(time))
    except (TypeError, ValueError):
        raise InputError(
            f"time: {time!r} is not a time; give the hour of each snapshot, such as '2025-01-08T05:00'."
        ) from None
    if index.tz is not None:
        index = index.tz_convert("UTC").tz_localize(None)
    if len(index) != snapshots:
        raise InputError(f"time: {len(index)} hours were given for {snapshots} snapshots; give one for each.")
    if index.hasnans or (index != index.floor("h")).any():
        raise InputError("time: a time is missing or not a full hour; give the end of the hour of each snapshot.")
    if not index.is_unique:
        raise InputError(
            f"time: {index[index.duplicated()][0]} occurs more than once; give each snapshot its own hour."
        )
    return index.to_numpy("datetime64[ns]")


def _zone(name: str | None) -> str:
    if name is None:
        raise InputError("time_zone: a trained model needs the local time; give the zone, such as 'Asia/Shanghai'.")
    load_zone(name)
    return name
