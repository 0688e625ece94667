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
    """
    everywhere = stations.drop_dims("time")
    extended = measured.reindex(station=everywhere.station.values).assign_coords(everywhere.coords)
    extended, codes = with_targets(extended, coordinates)
    parts = []
    for run in consecutive_runs(hours):
        first, last = run.to_numpy()[[0, -1]]
        result, _ = reanalyze(predictor, extended, hidden=codes, start=first, end=last, device=device)
        predicted = result[predictor.target].sel(station=list(codes), time=run.to_numpy())
        parts.append(predicted.transpose("time", "station").values.astype(np.float64))
    return np.concatenate(parts)


def with_targets(data: xr.Dataset, coordinates: Coordinates) -> tuple[xr.Dataset, tuple[str, ...]]:
    """Add stations without measurements at some places, and return their codes.

    Args:
        data: Station data.
        coordinates: Longitudes and latitudes of the places in degrees, each of shape ``[place]``.
    """
    longitude, latitude = coordinates
    codes = tuple(f"target {number:06d}" for number in range(len(longitude)))
    names = [*data.indexes["station"], *codes]
    keep = data.drop_vars([name for name in data.coords if name not in ("time", "station", "longitude", "latitude")])
    return keep.reindex(station=names).assign_coords(
        longitude=("station", np.concatenate([data.longitude.values, longitude])),
        latitude=("station", np.concatenate([data.latitude.values, latitude])),
    ), codes
