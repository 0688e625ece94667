"""Tests for classical methods: faulty interpolators and forecasters fail them. Those of the package are in tests/baselines."""

import numpy as np
import pytest
from testing.faulty_classes import faulty

from aqnet_pyg.baselines import Climatology, Nearest
from aqnet_pyg.testing import BaselineTests, ForecasterTests


class FaultyNearest(Nearest):
    fault = None

    def predict(self, coordinates, values):
        estimate = super().predict(coordinates, values)
        return type(self).fault(estimate, coordinates, values)


INTERPOLATORS = {
    "test_recovers_known_points": lambda estimate, where, values: estimate + 1,
    "test_a_constant_field_stays_constant": lambda estimate, where, values: estimate * 1.01,
    "test_full_turns_of_longitude_have_no_effect": lambda estimate, where, values: estimate + where[0] / 100,
    "test_order_of_stations_and_targets_has_no_effect": lambda estimate, where, values: estimate + values[:1, :1],
    "test_station_without_measurements_has_no_effect": lambda estimate, where, values: estimate + values.shape[1],
    "test_hours_are_independent_beyond_the_lags": lambda estimate, where, values: estimate + np.nanmean(values),
    "test_arguments_are_not_modified": lambda estimate, where, values: (
        np.multiply(values, 0, out=values)[:, :1] + estimate
    ),
    "test_hours_without_any_measurement_are_missing": lambda estimate, where, values: np.nan_to_num(estimate),
    "test_single_measurement_is_the_estimate_everywhere": lambda estimate, where, values: estimate + 1,
    "test_coincident_stations_give_finite_estimates": lambda estimate, where, values: estimate / 0 * 0,
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", INTERPOLATORS)
def test_a_faulty_interpolator_fails(name):
    made = type("Faulty", (FaultyNearest,), {"fault": staticmethod(INTERPOLATORS[name])})
    tests = faulty(BaselineTests, make=lambda self: made(), make_exact=lambda self: made())
    with pytest.raises(AssertionError):
        getattr(tests, name)()


class FaultyClimatology(Climatology):
    fault = None

    def predict(self, history, end):
        return type(self).fault(super().predict(history, end), history)


FORECASTERS = {
    "test_forecasts_every_hour_of_every_window_and_station": lambda forecast, history: forecast[:, 1:],
    "test_order_of_stations_has_no_effect": lambda forecast, history: forecast + np.arange(forecast.shape[2]),
    "test_windows_are_independent": lambda forecast, history: forecast + len(forecast),
    "test_arguments_are_not_modified": lambda forecast, history: forecast + np.multiply(history, 0, out=history)[:, :1],
    "test_constant_series_stays_constant": lambda forecast, history: forecast + 1,
    "test_fitting_is_reproducible": lambda forecast, history: forecast + np.random.default_rng().random(),
}


@pytest.mark.parametrize("name", FORECASTERS)
def test_a_faulty_forecaster_fails(name):
    made = type("Faulty", (FaultyClimatology,), {"fault": staticmethod(FORECASTERS[name])})

    tests = faulty(ForecasterTests, constant_within=1e-3, make=lambda self, *options: made(*options))
    with pytest.raises(AssertionError):
        getattr(tests, name)()
