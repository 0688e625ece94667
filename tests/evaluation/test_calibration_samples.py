"""Predictions at visible stations that intervals are calibrated on."""

import numpy as np
import pytest
from evaluation.evaluation_data import HIDDEN, hours_of
from station_samples import random_station_data

from aqnet_pyg.evaluation.calibration_samples import calibration_sample
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.rows import reconstruction
from aqnet_pyg.local_dates import local_days


def test_intervals_are_calibrated_on_visible_stations_in_validation_hours_and_as_many_training_days(tmp_path):
    data = random_station_data(16, 480)
    case = Case("small", data, "pm25", HIDDEN, **hours_of(480, (0.6, 0.1)))
    method = reconstruction("kriging", MethodOptions(tmp_path)).fit(
        case.training_data(), case.validation_data(), "pm25", 0
    )
    sample = calibration_sample(case, method)
    days = local_days(case.data.indexes["time"], case.data.attrs["time_zone"])
    training = np.unique(days[case.train])
    step = len(training) // len(np.unique(days[case.validation]))
    assert step > 1
    hours = case.validation | (case.train & np.isin(days, training[step // 2 :: step]))
    visible = case.measured().pm25.values[hours]
    assert sorted(sample.truth) == pytest.approx(sorted(visible[np.isfinite(visible)]))
    assert (sample.distance_km > 0).all()
    assert not np.allclose(sample.value, sample.truth)
    assert (
        calibration_sample(
            case, reconstruction("idw", MethodOptions(tmp_path)).fit(case.training_data(), None, "pm25", 0)
        )
        is None
    )
