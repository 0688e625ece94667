"""Forecasters of single stations, whose forecasts are interpolated to other places."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg import baselines
from aqnet_pyg.baselines import Coordinates, Forecaster, Interpolator, LinearLags, OrdinaryKriging
from aqnet_pyg.baselines.coordinates import coordinates_of, values_of
from aqnet_pyg.ensembles.kriging import with_parameters
from aqnet_pyg.ensembles.tuning import TunedInterpolators
from aqnet_pyg.splits import measured_span
from aqnet_pyg.windows import Window

FORECASTERS = (
    "Climatology",
    "DampedPersistence",
    "LSTMForecaster",
    "LinearLags",
    "PatchTSTForecaster",
    "Persistence",
)
"""Forecasters of :mod:`aqnet_pyg.baselines` that a checkpoint may name."""


class StationForecasters(NamedTuple):
    """A regression and further forecasters of single stations, none fitted to individual stations.

    Args:
        regression: Linear regression.
        others: The further forecasters.
        kriging: Interpolates forecasts to places that are no stations; all parameters are set.
    """

    regression: Forecaster
    others: tuple[Forecaster, ...]
    kriging: OrdinaryKriging

    def state(self) -> dict[str, Any]:
        """Names and states of the forecasters, and the parameters of the kriging."""
        forecasters = [{"name": type(each).__name__, "state": each.state()} for each in (self.regression, *self.others)]
        return {"forecasters": forecasters, "kriging": self.kriging.get_params()}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Undo :meth:`state`.

        Args:
            state: As :meth:`state` returned it.

        Raises:
            ModuleNotFoundError: If the package of a forecaster is not installed.
        """
        regression, *others = (_class(each["name"]).from_state(each["state"]) for each in state["forecasters"])
        return cls(regression, tuple(others), OrdinaryKriging(**state["kriging"]))


def fit_station_forecasters(
    training: xr.Dataset, target: str, window: Window, seed: int, tuned: TunedInterpolators | None = None
) -> StationForecasters:
    """Fit linear regression and PatchTST, and tune the kriging that interpolates their forecasts.

    Args:
        training: Station data of the visible stations; NaN outside the training hours, if these are included.
        target: The pollutant to predict.
        window: Hours of history and horizon.
        seed: Of the drawn training windows and of PatchTST.
        tuned: Interpolators that were tuned before.

    Raises:
        InputError: If the training hours are too few, or the history is no longer than a patch of PatchTST.
        ModuleNotFoundError: If transformers is not installed (the extra ``evaluation``).
    """
    # Before the regression is fitted: it may not be installed.
    from aqnet_pyg.baselines.patchtst import PatchTSTForecaster

    training = measured_span(training, target)
    kriging = (tuned or TunedInterpolators()).fit(
        OrdinaryKriging(), coordinates_of(training), values_of(training, target)
    )
    regression, patchtst = (
        fit_forecaster(each, training, target, window, seed) for each in (LinearLags, PatchTSTForecaster)
    )
    return StationForecasters(regression, (patchtst,), with_parameters(kriging))


def fit_forecaster(forecaster: Callable[..., Any], training: xr.Dataset, target: str, window: Window, seed: int) -> Any:
    """Fit a forecaster of single stations to all stations.

    Args:
        forecaster: Class of the forecaster; its arguments are ``history``, ``horizon``, ``utc_offset`` and, if it is random,
            ``seed``.
        training: Station data from the first to the last training hour.
        target: The pollutant to predict.
        window: Hours of history and horizon.
        seed: Random seed.
    """
    time = training.indexes["time"]
    seeded = {"seed": seed} if "seed" in inspect.signature(forecaster).parameters else {}
    offset = time[0].tz_localize("UTC").tz_convert(training.attrs["time_zone"]).utcoffset().total_seconds() / 3600
    made = forecaster(history=window.history, horizon=window.horizon, utc_offset=offset, **seeded)
    return made.fit(values_of(training, target), time)


def forecast_stations(
    forecaster: Forecaster, interpolator: Interpolator, history: np.ndarray, end: pd.DatetimeIndex, places: Coordinates
) -> tuple[np.ndarray, np.ndarray]:
    """Forecast each station from its own history, and interpolate to further places, lead by lead.

    Args:
        forecaster: Fitted.
        interpolator: Fitted to the coordinates of the stations.
        history: Measurements, shape ``[window, history, station]``, NaN where missing.
        end: The last hour of each history, UTC, shape ``[window]``.
        places: Longitudes and latitudes in degrees, each of shape ``[place]``.

    Returns:
        Forecasts at the stations and at the places, ``[window, lead, station]`` and ``[window, lead, place]``.
    """
    visible = forecaster.predict(history, end)
    if not len(places[0]):
        return visible, visible[:, :, :0]
    # Stations not reporting in the history are left out of the interpolation: their forecasts are climatology.
    reporting = np.isfinite(history).any(axis=1)
    reporting |= ~reporting.any(axis=1, keepdims=True)
    flat = np.where(reporting[:, None], visible, np.nan).reshape(-1, visible.shape[-1])
    return visible, interpolator.predict(places, flat).reshape(*visible.shape[:2], -1)


def _class(name: str) -> type[Forecaster]:
    """Return a class of :mod:`aqnet_pyg.baselines`; PatchTST is imported here only."""
    assert name in FORECASTERS, name
    return getattr(baselines, name)
