"""Interpolators as methods of reconstruction."""

import numpy as np
from evaluation.evaluation_data import small_case

from aqnet_pyg.baselines import OrdinaryKriging
from aqnet_pyg.evaluation.reconstruction_methods import InterpolatorMethod


def test_interpolators_are_given_consecutive_hours_and_all_stations():
    case = small_case()
    method = InterpolatorMethod(OrdinaryKriging(range_km=500, nugget=0.1)).fit(case.training_data(), None, "pm25", 0)
    shown = case.measured()
    hours = shown.indexes["time"][[70, 90, 91]]
    value, std = method.predict(shown, case.targets, hours)
    every, _ = method.predict(shown, case.targets, shown.indexes["time"])
    np.testing.assert_allclose(value, every[[70, 90, 91]], rtol=1e-12)
    assert std.shape == (3, 3)
    fewer = shown.drop_sel(station=list(case.visible[:4]))
    without, _ = method.predict(fewer, case.targets, hours)
    missing = shown.copy()
    missing["pm25"] = shown.pm25.where(~shown.station.isin(case.visible[:4]))
    np.testing.assert_allclose(without, method.predict(missing, case.targets, hours)[0], rtol=1e-12)
