"""Intervals of a trained model, calibrated at stations and hours that it was not trained on."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import xarray as xr

from aqnet_pyg.intervals import ConformalIntervals
from aqnet_pyg.nn import AQNet
from aqnet_pyg.reanalysis import reanalyze

__all__ = ["calibrate"]


def calibrate(model: AQNet, stations: xr.Dataset, hidden: Collection[str], device: str = "cpu") -> None:
    """Give a model the intervals that fit its errors; what :func:`aqnet_pyg.reanalysis.reanalyze` then returns has them.

    Args:
        model: A trained model.
        stations: Station data of hours that it was not trained on.
        hidden: Codes of stations there that it was not trained on. They are hidden and predicted; in a forecast the visible
            stations count too, whose future is unknown.
        device: Where to compute.

    Raises:
        InputError: If nothing was measured where there is a prediction, or as :func:`aqnet_pyg.reanalysis.reanalyze`.
    """
    model.intervals = None
    result, _ = reanalyze(model, stations, hidden=hidden, device=device)
    if model.window.task == "reconstruct":
        result = result.sel(station=sorted(hidden))
    value, std, truth = (result[f"{model.target}{name}"] for name in ("", "_spread", "_measured"))
    # The axis of the hours ahead, if there is one, is before that of the stations.
    lead = result.lead.values[:, None] if "lead" in result.dims else 0.0
    distance = np.broadcast_to(result.station_distance.values, value.shape)
    model.intervals = ConformalIntervals().fit(value.values, std.values, distance, truth.values, lead)
