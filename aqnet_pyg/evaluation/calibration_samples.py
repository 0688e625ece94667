"""Calibration samples of prediction intervals: predictions at visible stations that are hidden in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aqnet_pyg.baselines import distance_matrix_km
from aqnet_pyg.baselines.coordinates import coordinates_of
from aqnet_pyg.ensembles.folds import station_folds
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.local_dates import consecutive_runs, local_days, sample_days

if TYPE_CHECKING:
    from aqnet_pyg.evaluation.reconstruction_methods import Reconstruction


class CalibrationSample(NamedTuple):
    """Predictions with known truth.

    Args:
        value: Predictions, shape ``[n]``.
        std: Their standard deviations, shape ``[n]``.
        distance_km: Distances to the nearest visible station, shape ``[n]``.
        truth: Measurements, shape ``[n]``.
    """

    value: np.ndarray
    std: np.ndarray
    distance_km: np.ndarray
    truth: np.ndarray


def calibration_sample(case: Case, method: Reconstruction) -> CalibrationSample | None:
    """Predict visible stations that are hidden in the way the case hides stations.

    The visible stations are divided into folds, in blocks where the case hides blocks; each fold is hidden once. The hours
    are the validation hours, which may be of a single season, and as many training days, evenly spaced.

    Args:
        case: The experiment; its hidden stations and test hours are not used.
        method: A method fitted to the case.

    Returns:
        The sample; ``None`` if the method has no standard deviation.
    """
    data, hours = case.fitting_data(), case.time[_calibration_hours(case)]
    parts = []
    for fold in station_folds(case.visible, coordinates_of(data), case.spacing):
        visible, held_out = data.drop_sel(station=list(fold)), data.sel(station=list(fold))
        runs = [method.predict_unfitted(visible, coordinates_of(held_out), run) for run in consecutive_runs(hours)]
        if runs[0].std is None:
            return None
        value, std = (np.concatenate(arrays) for arrays in zip(*runs, strict=True))
        distance = distance_matrix_km(coordinates_of(held_out), coordinates_of(visible)).min(axis=1)
        truth = held_out[case.target].sel(time=hours.to_numpy()).transpose("time", "station").values
        known = np.isfinite(truth) & np.isfinite(value) & np.isfinite(std)
        parts.append([array[known] for array in (value, std, np.broadcast_to(distance, value.shape), truth)])
    return CalibrationSample(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _calibration_hours(case: Case) -> np.ndarray:
    time, zone = case.time, case.data.attrs["time_zone"]
    count = np.unique(local_days(time, zone)[case.validation]).size
    return case.validation | sample_days(time, zone, case.train, count)
