"""Predictions at places that are no stations, by adding them to the station data as hidden ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines import Coordinates
from aqnet_pyg.inference.predictor import Predictor
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.local_dates import consecutive_runs


def predict_at(
    predictor: Predictor,
    measured: xr.Dataset,
    stations: xr.Dataset,
    coordinates: Coordinates,
    hours: pd.DatetimeIndex,
    device: str = "cpu",
    covariates: xr.Dataset | None = None,
) -> np.ndarray:
    """Reconstruct places without measurements, float64, shape ``[hour, place]``.

    Args:
        predictor: The model.
        measured: Station data to predict from.
        stations: Station data of all stations of the network; those that are not in ``measured`` take part without
            measurements, since the model needs more than k stations.
        coordinates: Longitudes and latitudes of the places in degrees, each of shape ``[place]``.
        hours: The predicted hours, UTC, on the time axis of ``measured``.
        device: As for :func:`aqnet_pyg.reanalyze`.
        covariates: Those of the predictor and first guesses at the places, dimensions ``(time, station)``; default missing.
    """
    everywhere = stations.drop_dims("time")
    extended = measured.reindex(station=everywhere.station.values).assign_coords(everywhere.coords)
    extended, codes = with_targets(extended, coordinates, covariates)
    parts = []
    for run in consecutive_runs(hours, predictor.window.steps):
        first, last = run.to_numpy()[[0, -1]]
        result, _ = reanalyze(predictor, extended, hidden=codes, start=first, end=last, at_visible=False, device=device)
        predicted = result[predictor.target].sel(station=list(codes), time=run.to_numpy())
        parts.append(predicted.transpose("time", "station").values.astype(np.float64))
    return np.concatenate(parts)


def with_targets(
    data: xr.Dataset, coordinates: Coordinates, covariates: xr.Dataset | None = None
) -> tuple[xr.Dataset, tuple[str, ...]]:
    """Add stations without measurements at some places, and return their codes.

    Args:
        data: Station data.
        coordinates: Longitudes and latitudes of the places in degrees, each of shape ``[place]``.
        covariates: Variables of the data that are known at the places, dimensions ``(time, station)``; hours of the data that it
            lacks are missing.
    """
    longitude, latitude = coordinates
    codes = tuple(f"target {number:06d}" for number in range(len(longitude)))
    names = [*data.indexes["station"], *codes]
    keep = data.drop_vars([name for name in data.coords if name not in ("time", "station", "longitude", "latitude")])
    extended = keep.reindex(station=names).assign_coords(
        longitude=("station", np.concatenate([data.longitude.values, longitude])),
        latitude=("station", np.concatenate([data.latitude.values, latitude])),
    )
    for name, values in ({} if covariates is None else covariates.data_vars).items():
        at_places = values.reindex(time=data.time).transpose("time", "station").values
        at_stations = extended[name].transpose("time", "station")
        at_stations.loc[{"station": list(codes)}] = at_places
        extended[name] = at_stations
    return extended, codes
