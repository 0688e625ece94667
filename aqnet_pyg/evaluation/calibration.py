"""Predictions at visible stations that are hidden for the purpose: what intervals are calibrated on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aqnet_pyg.baselines import great_circle_km
from aqnet_pyg.evaluation.case import Case, coordinates_of
from aqnet_pyg.evaluation.folds import station_folds
from aqnet_pyg.evaluation.methods import Reconstruction

__all__ = ["CalibrationSample", "calibration_sample"]


class CalibrationSample(NamedTuple):
    """Predictions with known truth.

    Args:
        value: Predictions, shape ``[n]``.
        std: Their standard deviations, shape ``[n]``.
        distance_km: Distances to the nearest visible station, shape ``[n]``.
        truth: What was measured, shape ``[n]``.
    """

    value: np.ndarray
    std: np.ndarray
    distance_km: np.ndarray
    truth: np.ndarray


def calibration_sample(case: Case, method: Reconstruction) -> CalibrationSample | None:
    """Hide visible stations the way the case hides stations, and predict them in the validation hours.

    The visible stations are dealt into folds, in blocks where the case hides blocks; each fold is hidden once.

    Args:
        case: The experiment; nothing of its hidden stations and test hours is used.
        method: Fitted to the case.

    Returns:
        The sample; ``None`` if the method has no standard deviation.
    """
    validation = case.validation_data()
    hours = case.data.indexes["time"][case.validation]
    parts = []
    for fold in station_folds(case.visible, coordinates_of(validation), case.spacing):
        shown = validation.drop_sel(station=list(fold))
        places = validation.sel(station=list(fold))
        value, std = method.predict_unlearned(shown, coordinates_of(places), hours)
        if std is None:
            return None
        distance = great_circle_km(coordinates_of(places), coordinates_of(shown)).min(axis=1)
        truth = places[case.target].transpose("time", "station").values[case.validation]
        known = np.isfinite(truth) & np.isfinite(value) & np.isfinite(std)
        parts.append([array[known] for array in (value, std, np.broadcast_to(distance, value.shape), truth)])
    return CalibrationSample(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
